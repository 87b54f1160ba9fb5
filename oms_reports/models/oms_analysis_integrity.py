from odoo import api, fields, models
from odoo.tools import SQL

from .account_account import PROFIT_AND_LOSS
from .oms_statement_ageing import AGEINGS
from .oms_statement_line import STATEMENTS


class OmsAnalysis(models.AbstractModel):
    """What must be equal, and whether it is: expected, actual, difference, and the rows of both.

    The nightly proof (``oms.proof``) looks at the same and keeps what it found.
    """

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {**super()._reports(), "integrity": "_report_integrity"}

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "integrity")

    @api.model
    def _integrity_checks(self):
        """Return ``[(code, method)]``; a method returns ``[(name, expected, actual, drill)]``."""
        return [
            ("I0", "_integrity_balanced"),
            ("I1", "_integrity_pnl"),
            ("I2-I3, I8", "_integrity_statements"),
            ("I4", "_integrity_income"),
            ("I4b", "_integrity_one_order"),
            ("I5", "_integrity_costs"),
            ("I6", "_integrity_open_items"),
            ("I7", "_integrity_stock"),
            ("I9", "_integrity_trial"),
            ("I10", "_integrity_figures"),
            ("I10", "_integrity_drill_down"),
            ("I11", "_integrity_settlements"),
            ("I12", "_integrity_orders"),
        ]

    def _report_integrity(self, scope):
        rows = []
        for code, method in self._integrity_checks():
            rows += [self._integrity_row(code, *check) for check in getattr(self, method)()]
        failed = sum(row["alert"] for row in rows)
        return {
            "columns": [
                self._column("expected", self.env._("Expected"), "money"),
                self._column("actual", self.env._("Actual"), "money"),
                self._column("difference", self.env._("Difference"), "money"),
            ],
            "rows": rows,
            "failed": failed,
            "notes": [
                self.env._("%(failed)s of %(all)s checks fail.", failed=failed, all=len(rows))
                if failed
                else self.env._("All %(all)s checks hold.", all=len(rows))
            ],
        }

    def _integrity_row(self, code, name, expected, actual, drill=None, unit="money"):
        round_ = self.env.company.currency_id.round if unit == "money" else float
        difference = round_((actual or 0.0) - (expected or 0.0))
        # Adding up in another order leaves a rest that is no difference.
        alert = abs(difference) > 1e-6
        return {
            **self._row(
                f"{code} {name}",
                [
                    self._cell(round_(expected or 0.0), unit=unit),
                    self._cell(round_(actual or 0.0), *(drill or ()), unit=unit),
                    self._cell(difference, unit=unit, alert=alert),
                ],
                strong=alert,
            ),
            "key": code,
            "alert": alert,
        }

    # CHECKS

    def _integrity_balanced(self):
        [(count,)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FROM (
                    SELECT move_id FROM account_move_line
                     WHERE parent_state = 'posted' AND company_id = %s
                  GROUP BY move_id HAVING ABS(SUM(balance)) > 0.000001) uneven
                """,
                self.env.company.id,
            )
        )
        return [(self.env._("entries whose debit is not their credit"), 0, count, None, "count")]

    def _ledger_sum(self, types):
        """Return ``(credit less debit, items)`` of account types, straight from the ledger."""
        # sudo: readers of the books need no right on the chart of accounts itself.
        accounts = (
            self.env["account.account"]
            .sudo()
            .with_context(active_test=False)
            .search([("account_type", "in", types)])
        )
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
        domain = [("company_id", "=", self.env.company.id)]
        [(amount, rows)] = self.env["oms.pnl.line"]._read_group(
            domain, [], ["amount:sum", "__count"]
        )
        ledger, items = self._ledger_sum(PROFIT_AND_LOSS)
        drill = (domain, "oms.pnl.line")
        return [
            (self.env._("order P&L = profit in the ledger"), ledger, amount, drill),
            (self.env._("order P&L, number of items"), items, rows, drill, "count"),
        ]

    def _integrity_income(self):
        domain = [("company_id", "=", self.env.company.id)]
        [(amount,)] = self.env["oms.report.sales"]._read_group(domain, [], ["amount:sum"])
        ledger, _items = self._ledger_sum(self.env["oms.report.sales"]._account_types())
        return [
            (
                self.env._("sales report = income in the ledger"),
                ledger,
                amount,
                (domain, "oms.report.sales"),
            )
        ]

    def _year(self):
        return {
            name: fields.Date.to_string(day)
            for name, day in self.env.company.compute_fiscalyear_dates(self._today()).items()
        }

    def _integrity_statements(self):
        statements = self.env["oms.statement"]
        return [
            (f"{result['title']}: {check['name']}", check["expected"][0], check["actual"][0])
            for statement in dict(STATEMENTS)
            for result in [statements.get_statement(statement, **self._year())]
            for check in result["checks"]
        ]

    def _integrity_costs(self):
        [(count,)] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FROM (
                    SELECT move_id FROM account_move_line
                     WHERE display_type = 'cogs' AND parent_state = 'posted' AND company_id = %s
                  GROUP BY move_id, cogs_origin_id HAVING ABS(SUM(balance)) > 0.000001) uneven
                """,
                self.env.company.id,
            )
        )
        name = self.env._("invoice lines whose cost items do not cancel out")
        return [(name, 0, count, None, "count")]

    def _integrity_open_items(self):
        today = fields.Date.to_string(self._today())
        found = []
        for report in AGEINGS:
            result = self.env["oms.statement"].get_ageing(report, today)
            [check] = result["checks"]
            name = f"{result['title']}: {check['name']}"
            found.append((name, check["expected"][0], check["actual"][0]))
        return found

    def _integrity_stock(self):
        """The inventory in the ledger is what goods are worth, but for causes that have a row."""
        company = self.env.company
        differences = self.env["oms.stock.difference"].with_context(allowed_company_ids=company.ids)
        [bridge] = differences.bridge()
        name = self.env._("inventory in the ledger = stock moves and explained differences")
        rows = ([("company_id", "=", company.id)], "oms.stock.difference")
        return [(name, bridge["ledger"] - bridge["unexplained"], bridge["ledger"], rows)]

    def _integrity_trial(self):
        totals = self.env["oms.statement"].get_trial_balance(**self._year())["totals"]
        return [
            (self.env._("trial balance closes at zero"), 0, totals["closing"]),
            (self.env._("trial balance, debit = credit"), totals["debit"], totals["credit"]),
        ]

    def _integrity_figures(self):
        """A key figure of orders, taken from the documents and from its rows."""
        today = self._today()
        since = fields.Date.subtract(today, days=89)
        answer = self.env["oms.kpi"].get_figures(
            fields.Date.to_string(since),
            fields.Date.to_string(today),
            codes=["orders"],
            compare=False,
            company_ids=self.env.company.ids,
        )
        [figure] = answer["figures"]
        rows = self.env["oms.report.order"].search_count(figure["domain"])
        name = self.env._("orders of 90 days = their rows")
        return [(name, rows, figure["value"], (figure["domain"], figure["model"]), "count")]

    def _integrity_drill_down(self):
        """Amounts of the statements that are not the sum of what a click on them opens."""
        equal = self.env.company.currency_id.compare_amounts
        drilled = self.env["oms.statement"]._drilled(**self._year())
        wrong = sum(bool(equal(shown, opened)) for _title, _name, shown, opened in drilled)
        name = self.env._("amounts that differ from the items that they open")
        return [(name, 0, wrong, None, "count")]

    def _integrity_one_order(self):
        # sudo: a number for readers of the books; the proof names the documents.
        proof = self.env["oms.proof"].sudo().with_context(allowed_company_ids=self.env.company.ids)
        name = self.env._("invoice lines of more than one order")
        return [(name, 0, len(proof._check_one_order()), None, "count")]

    def _integrity_settlements(self):
        """Settlements whose lines are not what their entries put into the bank."""
        # sudo: a number for readers of the books; the proof names the settlements.
        proof = self.env["oms.proof"].sudo().with_context(allowed_company_ids=self.env.company.ids)
        name = self.env._("settlements that differ from the bank")
        return [(name, 0, len(proof._check_settlement_banks()), None, "count")]

    def _integrity_orders(self):
        domain = [("company_id", "=", self.env.company.id)]
        [(by_order,)] = self.env["oms.order.pnl"]._read_group(domain, [], ["contribution:sum"])
        rows = [*domain, ("channel_id", "!=", False)]
        [(by_rows,)] = self.env["oms.pnl.line"]._read_group(rows, [], ["contribution:sum"])
        name = self.env._("contribution of all orders = their rows")
        return [(name, by_rows, by_order, (domain, "oms.order.pnl"))]
