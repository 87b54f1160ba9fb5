import io
import json
from urllib.parse import urlencode

from openpyxl import load_workbook

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .common import OmsReportsCase

STATEMENTS = ("income", "balance", "cash", "cash_indirect")


@tagged("post_install", "-at_install")
class TestStatementCompanies(OmsReportsCase, HttpCase):
    """PT Contoh sold for 100,000 rupiah, its neighbour for 50.25 dollars, the branch for 700."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls.env.company
        cls.abroad = cls._company("Abroad Inc.", currency_id=cls.env.ref("base.USD").id)
        today = fields.Date.today()
        cls.period = {"date_from": f"{today.year}-01-01", "date_to": f"{today.year}-12-31"}
        cls.both = [cls.ours.id, cls.abroad.id]
        cls.reader = new_test_user(
            cls.env,
            "group_reader",
            "oms_fulfillment.group_oms_finance",
            password="group_reader",
            company_id=cls.ours.id,
            company_ids=[Command.set(cls.both)],
        )
        cls._sale(cls.ours, cls.income, cls.fees, 100000)
        cls._sale(cls.abroad, *cls._accounts_of(cls.abroad), 50.25)

    @classmethod
    def _company(cls, name, **values):
        company = cls.env["res.company"].create({"name": name, **values})
        cls.env.user.company_ids |= company
        return company

    @classmethod
    def _accounts_of(cls, company):
        env = cls.env["account.account"].with_company(company)
        return env.create(
            [
                {"code": "970001", "name": "Sales abroad", "account_type": "income"},
                {"code": "970002", "name": "Cash abroad", "account_type": "asset_cash"},
            ]
        )

    @classmethod
    def _sale(cls, company, income, other, amount):
        env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        journal = env["account.journal"].create(
            {"name": "Group", "code": f"GR{company.id}", "type": "general"}
        )
        env["account.move"].create(
            {
                "journal_id": journal.id,
                "date": fields.Date.today(),
                "line_ids": [
                    Command.create({"account_id": income.id, "credit": amount}),
                    Command.create({"account_id": other.id, "debit": amount}),
                ],
            }
        ).action_post()

    def _as(self, user, company=None):
        companies = (company or self.ours).ids
        return self.env["oms.statement"].with_user(user).with_context(allowed_company_ids=companies)

    def _opened(self, statement, code, column, account_id, options):
        statements = self._as(self.reader)
        domain = statements.get_items_domain(statement, code, column, account_id, options)
        items = self.env["account.move.line"].with_context(allowed_company_ids=self.both)
        return sum(items.search(domain).mapped("balance"))

    def test_side_by_side_is_what_each_company_says(self):
        statements = self._as(self.reader)
        options = {**self.period, "compare": "year", "periods": 1}
        for statement in STATEMENTS:
            with self.subTest(statement=statement):
                result = statements.get_statement(statement, **options, company_ids=self.both)
                alone = [
                    self._as(self.reader, company).get_statement(statement, **options)
                    for company in (self.ours, self.abroad)
                ]
                self.assertEqual(
                    [(column["company"], column["currency_id"]) for column in result["columns"]],
                    [(self.ours.name, self.ours.currency_id.id)] * 2
                    + [("Abroad Inc.", self.env.ref("base.USD").id)] * 2,
                )
                known = [{line["code"]: line["amounts"] for line in one["lines"]} for one in alone]
                for line in result["lines"]:
                    sides = [one.get(line["code"], [0.0, 0.0]) for one in known]
                    self.assertEqual(line["amounts"], sides[0] + sides[1], line["code"])
                self.assertFalse(any(result["checks"][0]["difference"]))
                self.assertEqual(len(result["checks"][0]["difference"]), 4)

    def test_each_amount_opens_the_items_of_its_company(self):
        options = {**self.period, "compare": "year", "periods": 1, "company_ids": self.both}
        for statement in STATEMENTS:
            result = self._as(self.reader).get_statement(statement, **options)
            for line in result["lines"]:
                for column, amount in enumerate(line["amounts"]):
                    opened = self._opened(statement, line["code"], column, None, options)
                    self.assertAlmostEqual(abs(amount), abs(opened), 2, (statement, line["code"]))
                for account in line["accounts"]:
                    for column, amount in enumerate(account["amounts"]):
                        account_id = account["account_ids"][column // 2] or account["id"]
                        opened = self._opened(statement, line["code"], column, account_id, options)
                        self.assertAlmostEqual(abs(amount), abs(opened), 2, account["name"])

    def test_accounts_of_one_code_and_name_are_one_row(self):
        theirs = (
            self.env["account.move.line"]
            .search([("company_id", "=", self.abroad.id), ("credit", ">", 0)])
            .account_id
        )
        theirs.with_company(self.abroad).write({"code": self.income.code, "name": self.income.name})
        options = {**self.period, "company_ids": self.both}
        result = self._as(self.reader).get_statement("income", **options)
        [sales] = [line for line in result["lines"] if line["code"] == "sales"]
        [row] = sales["accounts"]
        self.assertEqual(row["amounts"], [100000, 50.25])
        self.assertEqual(row["account_ids"], [self.income.id, theirs.id])
        self.env.flush_all()
        self.start_tour(
            "/odoo/oms-statements",
            "oms_statement_companies_account",
            login="group_reader",
            cookies={"cids": "-".join(map(str, self.both))},
        )

    def test_one_of_the_companies(self):
        statements = self._as(self.reader)
        result = statements.get_statement("income", **self.period, company_ids=self.abroad.ids)
        self.assertEqual(result["company"], "Abroad Inc.")
        self.assertEqual(result["lines"][-1]["amounts"], [50.25])
        table = statements.get_table("income", **self.period, company_ids=self.abroad.ids)
        self.assertEqual(table["rows"][-1]["amounts"], [50.25])

    def test_a_company_that_is_not_the_readers(self):
        elsewhere = self._company("Not Ours")
        for companies in (elsewhere.ids, [self.ours.id, elsewhere.id]):
            for call in ("get_statement", "get_table"):
                with self.assertRaises(AccessError):
                    getattr(self._as(self.reader), call)(
                        "income", **self.period, company_ids=companies
                    )
            with self.assertRaises(AccessError):
                options = {**self.period, "company_ids": companies}
                self._as(self.reader).get_items_domain(
                    "income", "sales", len(companies) - 1, None, options
                )

    def test_what_is_of_one_company_says_so(self):
        for report in ("vat", "receivable"):
            with self.assertRaisesRegex(UserError, "of one company"):
                self._as(self.reader).get_statement(report, **self.period, company_ids=self.both)
        for report in ("trial", "ledger"):
            with self.assertRaisesRegex(UserError, "of one company"):
                self._as(self.reader).get_table(
                    report, **self.period, account_id=self.income.id, company_ids=self.both
                )
        finals = self.env["oms.statement.final"].with_user(self.reader)
        with self.assertRaises(OmsRefusal) as refusal:
            finals.save_final("income", {**self.period, "company_ids": self.both})
        self.assertEqual(refusal.exception.code, "several_companies")

    def test_paper_and_workbook_name_companies_and_currencies(self):
        self.authenticate("group_reader", "group_reader")
        options = {"statement": "income", **self.period, "company_ids": self.both}
        query = {"company_id": self.ours.id, "options": json.dumps(options)}
        answer = self.url_open(f"/oms/statement.xlsx?{urlencode(query)}")
        sheet = load_workbook(io.BytesIO(answer.content)).active
        headings = [cell.value for cell in sheet[5]][1:]
        self.assertIn("Abroad Inc. (USD)", headings[1])
        [net] = [row for row in sheet.iter_rows() if row[0].value == "Net profit"]
        self.assertEqual([cell.value for cell in net[1:]], [100000 - 100000, 50.25])
        self.assertIn("0.00", net[2].number_format)
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("oms_reports.report_statement", [], data={"table": options})[0]
            .decode()
        )
        for text in ("Side by side, not consolidated", "Abroad Inc. (USD)", "50.25"):
            self.assertIn(text, html)

    def test_a_branch_books_on_its_parents_accounts(self):
        branch = self._company("Branch", parent_id=self.ours.id)
        self.reader.sudo().company_ids |= branch
        cash = self._account("974", "Cash in the branch", "asset_cash")
        self._sale(branch, self.income, cash, 700)
        amounts = {}
        for statement in STATEMENTS:
            result = self._as(self.reader, branch).get_statement(statement, **self.period)
            amounts |= {line["code"]: line["amounts"] for line in result["lines"]}
            self.assertFalse(any(result["checks"][0]["difference"]))
        self.assertEqual(amounts["net_profit"], [700])
        self.assertEqual(amounts["assets"], [700])
        self.assertEqual(amounts["closing"], [700])
        trial = self._as(self.reader, branch).get_trial_balance(**self.period)
        self.assertEqual(trial["totals"]["debit"], 700)

    def test_analysis_of_one_of_the_companies(self):
        analysis = self.env["oms.analysis"].with_user(self.reader)
        for company, name in ((self.ours, "PT Contoh"), (self.abroad, "Abroad Inc.")):
            scope = analysis.with_context(allowed_company_ids=company.ids)
            answer = scope.get_report("cash_tied", **self.period)
            self.assertEqual(answer["company"], name)
            self.assertEqual(answer["currency_id"], company.currency_id.id)
        self.env.flush_all()
        self.start_tour(
            "/odoo/oms-analysis",
            "oms_analysis_companies",
            login="group_reader",
            cookies={"cids": "-".join(map(str, self.both))},
        )

    def test_screen(self):
        self.env.flush_all()
        self.start_tour(
            "/odoo/oms-statements",
            "oms_statement_companies",
            login="group_reader",
            cookies={"cids": "-".join(map(str, self.both))},
        )

    def _in_both(self, model, companies=None):
        companies = companies or self.both
        return self.env[model].with_user(self.reader).with_context(allowed_company_ids=companies)

    def test_amounts_of_several_currencies_have_no_sum(self):
        """Neither on boards, which ask the server so, nor in pivots, lists and over RPC."""
        measures = ["amount:sum", "contribution:sum", "margin_percent:avg", "__count"]

        def totals(companies, by=()):
            rows = self._in_both("oms.pnl.line", companies)
            income = [("account_type", "=", "income")]
            return rows.formatted_read_group(income, list(by), measures)

        [together] = totals(self.both)
        self.assertEqual([together[name] for name in measures[:3]], [False] * 3)
        self.assertGreater(together["__count"], 1)
        apart = {
            row["company_id"][0]: row["amount:sum"] for row in totals(self.both, ["company_id"])
        }
        for company in self.both:
            [alone] = totals([company])
            self.assertTrue(alone["amount:sum"])
            self.assertEqual(apart[company], alone["amount:sum"])
        board = self._in_both("oms.pnl.line").with_context(oms_one_currency=True)
        for row in board.formatted_read_group([], ["company_id"], measures):
            self.assertFalse(row["amount:sum"], "a board would write it in another currency")
        [items] = self._in_both("oms.open.item").formatted_read_group([], [], ["residual:sum"])
        self.assertFalse(items["residual:sum"])

    def test_several_currencies_need_no_more_queries(self):
        def queries(companies):
            rows = self._in_both("oms.pnl.line", companies)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows.formatted_read_group([], ["component"], ["amount:sum"])
            return self.env.cr.sql_log_count - before

        for companies in (self.both, self.ours.ids):
            queries(companies)  # rules and currencies are read once
        self.assertLessEqual(queries(self.both), queries(self.ours.ids) + 1, "their currencies")
        self.assertEqual(queries(self.ours.ids), 1)

    def test_key_figures_of_several_currencies_are_counts_only(self):
        answer = self._in_both("oms.kpi").get_figures(**self.period, area="customers")
        figures = {figure["code"]: figure for figure in answer["figures"]}
        money = {code for code, figure in figures.items() if figure["unit"] == "money"}
        self.assertTrue(money)
        for code, figure in figures.items():
            self.assertEqual(figure["skipped"], ["currency_id"] * (code in money), code)
            if code in money:
                self.assertIsNone(figure["value"])
                self.assertIn("different currencies", figure["exclusions"])

    def test_boards_say_that_sums_are_empty(self):
        boards = self._in_both("spreadsheet.dashboard")
        ours = boards.browse(self.env.ref("oms_reports.dashboard_finance").id)
        self.assertTrue(ours.oms_currencies_differ)
        one = self._in_both("spreadsheet.dashboard", self.ours.ids).browse(ours.id)
        self.assertFalse(one.oms_currencies_differ)
