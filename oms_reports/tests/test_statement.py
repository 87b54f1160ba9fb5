import random
from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import OmsReportsCase

YEAR = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
STATEMENTS = ("income", "balance", "cash", "cash_indirect")


class StatementCase(OmsReportsCase):
    """Two years of random entries between accounts of every type, payments included."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        kinds = dict(cls.env["account.account"]._fields["account_type"].selection)
        del kinds["off_balance"], kinds["equity_unaffected"]
        cls.accounts = {
            kind: cls._account(f"9{number:02}", f"Account {kind}", kind)
            for number, kind in enumerate(kinds, 10)
        }
        cls.other_cash = cls._account("990", "Other cash", "asset_cash")
        cls.journal = cls.env["account.journal"].create(
            {"name": "Statements", "code": "STMT", "type": "general"}
        )
        rng = random.Random(2026)
        pool = [*cls.accounts.values(), cls.other_cash]
        cls._post([cls._random_entry(rng, pool) for _n in range(60)])

    @classmethod
    def _random_entry(cls, rng, pool):
        day = date(2025, 1, 1) + timedelta(days=rng.randrange(730))
        chosen = rng.sample(pool, rng.choice([2, 2, 3]))
        amounts = [rng.randrange(1, 10**7) for _account in chosen[1:]]
        amounts.append(-sum(amounts))
        if rng.random() < 0.5:
            amounts = [-amount for amount in amounts]
        return day, list(zip(chosen, amounts, strict=True))

    @classmethod
    def _post(cls, entries):
        """``[(day, [(account, debit less credit)])]``"""
        moves = cls.env["account.move"].create(
            [
                {
                    "journal_id": cls.journal.id,
                    "date": day,
                    "line_ids": [
                        Command.create({"account_id": account.id, "balance": amount})
                        for account, amount in items
                    ],
                }
                for day, items in entries
            ]
        )
        moves.action_post()
        return moves

    def _statement(self, statement, **options):
        return self.env["oms.statement"].get_statement(statement, **{**YEAR, **options})

    def _amounts(self, result):
        return {row["code"]: row["amounts"] for row in result["lines"]}

    def _opened(self, statement, code, column=0, account_id=None, **options):
        """Debit less credit of the items that a click on an amount opens."""
        domain = self.env["oms.statement"].get_items_domain(
            statement, code, column, account_id, {**YEAR, **options}
        )
        [(balance,)] = self.env["account.move.line"]._read_group(domain, [], ["balance:sum"])
        return balance or 0.0


@tagged("post_install", "-at_install")
class TestStatement(StatementCase):
    def test_every_statement_ties(self):
        for statement in STATEMENTS:
            result = self._statement(statement, compare="previous", periods=1)
            [check] = result["checks"]
            self.assertEqual(check["difference"], [0.0, 0.0], statement)
            self.assertTrue(any(check["expected"]), f"{statement} is empty")
            self.assertNotIn("unclassified", self._amounts(result))

    def test_profit_is_what_the_balance_sheet_earns(self):
        income = self._amounts(self._statement("income", compare="year"))
        balance = self._amounts(self._statement("balance", compare="year"))
        self.assertEqual(balance["earnings_now"], income["net_profit"])
        before = balance["earnings_before"][0] - balance["earnings_before"][1]
        self.assertEqual(before, income["net_profit"][1])

    def test_direct_and_indirect_cash_flow_agree(self):
        direct = self._amounts(self._statement("cash", compare="year"))
        indirect = self._amounts(self._statement("cash_indirect", compare="year"))
        for code in ("opening", "net_flow", "closing"):
            self.assertEqual(direct[code], indirect[code])
        self.assertEqual(direct["closing"][1], direct["opening"][0])

    def test_every_amount_opens_rows_that_add_up_to_it(self):
        for statement in STATEMENTS:
            result = self._statement(statement, compare="year")
            for row in result["lines"]:
                # cash accounts and assets are shown as they are, everything else turned
                asset = statement == "balance" and row["code"] in self._asset_codes()
                sign = 1 if asset or row["kind"] == "cash" else -1
                for column, amount in enumerate(row["amounts"]):
                    opened = self._opened(statement, row["code"], column, compare="year")
                    self.assertEqual(sign * opened, amount, f"{statement} {row['code']}")
                for account in row["accounts"]:
                    opened = self._opened(statement, row["code"], 0, account["id"])
                    self.assertEqual(sign * opened, account["amounts"][0])

    def _asset_codes(self):
        lines = self.env["oms.statement.line"].search([("statement", "=", "balance")])
        return lines.filtered(lambda line: line.sign == "1").mapped("code")

    def test_accounts_add_up_to_their_line(self):
        for statement in STATEMENTS:
            for row in self._statement(statement)["lines"]:
                if row["kind"] == "accounts":
                    total = sum(account["amounts"][0] for account in row["accounts"])
                    self.assertEqual(total, row["amounts"][0])

    def test_a_tag_moves_an_account(self):
        before = self._amounts(self._statement("income"))
        tag = self.env.ref("oms_reports.account_tag_income_tax")
        self.accounts["expense"].tag_ids = tag
        after = self._amounts(self._statement("income"))
        moved = before["operating_expenses"][0] - after["operating_expenses"][0]
        self.assertNotEqual(moved, 0)
        self.assertEqual(after["income_tax"][0], moved)
        self.assertEqual(after["net_profit"], before["net_profit"])

    def test_an_account_that_no_line_takes_is_shown(self):
        line = self.env.ref("oms_reports.statement_income_other_expenses")
        line.account_types = False
        result = self._statement("income")
        amounts = self._amounts(result)
        self.assertNotEqual(amounts["unclassified"][0], 0)
        self.assertEqual(self._opened("income", "unclassified") * -1, amounts["unclassified"][0])
        self.assertEqual(
            result["checks"][0]["difference"][0], -amounts["unclassified"][0], "it is not hidden"
        )

    def test_the_fiscal_year_of_the_company(self):
        self.env.company.write({"fiscalyear_last_month": "3", "fiscalyear_last_day": 31})
        balance = self._amounts(self._statement("balance"))
        income = self._amounts(self._statement("income", date_from="2026-04-01"))
        self.assertEqual(balance["earnings_now"], income["net_profit"])

    def test_draft_entries_only_on_demand(self):
        move = self._post(
            [(date(2026, 5, 5), [(self.accounts["income"], -7000), (self.other_cash, 7000)])]
        )
        with_entry = self._amounts(self._statement("income"))["sales"][0]
        move.button_draft()
        self.assertEqual(self._amounts(self._statement("income"))["sales"][0], with_entry - 7000)
        drafts = self._statement("income", draft=True)
        self.assertEqual((self._amounts(drafts)["sales"][0], drafts["draft"]), (with_entry, True))

    def test_one_channel(self):
        order = self._sold(self.channel, [(self.product, 1, 100000, None)])
        self._complete(order)
        day = order.oms_invoice_ids.invoice_date
        period = {"date_from": f"{day.year}-01-01", "date_to": f"{day.year}-12-31"}
        result = self._statement("income", channel_id=self.channel.id, **period)
        self.assertEqual(self._amounts(result)["sales"], [100000])
        self.assertEqual(
            -self._opened("income", "sales", channel_id=self.channel.id, **period), 100000
        )

    def test_months_are_compared_with_months(self):
        result = self._statement(
            "income", date_from="2026-03-01", date_to="2026-03-31", compare="previous", periods=2
        )
        self.assertEqual(
            [(column["date_from"], column["date_to"]) for column in result["columns"]],
            [
                ("2026-03-01", "2026-03-31"),
                ("2026-02-01", "2026-02-28"),
                ("2026-01-01", "2026-01-31"),
            ],
        )

    def test_twelve_columns_cost_what_one_costs(self):
        self._statement("income")
        with self.assertQueryCount(4):
            self._statement("income", date_from="2026-12-01", compare="previous", periods=12)

    def test_only_readers_of_the_books(self):
        agent = new_test_user(self.env, "statement_agent", "oms_fulfillment.group_oms_agent")
        with self.assertRaisesRegex(AccessError, "OMS: Finance"):
            self.env["oms.statement"].with_user(agent).get_statement("income", **YEAR)
        finance = new_test_user(
            self.env,
            "statement_finance",
            "oms_fulfillment.group_oms_finance",
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
        )
        as_finance = self.env["oms.statement"].with_user(finance).get_statement("income", **YEAR)
        self.assertEqual(as_finance["lines"], self._statement("income")["lines"])

    def test_the_proof_knows_a_statement_that_does_not_tie(self):
        self.assertEqual(self.env["oms.proof"]._check_statements(), [])
        self._post(
            [(date.today(), [(self.accounts["expense_other"], 7000), (self.other_cash, -7000)])]
        )
        self.env.ref("oms_reports.statement_income_other_expenses").account_types = False
        [violation] = self.env["oms.proof"]._check_statements()
        self.assertEqual(violation["code"], "income_ties")
        self.assertIn("PT Contoh", violation["message"])

    def test_lines_that_make_no_sense_are_refused(self):
        net = self.env.ref("oms_reports.statement_income_net_profit")
        with self.assertRaisesRegex(ValidationError, "add up itself"):
            self.env.ref("oms_reports.statement_income_revenue").term_ids += net
        with self.assertRaisesRegex(ValidationError, "no account type revenues"):
            net.account_types = "revenues"


@tagged("post_install", "-at_install")
class TestIndonesianChart(OmsReportsCase):
    def test_accounts_with_misleading_types_are_tagged(self):
        tax = self._account("65110070", "Income Tax Expenses (CIT)", "expense")
        interest = self._account("91100010", "Interest Expense", "expense")
        interest.tag_ids = self.env.ref("oms_reports.account_tag_other_income")
        self._account("61100010", "Employee Salary", "expense")
        self.assertFalse(self.env.company._oms_tag_accounts(), "another chart")
        self.env.company.chart_template = "id"
        self.assertEqual(self.env.company._oms_tag_accounts(), tax)
        self.assertEqual(tax.tag_ids, self.env.ref("oms_reports.account_tag_income_tax"))
        self.assertFalse(self.env.company._oms_tag_accounts(), "once is enough")


@tagged("post_install", "-at_install")
class TestTrialBalance(StatementCase):
    def test_it_closes_at_zero_and_equals_the_ledger(self):
        result = self.env["oms.statement"].get_trial_balance(**YEAR)
        self.assertEqual(result["totals"]["opening"], 0)
        self.assertEqual(result["totals"]["closing"], 0)
        self.assertEqual(result["totals"]["debit"], result["totals"]["credit"])
        for row in result["rows"]:
            self.assertEqual(row["opening"] + row["debit"] - row["credit"], row["closing"])
            if row["id"]:
                self._assert_ledger(row)

    def _assert_ledger(self, row):
        """The pages of the general ledger go from the opening to the closing balance."""
        ledger = self.env["oms.statement"].get_ledger(row["id"], **YEAR, limit=2)
        self.assertEqual(ledger["opening"], row["opening"])
        balance, seen = ledger["opening"], 0
        while seen < ledger["count"]:
            page = self.env["oms.statement"].get_ledger(row["id"], **YEAR, offset=seen, limit=2)
            for item in page["items"]:
                balance += item["debit"] - item["credit"]
                self.assertEqual(item["balance"], balance)
            seen += len(page["items"])
        self.assertEqual(balance, row["closing"])

    def test_every_amount_opens_the_items_that_it_adds_up(self):
        """Also in the middle of a year: income of the years before is in no amount of its own."""
        days = {"date_from": "2026-06-01", "date_to": "2026-06-30"}
        statements = self.env["oms.statement"]
        rows = [row for row in statements.get_trial_balance(**days)["rows"] if row["id"]]
        kinds = {account.id: kind for kind, account in self.accounts.items()}
        self.assertTrue({"expense", "income"} & {kinds.get(row["id"]) for row in rows})
        for row in rows:
            for column, name in enumerate(("opening", "debit", "credit", "closing")):
                drill = statements.get_drill("trial", "", column, row["id"], days)
                measure = name if name in ("debit", "credit") else "balance"
                [(amount,)] = self.env[drill["model"]]._read_group(
                    drill["domain"], [], [f"{measure}:sum"]
                )
                self.assertEqual(amount or 0.0, row[name], (row["name"], name))

    def test_income_opens_at_zero_in_a_new_fiscal_year(self):
        rows = self.env["oms.statement"].get_trial_balance(**YEAR)["rows"]
        income = self.accounts["income"]
        [row] = [row for row in rows if row["id"] == income.id]
        self.assertEqual(row["opening"], 0)
        [earnings] = [row for row in rows if not row["id"]]
        profit = self._amounts(self._statement("income", compare="year"))["net_profit"][1]
        self.assertEqual(earnings["opening"], -profit)
