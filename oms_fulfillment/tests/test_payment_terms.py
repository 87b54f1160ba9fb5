from datetime import date, datetime

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestPaymentTerms(OmsAccountingCase):
    """Terms count from the event they name, deposits are taken off, customers have agreements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.credit = cls.on_acceptance

    @classmethod
    def _term(cls, event, *lines):
        lines = lines or ({"value": "percent", "value_amount": 100, "nb_days": 30},)
        return cls.env["account.payment.term"].create(
            {
                "name": f"From {event}",
                "oms_due_from": event,
                "line_ids": [Command.create(line) for line in lines],
            }
        )

    def _due(self, invoice):
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return sorted((item.date_maturity, item.balance) for item in items)

    # DUE DATES

    def test_days_count_from_the_order(self):
        self.credit.payment_term_id = self._term("order")
        order = self._sold(self.credit, date_order=datetime(2026, 7, 1, 20, 0))
        order.date_order = datetime(2026, 7, 1, 20, 0)
        self._complete(order)
        # 20:00 UTC on 1 July is already 2 July in Jakarta.
        self.assertEqual(order.oms_invoice_ids.invoice_date_due, date(2026, 8, 1))

    def test_days_count_from_the_acceptance(self):
        self.credit.payment_term_id = self._term("acceptance")
        order = self._sold(self.credit)
        self._complete(order)
        self.assertEqual(self._due(order.oms_invoice_ids), [(date(2026, 8, 3), 300000)])

    def test_month_end_after_the_delivery(self):
        month_end = {"value": "percent", "value_amount": 100, "nb_days": 10}
        month_end["delay_type"] = "days_after_end_of_month"
        self.credit.payment_term_id = self._term("delivery", month_end)
        order = self._sold(self.credit)
        self._complete(order)
        self.assertEqual(order.oms_invoice_ids.invoice_date_due, date(2026, 8, 10))

    def test_the_delivery_moves_the_due_date_of_an_invoice_made_before(self):
        self.credit.write(
            {"payment_term_id": self._term("delivery").id, "invoice_trigger": "confirm"}
        )
        order = self._sold(self.credit)
        invoice = order.oms_invoice_ids
        expected = self.company._oms_local_date(order.oms_promise_current)
        self.assertEqual(invoice.invoice_date_due, fields.Date.add(expected, days=30))
        name, total = invoice.name, invoice.amount_total
        self._ship(order)
        self._deliver(order, datetime(2026, 7, 3, 9, 0))
        self.assertEqual(self._due(invoice), [(date(2026, 8, 2), 300000)])
        self.assertEqual(invoice.invoice_date_due, date(2026, 8, 2))
        self.assertEqual(
            (invoice.state, invoice.name, invoice.amount_total), ("posted", name, total)
        )
        self.assertProved()

    def test_instalments_move_together_and_keep_what_was_paid(self):
        half = {"value": "percent", "value_amount": 50}
        term = self._term("delivery", {**half, "nb_days": 0}, {**half, "nb_days": 60})
        self.credit.write({"payment_term_id": term.id, "invoice_trigger": "confirm"})
        order = self._sold(self.credit)
        invoice = order.oms_invoice_ids
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"journal_id": self.bank.id, "amount": 150000})  # fmt: skip
        payment._create_payments()
        self._settle()
        self._ship(order)
        self._deliver(order, datetime(2026, 7, 3, 9, 0))
        self.assertEqual(
            self._due(invoice), [(date(2026, 7, 3), 150000), (date(2026, 9, 1), 150000)]
        )
        self.assertEqual(invoice.amount_residual, 150000)

    def test_terms_without_an_event_count_from_the_invoice(self):
        self.credit.payment_term_id = self._term(False)
        order = self._sold(self.credit)
        self._complete(order)
        invoice = order.oms_invoice_ids
        self.assertFalse(invoice.oms_due_base)
        self.assertEqual(invoice.invoice_date_due, fields.Date.add(invoice.invoice_date, days=30))

    # AGREEMENTS

    def test_the_customers_agreement_goes_before_the_channels_policy(self):
        self.partner.write({"oms_payment_policy": "terms", "oms_invoice_trigger": "ship"})
        order = self._sold(self.credit)
        self.assertEqual(order.oms_payment_policy, "terms")
        self._ship(order)
        self.assertEqual(order.oms_invoice_ids.amount_total, 300000)
        said = self._sold(self.credit, oms_payment_policy="on_acceptance")
        self.assertEqual(said.oms_payment_policy, "on_acceptance", "what the order says goes first")

    def test_the_customers_terms_go_before_the_channels(self):
        self.credit.payment_term_id = self._term("order")
        self.partner.property_payment_term_id = self._term("delivery")
        order = self._sold(self.credit)
        self.assertEqual(order.payment_term_id, self.partner.property_payment_term_id)

    # DEPOSITS

    def _pay(self, invoice, **values):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        payment = wizard.create({"journal_id": self.bank.id, **values})._create_payments()
        self._settle()
        return payment

    def test_the_deposit_keeps_the_goods_until_it_is_paid_and_is_taken_off(self):
        self.credit.deposit_percent = 30
        order = self._sold(self.credit, [(self.product, 3, 100000, self.tax)])
        deposit = order.oms_invoice_ids
        self.assertEqual((deposit.state, deposit.amount_total), ("posted", 99900))
        self.assertEqual(order._oms_active_holds().code, "deposit_pending")
        self.assertIn("99", order._oms_active_holds().reason)
        with self.assertRaisesRegex(UserError, "has not been paid"):
            self._ship(order)
        order._oms_advance()
        self.assertEqual(len(order.oms_invoice_ids), 1, "once")
        self._pay(deposit)
        self.assertFalse(order._oms_active_holds())
        self._complete(order)
        last = order.oms_invoice_ids - deposit
        self.assertEqual(last.amount_total, 333000 - 99900)
        self.assertStage(order, "payment", "awaiting_payment")
        self._pay(last)
        self.assertStage(order, "done")
        self.assertProved()

    def test_a_cancelled_order_gives_its_deposit_back(self):
        self.credit.deposit_percent = 30
        order = self._sold(self.credit)
        self._pay(order.oms_invoice_ids)
        order._action_cancel()
        self._settle()
        refund = order.oms_payment_ids.filtered(lambda payment: payment.oms_role == "refund")
        self.assertEqual(refund.amount, 90000)
        self.assertBalances(order, receivable=0, income=0)
        self.assertIsNone(order._oms_money()[order.id].blocker)
        self.assertProved()

    def test_a_deposit_above_what_is_left_is_given_back(self):
        self.credit.deposit_percent = 80
        order = self._sold(self.credit)
        self._pay(order.oms_invoice_ids)
        order.order_line.filtered(lambda line: line.product_id).oms_qty_cancelled = 2
        order.picking_ids.move_ids.product_uom_qty = 1
        order.picking_ids.action_assign()
        self._settle()
        self._complete(order)
        order._oms_advance()
        self._settle()
        self.assertBalances(order, receivable=0, income=-100000)
        self.assertStage(order, "done")
        order._oms_advance()
        self.assertBalances(order, receivable=0, income=-100000)
        self.assertProved()

    def test_returned_goods_after_a_deposit(self):
        self.credit.deposit_percent = 30
        order = self._sold(self.credit)
        self._pay(order.oms_invoice_ids)
        self._complete(order)
        self._pay(order.oms_invoice_ids.filtered(lambda move: move.payment_state == "not_paid"))
        last = order.oms_invoice_ids.sorted("id")[-1]
        credit = last._reverse_moves([{"date": last.date}], cancel=False)
        credit.action_post()
        order._oms_advance()
        self._settle()
        self.assertEqual(len(order.oms_invoice_ids), 3, "nothing is invoiced again")

    # TRIGGERS

    def test_nothing_is_invoiced_again_after_a_credit_note(self):
        for trigger in ("confirm", "ship", "deliver", "accept"):
            with self.subTest(trigger):
                self.credit.invoice_trigger = trigger
                order = self._sold(self.credit)
                self._complete(order)
                invoice = order.oms_invoice_ids
                self.assertEqual((len(invoice), invoice.amount_total), (1, 300000))
                credit = invoice._reverse_moves([{"date": invoice.date}], cancel=True)
                for _again in range(2):
                    order._oms_advance()
                    self._settle()
                self.assertEqual(order.oms_invoice_ids, invoice + credit)
