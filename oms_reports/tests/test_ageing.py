import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import OmsReportsCase

REPORTS = ("receivable", "payable", "cod", "marketplace")
DAY = fields.Date.to_date("2026-06-30")


class AgeingCase(OmsReportsCase):
    def _document(self, amounts, move_type="out_invoice", day=None, **values):
        """Due on its day, unless the test says otherwise."""
        values.setdefault("invoice_date_due", day)
        return super()._document(amounts, move_type, day, **values)

    def _statement(self, report, day=DAY):
        return self.env["oms.statement"].get_statement(report, "2026-01-01", str(day))

    def _total(self, report, day=DAY):
        return self._statement(report, day)["lines"][-1]["amounts"]

    def _pay(self, invoice, amount, day):
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        register.create(
            {"amount": amount, "payment_date": day, "journal_id": self.bank.id}
        )._create_payments()

    def _days(self, number):
        return DAY + timedelta(days=number)

    def assertOpens(self, report, day=DAY):
        """Every amount opens rows that add up to it; the total is the balance of the accounts."""
        result = self._statement(report, day)
        [check] = result["checks"]
        self.assertEqual(check["difference"], [0.0], report)
        sign = -1 if report == "payable" else 1
        for line in result["lines"]:
            rows = [(line["amounts"], None)]
            rows += [(child["amounts"], child["id"]) for child in line["accounts"]]
            for amounts, child_id in rows:
                for column, amount in enumerate(amounts):
                    drill = self.env["oms.statement"].get_drill(
                        report, line["code"], column, child_id, {"date_to": str(day)}
                    )
                    items = self.env[drill["model"]].with_context(**drill["context"])
                    [(opened,)] = items._read_group(drill["domain"], [], ["residual:sum"])
                    self.assertEqual(sign * (opened or 0.0), amount, (report, line["name"]))


@tagged("post_install", "-at_install")
class TestAgeing(AgeingCase):
    def test_a_past_ageing_stays_what_it_was(self):
        invoice = self._document([(self.product, self.income, 90000)], day=self._days(-40))
        self._pay(invoice, 20000, self._days(-10))
        self.assertEqual(self._total("receivable"), [0, 0, 70000, 0, 0, 70000])
        self._pay(invoice, 70000, self._days(5))
        self.assertEqual(self._total("receivable"), [0, 0, 70000, 0, 0, 70000])
        self.assertEqual(self._total("receivable", self._days(-20)), [0, 90000, 0, 0, 0, 90000])
        self.assertEqual(self._total("receivable", self._days(5)), [0] * 6)
        for day in (-50, -20, 0, 5):
            self.assertOpens("receivable", self._days(day))

    def test_due_dates_decide(self):
        for late, column in ((-3, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (91, 4)):
            invoice = self._document(
                [(self.product, self.income, 1000)],
                day=self._days(-100),
                invoice_date_due=self._days(-late),
            )
            [term] = invoice.line_ids.filtered(lambda line: line.date_maturity)
            row = self.env["oms.open.item"].with_context(oms_as_of=DAY).browse(term.id)
            self.assertEqual((row.due_bucket, row.days_due), (column, late))

    def test_credits_without_a_use_are_deducted(self):
        self._document([(self.product, self.income, 90000)], day=self._days(-5))
        self._document([(self.product, self.income, 30000)], "out_refund", self._days(-40))
        self.assertEqual(self._total("receivable"), [0, 90000, -30000, 0, 0, 60000])

    def test_suppliers(self):
        self._document([(self.product, self.fees, 7000)], "in_invoice", self._days(-70))
        self.assertEqual(self._total("payable"), [0, 0, 0, 7000, 0, 7000])
        [line, _total] = self._statement("payable")["lines"]
        self.assertEqual(line["name"], self.partner.display_name)
        self.assertOpens("payable")

    def test_cash_at_couriers_and_money_at_the_marketplace(self):
        order = self._sold(self.cod)
        self._ship(order)
        courier = self.env["oms.courier"].search([], limit=1)
        order.oms_shipment_ids.courier_id = courier
        self._deliver(order)
        delivered = order.oms_payment_ids.date
        other = self._sold(self.marketplace)
        today = delivered + timedelta(days=9)
        [line, total] = self._statement("cod", today)["lines"]
        self.assertEqual(line["name"], courier.display_name)
        self.assertEqual(total["amounts"], [0, 300000, 0, 0, 0, 300000])
        [child] = line["accounts"]
        self.assertEqual(child["name"], self.cod.name)
        self.assertEqual(self._total("marketplace", today)[-1], other.amount_total)
        for report in REPORTS:
            self.assertOpens(report, today)

    def test_random_business_ties_on_any_day(self):
        rng = random.Random(11)
        invoices = []
        for _number in range(12):
            kind = rng.choice(["out_invoice", "out_invoice", "out_refund", "in_invoice"])
            account = self.fees if kind == "in_invoice" else self.income
            amount = rng.randrange(1, 100) * 1000
            day = self._days(-rng.randrange(200))
            invoices.append(self._document([(self.product, account, amount)], kind, day))
        for invoice in rng.sample(invoices, 6):
            later = invoice.date + timedelta(days=rng.randrange(100))
            share = rng.choice([1, 2]) / 2
            self._pay(invoice, invoice.amount_total * share, later)
        for day in (-150, -60, -7, 0, 120):
            for report in ("receivable", "payable"):
                self.assertOpens(report, self._days(day))
        self.assertEqual(self.env["oms.proof"]._check_ageings(), [])

    def test_only_readers_of_the_books(self):
        agent = new_test_user(self.env, "ageing_agent", "oms_fulfillment.group_oms_agent")
        with self.assertRaisesRegex(AccessError, "OMS: Finance"):
            self.env["oms.statement"].with_user(agent).get_ageing("receivable", str(DAY))
        with self.assertRaises(AccessError):
            self.env["oms.open.item"].with_user(agent).search([])

    def test_on_paper(self):
        self._document([(self.product, self.income, 90000)], day=self._days(-5))
        table = self.env["oms.statement"].get_table(
            "receivable", unfold=True, date_from="2026-01-01", date_to=str(DAY)
        )
        self.assertEqual(len(table["headings"]), 6)
        self.assertEqual(table["rows"][1]["label"], self.partner.display_name)
        self.assertEqual(table["rows"][-1]["amounts"], [0, 90000, 0, 0, 0, 90000])
