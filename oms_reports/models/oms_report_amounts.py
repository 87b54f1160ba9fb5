from odoo import api, models
from odoo.models import parse_read_group_spec
from odoo.tools import SQL

TOTALS = ("sum", "avg", "min", "max")


class OmsReportAmounts(models.AbstractModel):
    """A report with amounts of several companies, each row in the currency of its own.

    Amounts of several currencies have no sum: on screens, dashboards and over RPC it is empty, and
    that of a group with one currency is there. A sum at the rates of some day would be none of the
    rows that a click opens, and would change from day to day.
    """

    _name = "oms.report.amounts"
    _description = "Report with Amounts"

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        term = super()._read_group_select(aggregate_spec, query)
        name, __, function = parse_read_group_spec(aggregate_spec)
        if function not in TOTALS or self._fields[name].type != "monetary":
            return term
        return self._in_one_currency(term, query)

    @api.model
    def _in_one_currency(self, term, query):
        """Return an aggregate that is empty where its rows have several currencies.

        :param SQL term: the aggregate
        """
        companies = self.env.companies
        if len(companies) < 2 or len(companies.currency_id) < 2:
            return term
        # A board writes every amount in the currency of the first company.
        if self.env.context.get("oms_one_currency"):
            return SQL("NULL::numeric")
        currency = self._field_to_sql(self._table, "currency_id", query)
        return SQL("CASE WHEN MIN(%s) = MAX(%s) THEN %s END", currency, currency, term)
