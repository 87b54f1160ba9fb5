from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import period


class Scope(NamedTuple):
    """What a caller asks about: days ``[since, until)`` of one clock, and the filters."""

    span: period.Period
    zone: str
    channel: int | None
    warehouse: int | None


class OmsAnalysis(models.AbstractModel):
    """Reports that are tables of their own: each answers with columns, rows, and behind every
    cell the rows that make it. Their formulas are key figures without a value (``oms.kpi``)."""

    _name = "oms.analysis"
    _description = "Analysis"

    @api.model
    def _reports(self):
        """Return ``{code: method}`` of the reports."""
        return {}

    @api.model
    def _finance_reports(self):
        """Codes of the reports that show costs or the ledger."""
        return ()

    @api.model
    @api.readonly
    def get_reports(self):
        """Return ``[{code, name, area, is_as_of}]`` of the reports that the caller may read."""
        self._check_reader()
        return [
            {"code": kpi.code, "name": kpi.name, "area": kpi.area, "is_as_of": not kpi.date_field}
            for kpi in self._definitions(self._allowed())
        ]

    @api.model
    @api.readonly
    def get_report(self, code, date_from, date_to, channel_id=None, warehouse_id=None):
        """Return one report of the current company.

        :param str code: see :meth:`get_reports`
        :param str date_from: first day, ``YYYY-MM-DD``, on the company's clock
        :param str date_to: last day; reports that are as of a day look at this one
        :param int channel_id: only this channel, where the report knows channels
        :param int warehouse_id: only this warehouse, where the report knows warehouses
        :return: ``{code, title, formula, clock, exclusions, company, currency_id, columns: [{key,
            name, unit, how, inputs}], rows: [{label, level, strong, inputs, cells: [{value, unit,
            domain, model, context, heat, note, how, inputs}]}], inputs, notes: [text]}``. ``value``
            is ``None`` where nothing can be said, ``heat`` 0-1 colours a cell, ``domain`` on
            ``model`` (where there is one) are the rows behind the cell; ``nothing`` says why there
            should be none.

            A figure that is computed from others says ``how`` and names its ``inputs``, on the
            cell or else on the column. The row has them: ``{name: {value, domain}}``, completed by
            the report's own ``inputs``: ``{name: {name, unit, model, domain, context, measure,
            aggregate}}``. Both domains together are the rows of an input; ``aggregate`` is
            ``sum`` of the measure, ``distinct`` (number of its values), or ``weeks`` or ``days``
            (its sums in order of time, those at the end). An input without ``model`` has no rows
        :raise AccessError: the caller may not read this report
        :raise UserError: an unknown report, or dates that are none
        """
        self._check_reader()
        if code not in self._reports():
            raise UserError(
                self.env._(
                    "There is no report %(code)s. Choose one of: %(known)s.",
                    code=code,
                    known=", ".join(self._reports()),
                )
            )
        if code not in self._allowed():
            raise AccessError(
                self.env._(
                    "%(user)s may not read this report. Ask for the role OMS: Finance.",
                    user=self.env.user.name,
                )
            )
        asked = self.env["oms.kpi"]._asked(date_from, date_to, channel_id, warehouse_id)
        self.env["sale.order"]._oms_refresh_touched()
        self.env.flush_all()
        definition = self._definitions([code])
        answer = getattr(self, self._reports()[code])(Scope(*asked))
        return {
            "code": code,
            "title": definition.name,
            "formula": definition.formula,
            "clock": definition.clock,
            "exclusions": definition.exclusions,
            "company": self.env.company.name,
            "currency_id": self.env.company.currency_id.id,
            "as_of": fields.Datetime.to_string(fields.Datetime.now()),
            "notes": [],
            "inputs": {},
            **answer,
        }

    def _check_reader(self):
        self.env["oms.kpi"]._check_reader()

    def _allowed(self):
        """Reports that the caller may read: costs and the ledger are for those of the books."""
        may_read_ledger = self.env.su or self.env["oms.pnl.line"].has_access("read")
        hidden = () if may_read_ledger else self._finance_reports()
        if self.env["oms.report.stay"]._hides("amount_days"):
            hidden = (*hidden, "cash_stages")
        return [code for code in self._reports() if code not in hidden]

    def _definitions(self, codes):
        """Return what is known of these reports, in the order of the screen."""
        return self.env["oms.kpi"].search([("code", "in", codes)])

    # TABLES

    @api.model
    def _column(self, key, name, unit="count", how="", inputs=()):
        """:param inputs: names of what its cells are computed from, in the row's inputs"""
        column = {"key": key, "name": name, "unit": unit}
        return column | {"how": how, "inputs": list(inputs)} if how else column

    @api.model
    def _row(self, label, cells, level=1, strong=False, **more):
        return {"label": label, "level": level, "strong": strong, "cells": cells, **more}

    @api.model
    def _cell(self, value, domain=None, model=None, **more):
        return {"value": value, **self._behind(domain, model), **more}

    @api.model
    def _behind(self, domain, model, context=None):
        """Rows that a click opens; none for who may not read such rows."""
        if domain is None or not self.env[model].has_access("read"):
            return {}
        return {"domain": list(domain), "model": model, **({"context": context} if context else {})}

    @api.model
    def _input(self, name, unit, rows=(None, None), measure="", aggregate="sum", context=None):
        """What figures are computed from.

        :param rows: ``(domain, model)``; what a row of the report adds to it is in that row
        """
        made = {"name": name, "unit": unit, **self._behind(*rows, context)}
        return made | {"measure": measure, "aggregate": aggregate} if measure else made

    @api.model
    def _narrowed(self, source, own):
        """Return the rows of an input that are also in a domain, for a cell."""
        rows = {name: source[name] for name in ("model", "context") if name in source}
        return rows | {"domain": [*source["domain"], *own]} if rows else {}

    @api.model
    def _scope_domain(self, scope, date_field=None):
        """Return the domain of the rows of a report with one row per record."""
        domain = Domain("company_id", "=", self.env.company.id)
        if scope.channel:
            domain &= Domain("channel_id", "=", scope.channel)
        if scope.warehouse:
            domain &= Domain("warehouse_id", "=", scope.warehouse)
        if date_field:
            since, until = self._moments(scope.span, scope.zone)
            domain &= Domain(date_field, ">=", since) & Domain(date_field, "<", until)
        return domain

    @api.model
    def _moments(self, span, zone):
        """Return when a period begins and ends, as texts of UTC times."""
        return tuple(fields.Datetime.to_string(period.bounds(day, zone)[0]) for day in span)

    @api.model
    def _select(self, model, domain, *terms):
        """Return a query's SQL on the rows of a report that the caller may read.

        :param terms: names of fields
        """
        source = self.env[model]
        query = source._search(domain)
        return query.select(
            *(
                SQL(
                    "%s AS %s",
                    source._field_to_sql(source._table, name, query),
                    SQL.identifier(name),
                )
                for name in terms
            )
        )
