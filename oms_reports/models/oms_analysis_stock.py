import statistics
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import forecast as forecasting
from ..engine import period
from ..engine import stock as engine

DAYS = 90
WEEKS = 104
SHOWN = 200
LEAD_DAYS = 7
# Days from which an age begins.
AGES = (0, 31, 91, 181)


class OmsAnalysis(models.AbstractModel):
    """What will be asked for, how long the stock lasts, and what has lain too long."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {
            **super()._reports(),
            "demand_forecast": "_report_forecast",
            "stock_cover": "_report_cover",
            "stock_ageing": "_report_ageing",
        }

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "stock_ageing")

    # FORECAST

    def _report_forecast(self, scope):
        """Demand per week, the next week, and the error beside that of the naive forecast."""
        today = self._today()
        monday = today - timedelta(days=today.weekday())
        weeks = [monday - timedelta(weeks=number) for number in range(WEEKS, 0, -1)]
        span = period.Period(weeks[0], monday)
        series = self._weekly_demand(scope, span, weeks)
        ranked = sorted(series.items(), key=lambda item: (-sum(item[1][-13:]), item[0].id))
        total = [sum(column) for column in zip(*series.values(), strict=True)]
        rows = []
        if ranked:
            rows.append(self._forecast_row(scope, span, None, total))
        rows += [self._forecast_row(scope, span, *item) for item in ranked[:SHOWN]]
        return {
            "columns": [
                self._column("four", self.env._("Mean of 4 weeks"), "units"),
                self._column("trend", self.env._("Against the 4 before"), "percent"),
                self._column("season", self.env._("Same week last year"), "units"),
                self._column("next", self.env._("Forecast next week"), "units"),
                self._column("method", self.env._("Method"), "text"),
                self._column("wape", self.env._("Error (WAPE)"), "percent"),
                self._column("naive", self.env._("Error, naive"), "percent"),
                self._column("bias", self.env._("Bias"), "percent"),
                self._column("xyz", self.env._("XYZ"), "text"),
            ],
            "rows": rows,
        }

    def _weekly_demand(self, scope, span, weeks):
        """Return ``{product: [units per week, oldest first]}`` from its first week with demand."""
        series = {}
        for product, week, units in self._demand(scope, span, "week"):
            series.setdefault(product, {})[week] = units
        names = self.env["product.product"].sudo()
        return {
            names.browse(product): [known.get(week, 0.0) for week in weeks]
            for product, known in sorted(series.items())
        }

    def _demand(self, scope, span, unit):
        """Return ``[(product id, first day of the week or the day, units)]``."""
        domain = self._scope_domain(scope)
        since, until = self._moments(span, scope.zone)
        domain &= Domain("date_order", ">=", since) & Domain("date_order", "<", until)
        return self.env.execute_query(
            SQL(
                """
                SELECT product_id,
                       DATE_TRUNC(%(unit)s, local.date_order)::date,
                       SUM(demand)::float8
                  FROM (%(rows)s) goods
            CROSS JOIN LATERAL (
                       SELECT date_order AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s AS date_order
                       ) local
              GROUP BY 1, 2
                """,
                unit=unit,
                zone=scope.zone,
                rows=self._select("oms.report.goods", domain, "product_id", "date_order", "demand"),
            )
        )

    def _forecast_row(self, scope, span, product, weeks):
        begun = next((index for index, units in enumerate(weeks) if units), 0)
        series = weeks[begun:]
        found = forecasting.forecast(series)
        recent, before = sum(series[-4:]), sum(series[-8:-4])
        domain = self._scope_domain(scope)
        four = period.Period(span.until - timedelta(weeks=4), span.until)
        since, until = self._moments(four, scope.zone)
        domain &= Domain("date_order", ">=", since) & Domain("date_order", "<", until)
        if product:
            domain &= Domain("product_id", "=", product.id)

        def percent(share):
            return None if share is None else 100.0 * share

        return self._row(
            product.display_name if product else self.env._("All goods"),
            [
                self._cell(recent / 4, domain, "oms.report.goods"),
                self._cell(100.0 * (recent - before) / before if before else None),
                self._cell(weeks[-52] if begun <= len(weeks) - 52 else None),
                self._cell(found.value),
                self._cell(self._method_name(found.method)),
                self._cell(percent(found.wape)),
                self._cell(percent(found.naive_wape)),
                self._cell(percent(found.bias)),
                self._cell(engine.xyz(series[-13:]) or "–"),
            ],
            level=1 if product else 0,
            strong=not product,
        )

    def _method_name(self, method):
        return {
            "naive": self.env._("as last week"),
            "mean": self.env._("mean of 4 weeks"),
            "smoothed": self.env._("smoothed"),
            "damped_trend": self.env._("damped trend"),
            "seasonal": self.env._("season of last year"),
        }[method]

    # COVER

    def _report_cover(self, scope):
        """Stock against the demand of the last 90 days."""
        today = self._today()
        days = [today - timedelta(days=number) for number in range(DAYS)]
        span = period.Period(days[-1], today + timedelta(days=1))
        demand = self._by_day(self._demand(scope, span, "day"))
        stock = self._stock_by_product()
        net = self._by_day(self._net_moves(scope, span))
        coming = self._coming()
        values = self._values(scope, span)
        classes = engine.abc({key: values.get(key, 0.0) for key in demand.keys() | stock.keys()})
        products = self.env["product.product"].sudo().browse(sorted(classes))
        rows = []
        for product in products.sorted(lambda product: (classes[product.id], product.display_name)):
            key = product.id
            on_hand, reserved = stock.get(key, (0.0, 0.0))
            ordered = [demand.get(key, {}).get(day, 0.0) for day in days]
            moved = [net.get(key, {}).get(day, 0.0) for day in days]
            cover = engine.cover(on_hand, on_hand - reserved, moved, ordered)
            lead = product.seller_ids[:1].delay or LEAD_DAYS
            available = on_hand - reserved + coming.get(key, 0.0)
            hint = engine.reorder(cover.daily, statistics.pstdev(ordered), lead, available)
            rows.append(
                self._cover_row(scope, span, product, classes[key], on_hand, cover, hint, ordered)
            )
        return {
            "columns": [
                self._column("class", self.env._("ABC/XYZ"), "text"),
                self._column("on_hand", self.env._("On hand"), "units"),
                self._column("demand", self.env._("Ordered in 90 days"), "units"),
                self._column("cover", self.env._("Lasts"), "days"),
                self._column("turnover", self.env._("Turns a year"), "units"),
                self._column("out", self.env._("Days without stock")),
                self._column("lost", self.env._("Lost sales (estimate)"), "units"),
                self._column("reorder", self.env._("Buy (hint)")),
            ],
            "rows": rows[:SHOWN],
            "notes": []
            if len(rows) <= SHOWN
            else [
                self.env._("The first %(shown)s of %(all)s products.", shown=SHOWN, all=len(rows))
            ],
        }

    def _cover_row(self, scope, span, product, grade, on_hand, cover, hint, ordered):
        weekly = [sum(ordered[start : start + 7]) for start in range(0, DAYS - 7, 7)]
        domain = self._scope_domain(scope) & Domain("product_id", "=", product.id)
        since, until = self._moments(span, scope.zone)
        domain &= Domain("date_order", ">=", since) & Domain("date_order", "<", until)
        quants, model = self._stock_rows()
        return {
            **self._row(
                product.display_name,
                [
                    self._cell(f"{grade}{engine.xyz(weekly) or '–'}"),
                    self._cell(on_hand, quants & Domain("product_id", "=", product.id), model),
                    self._cell(sum(ordered), domain, "oms.report.goods"),
                    self._cell(
                        cover.days,
                        alert=cover.days is not None and cover.days < LEAD_DAYS,
                        note="" if cover.days is not None else self.env._("No sales"),
                    ),
                    self._cell(cover.turnover),
                    self._cell(cover.out),
                    self._cell(cover.lost),
                    self._cell(hint),
                ],
            ),
            "key": product.id,
        }

    def _by_day(self, rows):
        result = {}
        for product, day, units in rows:
            result.setdefault(product, {})[day] = units
        return result

    def _stock_by_product(self):
        """Return ``{product id: (units on hand, of these reserved)}``."""
        # sudo: readers of the report may have no rights on stock; it tells units only.
        return {
            product.id: (units, reserved)
            for product, units, reserved in self.env["stock.quant"]
            .sudo()
            ._read_group(
                self._stock_rows()[0], ["product_id"], ["quantity:sum", "reserved_quantity:sum"]
            )
        }

    def _net_moves(self, scope, span):
        """Return ``[(product id, day, units that came less units that went)]``."""
        since, until = self._moments(span, scope.zone)
        return self.env.execute_query(
            SQL(
                """
                SELECT move.product_id,
                       (move.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                       SUM(move.quantity * used.factor / own.factor
                           * CASE WHEN target.usage = 'internal' THEN 1 ELSE -1 END)::float8
                  FROM stock_move move
                  JOIN stock_location source ON source.id = move.location_id
                  JOIN stock_location target ON target.id = move.location_dest_id
                  JOIN product_product product ON product.id = move.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN uom_uom own ON own.id = template.uom_id
                  JOIN uom_uom used ON used.id = move.product_uom
                 WHERE move.state = 'done'
                   AND move.company_id = %(company)s
                   AND move.date >= %(since)s AND move.date < %(until)s
                   AND (source.usage = 'internal') <> (target.usage = 'internal')
              GROUP BY 1, 2
                """,
                zone=scope.zone,
                company=self.env.company.id,
                since=since,
                until=until,
            )
        )

    def _coming(self):
        """Return ``{product id: units on their way to us}``."""
        # sudo: as for stock.
        rows = (
            self.env["stock.move"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", self.env.company.id),
                    ("state", "in", ("confirmed", "waiting", "assigned", "partially_available")),
                    ("location_id.usage", "=", "supplier"),
                    ("location_dest_id.usage", "=", "internal"),
                ],
                ["product_id"],
                ["product_qty:sum"],
            )
        )
        return {product.id: units for product, units in rows}

    def _values(self, scope, span):
        """Return ``{product id: value ordered}``, by which goods are classed."""
        since, until = self._moments(span, scope.zone)
        domain = self._scope_domain(scope) & Domain("date_order", ">=", since)
        domain &= Domain("date_order", "<", until)
        rows = self.env["oms.report.goods"]._read_group(domain, ["product_id"], ["value:sum"])
        return {product.id: value or 0.0 for product, value in rows}

    # AGEING

    def _report_ageing(self, scope):
        """Stock by the time since it came in, at today's cost; and what nobody asked for."""
        today = self._today()
        since = fields.Datetime.to_string(
            self.env.company._oms_day_start(today - timedelta(days=DAYS - 1))
        )
        sold = self.env["oms.report.goods"]._read_group(
            self._scope_domain(scope) & Domain("date_order", ">=", since), ["product_id"], []
        )
        alive = {product.id for (product,) in sold}
        rows, totals = [], [0.0] * (len(AGES) + 2)
        # sudo: readers of the books need no right on stock.
        Quant = self.env["stock.quant"].sudo()
        ages = [
            Quant._read_group(domain, ["product_id"], ["quantity:sum"])
            for domain in self._age_domains(today)
        ]
        amounts = {}
        for index, found in enumerate(ages):
            for product, units in found:
                cost = product.with_company(self.env.company).standard_price
                amounts.setdefault(product, [0.0] * len(AGES))[index] += units * cost
        for product, values in sorted(
            amounts.items(), key=lambda item: (-sum(item[1]), item[0].id)
        ):
            dead = 0.0 if product.id in alive else sum(values)
            cells = [*values, sum(values), dead]
            totals = [total + value for total, value in zip(totals, cells, strict=True)]
            rows.append(
                {
                    **self._row(product.display_name, self._age_cells(today, cells, product)),
                    "key": product.id,
                }
            )
        rows = rows[:SHOWN]
        if rows:
            rows.append(
                self._row(self.env._("Total"), self._age_cells(today, totals), 0, strong=True)
            )
        return {
            "columns": [
                self._column(f"age_{index}", name, "money")
                for index, name in enumerate(
                    (
                        self.env._("0–30 days"),
                        self.env._("31–90 days"),
                        self.env._("91–180 days"),
                        self.env._("> 180 days"),
                    )
                )
            ]
            + [
                self._column("total", self.env._("Total"), "money"),
                self._column("dead", self.env._("Not asked for in 90 days"), "money"),
            ],
            "rows": rows,
        }

    def _age_domains(self, today):
        """Return the domains on ``stock.quant`` of the ages, youngest first."""
        starts = [
            fields.Datetime.to_string(
                self.env.company._oms_day_start(today - timedelta(days=days - 1))
            )
            for days in AGES[1:]
        ]
        rows = self._stock_rows()[0]
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

    def _age_cells(self, today, values, product=None):
        own = Domain("product_id", "=", product.id) if product else Domain.TRUE
        domains = [*self._age_domains(today), self._stock_rows()[0]]
        money = self.env.company.currency_id.round
        cells = [
            self._cell(money(value), domain & own, "stock.quant")
            for value, domain in zip(values, domains, strict=False)
        ]
        dead = values[-1]
        cells.append(self._cell(money(dead), alert=bool(dead)))
        return cells
