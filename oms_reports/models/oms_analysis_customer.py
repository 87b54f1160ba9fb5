from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import period

COHORTS = 12
PAIRS = 50
# Pairs that were bought together once or twice are chance.
MIN_PAIRS = 3


class OmsAnalysis(models.AbstractModel):
    """Who comes back, and what is bought together."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {
            **super()._reports(),
            "cohorts": "_report_cohorts",
            "basket_pairs": "_report_pairs",
        }

    # COHORTS

    def _report_cohorts(self, scope):
        """A triangle: customers by the month of their first order, and how many ordered again."""
        months = period.months(fields.Date.subtract(scope.span.until, days=1), COHORTS)
        sizes, counts = {}, {}
        for first, month, customers in self._cohort_counts(scope, months):
            if first == month:
                sizes[first] = customers
            counts[first, month] = customers
        today = self.env.company._oms_local_date(fields.Datetime.now())
        rows = [
            self._cohort_row(scope, months, index, sizes, counts, today)
            for index, month in enumerate(months)
            if sizes.get(month.since)
        ]
        return {
            "columns": [self._column("size", self.env._("Customers"))]
            + [
                self._column(f"month_{number}", self.env._("Month +%(number)s", number=number))
                for number in range(1, COHORTS)
            ],
            "rows": rows,
        }

    def _cohort_counts(self, scope, months):
        """Return ``[(month of the first order, month, customers)]``, months by their first days."""
        window = period.Period(months[0].since, months[-1].until)
        since, until = self._moments(window, scope.zone)
        domain = self._scope_domain(scope) & Domain("first_at", ">=", since)
        domain &= Domain("date_order", "<", until)
        return self.env.execute_query(
            SQL(
                """
                SELECT DATE_TRUNC('month', local.first_at)::date,
                       DATE_TRUNC('month', local.date_order)::date,
                       COUNT(DISTINCT customer_id)
                  FROM (%(rows)s) purchase
            CROSS JOIN LATERAL (
                       SELECT first_at AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s AS first_at,
                              date_order AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s AS date_order
                       ) local
              GROUP BY 1, 2
                """,
                zone=scope.zone,
                rows=self._select(
                    "oms.report.purchase", domain, "first_at", "date_order", "customer_id"
                ),
            )
        )

    def _cohort_row(self, scope, months, index, sizes, counts, today):
        cohort = months[index]
        size = sizes[cohort.since]
        cells = [self._cell(size, *self._cohort_rows(scope, cohort, cohort))]
        for month in months[index + 1 :]:
            if month.since > today:  # nobody has ordered yet: that is no zero
                break
            customers = counts.get((cohort.since, month.since), 0)
            cells.append(
                self._cell(
                    100.0 * customers / size,
                    *self._cohort_rows(scope, cohort, month),
                    unit="percent",
                    heat=customers / size,
                    n=customers,
                    muted=month.since <= today < month.until,
                )
            )
        cells += [self._cell("")] * (COHORTS - len(cells))
        return {
            **self._row(f"{cohort.since:%m/%Y}", cells),
            "month": str(cohort.since),
        }

    def _cohort_rows(self, scope, cohort, month):
        """The orders whose customers a cell counts, each customer once."""
        domain = self._scope_domain(scope)
        for field, span in (("first_at", cohort), ("date_order", month)):
            since, until = self._moments(span, scope.zone)
            domain &= Domain(field, ">=", since) & Domain(field, "<", until)
        return domain, "oms.report.purchase"

    # BASKETS

    def _report_pairs(self, scope):
        """What is bought together more often than chance would have it."""
        domain = self._scope_domain(scope, "date_order") & Domain("sold", "=", 1)
        rows = self.env.execute_query(
            SQL(
                """
                WITH item AS (SELECT DISTINCT order_id, product_id FROM (%(rows)s) goods),
                     basket AS (SELECT COUNT(DISTINCT order_id)::float8 AS orders FROM item),
                     product AS (SELECT product_id, COUNT(*)::float8 AS orders
                                   FROM item GROUP BY product_id)
                SELECT one.product_id, two.product_id, COUNT(*) AS both_,
                       100 * COUNT(*) / MAX(basket.orders),
                       100 * COUNT(*) / MAX(first.orders),
                       100 * COUNT(*) / MAX(second.orders),
                       COUNT(*) * MAX(basket.orders) / (MAX(first.orders) * MAX(second.orders))
                  FROM item one
                  JOIN item two ON two.order_id = one.order_id AND two.product_id > one.product_id
                  JOIN product first ON first.product_id = one.product_id
                  JOIN product second ON second.product_id = two.product_id
            CROSS JOIN basket
              GROUP BY one.product_id, two.product_id
                HAVING COUNT(*) >= %(least)s
              ORDER BY both_ DESC, one.product_id, two.product_id
                 LIMIT %(limit)s
                """,
                rows=self._select("oms.report.goods", domain, "order_id", "product_id"),
                least=MIN_PAIRS,
                limit=PAIRS,
            )
        )
        # sudo: the names of what was sold, for readers without rights on products.
        products = (
            self.env["product.product"].sudo().browse({id_ for row in rows for id_ in row[:2]})
        )
        names = {product.id: product.display_name for product in products}
        return {
            "columns": [
                self._column("orders", self.env._("Orders with both")),
                self._column("support", self.env._("Of all orders"), "percent"),
                self._column("confidence", self.env._("Of the first's"), "percent"),
                self._column("confidence_back", self.env._("Of the second's"), "percent"),
                self._column("lift", self.env._("Lift"), "units"),
            ],
            "rows": [
                self._row(
                    f"{names[first]} + {names[second]}",
                    [self._cell(both, *self._pair_rows(scope, first, second))]
                    + [self._cell(value) for value in shares],
                )
                for first, second, both, *shares in rows
            ],
        }

    def _pair_rows(self, scope, first, second):
        domain = self._scope_domain(scope, "date_order")
        for product in (first, second):
            domain &= Domain("order_id.order_line", "any", [("product_id", "=", product)])
        return domain & Domain("sold", "=", 1), "oms.report.order"
