from odoo import api, models
from odoo.tools import SQL

from .account_account import PROFIT_AND_LOSS


class OmsProof(models.AbstractModel):
    """The order P&L is the ledger's profit: to the cent, to the row, and order by order."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_pnl", "_check_pnl_links", "_check_cost_pairs"]

    def _check_pnl(self):
        """All rows add up to the profit in the ledger, those of orders to the orders' figures."""
        shown = {
            company.id: (amount, rows)
            for company, amount, rows in self.env["oms.pnl.line"]._read_group(
                [("company_id", "in", self.env.companies.ids)],
                ["company_id"],
                ["amount:sum", "__count"],
            )
        }
        ledger = {company_id: row for company_id, *row in self._ledger_profit()}
        orders = self._contributions()
        violations = []
        for company in self.env.companies:
            amount, rows = ledger.get(company.id, (0.0, 0))
            pnl, pnl_rows = shown.get(company.id, (0.0, 0))
            if company.currency_id.compare_amounts(pnl, amount) or rows != pnl_rows:
                message = self.env._(
                    "%(company)s: the order P&L shows %(shown)s in %(shown_rows)s rows, the ledger "
                    "holds %(amount)s in %(rows)s.",
                    company=company.name,
                    shown=company.currency_id.format(pnl),
                    shown_rows=pnl_rows,
                    amount=company.currency_id.format(amount),
                    rows=rows,
                )
                violations.append(self._violation("pnl", company, amount, pnl, message))
            by_rows, by_order = orders.get(company.id, (0.0, 0.0))
            if company.currency_id.compare_amounts(by_rows, by_order):
                message = self.env._(
                    "%(company)s: the orders earned %(orders)s, their rows add up to %(rows)s.",
                    company=company.name,
                    orders=company.currency_id.format(by_order),
                    rows=company.currency_id.format(by_rows),
                )
                violations.append(
                    self._violation("pnl_orders", company, by_rows, by_order, message)
                )
        return violations

    def _ledger_profit(self):
        """Return ``[(company id, credit less debit, items)]``, straight from the ledger."""
        accounts = (
            self.env["account.account"]
            .with_context(active_test=False)
            .search([("account_type", "in", PROFIT_AND_LOSS)])
        )
        return self.env.execute_query(
            SQL(
                """
                SELECT company_id, SUM(credit) - SUM(debit), COUNT(*)
                  FROM account_move_line
                 WHERE parent_state = 'posted'
                   AND account_id = ANY(%(accounts)s)
                   AND company_id = ANY(%(companies)s)
              GROUP BY company_id
                """,
                accounts=accounts.ids,
                companies=self.env.companies.ids,
            )
        )

    def _contributions(self):
        """Return ``{company id: (by rows, by order)}`` of what managed orders contributed."""
        domain = [("company_id", "in", self.env.companies.ids)]
        by_order = self.env["oms.order.pnl"]._read_group(
            domain, ["company_id"], ["contribution:sum"]
        )
        by_rows = dict(
            self.env["oms.pnl.line"]._read_group(
                [*domain, ("channel_id", "!=", False)], ["company_id"], ["contribution:sum"]
            )
        )
        return {company.id: (by_rows.get(company, 0.0), amount) for company, amount in by_order}

    def _check_pnl_links(self):
        """Every income and expense item of an order's document is on that order."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.move_id, COUNT(*), SUM(line.amount)
                  FROM oms_pnl_line line
                  JOIN account_move move ON move.id = line.move_id
                 WHERE move.oms_order_id IS NOT NULL
                   AND line.order_id IS DISTINCT FROM move.oms_order_id
                   AND line.company_id = ANY(%s)
              GROUP BY line.move_id
              ORDER BY line.move_id
                """,
                self.env.companies.ids,
            )
        )
        violations = []
        for move_id, count, amount in rows:
            move = self.env["account.move"].browse(move_id)
            message = self.env._(
                "%(document)s belongs to %(order)s, %(count)s of its items (%(amount)s) do not.",
                document=move.display_name,
                order=move.oms_order_id.name,
                count=count,
                amount=move.company_currency_id.format(amount),
            )
            violations.append(self._violation("pnl_link", move, 0, count, message))
        return violations

    def _check_cost_pairs(self):
        """What an invoice line takes out of stock is what it books as cost of goods sold."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_id, SUM(balance)
                  FROM account_move_line
                 WHERE display_type = 'cogs'
                   AND parent_state = 'posted'
                   AND company_id = ANY(%s)
              GROUP BY move_id, cogs_origin_id
                HAVING ABS(SUM(balance)) > 0.000001
              ORDER BY move_id
                """,
                self.env.companies.ids,
            )
        )
        violations = []
        for move_id, balance in rows:
            move = self.env["account.move"].browse(move_id)
            message = self.env._(
                "%(document)s: the cost items of a line differ by %(difference)s.",
                document=move.display_name,
                difference=move.company_currency_id.format(balance),
            )
            violations.append(self._violation("cost_pair", move, 0.0, balance, message))
        return violations
