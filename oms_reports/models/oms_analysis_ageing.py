from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .oms_analysis_stock import DAYS, SHOWN

# Days from which an age begins.
AGES = (0, 31, 91, 181)


class OmsAnalysis(models.AbstractModel):
    """What has lain too long."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {**super()._reports(), "stock_ageing": "_report_ageing"}

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "stock_ageing")

    def _report_ageing(self, scope):
        """Stock by the time since it came in, at today's cost; and what nobody asked for."""
        alive = self._asked_for(scope)
        dead = Domain("product_id", "not in", sorted(alive))
        rows, totals = [], [0.0] * (len(AGES) + 2)
        amounts = self._age_amounts(scope)
        for product in sorted(amounts, key=lambda one: (-sum(amounts[one]), one.id)):
            value = sum(amounts[product])
            values = [*amounts[product], value, 0.0 if product.id in alive else value]
            totals = [total + value for total, value in zip(totals, values, strict=True)]
            if len(rows) < SHOWN:
                cells = self._age_cells(scope, values, dead, product)
                rows.append(self._row(product.display_name, cells, key=product.id))
        if rows:
            cells = self._age_cells(scope, totals, dead)
            rows.append(self._row(self.env._("Total"), cells, 0, strong=True))
        return {
            "columns": self._age_columns(),
            "rows": rows,
            "notes": self._shown_notes(len(amounts)),
        }

    def _asked_for(self, scope):
        """Return the ids of the products that somebody ordered in the last 90 days, also as a part
        of a kit."""
        day = self._today() - timedelta(days=DAYS - 1)
        since = fields.Datetime.to_string(self.env.company._oms_day_start(day))
        domain = self._scope_domain(scope) & Domain("date_order", ">=", since)
        found = self.env["oms.report.demand"]._read_group(domain, ["product_id"], [])
        return {product.id for (product,) in found}

    def _age_amounts(self, scope):
        """Return ``{product: [value per age, youngest first]}``."""
        # sudo: readers of the books need no right on stock.
        quants, amounts = self.env["stock.quant"].sudo(), {}
        for index, domain in enumerate(self._age_domains(scope)):
            for product, units in quants._read_group(domain, ["product_id"], ["quantity:sum"]):
                cost = product.with_company(self.env.company).standard_price
                amounts.setdefault(product, [0.0] * len(AGES))[index] += units * cost
        return amounts

    def _age_columns(self):
        names = (
            self.env._("0–30 days"),
            self.env._("31–90 days"),
            self.env._("91–180 days"),
            self.env._("> 180 days"),
        )
        return [
            *(self._column(f"age_{index}", name, "money") for index, name in enumerate(names)),
            self._column("total", self.env._("Total"), "money"),
            self._column("dead", self.env._("Not asked for in 90 days"), "money"),
        ]

    def _age_domains(self, scope):
        """Return the domains on ``stock.quant`` of the ages, youngest first."""
        today = self._today()
        starts = [
            fields.Datetime.to_string(
                self.env.company._oms_day_start(today - timedelta(days=days - 1))
            )
            for days in AGES[1:]
        ]
        rows = self._stock_rows(warehouse=scope.warehouse)[0]
        edges = [None, *starts, None]
        domains = []
        for younger, older in zip(edges, edges[1:], strict=False):
            domain = rows
            if younger:
                domain &= Domain("in_date", "<", younger)
            if older:
                domain &= Domain("in_date", ">=", older)
            domains.append(domain)
        return domains

    def _age_cells(self, scope, values, dead, product=None):
        own = Domain("product_id", "=", product.id) if product else Domain.TRUE
        domains = [*self._age_domains(scope), self._stock_rows(warehouse=scope.warehouse)[0]]
        money = self.env.company.currency_id.round
        cells = [
            self._cell(money(value), domain & own, "stock.quant")
            for value, domain in zip(values, domains, strict=False)
        ]
        rows = self._stock_rows(warehouse=scope.warehouse)[0] & dead & own
        cells.append(self._cell(money(values[-1]), rows, "stock.quant", alert=bool(values[-1])))
        return cells
