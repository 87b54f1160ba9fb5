from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import kpi as engine
from ..engine import period

TERMS = 4


class OmsKpi(models.Model):
    """How figures that are told by one date of one report are taken from it: by one query.

    A row is read and computed once, for all these figures and for both periods to compare.
    """

    _inherit = "oms.kpi"

    def _fill(self, figures, source, asked, before):
        """Set the values of these figures, and of the period before unless that is ``None``."""
        spans = [asked, before] if before else [asked]
        [(_place, values, *earlier)] = self._read(source, spans)
        for kpi, (known, _rows) in zip(self, values, strict=True):
            domain = list(kpi._rows_domain(source, asked))
            verdict = engine.verdict(known["value"], kpi.target, kpi.better)
            figures[kpi] |= {**known, "domain": domain, "verdict": verdict}
        for row in earlier:
            for kpi, (known, _rows) in zip(self, row, strict=True):
                figures[kpi]["before"] = known["value"]

    def _fill_cells(self, figures, source, asked, by):
        """Add the cells of each figure, and return ``{key: name}`` of the columns."""
        if by in ("month", "week"):
            return self._fill_times(figures, source, asked, by)
        field = f"{by}_id"
        if field not in source._fields:
            return {}
        # sudo: names of channels and warehouses are no secret to readers of the figures.
        names = self.env[source._fields[field].comodel_name].sudo()
        columns = {}
        for place, values in self._read(source, [asked], by):
            record = names.browse(place or [])
            key = record.id or 0
            for kpi, (known, rows) in zip(self, values, strict=True):
                if rows:
                    columns[key] = record.display_name or self.env._("None")
                    domain = kpi._rows_domain(source, asked) & Domain(field, "=", record.id)
                    figures[kpi]["cells"].append({"key": key, **known, "domain": list(domain)})
        return columns

    def _fill_times(self, figures, source, asked, by):
        if not self[0].date_field:
            return {}
        found = dict(self._read(source, [asked], by))
        nothing = self._values([None] * TERMS * len(self))
        columns = {}
        for place, span in enumerate(period.split(asked.span, by), start=1):
            key = columns[key] = fields.Date.to_string(span.since)
            for kpi, (known, _rows) in zip(self, found.get(place, nothing), strict=True):
                domain = kpi._rows_domain(source, asked._replace(span=span))
                figures[kpi]["cells"].append({"key": key, **known, "domain": list(domain)})
        return columns

    # QUERIES

    def _read(self, source, spans, by=None):
        """Return ``[(place, values of the first span, values of the second...)]``: one tuple of all
        rows, or one for each place ``by`` has; see :meth:`_values`.

        OFFSET 0 keeps PostgreSQL from computing a column again for each sum that it is in.
        """
        query = source._search(self._spans_domain(source, spans))
        columns = self._measures(source, query) | self._conditions(source, query, spans)
        place = SQL("NULL")
        if by:
            place = SQL.identifier("place")
            columns["place"] = self._place(source, query, spans[0], by)
        facts = query.select(
            *(SQL("%s AS %s", term, SQL.identifier(name)) for name, term in columns.items())
        )
        terms = [term for index in range(len(spans)) for term in self._terms(index)]
        rows = self.env.execute_query(
            SQL(
                "SELECT %s, %s FROM (%s OFFSET 0) fact GROUP BY %s ORDER BY 1",
                place,
                SQL(", ").join(terms),
                facts,
                place if by else SQL("()"),
            )
        )
        size = TERMS * len(self)
        return [
            (row[0], *(self._values(row[at : at + size]) for at in range(1, len(row), size)))
            for row in rows
        ]

    def _spans_domain(self, source, spans):
        """All rows that any of these figures may need."""
        ends = [day for asked in spans for day in asked.span]
        span = period.Period(min(ends), max(ends))
        domain = Domain.OR(Domain(kpi._literal_domain()) for kpi in self)
        return domain & self._scope_domain(source, spans[0]._replace(span=span))

    def _measures(self, source, query):
        names = dict.fromkeys(filter(None, [*self.mapped("measure"), *self.mapped("base")]))
        return {name: source._field_to_sql(source._table, name, query) for name in names}

    def _conditions(self, source, query, spans):
        """Whether a row is one of those of a figure in a span."""
        return {
            self._condition(batch[0], index): batch[0]
            ._rows_domain(source, asked)
            .optimize_full(source)
            ._to_sql(source, source._table, query)
            for index, asked in enumerate(spans)
            for batch in self.grouped("domain").values()
        }

    def _condition(self, kpi, index):
        """The column of :meth:`_conditions`: figures of the same rows share it."""
        return f"rows_{index}_{self.mapped('domain').index(kpi.domain)}"

    def _place(self, source, query, asked, by):
        """The column that a row is in: a record, or the number of the month or week."""
        if by not in ("month", "week"):
            return source._field_to_sql(source._table, f"{by}_id", query)
        field = source._fields[self[0].date_field]
        begins = [
            self._bounds(field, asked._replace(span=span))[0]
            for span in period.split(asked.span, by)
        ]
        return SQL(
            "width_bucket(%s, %s::%s[])",
            source._field_to_sql(source._table, field.name, query),
            begins,
            SQL("date" if field.type == "date" else "timestamp"),
        )

    def _terms(self, index):
        """Return four terms for each figure in the span of that index: value or sum, what it is
        divided by, rows that have a value, and all rows."""
        terms = []
        for kpi in self:
            rows = SQL("FILTER (WHERE %s)", SQL.identifier(self._condition(kpi, index)))
            measure = SQL.identifier(kpi.measure)
            counted = base = SQL("COUNT(%s) %s", measure, rows)
            if kpi.aggregate == "ratio":
                base = SQL("SUM(%s) %s", SQL.identifier(kpi.base), rows)
            value = SQL("%s %s", kpi._aggregate_term(measure), rows)
            terms += [value, base, counted, SQL("COUNT(*) %s", rows)]
        return terms

    def _aggregate_term(self, measure):
        part = {"median": 0.5, "p90": 0.9}.get(self.aggregate)
        if part:
            return SQL("PERCENTILE_CONT(%s) WITHIN GROUP (ORDER BY %s)", part, measure)
        return SQL("AVG(%s)", measure) if self.aggregate == "mean" else SQL("SUM(%s)", measure)

    def _values(self, terms):
        """Return ``[({value, n, open}, rows)]`` of these figures, from what their terms are."""
        values = []
        for index, kpi in enumerate(self):
            value, base, counted, rows = terms[TERMS * index : TERMS * (index + 1)]
            value = None if value is None else float(value)
            base = float(base or 0)
            if kpi.aggregate == "ratio":
                value = engine.ratio(value or 0.0, base, kpi.unit)
            elif kpi.aggregate == "sum":
                value = value or 0.0
            open_ = (rows or 0) - (counted or 0)
            values.append(({"value": value, "n": base, "open": open_}, rows))
        return values
