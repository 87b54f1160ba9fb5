import io
import json
from urllib.parse import urlencode

from lxml.html import fromstring
from openpyxl import load_workbook

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import OmsReportsCase


class StatementPaperCase(OmsReportsCase, HttpCase):
    """One sale of 100,000 with 7,000 of fees, this year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(
            cls.env,
            "bookkeeper",
            "oms_fulfillment.group_oms_finance",
            password="bookkeeper",
            company_id=cls.env.company.id,
            company_ids=[(6, 0, cls.env.company.ids)],
        )
        today = fields.Date.today()
        cls.period = {"date_from": f"{today.year}-01-01", "date_to": f"{today.year}-12-31"}

    def setUp(self):
        super().setUp()
        self._document([(self.product, self.income, 100000)])
        self._document([(self.product, self.fees, 7000)], "in_invoice")

    def _workbook(self, **options):
        query = {
            "company_id": self.env.company.id,
            "options": json.dumps({"statement": "income", **self.period, **options}),
        }
        return self.url_open(f"/oms/statement.xlsx?{urlencode(query)}")


@tagged("post_install", "-at_install")
class TestStatementPaper(StatementPaperCase):
    def test_the_workbook_holds_numbers(self):
        self.authenticate("bookkeeper", "bookkeeper")
        answer = self._workbook(unfold=True)
        self.assertEqual(answer.status_code, 200)
        sheet = load_workbook(io.BytesIO(answer.content)).active
        cells = {row[0]: row[1] for row in sheet.iter_rows(values_only=True, max_col=2)}
        self.assertEqual(cells["Sales"], 100000)
        self.assertEqual(cells["Net profit"], 93000)
        self.assertEqual(cells[f"{self.fees.code} Marketplace fees"], -7000)

    def test_the_workbook_is_for_readers_of_the_books(self):
        new_test_user(self.env, "packer", "oms_fulfillment.group_oms_warehouse", password="packer")
        self.authenticate("packer", "packer")
        with self.assertLogs("odoo.http", "WARNING"):
            self.assertEqual(self._workbook().status_code, 403)
        self.authenticate("bookkeeper", "bookkeeper")
        self.assertEqual(self._workbook(statement="everything").status_code, 400)

    def test_what_was_typed_wrong_is_named(self):
        self.authenticate("bookkeeper", "bookkeeper")
        whole = {"statement": "income", **self.period}
        ledger = {**whole, "statement": "ledger"}
        foreign = self.env["account.account"].search(
            [("company_ids", "not in", self.env.company.ids)], limit=1
        )
        cases = [
            ("statement", "income", {**self.period}),
            ("statement", "income", {**whole, "statement": "everything"}),
            ("statement", "income", {**whole, "statement": ["income"]}),
            ("date_from", "YYYY-MM-DD", {"statement": "income"}),
            ("date_to", "YYYY-MM-DD", {**whole, "statement": "trial", "date_to": "31/12/2026"}),
            ("date_to", "YYYY-MM-DD", {**whole, "statement": "vat", "date_to": 7}),
            ("date_from", "date_to", {**whole, "date_from": "2999-01-01"}),
            ("account_id", "an account", ledger),
            ("account_id", "an account", {**ledger, "account_id": "6"}),
            ("account_id", "an account", {**ledger, "account_id": 2**40}),
            ("account_id", "an account", {**ledger, "account_id": foreign.id}),
            ("compare", "previous", {**whole, "compare": "month"}),
            ("periods", "number", {**whole, "compare": "year", "periods": "two"}),
            ("channel_id", "channel", {**whole, "channel_id": "WEB"}),
            ("company_ids", "companies", {**whole, "company_ids": "all"}),
            ("currency is unknown", "date_from", {**whole, "currency": None}),
        ]
        for name, hint, options in cases:
            with self.subTest(name=name, options=options):
                query = {"company_id": self.env.company.id, "options": json.dumps(options)}
                self._assert_refused(query, name, hint)
        company = {"company_id": self.env.company.id}
        self._assert_refused({"options": json.dumps(whole)}, "company_id", "company")
        self._assert_refused({"company_id": "x", "options": "{}"}, "company_id", "company")
        self._assert_refused(company, "options", "JSON object")
        self._assert_refused({**company, "options": "{'statement'"}, "options", "JSON object")
        self._assert_refused({**company, "options": "[1]"}, "options", "JSON object")
        for data in ({}, {"table": ["income"]}, {"table": {"statement": "ledger", **self.period}}):
            query = urlencode({"options": json.dumps(data)})
            with self.assertLogs("odoo.http", "WARNING"):
                answer = self.url_open(f"/report/pdf/oms_reports.report_statement?{query}")
            self.assertEqual(answer.status_code, 422)
            self.assertIn("is missing. Send ", fromstring(answer.text).text_content())

    def _assert_refused(self, query, name, hint):
        """A wrong argument is answered 400 with its name and what to send."""
        answer = self.url_open(f"/oms/statement.xlsx?{urlencode(query)}")
        self.assertEqual(answer.status_code, 400, answer.text)
        sentence = fromstring(answer.text).text_content()
        self.assertIn(f"The argument {name}", sentence)
        self.assertIn("Send ", sentence)
        self.assertIn(hint, sentence)

    def test_the_workbook_of_a_final_report_stays_as_it_was_handed_out(self):
        finals = self.env["oms.statement.final"]
        self.env.company.fiscalyear_lock_date = self.period["date_to"]
        final = finals.browse(finals.save_final("income", self.period))
        self.env.company.fiscalyear_lock_date = False
        self._document([(self.product, self.income, 5000)])
        url = final.action_export()["url"]
        self.authenticate("bookkeeper", "bookkeeper")
        sheet = load_workbook(io.BytesIO(self.url_open(url).content)).active
        cells = {row[0]: row[1] for row in sheet.iter_rows(values_only=True, max_col=2)}
        self.assertEqual(cells["Net profit"], 93000)
        new_test_user(self.env, "picker", "oms_fulfillment.group_oms_warehouse", password="picker")
        self.authenticate("picker", "picker")
        with self.assertLogs("odoo.http", "WARNING"):
            self.assertEqual(self.url_open(url).status_code, 403)

    def test_paper_says_what_the_screen_says(self):
        report = self.env["ir.actions.report"]
        html = report._render_qweb_html(
            "oms_reports.report_statement",
            [],
            data={"table": {"statement": "income", **self.period}},
        )[0].decode()
        for text in ("Income Statement", "PT Contoh", "93,000", "(7,000)"):
            self.assertIn(text, html)

    def test_every_sheet_says_what_it_is_a_part_of(self):
        html = self.env["ir.actions.report"]._render_qweb_html(
            "oms_reports.report_statement",
            [],
            data={"table": {"statement": "income", **self.period}},
        )[0]
        (footer,) = fromstring(html).xpath("//div[@class='footer']")
        for text in ("Income Statement", "PT Contoh", "Page"):
            self.assertIn(text, footer.text_content())

    def test_trial_balance_on_paper(self):
        table = self.env["oms.statement"].get_table("trial", **self.period)
        self.assertEqual(len(table["headings"]), 4)
        total = table["rows"][-1]
        self.assertTrue(total["strong"])
        self.assertEqual(total["amounts"], [0, 107000, 107000, 0])

    def test_no_text_of_a_workbook_is_a_formula(self):
        self.env.company.name = "=1+1"
        table = self.env["oms.statement"].get_table("trial", **self.period)
        report = self.env["report.oms_reports.report_statement"]
        book = load_workbook(io.BytesIO(report._make_workbook(table)))
        cell = book.active["A2"]
        self.assertTrue(cell.value.startswith("=1+1"))
        self.assertEqual(cell.data_type, "s")

    def test_screen(self):
        self.env.flush_all()
        self.start_tour("/odoo/oms-statements", "oms_statement", login="bookkeeper")


# No table is wider than a telephone: what has many columns becomes a list.
FITS = """
    const select = document.querySelector(".o_content select");
    const table = () => document.querySelector(".o_oms_table");
    const shown = (code) => code === (table()?.dataset.statement || table()?.dataset.report);
    const until = async (done) => {
        for (let tries = 0; !done(); tries++) {
            if (tries > 200) {
                throw new Error("did not come: " + select.value);
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    };
    (async () => {
        for (const code of CODES) {
            select.value = code;
            select.dispatchEvent(new Event("change", { bubbles: true }));
            await until(() => shown(code));
            const frame = table().parentElement;
            if (frame.scrollWidth > frame.clientWidth + 1) {
                throw new Error(`${code} is wider than the screen`);
            }
            for (const cell of table().querySelectorAll("td[data-label]:not([data-label=''])")) {
                if (cell.offsetParent && !cell.textContent.trim()) {
                    throw new Error(`${code} has an empty cell: ${cell.dataset.label}`);
                }
            }
            for (const choice of document.querySelectorAll(".o_content select")) {
                const width = choice.offsetWidth;
                choice.style.width = "max-content";
                if (choice.offsetWidth > width + 1) {
                    throw new Error(`${code} cuts the choices of ${choice.name}`);
                }
                choice.style.width = "";
            }
        }
        console.log("test successful");
    })();
"""


@tagged("post_install", "-at_install")
class TestStatementPhone(StatementPaperCase):
    browser_size = "390x844"
    touch_enabled = True

    def _fits(self, path, codes):
        self.env.flush_all()
        code = FITS.replace("CODES", json.dumps(codes))
        self.browser_js(
            path, code, "!!document.querySelector('.o_content select')", login="bookkeeper"
        )

    def test_no_statement_scrolls_sideways(self):
        self.env.company.account_fiscal_country_id = self.env.ref("base.id")
        statements = ("income", "balance", "cash", "trial", "receivable", "vat")
        self._fits("/odoo/oms-statements?compare=previous&periods=3", statements)

    def test_no_analysis_scrolls_sideways(self):
        self._fits("/odoo/oms-analysis", ("cash_tied", "cash_projection", "integrity"))
