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
                self._column(
                    f"month_{number}",
                    self.env._("Month +%(number)s", number=number),
                    how=self.env._(
                        "Customers of the row that ordered in that month ÷ customers of the row "
                        "× 100"
                    ),
                    inputs=(f"month_{number}", "size"),
                )
                for number in range(1, COHORTS)
            ],
            "inputs": self._cohort_inputs(),
            "rows": rows,
        }

    def _cohort_inputs(self):
        def customers(name):
            return self._input(name, "count", measure="customer_id", aggregate="distinct")

        inputs = {"size": customers(self.env._("Customers, by month of their first order"))}
        for number in range(1, COHORTS):
            name = self.env._("Of these, ordered in month +%(number)s", number=number)
            inputs[f"month_{number}"] = customers(name)
        return inputs

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
        rows = self._cohort_rows(scope, cohort, cohort)
        inputs = {"size": {"value": size, **self._behind(*rows)}}
        cells = [self._cell(size, *rows)]
        for number, month in enumerate(months[index + 1 :], start=1):
            if month.since > today:  # nobody has ordered yet: that is no zero
                break
            customers = counts.get((cohort.since, month.since), 0)
            rows = self._cohort_rows(scope, cohort, month)
            inputs[f"month_{number}"] = {"value": customers, **self._behind(*rows)}
            cells.append(
                self._cell(
                    100.0 * customers / size,
                    *rows,
                    unit="percent",
                    heat=customers / size,
                    n=customers,
                    muted=month.since <= today < month.until,
                )
            )
        cells += [self._cell("")] * (COHORTS - len(cells))
        return self._row(f"{cohort.since:%m/%Y}", cells, month=str(cohort.since), inputs=inputs)

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
        # What replaces returned goods, or was exchanged for them, was not bought again.
        domain &= Domain("order_id.oms_replaces_id", "=", False)
        domain &= Domain("order_id.oms_exchange_id", "=", False)
        # Pairs are taken out of lists, not joined: of a view PostgreSQL expects one row, and would
        # compare each line with each other.
        rows = self.env.execute_query(
            SQL(
                """
                WITH basket AS MATERIALIZED (
                         SELECT order_id,
                                ARRAY_AGG(DISTINCT product_id ORDER BY product_id) AS products
                           FROM (%(rows)s) goods
                       GROUP BY order_id
                     ),
                     product AS MATERIALIZED (
                         SELECT product_id, COUNT(*) AS orders
                           FROM basket, UNNEST(products) AS product_id
                       GROUP BY product_id
                     ),
                     pair AS MATERIALIZED (
                         SELECT one.product_id AS first, two.product_id AS second,
                                COUNT(*) AS orders
                           FROM basket
                     CROSS JOIN UNNEST(products) WITH ORDINALITY AS one(product_id, place)
                     CROSS JOIN UNNEST(products[one.place + 1:]) AS two(product_id)
                       GROUP BY one.product_id, two.product_id
                         HAVING COUNT(*) >= %(least)s
                       ORDER BY orders DESC, first, second
                          LIMIT %(limit)s
                     )
                SELECT pair.first, pair.second, pair.orders,
                       (SELECT COUNT(*) FROM basket),
                       first.orders,
                       second.orders
                  FROM pair
                  JOIN product first ON first.product_id = pair.first
                  JOIN product second ON second.product_id = pair.second
              ORDER BY pair.orders DESC, pair.first, pair.second
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
            "columns": self._pair_columns(),
            "inputs": self._pair_inputs(domain),
            "rows": [
                self._pair_row(scope, (first, second), f"{names[first]} + {names[second]}", counts)
                for first, second, *counts in rows
            ],
        }

    def _pair_columns(self):
        return [
            self._column("orders", self.env._("Orders with both")),
            self._column(
                "support",
                self.env._("Of all orders"),
                "percent",
                self.env._("Orders with both ÷ orders × 100"),
                inputs=("both", "orders"),
            ),
            self._column(
                "confidence",
                self.env._("Of the first's"),
                "percent",
                self.env._("Orders with both ÷ orders with the first × 100"),
                inputs=("both", "first"),
            ),
            self._column(
                "confidence_back",
                self.env._("Of the second's"),
                "percent",
                self.env._("Orders with both ÷ orders with the second × 100"),
                inputs=("both", "second"),
            ),
            self._column(
                "lift",
                self.env._("Lift"),
                "units",
                self.env._(
                    "Orders with both × orders ÷ (orders with the first × orders with the second)"
                ),
                inputs=("both", "orders", "first", "second"),
            ),
        ]

    def _pair_inputs(self, domain):
        rows = (domain, "oms.report.goods")
        by_order = ("count", rows, "order_id", "distinct", {"group_by": ["product_id"]})
        return {
            "both": self._input(self.env._("Orders with both"), "count", (None, None), "orders"),
            "orders": self._input(self.env._("Orders"), *by_order),
            "first": self._input(self.env._("Orders with the first"), *by_order),
            "second": self._input(self.env._("Orders with the second"), *by_order),
        }

    def _pair_row(self, scope, pair, name, counts):
        both, orders, first, second = counts
        rows = self._pair_rows(scope, *pair)
        return self._row(
            name,
            [
                self._cell(both, *rows),
                self._cell(100 * both / orders),
                self._cell(100 * both / first),
                self._cell(100 * both / second),
                self._cell(both * orders / (first * second)),
            ],
            inputs={
                "both": {"value": both, **self._behind(*rows)},
                "orders": {"value": orders, "domain": []},
                "first": {"value": first, "domain": [("product_id", "=", pair[0])]},
                "second": {"value": second, "domain": [("product_id", "=", pair[1])]},
            },
        )

    def _pair_rows(self, scope, first, second):
        domain = self._scope_domain(scope, "date_order")
        for product in (first, second):
            line = [("product_id", "=", product), ("oms_kind", "in", (False, "goods"))]
            domain &= Domain("order_id.order_line", "any", line)
        return domain & Domain("sold", "=", 1), "oms.report.order"
