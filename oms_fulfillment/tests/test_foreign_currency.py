from datetime import datetime

from odoo import fields
from odoo.tests import tagged

from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestForeignCurrency(OmsReturnCase):
    """An order in another currency than the books: payouts come in the company's currency, at the
    rate of their day, and what is open on the order stays an amount of the order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls._rate("2026-01-01", 17000)
        cls.prices = cls.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": cls.euro.id, "company_id": cls.company.id}
        )

    @classmethod
    def _rate(cls, day, rupiah):
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.euro.id,
                "company_id": cls.company.id,
                "name": day,
                "rate": 1 / rupiah,
            }
        )

    def _sold_in_euro(self, channel=None):
        order = self._sold(
            channel or self.marketplace,
            [(self.product, 3, 10, None)],
            pricelist_id=self.prices.id,
            date_order=datetime(2026, 7, 1, 3, 0),
            oms_paid_at=datetime(2026, 7, 1, 3, 0),
        )
        self.assertEqual((order.currency_id, order.amount_total), (self.euro, 30))
        return order

    def _payout(self, order, gross, reference="P-1"):
        lines = [{"order": order.oms_external_id, "gross": gross}]
        channel = order.oms_channel_id.code
        return self._one(self.env["oms.settlement"].submit_lines(channel, reference, lines))

    def test_money_that_is_held_is_proved_in_the_currency_of_the_books(self):
        order = self._sold_in_euro()
        self.assertProved()
        self._ship(order)
        self.assertProved()
        self.assertEqual(order._oms_money()[order.id].clearing_open, 30)
        self.assertEqual(self._payout(order, 510000)["status"], "matched")
        self.assertBalances(order, clearing=0, receivable=0)
        self.assertAlmostEqual(order._oms_money()[order.id].clearing_open, 0)
        self.assertProved()

    def test_a_payout_at_another_rate_leaves_the_difference_of_the_order(self):
        order = self._sold_in_euro()
        self._ship(order)
        answer = self._payout(order, 527000)
        self.assertEqual((answer["status"], answer["difference"]), ("difference", 17000))
        self.assertAlmostEqual(order._oms_money()[order.id].clearing_open, -1, 6)
        self.assertProved()
        self.env["oms.settlement.line"].browse(answer["id"]).action_accept_difference()
        self.assertBalances(order, clearing=0)
        self.assertAlmostEqual(order._oms_money()[order.id].clearing_open, 0, 6)
        self.assertProved()

    def test_a_payout_that_is_the_payment_itself(self):
        """Where nothing was booked as held, what is expected is what the buyer still owes."""
        order = self._sold_in_euro(self.on_acceptance)
        self._complete(order)
        answer = self._payout(order, 510000)
        self.assertEqual((answer["status"], answer["difference"]), ("matched", 0), answer)
        self.assertBalances(order, receivable=0)
        self.assertProved()

    def test_refunded_after_the_rate_changed(self):
        order = self._sold_in_euro()
        self._ship(order)
        self._deliver(order)
        order.oms_fulfillment_ids.delivered_at = self.env.cr.now().replace(tzinfo=None)
        self._rate("2026-08-01", 18000)
        case = self._request(order, 1)
        self._received(case)
        self.assertEqual(self._resolved(case, restock=1)["refund"], 10)
        money = order._oms_money()[order.id]
        self.assertAlmostEqual(money.clearing_open, 20)
        self.assertEqual((money.residual, money.refund_due), (0, 0))
        self.assertProved()

    def test_a_credit_agreed_by_hand_is_an_amount_of_the_order(self):
        order = self._sold_in_euro()
        self._complete(order)
        invoice = order.oms_invoice_ids
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "Goodwill"})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        credit.invoice_line_ids.write({"quantity": 1, "price_unit": 5})
        credit.action_post()
        money = order._oms_money()[order.id]
        self.assertEqual((money.refund_due, money.unagreed_credit), (5, 5))
        order.action_oms_pay_back()
        self.assertAlmostEqual(order._oms_money()[order.id].clearing_open, 25)
        self.assertProved()

    def test_the_fee_of_a_return_is_an_amount_of_the_books(self):
        fee = self._service("FEE", "Fee")
        self.env["oms.return.policy"].create(
            {"name": "Fee", "days": 30, "shipping_fee": 17000, "fee_product_id": fee.id}
        )
        order = self._sold_in_euro()
        self._ship(order)
        self._deliver(order, fields.Datetime.now())
        case = self._request(order, 1, reason="changed_mind")
        self.assertEqual((case.refund_proposal, case.fee_amount), (10, 1))
        self._received(case)
        self._resolved(case, restock=1)
        self.assertEqual(case.fee_line_ids.price_total, 1)
