from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..engine import period

BY = ("channel", "warehouse", "month", "week")


class Asked(NamedTuple):
    """What a caller wants to know: days ``[since, until)`` and the filters."""

    span: period.Period
    zone: str
    channel: int | None
    warehouse: int | None


class OmsKpi(models.Model):
    """Values of the key figures, each with the domain of the rows that make it."""

    _inherit = "oms.kpi"

    @api.model
    @api.readonly
    def get_figures(
        self,
        date_from,
        date_to,
        area=None,
        codes=None,
        channel_id=None,
        warehouse_id=None,
        by=None,
        compare=True,
        company_ids=None,
    ):
        """Return key figures of a period, and the rows behind each of them.

        :param str date_from: first day, ``YYYY-MM-DD``, on the clock of the first company
        :param str date_to: last day
        :param str area: only figures of this area, see ``areas`` of the answer
        :param list codes: only these figures
        :param int channel_id: only this channel
        :param int warehouse_id: only this warehouse
        :param str by: a cell for each ``channel``, ``warehouse``, ``month`` or ``week`` as well
        :param bool compare: also the value of the days before, as many as the period has
        :param list company_ids: companies to add up; those of the caller's session by default
        :return: ``{date_from, date_to, before: {date_from, date_to}, zone, as_of, areas:
            [{code, name}], columns: [{key, name}], figures}``; a figure is ``{code, name, area,
            unit, currency_id, better, target, verdict, formula, clock, exclusions, value, n, open,
            before, model, domain, measure, base, cells}``. ``value`` is ``None`` where nothing
            can be said; ``n`` is the denominator of a ratio, else the number of rows measured;
            ``open`` the number of rows that say nothing yet; ``before`` the value of the period
            before. The rows of ``domain`` on ``model`` make the figure: a ratio is the sum of
            their ``measure`` ÷ the sum of their ``base`` (× 100 for percent), a mean, median, P90
            or sum is that of their ``measure``. ``cells`` has ``{key, value, n, open, domain}`` by
            column. ``skipped`` names a filter that the figure does not know; it has no value then
        :raise AccessError: the caller has no role in order management, or not that company
        :raise UserError: dates that are none, or the first after the last; an unknown ``by``
        """
        self._check_reader()
        if company_ids:
            self = self.with_context(allowed_company_ids=company_ids)
        asked = self._asked(date_from, date_to, channel_id, warehouse_id)
        if by and by not in BY:
            raise UserError(
                self.env._(
                    "Figures can't be told apart by %(by)s. Choose one of: %(known)s.",
                    by=by,
                    known=", ".join(BY),
                )
            )
        self.env["sale.order"]._oms_refresh_touched()
        self.env.flush_all()
        wanted = Domain("aggregate", "!=", "table")
        wanted &= Domain("area", "=", area) if area else Domain.TRUE
        wanted &= Domain("code", "in", codes) if codes else Domain.TRUE
        kpis = self.search(wanted).filtered(lambda kpi: kpi._is_told())
        figures = {kpi: kpi._describe() for kpi in kpis}
        before = asked._replace(span=period.shifted(asked.span, 1))
        columns = {}
        for (model, date_field), batch in kpis.grouped(
            lambda kpi: (kpi.model, kpi.date_field)
        ).items():
            source = self.env[model]
            for kpi in batch:
                figures[kpi]["skipped"] = kpi._unknown_filters(source, asked)
            batch = batch.filtered(lambda kpi: not figures[kpi]["skipped"])
            if not batch:
                continue
            batch._fill(figures, source, asked, before if compare and date_field else None)
            if by:
                columns |= batch._fill_cells(figures, source, asked, by)
        return {
            **self._describe_period(asked.span),
            "before": self._describe_period(before.span),
            "zone": asked.zone,
            "as_of": fields.Datetime.to_string(fields.Datetime.now()),
            "areas": self._areas(),
            "columns": self._sorted_columns(columns, by),
            "figures": list(figures.values()),
        }

    def _is_told(self):
        """Whether the user may know this figure."""
        source = self.env[self.model]
        if not source.has_access("read"):
            return False
        hides = getattr(source, "_hides", lambda _name: False)
        return not hides(self.measure) and not hides(self.base)

    def _areas(self):
        """Return ``[{code, name}]`` of the areas that have figures."""
        used = set(self.search([("aggregate", "!=", "table")]).mapped("area"))
        names = self._fields["area"]._description_selection(self.env)
        return [{"code": code, "name": name} for code, name in names if code in used]

    def _check_reader(self):
        if not self.env.su and not self.env.user.has_group("oms_fulfillment.group_oms_user"):
            raise AccessError(
                self.env._(
                    "%(user)s may not read key figures. Ask for the role OMS: Reader.",
                    user=self.env.user.name,
                )
            )

    def _asked(self, date_from, date_to, channel_id, warehouse_id):
        try:
            first, last = fields.Date.to_date(date_from), fields.Date.to_date(date_to)
        except ValueError:
            first = last = None
        if not first or not last or first > last:
            raise UserError(
                self.env._(
                    "%(first)s to %(last)s is no period. Send two days as YYYY-MM-DD, the first "
                    "one first.",
                    first=date_from,
                    last=date_to,
                )
            )
        return Asked(
            period.Period(first, fields.Date.add(last, days=1)),
            self.env.company.partner_id.tz or "UTC",
            channel_id or None,
            warehouse_id or None,
        )

    def _describe_period(self, span):
        return {
            "date_from": fields.Date.to_string(span.since),
            "date_to": fields.Date.to_string(fields.Date.subtract(span.until, days=1)),
        }

    def _describe(self):
        self.ensure_one()
        return {
            "code": self.code,
            "name": self.name,
            "area": self.area,
            "unit": self.unit,
            "currency_id": self.env.company.currency_id.id if self.unit == "money" else False,
            "better": self.better,
            "target": self.target or None,
            "verdict": None,
            "formula": self.formula,
            "clock": self.clock,
            "exclusions": self.exclusions,
            "aggregate": self.aggregate,
            "model": self.model,
            "measure": self.measure,
            "base": self.base or None,
            "value": None,
            "n": 0,
            "open": 0,
            "before": None,
            "domain": None,
            "cells": [],
            "skipped": [],
        }

    # ROWS

    def _unknown_filters(self, source, asked):
        """Filters that the rows don't know; amounts of several currencies have no sum."""
        unknown = [
            name
            for name, value in (("channel_id", asked.channel), ("warehouse_id", asked.warehouse))
            if value and name not in source._fields
        ]
        if self.unit == "money" and len(self.env.companies.currency_id) > 1:
            unknown.append("currency_id")
        return unknown

    def _rows_domain(self, source, asked):
        """Return the domain of the rows of a figure in a period.

        What a figure counts and what a click on it opens are this one domain.
        """
        return Domain(self._literal_domain()) & self._scope_domain(source, asked)

    def _scope_domain(self, source, asked):
        domain = Domain("company_id", "in", self.env.companies.ids)
        if asked.channel:
            domain &= Domain("channel_id", "=", asked.channel)
        if asked.warehouse:
            domain &= Domain("warehouse_id", "=", asked.warehouse)
        date_field = self[:1].date_field
        if date_field:
            since, until = self._bounds(source._fields[date_field], asked)
            domain &= Domain(date_field, ">=", since) & Domain(date_field, "<", until)
        return domain

    def _bounds(self, field, asked):
        if field.type == "date":
            return tuple(fields.Date.to_string(day) for day in asked.span)
        return tuple(
            fields.Datetime.to_string(period.bounds(day, asked.zone)[0]) for day in asked.span
        )

    def _sorted_columns(self, columns, by):
        order = (lambda item: item[0]) if by in ("month", "week") else (lambda item: item[1])
        return [{"key": key, "name": name} for key, name in sorted(columns.items(), key=order)]
