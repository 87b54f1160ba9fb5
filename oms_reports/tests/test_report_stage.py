from odoo import fields
from odoo.tests import tagged

from .common import OmsReportsCase


@tagged("post_install", "-at_install")
class TestReportStage(OmsReportsCase):
    """Open orders per stage: counts, values, ages; and the orders behind each figure."""

    def _stage(self, code):
        return self.env["oms.stage"].search([("code", "=", code)])

    def _tile(self, code, **kwargs):
        stages = self._data(**kwargs)["stages"]
        return next(stage for stage in stages if stage["code"] == code)

    def _count(self, domain):
        return self.env["sale.order"].search_count(domain)

    def test_counts_and_values(self):
        first = self._confirmed([(self.product, 2)])
        second = self._confirmed([(self.product, 1), (self.product_b, 1)])
        self._confirmed([(self.scarce, 1)])
        self._order([(self.product, 1)], oms_channel_id=False).action_confirm()
        tile = self._tile("fulfillment")
        self.assertEqual(tile["count"], 2)
        self.assertEqual(tile["values"][0]["amount"], first.amount_total + second.amount_total)
        self.assertEqual(self.env["sale.order"].search(tile["domain"]), second | first)
        self.assertEqual(self._tile("inventory_check")["count"], 1)
        self.assertEqual(self._tile("tracking")["count"], 0)
        self.assertFalse(self._tile("tracking")["oldest_hours"])

    def test_late_and_oldest(self):
        late, fresh = self._confirmed(), self._confirmed()
        stage = self._stage("fulfillment")
        stage.sla_hours = 24
        now = fields.Datetime.now()
        late.oms_stage_since = fields.Datetime.subtract(now, hours=25)
        fresh.oms_stage_since = fields.Datetime.subtract(now, hours=23)
        tile = self._tile("fulfillment")
        self.assertEqual(tile["late"], 1)
        self.assertAlmostEqual(tile["oldest_hours"], 25, places=1)
        self.assertEqual(self.env["sale.order"].search(tile["late_domain"]), late)
        stage.sla_hours = 0
        tile = self._tile("fulfillment")
        self.assertEqual((tile["late"], self._count(tile["late_domain"])), (0, 0))

    def test_final_stages_are_left_out(self):
        order = self._confirmed()
        order._action_cancel()
        self._settle()
        self.assertNotIn("cancelled", [stage["code"] for stage in self._data()["stages"]])
        self.assertEqual(sum(stage["count"] for stage in self._data()["stages"]), 0)

    def test_promise_missed_and_held(self):
        late = self._confirmed(oms_promise_current="2020-01-01 00:00:00")
        self._confirmed(oms_promise_current="2099-01-01 00:00:00")
        data = self._data()
        self.assertEqual(data["promises"]["count"], 1)
        self.assertEqual(self.env["sale.order"].search(data["promises"]["domain"]), late)
        held = self._order()
        held._oms_raise_hold("manual", "Call the customer first")
        self._settle()
        data = self._data()
        found = self.env["sale.order"].search(data["held"]["domain"])
        self.assertEqual((data["held"]["count"], found), (1, held))

    def test_foreign_currency_is_converted_at_the_order_date(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "name": "2020-01-01",
                "inverse_company_rate": 16000,
                "company_id": self.env.company.id,
            }
        )
        pricelist = self.env["product.pricelist"].create({"name": "USD", "currency_id": usd.id})
        order = self._order([(self.product, 1)], pricelist_id=pricelist.id)
        order.order_line.price_unit = 10
        self._settle()
        [value] = self._tile(order.oms_stage_code)["values"]
        self.assertEqual(value, {"currency_id": self.env.company.currency_id.id, "amount": 160000})

    def test_rows_by_channel(self):
        self._confirmed()
        self._sold(self.marketplace)
        rows = self.env["oms.report.stage"].search([("stage_id.code", "=", "fulfillment")])
        self.assertEqual(rows.channel_id, self.channel | self.marketplace)
        self.assertEqual(rows.mapped("order_count"), [1, 1])
        for row in rows:
            self.assertEqual(self._count(row.action_open_orders()["domain"]), 1)

    def test_yesterday_against_the_same_weekday(self):
        # Midnight in Jakarta is 17:00 UTC of the day before.
        now = fields.Datetime.to_datetime("2026-07-15 03:00:00")
        for moment in ("2026-07-13 16:59:59", "2026-07-13 17:00:00", "2026-07-14 16:59:59"):
            self._order(date_order=moment)
        self._order(date_order="2026-07-07 05:00:00")
        cancelled = self._order(date_order="2026-07-14 05:00:00")
        cancelled._action_cancel()
        placed = self.env["oms.report.dashboard"]._placed_figures(now)
        self.assertEqual(
            (placed["yesterday"]["count"], placed["yesterday"]["day"]), (2, "2026-07-14")
        )
        self.assertEqual(placed["same_weekday"]["count"], 1)
        for figure in placed.values():
            self.assertEqual(self._count(figure["domain"]), figure["count"])
