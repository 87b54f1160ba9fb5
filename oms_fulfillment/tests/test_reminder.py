from datetime import date, timedelta

from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.reminder import Level, due_level
from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestReminderEngine(BaseCase):
    """No level is sent twice or after a sterner one."""

    @given(
        st.sets(st.integers(0, 60), max_size=5),
        st.lists(st.integers(-10, 90), max_size=20).map(sorted),
    )
    def test_day_by_day(self, days, calendar):
        levels = [Level(number, day) for number, day in enumerate(sorted(days))]
        sent = []
        for overdue in calendar:
            level = due_level(levels, overdue, max(sent, default=None))
            if level:
                self.assertLessEqual(level.days, overdue)
                sent.append(level.days)
        self.assertEqual(sent, sorted(set(sent)))
        reached = [day for day in days if calendar and day <= calendar[-1]]
        self.assertEqual(max(sent, default=None), max(reached, default=None))


@tagged("post_install", "-at_install")
class TestReminder(OmsAccountingCase):
    """Customers hear of what is overdue once per level, until something speaks against it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.write({"email": "siti@example.com", "lang": "en_US"})
        cls.on_acceptance.send_reminders = True
        cls.env["oms.reminder.level"].search([]).active = False
        cls.env.flush_all()
        cls.levels = cls.env["oms.reminder.level"].create(
            [
                {"name": "First", "days": 3, "subject": "First", "text": "Please."},
                {"name": "Second", "days": 10, "subject": "Second", "text": "Now."},
            ]
        )

    def _overdue(self, due=date(2026, 7, 1)):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        invoice = order.oms_invoice_ids
        invoice.line_ids.filtered(
            lambda item: item.display_type == "payment_term"
        ).date_maturity = due
        self.env.flush_all()
        return order

    def _remind(self, day):
        """Run the job on ``day``; return what was sent to the customer."""
        before = self.env["oms.reminder"].search([])
        with freeze_time(f"{day} 03:00:00"):
            for group in self.env["oms.reminder"]._due():
                self.env["oms.reminder"]._send(group)
        return self.env["oms.reminder"].search([]) - before

    def test_once_per_level(self):
        order = self._overdue()
        self.assertFalse(self._remind("2026-07-03"))
        first = self._remind("2026-07-04")
        self.assertEqual((first.level_id, first.amount), (self.levels[0], 300000))
        self.assertEqual(first.line_ids.order_id, order)
        self.assertFalse(self._remind("2026-07-04"))
        self.assertFalse(self._remind("2026-07-08"))
        self.assertEqual(self._remind("2026-07-11").level_id, self.levels[1])
        self.assertFalse(self._remind("2026-12-01"))

    def test_a_debt_that_nobody_looked_at_gets_one_reminder(self):
        self._overdue()
        self.assertEqual(self._remind("2026-09-01").level_id, self.levels[1])
        self.assertFalse(self._remind("2026-09-02"))

    def test_one_mail_per_customer_names_every_invoice(self):
        orders = self._overdue() | self._overdue()
        reminder = self._remind("2026-07-05")
        self.assertEqual((len(reminder), reminder.amount), (1, 600000))
        mail = self.env["mail.mail"].search(
            [("model", "=", "oms.reminder"), ("res_id", "=", reminder.id)]
        )
        self.assertIn(self.partner, mail.recipient_ids)
        self.assertIn("First", mail.subject)
        for order in orders:
            self.assertIn(order.oms_invoice_ids.name, mail.body_html)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.partner.lang = "id_ID"
        self.levels[0].with_context(lang="id_ID").subject = "Pengingat"
        self._overdue()
        reminder = self._remind("2026-07-05")
        mail = self.env["mail.mail"].search(
            [("model", "=", "oms.reminder"), ("res_id", "=", reminder.id)]
        )
        self.assertIn("Pengingat", mail.subject)

    def test_what_stops_it(self):
        def pay(order):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=order.oms_invoice_ids.ids
            ).create({"journal_id": self.bank.id})._create_payments()

        def dispute(order):
            self.env["oms.dispute"].create(
                {"order_id": order.id, "amount": 300000, "reason": "Broken"}
            )

        def hold(order):
            order._oms_raise_hold("manual", "We talk to them.")

        def silence(order):
            order.partner_id.oms_no_reminders = True

        def no_mail(order):
            order.partner_id.email = False

        def switched_off(order):
            order.oms_channel_id.send_reminders = False

        for stop in (pay, dispute, hold, silence, no_mail, switched_off):
            with self.subTest(stop.__name__), self.env.cr.savepoint() as savepoint:
                stop(self._overdue())
                self._settle()
                self.assertFalse(self._remind("2026-08-01"))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_it_goes_on_when_the_dispute_is_over(self):
        order = self._overdue()
        dispute = self.env["oms.dispute"].create(
            {"order_id": order.id, "amount": 300000, "reason": "Broken"}
        )
        self.assertFalse(self._remind("2026-07-05"))
        dispute.action_drop()
        self.assertTrue(self._remind("2026-07-05"))

    def test_instalments_are_reminded_of_one_by_one(self):
        half = {"value": "percent", "value_amount": 50}
        term = self.env["account.payment.term"].create(
            {
                "name": "Two",
                "oms_due_from": "delivery",
                "line_ids": [
                    (0, 0, {**half, "nb_days": 0}),
                    (0, 0, {**half, "nb_days": 60}),
                ],
            }
        )
        self.on_acceptance.payment_term_id = term
        order = self._sold(self.on_acceptance)
        self._complete(order)
        first = self._remind("2026-07-07")
        self.assertEqual(first.amount, 150000)
        delivered = date(2026, 7, 3)
        self.assertEqual(first.line_ids.due, delivered)
        later = self._remind(delivered + timedelta(days=64))
        self.assertEqual(sorted(later.mapped("level_id.days")), [3, 10])
        self.assertEqual(sorted(later.mapped("amount")), [150000, 150000])
