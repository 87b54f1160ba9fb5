from datetime import datetime

from odoo import fields
from odoo.tests import tagged

from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturnRefund(OmsReturnCase):
    """The money of a return, to the rupiah, whenever the goods come back."""

    def test_partial_return_after_invoicing(self):
        order = self._delivered(
            extras=[("discount", -10000, None), ("shipping", 20000, None)],
        )
        self.assertEqual(order.oms_invoice_ids.amount_total, 310000)
        case = self._request(order, 1)
        self.assertEqual(case.refund_proposal, 96667)
        self._received(case)
        self.assertStage(order, "receipt_inspection", "return_open")
        answer = self._resolved(case, restock=1)
        # a third of 300000 less a third of the discount of 10000, in whole rupiah
        self.assertEqual(answer["refund"], 96667)
        credit = case.refund_move_id
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 96667))
        self.assertEqual(credit.oms_order_id, order)
        self.assertEqual(credit.reversed_entry_id, order.oms_invoice_ids - credit)
        self.assertEqual(credit.payment_state, "paid")
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, clearing=213333, receivable=0)
        self.assertEqual(order.order_line[0].qty_to_invoice, 0)
        self._accept(order)
        self.assertStage(order, "payment", "payout_pending")
        self.env["oms.settlement"].submit_lines(
            "MARKET-T", "P1", [{"order": order.oms_external_id, "gross": 213333, "net": 213333}]
        )
        self.assertStage(order, "done")
        self.assertNothingOpen(order)
        self.assertProved()

    def test_partial_refunds_add_up_with_taxes(self):
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            with self.subTest(method):
                self._return_all_in_steps()

    def _return_all_in_steps(self):
        order = self._delivered(
            lines=[
                (self.product, 3, 33333, self.tax),
                (self.product_b, 2, 77777, self.tax_included),
            ],
            extras=[("discount", -10001, self.tax), ("shipping", 9999, None)],
        )
        invoice = order.oms_invoice_ids
        self.assertEqual(invoice.amount_total, order.amount_total)
        refunded = 0
        for sku, quantity in (("MUG", 1), ("TEA", 1), ("MUG", 1), ("MUG", 1), ("TEA", 1)):
            case = self._request(order, quantity, sku=sku)
            self._received(case)
            self._one(
                self.Return.inspect(
                    [{"return": case.name, "lines": [{"sku": sku, "restock": quantity}]}]
                ),
                "inspected",
            )
            answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
            refunded += answer["refund"]
            self.assertEqual(case.refund_move_id.amount_total, answer["refund"])
        self.assertEqual(refunded, invoice.amount_total)
        credits = order.oms_invoice_ids - invoice
        self.assertEqual(sum(credits.mapped("amount_untaxed")), invoice.amount_untaxed)
        self.assertEqual(sum(credits.mapped("amount_tax")), invoice.amount_tax)
        self.assertBalances(order, clearing=0, receivable=0, income=0)
        self.assertNothingOpen(order)
        self.assertProved()

    def test_parts_without_taxes_are_exact_however_the_company_rounds(self):
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            with self.subTest(method):
                order = self._delivered(
                    self.on_acceptance,
                    lines=[
                        (self.product, 2, 8000.69, None),
                        (self.product_b, 1, 17760.72, None),
                    ],
                    extras=[("discount", -2.1, None)],
                )
                case = self._request(order, 1)
                self._received(case)
                self._resolved(case, restock=1)
                self._accept(order)
                invoice = order.oms_invoice_ids
                self.assertEqual(invoice.amount_total, order.amount_total - case.refund_amount)
                items = invoice.invoice_line_ids
                self.assertEqual(sum(items.mapped("price_subtotal")), invoice.amount_total)
                self.assertProved()

    def test_refund_after_the_payout_lowers_the_next_one(self):
        order = self._delivered()
        self._accept(order)
        submit = self.env["oms.settlement"].submit_lines
        line = {"order": order.oms_external_id, "gross": 300000, "fees": {"commission": 9000}}
        submit("MARKET-T", "P1", [line])
        self.assertStage(order, "done")
        case = self._request(order, 1)
        self._received(case)
        self._resolved(case, restock=1)
        self.assertBalances(order, clearing=-100000, receivable=0)
        self.assertStage(order, "payment", "payout_pending")
        line = {"order": order.oms_external_id, "gross": -100000, "fees": {"commission": -3000}}
        answer = submit("MARKET-T", "P2", [line])
        self.assertEqual(answer[0]["status"], "matched")
        self.assertBalances(order, clearing=0, fees=6000)
        self.assertBalances(bank=194000)
        self.assertStage(order, "done")
        self.assertProved()

    def test_units_of_another_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": self.marketplace.id,
                "oms_external_id": "DOZENS",
                "oms_paid_at": datetime(2026, 7, 1, 20, 0),
                "order_line": [
                    (
                        0,
                        0,
                        {
                            **self._line(self.product, 2, 120000, None),
                            "product_uom_id": dozen.id,
                        },
                    )
                ],
            }
        )
        order.action_confirm()
        self._settle()
        order._oms_advance()
        self._ship(order)
        self._deliver(order, fields.Datetime.now())
        self.assertEqual(order.oms_invoice_ids.amount_total, 240000)
        case = self._request(order, 0.5)
        self._received(case)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 6)
        self.assertEqual(self._resolved(case, restock=0.5)["refund"], 60000)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 0)
        self.assertProved()

    def test_return_before_invoicing_is_not_billed(self):
        self.marketplace.invoice_trigger = "accept"
        order = self._delivered(extras=[("discount", -10000, None)])
        self.assertFalse(order.oms_invoice_ids)
        case = self._request(order, 1)
        self._received(case)
        answer = self._resolved(case, scrap=1)
        self.assertEqual(answer["refund"], 96667)
        self.assertFalse(case.refund_move_id)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, clearing=193333, receivable=-193333)
        self._accept(order)
        invoice = order.oms_invoice_ids
        self.assertEqual((invoice.amount_total, invoice.payment_state), (193333, "paid"))
        self.assertBalances(order, clearing=193333, receivable=0)
        self.assertProved()

    def test_return_on_open_invoice_lowers_what_is_owed(self):
        self.on_acceptance.invoice_trigger = "deliver"
        order = self._delivered(self.on_acceptance)
        case = self._request(order, 1)
        self._received(case)
        self._resolved(case, restock=1)
        self.assertEqual(case.state, "closed")
        self.assertFalse(order.oms_payment_ids)
        self._accept(order)
        self.assertEqual(order._oms_money()[order.id].residual, 200000)
        self.assertStage(order, "payment", "awaiting_payment")
        self.assertProved()

    def test_cod_refund_is_paid_from_the_bank(self):
        order = self._delivered(self.cod)
        case = self._request(order, 3)
        self._received(case)
        self._resolved(case, restock=3)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, transit=300000, receivable=0, income=0)
        refund = order.oms_payment_ids.filtered(lambda payment: payment.oms_role == "refund")
        self.assertEqual((refund.amount, refund.journal_id), (300000, self.bank))
        self.assertProved()

    def test_refused_cod_parcel(self):
        self.cod.invoice_trigger = "ship"
        order = self._sold(self.cod, extras=[("shipping", 20000, None)])
        self._ship(order)
        self.assertEqual(order.oms_invoice_ids.amount_total, 320000)
        case = self._request(order, 3, kind="rts", reason="cod_payment_rejected")
        self._received(case)
        answer = self._resolved(case, restock=3)
        self.assertEqual(answer["refund"], 320000)
        self.assertFalse(order.oms_payment_ids)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, receivable=0, income=0)
        self.assertStage(order, "done")
        self.assertProved()

    def test_lost_parcel_before_billing(self):
        self.marketplace.invoice_trigger = "deliver"
        order = self._sold(self.marketplace, extras=[("shipping", 20000, None)])
        self._ship(order)
        case = self._request(order, 3, kind="rts", reason="lost")
        self._received(case, 0)
        answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual(answer["refund"], 320000)
        self.assertFalse(order.oms_invoice_ids)
        self.assertBalances(order, clearing=0, receivable=0)
        self.assertStage(order, "done")
        self.assertProved()

    def test_shipping_is_given_back_unless_the_customer_is_at_fault(self):
        for reason, refund in (("defective", 320000), ("changed_mind", 300000)):
            order = self._delivered(extras=[("shipping", 20000, None)])
            case = self._request(order, 3, reason=reason)
            self._received(case)
            self.assertEqual(self._resolved(case, restock=3)["refund"], refund)
            self.assertEqual(case.state, "closed")
        self.assertProved()

    def test_rejected_units_are_not_refunded_without_a_reason(self):
        order = self._delivered()
        case = self._request(order, 2)
        self._received(case)
        self._one(
            self.Return.inspect(
                [{"return": case.name, "lines": [{"sku": "MUG", "scrap": 2, "rejected": 1}]}]
            ),
            "inspected",
        )
        self.assertEqual(case.refund_proposal, 100000)
        lines = [{"sku": "MUG", "refund": 2}]
        answer = self._one(self.Return.resolve([{"return": case.name, "lines": lines}]), "error")
        self.assertEqual(answer["errors"][0]["code"], "over_accepted")
        lines[0]["override_reason"] = "Regular customer"
        answer = self._one(self.Return.resolve([{"return": case.name, "lines": lines}]), "resolved")
        self.assertEqual(answer["refund"], 200000)
        self.assertProved()

    def test_replacement_is_not_refunded(self):
        order = self._delivered()
        case = self._request(order, 1, wish="replace")
        self._received(case)
        self.assertEqual(self._resolved(case, restock=1)["refund"], 0)
        self.assertEqual(case.state, "closed")
