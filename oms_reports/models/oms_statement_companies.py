from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .oms_statement_line import STATEMENTS


class OmsStatement(models.AbstractModel):
    """Statements of several companies: side by side, each in its own currency. Nothing is added up
    across companies and nothing between them is taken out; that would be a consolidation."""

    _inherit = "oms.statement"

    @api.model
    @api.readonly
    def get_statement(self, statement, date_from, date_to, *args, company_ids=None, **kwargs):
        """Override: columns of several companies side by side.

        :param list company_ids: the company, or the companies whose columns are to stand side by
            side; the current one by default. Each column of several then has ``{company_id,
            company, currency_id}`` as well, and all columns of a company stand together; accounts
            of one code and name are one row, with the ids in ``account_ids`` (False: none)
        :raise AccessError: the caller may not read the books, or not that company
        :raise UserError: several companies for a report that is of one
        """
        scopes = self._company_scopes(company_ids)
        self._refuse_several(statement, scopes)
        results = [
            super(OmsStatement, scope).get_statement(statement, date_from, date_to, *args, **kwargs)
            for scope in scopes
        ]
        return results[0] if len(results) == 1 else self._side_by_side(scopes, results)

    @api.model
    @api.readonly
    def get_items_domain(self, statement, code, column, account_id=None, options=None):
        """Override: the column says which company is meant."""
        options = dict(options or {})
        scopes = self._company_scopes(options.pop("company_ids", None))
        scope = scopes[0]
        if len(scopes) > 1:
            width = len(self._drill_options(statement, options)["columns"])
            scope, column = scopes[column // width], column % width
        return super(OmsStatement, scope).get_items_domain(
            statement, code, column, account_id, options
        )

    def _company_scopes(self, company_ids):
        """One environment per company; Odoo refuses those that are not the caller's."""
        companies = self.env["res.company"].browse(company_ids or self.env.company.ids)
        scopes = [self.with_company(company) for company in companies]
        # Asking for it raises AccessError.
        return [scope for scope in scopes if scope.env.company]

    def _refuse_several(self, statement, scopes):
        if len(scopes) > 1 and statement not in dict(STATEMENTS):
            raise UserError(
                self.env._(
                    "This report is of one company, not of %(companies)s. Choose one of them.",
                    companies=", ".join(scope.env.company.name for scope in scopes),
                )
            )

    # MERGING

    def _side_by_side(self, scopes, results):
        companies = [scope.env.company for scope in scopes]
        widths = [len(result["columns"]) for result in results]
        currencies = {company.currency_id for company in companies}
        return {
            **results[0],
            "company": ", ".join(company.name for company in companies),
            "companies": [{"id": company.id, "name": company.name} for company in companies],
            "currency_id": companies[0].currency_id.id if len(currencies) == 1 else False,
            "columns": [
                {
                    **column,
                    "company_id": company.id,
                    "company": company.name,
                    "currency_id": company.currency_id.id,
                }
                for company, result in zip(companies, results, strict=True)
                for column in result["columns"]
            ],
            "lines": self._merged_lines(results, widths),
            "checks": self._merged_checks(results),
        }

    def _merged_lines(self, results, widths):
        """Each line once; a company that does not have it has nothing there."""
        by_code = [{line["code"]: line for line in result["lines"]} for result in results]
        # The definition is the same for all; what is not classified is a line of some.
        longest = max(by_code, key=len)
        return [
            {
                **line,
                "amounts": self._merged_amounts(by_code, code, widths),
                "accounts": self._merged_accounts(
                    [lines.get(code, {}).get("accounts", ()) for lines in by_code], widths
                ),
            }
            for code, line in longest.items()
        ]

    def _merged_accounts(self, accounts, widths):
        """Accounts of one code and name are one row; each company opens its own."""
        by_key = [{self._account_key(account): account for account in some} for some in accounts]
        known = {}
        for some in by_key:
            known = {**some, **known}
        return [
            {
                **account,
                "amounts": self._merged_amounts(by_key, key, widths),
                "account_ids": [some[key]["id"] if key in some else False for some in by_key],
            }
            for key, account in sorted(known.items())
        ]

    def _account_key(self, account):
        return account["code"] or "", account["name"], 0 if account["code"] else account["id"]

    def _merged_amounts(self, rows, key, widths):
        return [
            amount
            for some, width in zip(rows, widths, strict=True)
            for amount in (some[key]["amounts"] if key in some else [0.0] * width)
        ]

    def _merged_checks(self, results):
        return [
            {
                **check,
                **{
                    name: [amount for result in results for amount in result["checks"][index][name]]
                    for name in ("expected", "actual", "difference")
                },
            }
            for index, check in enumerate(results[0]["checks"])
        ]

    # PAPER AND WORKBOOK

    @api.model
    @api.readonly
    def get_table(self, statement, unfold=False, **options):
        """Override: one company of several, or several, whose columns say their ``currency_ids``.

        :param options: also ``company_ids``, as in :meth:`get_statement`
        """
        chosen = options.get("company_ids") or []
        scopes = self._company_scopes(chosen)
        self._refuse_several(statement, scopes)
        if len(chosen) == 1:
            del options["company_ids"]
            return super(OmsStatement, scopes[0]).get_table(statement, unfold, **options)
        table = super().get_table(statement, unfold, **options)
        if len(chosen) > 1:
            width = len(table["headings"]) // len(chosen)
            companies = self.env["res.company"].browse(chosen)
            table["currency_ids"] = [
                company.currency_id.id for company in companies for _column in range(width)
            ]
        return table

    def _table_dates(self, statement, result, options):
        headings, subtitle = super()._table_dates(statement, result, options)
        if "companies" not in result:
            return headings, subtitle
        currencies = self.env["res.currency"]
        return [
            f"{column['company']} ({currencies.browse(column['currency_id']).name}) {heading}"
            for column, heading in zip(result["columns"], headings, strict=True)
        ], subtitle

    def _subtitle(self, result):
        if "companies" not in result:
            return super()._subtitle(result)
        return self.env._(
            "Side by side, not consolidated: %(companies)s", companies=result["company"]
        )


class OmsStatementFinal(models.Model):
    _inherit = "oms.statement.final"

    @api.model
    def save_final(self, statement, options, lock=False):
        """Override: a final report is of one company.

        :raise OmsRefusal: also ``several_companies``
        """
        options = dict(options)
        chosen = options.pop("company_ids", None) or []
        if len(chosen) > 1:
            raise OmsRefusal(
                "several_companies",
                self.env._(
                    "A final report is of one company, not of %(count)s.", count=len(chosen)
                ),
                field="company_ids",
                next_step=self.env._("Save the report of each company."),
            )
        finals = self.with_company(chosen[0]) if chosen else self
        return super(OmsStatementFinal, finals).save_final(statement, options, lock)
