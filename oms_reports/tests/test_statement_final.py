from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import period
from .common import OmsReportsCase

OPTIONS = {"date_from": "2026-01-01", "date_to": "2026-03-31"}


class FinalCase(OmsReportsCase):
    def _user(self, login, group="oms_fulfillment.group_oms_finance", **values):
        return new_test_user(
            self.env,
            login,
            group,
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
            **values,
        )


@tagged("post_install", "-at_install")
class TestFinal(FinalCase):
    def setUp(self):
        super().setUp()
        self._document([(self.product, self.income, 70000)], day="2026-02-10")
        self.finals = self.env["oms.statement.final"]

    def _save(self, statement="income", **kwargs):
        self.env.company.fiscalyear_lock_date = "2026-03-31"
        return self.finals.browse(self.finals.save_final(statement, OPTIONS, **kwargs))

    def test_an_open_period_is_refused(self):
        finance = self._user("final_finance")
        with self.assertRaises(OmsRefusal) as refusal:
            self.finals.with_user(finance).save_final("income", OPTIONS)
        self.assertEqual(refusal.exception.code, "period_open")
        with self.assertRaisesRegex(OmsRefusal, "accounting administrator"):
            self.finals.with_user(finance).save_final("income", OPTIONS, lock=True)
        chief = self._user(
            "final_chief", "oms_fulfillment.group_oms_finance,account.group_account_manager"
        )
        self.finals.with_user(chief).save_final("income", OPTIONS, lock=True)
        self.assertEqual(str(self.env.company.fiscalyear_lock_date), "2026-03-31")
        self.assertTrue(self.finals.with_user(finance).is_locked("2026-03-31"))

    def test_a_period_that_is_not_over_is_refused(self):
        """Locking it would turn away the invoices of tomorrow."""
        self.env.company.partner_id.tz = "Asia/Jakarta"
        # Already the first of April in Jakarta an hour later.
        for hour, over in (("2026-03-31 16:30:00", False), ("2026-03-31 17:30:00", True)):
            self.env.company.fiscalyear_lock_date = False
            with freeze_time(hour):
                if over:
                    self.assertTrue(self.finals.save_final("income", OPTIONS, lock=True))
                    continue
                with self.assertRaisesRegex(OmsRefusal, "03/31/2026 is not over") as refusal:
                    self.finals.save_final("income", OPTIONS, lock=True)
                self.assertEqual(refusal.exception.code, "period_running")
                self.assertFalse(self.env.company.fiscalyear_lock_date)

    def test_it_shows_its_figures_and_its_days(self):
        final = self._save()
        self.assertEqual(final.name, "Income Statement, 01/01/2026 – 03/31/2026")
        self.assertIn("70,000", final.with_user(self._user("final_reader")).paper)
        self.assertEqual(self._save("balance").name, "Balance Sheet, 03/31/2026")

    def test_drift_is_found_and_named(self):
        final = self._save()
        self.assertEqual(final.table["rows"][0]["amounts"], [70000])
        self.assertEqual(self.env["oms.proof"]._check_finals(), [])
        self.assertEqual(self._save(), final, "the same figures again are the same report")
        self.env.company.fiscalyear_lock_date = False
        self._document([(self.product, self.income, 5000)], day="2026-02-11")
        [violation] = self.env["oms.proof"]._check_finals()
        self.assertIn("75,000", violation["message"])
        final.action_compare()
        self.assertEqual(final.state, "drift")
        self.assertIn("Sales: was Rp\xa070,000, is Rp\xa075,000", final.drift.splitlines()[0])
        self.assertIn("Sales of goods: was", final.drift.splitlines()[1])
        self.assertEqual(final.table["rows"][0]["amounts"], [70000], "kept as it was")
        self.assertNotEqual(self._save(), final)

    def test_every_report_can_be_kept(self):
        for statement, _label in self.finals._fields["statement"].selection:
            final = self._save(statement)
            final.action_compare()
            self.assertEqual(final.state, "same", statement)
        with self.assertRaises(UserError):
            self._save("ledger")

    def test_nobody_edits_it(self):
        final = self._save()
        finance = self._user("final_editor")
        final.with_user(finance).note = "Audited"
        with self.assertRaisesRegex(OmsRefusal, "is final"):
            final.with_user(finance).write({"digest": "0"})
        with self.assertRaises(AccessError):
            final.with_user(finance).unlink()
        agent = self._user("final_agent", "oms_fulfillment.group_oms_agent")
        with self.assertRaises(AccessError):
            final.with_user(agent).read(["table"])

    def test_paper_as_it_was(self):
        final = self._save()
        final.table = {**final.table, "title": "Kept title"}
        action = final.action_print()
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html(action["report_name"], [], data=action["data"])[0]
            .decode()
        )
        self.assertIn("Kept title", html)


@tagged("post_install", "-at_install")
class TestMail(FinalCase):
    def _mail(self, *users, **values):
        return self.env["oms.statement.mail"].create(
            {"name": "Profit", "user_ids": [(6, 0, [user.id for user in users])], **values}
        )

    def _sent(self, mail):
        return self.env["mail.mail"].search([("model", "=", mail._name), ("res_id", "=", mail.id)])

    def test_it_is_sent_on_its_day_and_not_twice(self):
        finance = self._user("mail_finance", email="finance@example.com")
        with freeze_time("2026-05-01 03:00:00"):
            self._document([(self.product, self.income, 70000)], day="2026-04-10")
            mail = self._mail(finance, next_date="2026-05-01")
            # A test can't commit; the job does after each report.
            self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kw: 1.0)
            self.env["oms.statement.mail"]._cron_send()
            self.env["oms.statement.mail"]._cron_send()
        [message] = self._sent(mail)
        self.assertIn("finance@example.com", message.email_to)
        self.assertEqual(
            sorted(message.attachment_ids.mapped("name")),
            ["Income Statement.pdf", "Income Statement.xlsx"],
        )
        self.assertIn("Profit", message.subject)
        self.assertEqual(str(mail.next_date), "2026-06-01")
        self.assertFalse(mail.last_error)
        self.assertEqual((mail._options()["compare"], mail._options()["periods"]), ("previous", 1))

    def test_only_to_readers_of_the_books(self):
        agent = self._user("mail_agent", "oms_fulfillment.group_oms_agent", email="a@example.com")
        with self.assertRaisesRegex(OmsRefusal, "may not read the books"):
            self._mail(agent)
        finance = self._user("mail_gone", email="gone@example.com")
        mail = self._mail(finance)
        finance.group_ids = [(6, 0, self.env.ref("base.group_user").ids)]
        mail.action_send()
        self.assertFalse(self._sent(mail))
        self.assertIn("mail_gone", mail.last_error)

    def test_only_readers_of_the_books_are_offered(self):
        finance = self._user("mail_offered")
        agent = self._user("mail_other", "oms_fulfillment.group_oms_agent")
        domain = self.env["oms.statement.mail"]._domain_user_ids()
        offered = self.env["res.users"].search(
            safe_eval(domain, {"company_id": self.env.company.id})
        )
        self.assertIn(finance, offered)
        self.assertNotIn(agent, offered)

    def test_the_sender_has_one_of_the_companies_chosen(self):
        finance = self._user("mail_group", email="group@example.com")
        other = self.env["res.company"].create({"name": "Neighbour"})
        finance.company_ids |= other
        mail = self._mail(finance)
        company = self.env.company
        mine = mail.with_user(finance).with_context(allowed_company_ids=company.ids)
        self.env.invalidate_all()
        told = mine.action_send()
        self.assertIn("Sent to mail_group", told["params"]["message"])
        self.assertTrue(self._sent(mail))

    def test_no_file_no_mail(self):
        with self.assertRaisesRegex(OmsRefusal, "PDF, XLSX or both"):
            self._mail(self._user("mail_none"), pdf=False, xlsx=False)

    def test_periods(self):
        for day, span, since, until in (
            ("2026-05-01", "last_month", "2026-04-01", "2026-05-01"),
            ("2026-05-17", "this_month", "2026-05-01", "2026-05-17"),
            ("2026-05-01", "this_month", "2026-04-01", "2026-05-01"),
            ("2026-05-17", "last_quarter", "2026-01-01", "2026-04-01"),
            ("2026-01-01", "last_quarter", "2025-10-01", "2026-01-01"),
            ("2026-01-01", "this_year", "2025-01-01", "2026-01-01"),
        ):
            days = period.named(span, fields.Date.to_date(day))
            self.assertEqual((str(days.since), str(days.until)), (since, until), (day, span))

    def test_the_rhythm_goes_on_after_a_pause(self):
        mail = self._mail(self._user("mail_rhythm"), next_date="2026-01-31", interval="month")
        today = fields.Date.to_date
        self.assertEqual(str(mail._day_after(today("2026-01-31"))), "2026-02-28")
        self.assertEqual(str(mail._day_after(today("2026-03-30"))), "2026-03-31")
        mail.interval = "week"
        self.assertEqual(str(mail._day_after(today("2026-02-10"))), "2026-02-14")
