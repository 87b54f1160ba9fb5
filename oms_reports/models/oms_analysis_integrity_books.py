from datetime import date

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .account_account import PROFIT_AND_LOSS
from .oms_analysis_integrity import Check, Rows
from .oms_statement_ageing import AGEINGS
from .oms_statement_line import STATEMENTS

# Amounts that are named; all are counted.
NAMED = 20


class OmsAnalysis(models.AbstractModel):
    """Integrity of the books: entries, accounts, statements and open items."""

    _inherit = "oms.analysis"

    def _integrity_balanced(self):
        uneven = self.env.execute_query(
            SQL(
                """
                SELECT move_id
                  FROM account_move_line
                 WHERE parent_state = 'posted' AND company_id = %s
              GROUP BY move_id HAVING ABS(SUM(balance)) > 0.000001
                """,
                self.env.company.id,
            )
        )
        rows = self._ids_rows("account.move", [move_id for (move_id,) in uneven])
        name = self.env._("entries whose debit is not their credit")
        zero = self.env._("No posted entry may have another debit than credit.")
        return [Check(name, 0, len(uneven), actual_rows=rows, unit="count", zero=zero)]

    def _accounts_of(self, types):
        # sudo: readers of the books need no right on the chart of accounts itself.
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        return accounts.search([("account_type", "in", types)])

    def _ledger_sum(self, accounts):
        """Return ``(credit less debit, items)`` of accounts, straight from the ledger."""
        [(amount, items)] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(credit) - SUM(debit), 0), COUNT(*)
                  FROM account_move_line
                 WHERE parent_state = 'posted' AND company_id = %s AND account_id = ANY(%s)
                """,
                self.env.company.id,
                accounts.ids,
            )
        )
        return float(amount), items

    def _integrity_pnl(self):
        mine = [("company_id", "=", self.env.company.id)]
        [(amount, rows)] = self.env["oms.pnl.line"]._read_group(mine, [], ["amount:sum", "__count"])
        accounts = self._accounts_of(PROFIT_AND_LOSS)
        ledger, items = self._ledger_sum(accounts)
        booked = self._posted(accounts)
        return [
            Check(
                self.env._("order P&L = profit in the ledger"),
                ledger,
                amount,
                Rows(booked, "account.move.line", "-balance"),
                Rows(mine, "oms.pnl.line", "amount"),
            ),
            Check(
                self.env._("order P&L, number of items"),
                items,
                rows,
                Rows(booked, "account.move.line"),
                Rows(mine, "oms.pnl.line"),
                unit="count",
            ),
        ]

    def _integrity_income(self):
        mine = [("company_id", "=", self.env.company.id)]
        [(amount,)] = self.env["oms.report.sales"]._read_group(mine, [], ["amount:sum"])
        accounts = self._accounts_of(self.env["oms.report.sales"]._account_types())
        return [
            Check(
                self.env._("sales report = income in the ledger"),
                self._ledger_sum(accounts)[0],
                amount,
                Rows(self._posted(accounts), "account.move.line", "-balance"),
                Rows(mine, "oms.report.sales", "amount"),
            )
        ]

    def _year(self):
        return {
            name: fields.Date.to_string(day)
            for name, day in self.env.company.compute_fiscalyear_dates(self._today()).items()
        }

    def _integrity_statements(self):
        statements, year = self.env["oms.statement"], self._year()
        found = []
        for statement in dict(STATEMENTS):
            result = statements.get_statement(statement, **year)
            sides = self._statement_sides(statement, result, year)
            found += [
                Check(
                    f"{result['title']}: {check['name']}",
                    check["expected"][0],
                    check["actual"][0],
                    **sides,
                )
                for check in result["checks"]
            ]
        return found

    def _statement_items(self, statement, code, measure, year):
        """The items behind a line of a statement."""

        def as_text(condition):
            if not isinstance(condition.value, date):
                return condition
            day = fields.Date.to_string(condition.value)
            return Domain(condition.field_expr, condition.operator, day)

        domain = self.env["oms.statement"].get_items_domain(statement, code, 0, options=year)
        return Rows(Domain(domain).map_conditions(as_text), "account.move.line", measure)

    def _statement_sides(self, statement, result, year):
        """The items behind both sides of what a statement checks."""

        def items(code, measure):
            return self._statement_items(statement, code, measure, year)

        if statement == "balance":
            return {
                "expected_rows": items("assets", "balance"),
                "actual_rows": items("claims", "-balance"),
            }
        if statement == "income":
            accounts = self._accounts_of(PROFIT_AND_LOSS)
            all_items = self._posted(accounts, year["date_from"], year["date_to"])
            return {
                "expected_rows": Rows(all_items, "account.move.line", "-balance"),
                "actual_rows": items("net_profit", "-balance"),
            }
        lines = {line["code"]: line for line in result["lines"]}
        parts = {
            f"{statement}_{code}": self._integrity_input(
                lines[code]["name"], lines[code]["amounts"][0], items(code, measure)
            )
            for code, measure in (
                ("opening", "balance"),
                ("net_flow", "-balance"),
                ("unclassified", "-balance"),
            )
            if code in lines
        }
        return {"expected_rows": items("closing", "balance"), "inputs": {"actual": parts}}

    def _integrity_costs(self):
        uneven = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(cogs_origin_id, MIN(id))
                  FROM account_move_line
                 WHERE display_type = 'cogs' AND parent_state = 'posted' AND company_id = %s
              GROUP BY move_id, cogs_origin_id HAVING ABS(SUM(balance)) > 0.000001
                """,
                self.env.company.id,
            )
        )
        rows = self._ids_rows("account.move.line", [item_id for (item_id,) in uneven])
        name = self.env._("invoice lines whose cost items do not cancel out")
        zero = self.env._(
            "The cost that an invoice line books is the inventory that it takes off: their items "
            "must cancel out."
        )
        return [Check(name, 0, len(uneven), actual_rows=rows, unit="count", zero=zero)]

    def _integrity_open_items(self):
        today = fields.Date.to_string(self._today())
        found = []
        for report, (_group, _below, _age, sign) in AGEINGS.items():
            result = self.env["oms.statement"].get_ageing(report, today)
            [check] = result["checks"]
            minus = "" if sign > 0 else "-"
            domain, model = self._open_rows(report)
            accounts = self.env["oms.statement"]._ageing_accounts(report)
            found.append(
                Check(
                    f"{result['title']}: {check['name']}",
                    check["expected"][0],
                    check["actual"][0],
                    Rows(
                        self._posted(accounts, until=today), "account.move.line", f"{minus}balance"
                    ),
                    Rows(domain, model, f"{minus}residual", {"oms_as_of": today}),
                )
            )
        return found

    def _integrity_trial(self):
        statements, year = self.env["oms.statement"], self._year()
        totals = statements.get_trial_balance(**year)["totals"]
        accounts = statements._accounts("income") | statements._accounts("balance")
        moved = self._posted(accounts, year["date_from"], year["date_to"])
        ended = self._posted(accounts, until=year["date_to"])
        return [
            Check(
                self.env._("trial balance closes at zero"),
                0,
                totals["closing"],
                actual_rows=Rows(ended, "account.move.line", "balance"),
                zero=self.env._("Debits are credits, so all accounts together must end at zero."),
            ),
            Check(
                self.env._("trial balance, debit = credit"),
                totals["debit"],
                totals["credit"],
                Rows(moved, "account.move.line", "debit"),
                Rows(moved, "account.move.line", "credit"),
            ),
        ]

    def _integrity_drill_down(self):
        """Amounts of the statements that are not the sum of what a click on them opens."""
        year, currency = self._year(), self.env.company.currency_id
        drilled = self.env["oms.statement"]._drilled(**year)
        wrong = [line for line in drilled if currency.compare_amounts(line[3], line[4])]
        name, unit = self.env._("Amounts compared"), "count"
        parts = {"compared": {"name": name, "unit": unit, "value": len(drilled)}}
        for number, (statement, code, name, shown, opened) in enumerate(wrong[:NAMED]):
            label = self.env._(
                "%(line)s opens %(amount)s", line=name, amount=currency.format(opened)
            )
            rows = self._statement_items(statement, code, "balance", year)
            parts[f"wrong_{number}"] = self._integrity_input(label, shown, rows)
        return [
            Check(
                self.env._("amounts that differ from the items that they open"),
                0,
                len(wrong),
                unit=unit,
                inputs={"actual": parts},
                how=self.env._(
                    "Lines of the statements of this fiscal year of which the amount is not that "
                    "of the items that a click on it opens"
                ),
                zero=self.env._("Every amount must be the sum of the items that it opens."),
            )
        ]
