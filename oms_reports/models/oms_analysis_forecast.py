from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import forecast as forecasting
from ..engine import period
from ..engine import stock as engine
from .oms_analysis_stock import SHOWN

WEEKS = 104
# Weeks in which the methods compete and by which goods are told apart as steady or not.
TRIALS = forecasting.TRIALS


class OmsAnalysis(models.AbstractModel):
    """What will be asked for, and from which weeks that was computed."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {**super()._reports(), "demand_forecast": "_report_forecast"}

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
            "columns": self._forecast_columns(),
            "inputs": self._forecast_inputs(scope, span),
            "rows": rows,
            "notes": self._shown_notes(len(ranked)),
        }

    def _forecast_columns(self):
        return [
            self._column("four", self.env._("Mean of 4 weeks"), "units"),
            self._column(
                "trend",
                self.env._("Against the 4 before"),
                "percent",
                self.env._("(Last 4 weeks − 4 weeks before) ÷ 4 weeks before × 100"),
                inputs=("recent", "before"),
            ),
            self._column(
                "season",
                self.env._("Same week last year"),
                "units",
                self.env._("Demand of the same week, 52 weeks before the next one"),
                inputs=("last_year",),
            ),
            self._column(
                "next",
                self.env._("Forecast next week"),
                "units",
                self.env._("The method with the smallest error in the last 13 weeks"),
                inputs=("weeks",),
            ),
            self._column(
                "method",
                self.env._("Method"),
                "text",
                self.env._("The method with the smallest error in the last 13 weeks"),
                inputs=("weeks",),
            ),
            self._column(
                "wape",
                self.env._("Error (WAPE)"),
                "percent",
                self.env._(
                    "Sum of the errors of the last 13 weeks, each forecast from the weeks before "
                    "it by the method that was the best until then, without their signs ÷ demand "
                    "of these weeks"
                ),
                inputs=("weeks",),
            ),
            self._column(
                "naive",
                self.env._("Error, naive"),
                "percent",
                self.env._(
                    "Sum of the errors of the last 13 weeks, each forecast as the week before it, "
                    "without their signs ÷ demand of these weeks"
                ),
                inputs=("weeks",),
            ),
            self._column(
                "bias",
                self.env._("Bias"),
                "percent",
                self.env._(
                    "Sum of (forecast − demand) of the last 13 weeks ÷ demand of these weeks. "
                    "Positive: it forecast too much"
                ),
                inputs=("weeks",),
            ),
            self._column(
                "xyz",
                self.env._("XYZ"),
                "text",
                self.env._(
                    "Deviation ÷ mean of the demand of the last 13 weeks: X below 0.5, Y below 1, "
                    "Z above"
                ),
                inputs=("weeks",),
            ),
        ]

    def _forecast_inputs(self, scope, span):
        """Order lines of the weeks that a figure looks at."""

        def rows(*days):
            domain = self._scope_domain(scope) & self._ordered_in(scope, period.Period(*days))
            return domain, "oms.report.demand"

        def weeks(count):
            return span.until - timedelta(weeks=count)

        by_week = {"group_by": ["date_order:week"]}
        return {
            "recent": self._input(
                self.env._("Last 4 weeks"), "units", rows(weeks(4), weeks(0)), "demand"
            ),
            "before": self._input(
                self.env._("4 weeks before"), "units", rows(weeks(8), weeks(4)), "demand"
            ),
            "last_year": self._input(
                self.env._("Same week last year"), "units", rows(weeks(52), weeks(51)), "demand"
            ),
            "weeks": self._input(
                self.env._("Demand per week, oldest first; the last 13"),
                "units",
                rows(*span),
                "demand",
                "weeks",
                by_week,
            ),
        }

    def _weekly_demand(self, scope, span, weeks):
        """Return ``{product: [units per week, oldest first]}`` from its first week with demand."""
        series = {}
        for product, week, units in self._demand(scope, span, "week"):
            series.setdefault(product, {})[week] = units
        # One recordset, so that the names are read at once.
        products = self.env["product.product"].sudo().browse(sorted(series))
        return {
            product: [series[product.id].get(week, 0.0) for week in weeks] for product in products
        }

    def _ordered_in(self, scope, span):
        since, until = self._moments(span, scope.zone)
        return Domain("date_order", ">=", since) & Domain("date_order", "<", until)

    def _demand(self, scope, span, unit):
        """Return ``[(product id, first day of the week or the day, units)]``."""
        domain = self._scope_domain(scope) & self._ordered_in(scope, span)
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
                rows=self._select(
                    "oms.report.demand", domain, "product_id", "date_order", "demand"
                ),
            )
        )

    def _forecast_row(self, scope, span, product, weeks):
        begun = next((index for index, units in enumerate(weeks) if units), 0)
        series = weeks[begun:]
        found = forecasting.forecast(series)
        recent, before = sum(series[-4:]), sum(series[-8:-4])
        last_year = weeks[-52] if begun <= len(weeks) - 52 else None
        own = [("product_id", "=", product.id)] if product else []
        four = period.Period(span.until - timedelta(weeks=4), span.until)
        domain = self._scope_domain(scope) & self._ordered_in(scope, four) & Domain(own)

        def percent(share):
            return None if share is None else 100.0 * share

        values = {
            "recent": recent,
            "before": before,
            "last_year": last_year,
            "weeks": series[-TRIALS:],
        }
        return self._row(
            product.display_name if product else self.env._("All goods"),
            [
                self._cell(recent / 4, domain, "oms.report.demand"),
                self._cell(100.0 * (recent - before) / before if before else None),
                self._cell(last_year),
                self._cell(found.value, how=self._method_formula(found.method)),
                self._cell(self._method_name(found.method)),
                self._cell(percent(found.wape)),
                self._cell(percent(found.naive_wape)),
                self._cell(percent(found.bias)),
                self._cell(engine.xyz(series[-TRIALS:]) or "–"),
            ],
            level=1 if product else 0,
            strong=not product,
            key=product.id if product else "all",
            inputs={name: {"value": value, "domain": own} for name, value in values.items()},
        )

    def _method_name(self, method):
        return {
            "naive": self.env._("as last week"),
            "mean": self.env._("mean of 4 weeks"),
            "smoothed": self.env._("smoothed"),
            "damped_trend": self.env._("damped trend"),
            "seasonal": self.env._("season of last year"),
        }[method]

    def _method_formula(self, method):
        return {
            "naive": self.env._("As many as last week"),
            "mean": self.env._("Mean of the last 4 weeks"),
            "smoothed": self.env._(
                "Level of the weeks since the first demand: each week counts 30 %, what was before "
                "it 70 %"
            ),
            "damped_trend": self.env._(
                "Level of the weeks since the first demand (each counts 30 %) and their trend "
                "(each counts 10 %), which fades by 10 % a week"
            ),
            "seasonal": self.env._(
                "Same week last year × last 4 weeks ÷ the same 4 weeks last year, at most × 3"
            ),
        }[method]
