from odoo import api, fields, models
from odoo.tools import SQL

from .oms_statement_line import STATEMENTS


class OmsProof(models.AbstractModel):
    """What the reports say is what the ledger says."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_sales_report", "_check_statements"]

    def _check_statements(self):
        """The financial statements of the fiscal year tie, per company: assets are claims, cash
        moved by what the flows say, the net profit is all income and expense accounts."""
        violations = []
        for company in self.env.companies:
            # sudo: the proof reads what its caller may not; it tells differences only.
            statements = self.env["oms.statement"].sudo().with_company(company)
            year = company.compute_fiscalyear_dates(company._oms_local_date(fields.Datetime.now()))
            for statement in dict(STATEMENTS):
                result = statements.get_statement(statement, **year)
                violations += [
                    self._violation(
                        check["code"],
                        company,
                        check["expected"][0],
                        check["actual"][0],
                        self.env._(
                            "%(company)s: %(check)s fails by %(difference)s.",
                            company=company.name,
                            check=check["name"],
                            difference=company.currency_id.format(check["difference"][0]),
                        ),
                    )
                    for check in result["checks"]
                    if check["difference"][0]
                ]
        return violations

    def _check_sales_report(self):
        """The sales report equals the ledger's income accounts, per company: amount and rows."""
        reported = {
            company.id: (amount, rows)
            for company, amount, rows in self.env["oms.report.sales"]._read_group(
                [("company_id", "in", self.env.companies.ids)],
                ["company_id"],
                ["amount:sum", "__count"],
            )
        }
        violations = []
        for company_id, amount, rows in self._ledger_income():
            company = self.env["res.company"].browse(company_id)
            currency = company.currency_id
            shown, shown_rows = reported.pop(company_id, (0.0, 0))
            if currency.compare_amounts(shown, amount) or rows != shown_rows:
                violations.append(self._sales_violation(company, amount, rows, shown, shown_rows))
        for company_id, (shown, shown_rows) in reported.items():
            company = self.env["res.company"].browse(company_id)
            violations.append(self._sales_violation(company, 0.0, 0, shown, shown_rows))
        return violations

    def _ledger_income(self):
        """Return ``[(company id, credit less debit, items)]``, straight from the ledger."""
        accounts = (
            self.env["account.account"]
            .with_context(active_test=False)
            .search([("account_type", "in", self.env["oms.report.sales"]._account_types())])
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

    def _sales_violation(self, company, amount, rows, shown, shown_rows):
        return self._violation(
            "sales_report",
            company,
            amount,
            shown,
            self.env._(
                "%(company)s: the sales report shows %(shown)s in %(shown_rows)s rows, the income "
                "accounts hold %(amount)s in %(rows)s.",
                company=company.name,
                shown=company.currency_id.format(shown),
                shown_rows=shown_rows,
                amount=company.currency_id.format(amount),
                rows=rows,
            ),
        )
