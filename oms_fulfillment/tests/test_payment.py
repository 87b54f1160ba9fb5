from datetime import date, datetime

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestPayment(OmsAccountingCase):
    """Prepayment, invoice and collection follow the facts of the order."""

    def test_prepaid_is_booked_once_at_the_buyers_date(self):
        order = self._sold(self.marketplace)
        payment = order.oms_payment_ids
        # 20:00 UTC on 1 July is already 2 July in Jakarta.
        self.assertEqual(payment.date, date(2026, 7, 2))
        self.assertEqual(payment.amount, 300000)
        self.assertBalances(order, clearing=300000, receivable=-300000)
        order._oms_advance()
        self.assertEqual(len(order.oms_payment_ids), 1)
        self.assertEqual(order._oms_money()[order.id].prepaid_open, 300000)

    def test_prepaid_invoice_uses_the_prepayment(self):
        order = self._sold(self.marketplace)
        self.assertFalse(order.oms_invoice_ids)
        self._ship(order)
        invoice = order.oms_invoice_ids
        self.assertEqual((invoice.state, invoice.payment_state), ("posted", "paid"))
        self.assertBalances(order, clearing=300000, receivable=0, income=-300000)
        self._deliver(order)
        self._accept(order)
        self.assertStage(order, "payment", "payout_pending")
        answer = self.env["oms.settlement"].submit_lines(
            "MARKET-T",
            "PAY-1",
            [
                {
                    "order": order.oms_external_id,
                    "gross": 300000,
                    "fees": {"commission": "12000", "service": 3000},
                    "net": 285000,
                    "paid_at": "2026-07-10T10:00:00+07:00",
                }
            ],
        )
        self.assertEqual([line["status"] for line in answer], ["matched"])
        self.assertBalances(clearing=0, fees=15000, bank=285000, income=-300000, receivable=0)
        self.assertNothingOpen(order)
        self.assertStage(order, "done")
        self.assertProved()

    def test_on_acceptance_waits_for_acceptance_then_for_the_payment_wizard(self):
        order = self._sold(self.on_acceptance)
        self._ship(order)
        self._deliver(order)
        self.assertFalse(order.oms_invoice_ids)
        self._accept(order)
        invoice = order.oms_invoice_ids
        self.assertEqual(invoice.amount_total, 300000)
        self.assertStage(order, "payment", "awaiting_payment")
        self._register_payment(invoice)
        self.assertStage(order, "done")
        self.assertEqual(order.oms_payment_ids.amount, 300000)
        self.assertProved()

    def test_partial_payment_keeps_the_order_open(self):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        self._register_payment(order.oms_invoice_ids, amount=100000)
        self.assertStage(order, "payment", "awaiting_payment")
        self._register_payment(order.oms_invoice_ids)
        self.assertStage(order, "done")

    def test_cancelling_the_payment_opens_the_order_again(self):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        payment = self._register_payment(order.oms_invoice_ids)
        self.assertStage(order, "done")
        payment.action_cancel()
        self.assertStage(order, "payment", "awaiting_payment")

    def test_cod_until_the_courier_remits(self):
        order = self._sold(self.cod)
        self._ship(order)
        self.assertFalse(order.oms_payment_ids)
        self._deliver(order)
        self.assertEqual(order.oms_payment_ids.mapped("oms_role"), ["cod"])
        self.assertBalances(order, transit=300000, receivable=0, income=-300000)
        self._accept(order)
        self.assertStage(order, "payment", "cod_with_courier")
        answer = self.env["oms.settlement"].submit_lines(
            "COD-T",
            "REMIT-1",
            [{"order": order.name, "gross": 300000, "fees": {"cod": 9000}, "net": 291000}],
        )
        self.assertEqual(answer[0]["status"], "matched", answer)
        self.assertBalances(transit=0, fees=9000, bank=291000, receivable=0)
        self.assertStage(order, "done")
        self.assertProved()

    def test_cod_without_a_journal_is_a_hold_that_names_the_channel(self):
        self.cod.cod_journal_id = False
        order = self._sold(self.cod)
        self._ship(order)
        self._deliver(order)
        hold = order._oms_active_holds()
        self.assertEqual(hold.code_id.code, "automation_failed")
        self.assertIn("COD Journal", hold.reason)
        self.assertIn(self.cod.name, hold.reason)
        self.cod.cod_journal_id = self.cod_journal
        order._oms_advance()
        self.assertFalse(order._oms_active_holds())
        self.assertBalances(order, transit=300000, receivable=0)

    def test_cancelled_order_gives_the_prepayment_back(self):
        order = self._sold(self.marketplace)
        order._action_cancel()
        self._settle()
        self.assertEqual(sorted(order.oms_payment_ids.mapped("oms_role")), ["prepayment", "refund"])
        self.assertBalances(clearing=0, receivable=0)
        self.assertNothingOpen(order)
        self.assertIsNone(order._oms_money()[order.id].blocker)
        order._oms_advance()
        order._oms_refund_prepayment()
        self.assertEqual(len(order.oms_payment_ids), 2)
        self.assertProved()

    def test_cancelled_units_are_paid_back_with_their_share_of_the_discount(self):
        order = self._sold(
            self.marketplace,
            [(self.product, 3, 100000, self.tax), (self.product_b, 1, 70000, None)],
            [("discount", -10001, None), ("shipping", 15000, None)],
        )
        paid = order.amount_total
        order.order_line[0].oms_qty_cancelled = 1
        move = order.picking_ids.move_ids.filtered(lambda move: move.product_id == self.product)
        move.product_uom_qty = 2
        order.picking_ids.action_assign()
        self._settle()
        order._oms_advance()
        self._settle()
        refund = order.oms_payment_ids.filtered(lambda payment: payment.oms_role == "refund")
        self._ship(order)
        invoice = order.oms_invoice_ids
        self.assertTrue(refund.amount)
        self.assertEqual(invoice.amount_total + refund.amount, paid)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertBalances(order, receivable=0, clearing=invoice.amount_total)
        self.assertEqual(len(order.oms_payment_ids), 2)

    def test_cancelled_after_the_invoice_is_credited(self):
        self.marketplace.invoice_trigger = "confirm"
        order = self._sold(self.marketplace, extras=[("shipping", 15000, self.tax)])
        invoice = order.oms_invoice_ids
        self.assertEqual(invoice.payment_state, "paid")
        order._action_cancel()
        self._settle()
        credit = order.oms_invoice_ids - invoice
        self.assertEqual((credit.state, credit.amount_total), ("posted", invoice.amount_total))
        self.assertBalances(order, clearing=0, receivable=0, income=0)
        self.assertNothingOpen(order)
        self.assertIsNone(order._oms_money()[order.id].blocker)
        self.assertProved()

    def test_agreed_credit_is_paid_back_by_a_person(self):
        order = self._sold(self.marketplace)
        self._complete(order)
        invoice = order.oms_invoice_ids
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "Goodwill"})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        credit.invoice_line_ids.price_unit = 10000
        credit.action_post()
        order._oms_advance()
        self.assertStage(order, "payment", "refund_pending")
        self.assertEqual(order._oms_money()[order.id].refund_due, 30000)
        self.assertEqual(order.oms_payment_ids.mapped("oms_role"), ["prepayment"])
        order.action_oms_pay_back()
        self.assertStage(order, "payment", "payout_pending")
        self.assertBalances(order, clearing=270000, receivable=0)
        self.assertProved()

    def test_invoice_hold_refuses_posting(self):
        code = self.env["oms.hold.code"].create(
            {"name": "Invoice hold", "code": "inv_hold_t", "blocks_invoice": True}
        )
        order = self._sold(self.marketplace)
        holds = order._oms_raise_hold(code.code, "The tax number is missing.")
        self._ship(order)
        self.assertFalse(order.oms_invoice_ids)
        with self.assertRaisesRegex(UserError, "tax number is missing"):
            order._create_invoices()
        holds.blocks_invoice = False
        invoice = order._create_invoices()
        self.assertEqual(invoice.oms_order_id, order)
        holds.blocks_invoice = True
        with self.assertRaisesRegex(UserError, "tax number is missing"):
            invoice.action_post()
        invoice.unlink()
        holds.release("It came by mail.")
        order._oms_advance()
        self.assertEqual(order.oms_invoice_ids.state, "posted")

    def test_every_route_bills_what_reached_the_trigger(self):
        order = self._sold(self.marketplace)
        with self.assertRaises(UserError):
            order._create_invoices()
        move = order.picking_ids.move_ids
        move.quantity = 1
        move.picked = True
        order.picking_ids.with_context(skip_sms=True)._action_done()
        self._settle()
        self.assertEqual(order.order_line.qty_to_invoice, 1)
        invoice = order._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.quantity, 1)
        invoice.action_post()
        self._ship(order)
        self.assertEqual(sum(order.oms_invoice_ids.mapped("amount_total")), 300000)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_orders_are_invoiced_apart(self):
        orders = self._sold(self.on_acceptance) + self._sold(self.on_acceptance)
        self.on_acceptance.invoice_trigger = "confirm"
        invoices = orders._create_invoices()
        self.assertEqual(len(invoices), 2)
        self.assertEqual(invoices.oms_order_id, orders)

    def test_unmanaged_orders_are_odoos(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [Command.create(self._line(self.product, 1, 5000, None))],
            }
        )
        order.action_confirm()
        self.product.invoice_policy = "order"
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.order_line.qty_to_invoice, 2)
        invoice = order._create_invoices()
        self.assertFalse(invoice.oms_order_id)

    def test_manual_credit_note_is_not_billed_again(self):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        invoice = order.oms_invoice_ids
        credit = invoice._reverse_moves([{"date": invoice.date}], cancel=True)
        self.assertEqual(credit.oms_order_id, order)
        self.assertFalse(credit.oms_unit_credit)
        order._oms_advance()
        self.assertEqual(order.oms_invoice_ids, invoice + credit)
        self.assertStage(order, "done")

    def test_free_order_needs_no_invoice(self):
        order = self._sold(self.on_acceptance, [(self.product, 1, 0, None)])
        self._complete(order)
        self.assertFalse(order.oms_invoice_ids)
        self.assertStage(order, "done")

    def test_money_is_read_in_a_constant_number_of_queries(self):
        few = self._sold(self.marketplace)
        many = self.env["sale.order"]
        for _i in range(6):
            many |= self._sold(self.marketplace)
        self.env.flush_all()
        counts = []
        for orders in (few, many):
            self.env.invalidate_all()
            orders._oms_money()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            orders._oms_money()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def _register_payment(self, invoice, **values):
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": self.bank.id,
                    "payment_date": datetime(2026, 7, 20).date(),
                    **values,
                }
            )
        )
        payment = wizard._create_payments()
        self._settle()
        return payment

    def test_units_on_a_draft_are_still_to_be_paid(self):
        shop = self._channel(
            "DRAFT-T", "prepaid", "deliver", clearing_journal_id=self.clearing_journal.id,
            settlement_journal_id=self.bank.id, auto_confirm=False,
        )  # fmt: skip
        order = self._sold(shop, [(self.product, 2, 100000, None), (self.scarce, 1, 50000, None)])
        self._ship(order)
        self._deliver(order)
        draft = order._create_invoices()
        self.assertEqual((draft.state, draft.amount_total), ("draft", 200000))
        self.assertEqual(order._oms_money()[order.id].refund_due, 0)
        item = {"order": order.name, "lines": [{"sku": "RARE"}], "reason": "out_of_stock"}
        self.env["sale.order"].oms_cancel_lines([item])
        self._settle()
        self.assertEqual(sum(order._oms_payments("refund").mapped("amount")), 50000)
