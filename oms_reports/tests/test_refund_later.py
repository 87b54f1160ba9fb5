from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .test_pnl import PnlCase

MARCH = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
SEPTEMBER = {"date_from": "2026-09-01", "date_to": "2026-09-30"}


@tagged("post_install", "-at_install")
class TestRefundLater(PnlCase):
    """A refund half a year later. Elsewhere it rewrites the statistics of a month that is closed;
    here it is on its own day in the books, and on its order in the figures of that order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["oms.return.policy"].create({"name": "Long", "days": 400})
        shares = cls.tax.invoice_repartition_line_ids | cls.tax.refund_repartition_line_ids
        shares.filtered(lambda share: share.repartition_type == "tax").account_id = cls._account(
            "218100", "Output tax", "liability_current"
        )

    def _sold_in_march(self):
        with freeze_time("2026-03-10 03:00:00"):
            order = self._sold(
                self.marketplace,
                [(self.product, 4, 100000, self.tax)],
                oms_paid_at=fields.Datetime.now(),
            )
            self._ship(order)
            self._deliver(order, fields.Datetime.now())
        return order

    def _back_in_september(self, order, units):
        with freeze_time("2026-09-15 03:00:00"):
            returns = self.env["oms.return"]
            item = {"order": order.name, "reason": "defective"}
            lines = [{"sku": "MUG", "quantity": units}]
            case = returns.request([{**item, "lines": lines}])[0]
            self.assertEqual(case["status"], "requested", case)
            case = {"return": case["name"]}
            returns.approve([case])
            returns.receive([case])
            returns.inspect([{**case, "lines": [{"sku": "MUG", "restock": units}]}])
            answer = returns.resolve([case])[0]
            self._settle()
        return answer["refund"]

    def _month(self, days):
        """What the books, the sales and the taxes of a month say."""
        self.env.flush_all()
        statement = self.env["oms.statement"].get_statement("income", **days)
        period = [("date", ">=", days["date_from"]), ("date", "<=", days["date_to"])]
        return {
            "income": {line["code"]: line["amounts"] for line in statement["lines"]},
            "vat": [
                line["amounts"]
                for line in self.env["oms.statement"].get_statement("vat", **days)["lines"]
            ],
            "sales": self._reported(*period),
            "components": self._components(*period),
        }

    def test_the_closed_month_stays_and_the_order_knows(self):
        order = self._sold_in_march()
        march = self._month(MARCH)
        nothing = self._month(SEPTEMBER)["components"]
        self.assertEqual(march["components"], {"sales": 400000, "cogs": -240000})
        self.assertEqual(self._back_in_september(order, 1), 111000)
        self.assertEqual(self._month(MARCH), march)
        self.assertEqual(
            (nothing, self._month(SEPTEMBER)["components"]),
            ({}, {"refund": -100000, "cogs": 60000}),
        )
        row = self.env["oms.order.pnl"].search([("order_id", "=", order.id)])
        self.assertEqual((row.date_order.month, row.sales, row.refund), (3, 400000, -100000))
        self.assertEqual(row.contribution, 300000 - 180000)
        self.assertProved()

    def test_the_books_of_the_closed_month_are_locked(self):
        """The refund needs no entry in a month that nobody may change any more."""
        order = self._sold_in_march()
        self.company.fiscalyear_lock_date = "2026-08-31"
        self.assertEqual(self._back_in_september(order, 4), 444000)
        credit = order.oms_invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual(credit.date, fields.Date.to_date("2026-09-15"))
        self.assertBalances(order, receivable=0, clearing=0, income=0)
        self.assertProved()
