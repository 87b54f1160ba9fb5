import statistics
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import period
from ..engine import stock as engine

DAYS = 90
SHOWN = 200
LEAD_DAYS = 7


class OmsAnalysis(models.AbstractModel):
    """How long the stock lasts, and what to buy."""

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {**super()._reports(), "stock_cover": "_report_cover"}

    def _report_cover(self, scope):
        """Stock against the demand of the last 90 days."""
        today = self._today()
        days = [today - timedelta(days=number) for number in range(DAYS)]
        span = period.Period(days[-1], today + timedelta(days=1))
        demand = self._by_day(self._demand(scope, span, "day"))
        stock = self._stock_by_product(scope)
        net = self._by_day(self._net_moves(scope, span))
        coming = self._coming(scope)
        values = self._values(scope, span)
        hidden = self.env["oms.report.goods"]._hides("value")
        shown = demand.keys() | stock.keys()
        classes = engine.abc(dict.fromkeys(shown, 0.0) | values)
        kits = self._kits(scope, span)
        classes |= {part: min(classes[key] for key in (part, *kits[part])) for part in kits}
        products = self.env["product.product"].sudo().browse(sorted(shown))
        inputs, rows = self._cover_inputs(scope, span), []
        for product in products.sorted(lambda product: (classes[product.id], product.display_name)):
            key = product.id
            on_hand, reserved = stock.get(key, (0.0, 0.0))
            known = {
                "on_hand": on_hand,
                "reserved": reserved,
                "coming": coming.get(key, 0.0),
                "ordered": [demand.get(key, {}).get(day, 0.0) for day in days],
                "moved": [net.get(key, {}).get(day, 0.0) for day in days],
                "value": None if hidden else values.get(key, 0.0),
                "lead": product.seller_ids[:1].delay or LEAD_DAYS,
            }
            row = self._cover_row(product, classes[key], known, inputs)
            rows.append(row)
            if key in kits:
                worth = None if hidden else sum(values[kit] for kit in kits[key])
                own = [("product_id", "in", kits[key])]
                row["inputs"]["kits"] = {"value": worth, "domain": own}
                row["cells"][0]["inputs"] = ["value", "kits", "ordered"]
        return {
            "columns": self._cover_columns(),
            "inputs": inputs,
            "rows": rows[:SHOWN],
            "notes": self._shown_notes(len(rows)),
        }

    def _shown_notes(self, count):
        if count <= SHOWN:
            return []
        return [self.env._("The first %(shown)s of %(all)s products.", shown=SHOWN, all=count)]

    def _cover_columns(self):
        stocked = ("on_hand", "moved", "ordered")
        return [
            self._column(
                "class",
                self.env._("ABC/XYZ"),
                "text",
                self.env._(
                    "By value ordered in 90 days, the most valuable first: A up to 80 % of all, B "
                    "up to 95 %; a component as the best kit that it is sold in. X, Y, Z: "
                    "deviation ÷ mean of the demand per week, below 0.5, below 1, above"
                ),
                inputs=("value", "ordered"),
            ),
            self._column("on_hand", self.env._("On hand"), "units"),
            self._column("demand", self.env._("Ordered in 90 days"), "units"),
            self._column(
                "cover",
                self.env._("Lasts"),
                "days",
                self.env._("(On hand − reserved) ÷ demand per day that ended with stock"),
                inputs=("on_hand", "reserved", "daily", "moved", "ordered"),
            ),
            self._column(
                "turnover",
                self.env._("Turns a year"),
                "units",
                self.env._("Demand per day × 365 ÷ mean stock at the end of the days"),
                inputs=stocked,
            ),
            self._column(
                "out",
                self.env._("Days without stock"),
                how=self.env._("Days that ended without stock: on hand now, less what came since"),
                inputs=stocked,
            ),
            self._column(
                "lost",
                self.env._("Lost sales (estimate)"),
                "units",
                self.env._("Days without stock × demand per day − what was ordered on these days"),
                inputs=("out", "daily", "missed", "moved", "ordered"),
            ),
            self._column(
                "reorder",
                self.env._("Buy (hint)"),
                how=self.env._(
                    "Demand per day × (lead time + %(review)s days) + %(service)s × deviation × "
                    "√ lead time − (on hand − reserved) − on its way, rounded up",
                    review=engine.REVIEW_DAYS,
                    service=engine.SERVICE,
                ),
                inputs=("daily", "deviation", "lead", "on_hand", "reserved", "coming", "ordered"),
            ),
        ]

    def _cover_inputs(self, scope, span):
        """What the figures of a product are computed from, each with its rows."""
        ordered = self._scope_domain(scope) & self._ordered_in(scope, span)
        goods, demand = (ordered, "oms.report.goods"), (ordered, "oms.report.demand")
        stock = self._stock_rows(warehouse=scope.warehouse)
        by_day = {"group_by": ["date_order:day"]}
        return {
            "on_hand": self._input(self.env._("On hand"), "units", stock, "quantity"),
            "reserved": self._input(
                self.env._("Of these reserved"), "units", stock, "reserved_quantity"
            ),
            "coming": self._input(
                self.env._("On its way"), "units", self._coming_rows(scope), "product_qty"
            ),
            "ordered": self._input(
                self.env._("Ordered in 90 days"), "units", demand, "demand", "days", by_day
            ),
            "moved": self._input(
                self.env._("Came less went in 90 days"), "units", self._net_rows(scope, span)
            ),
            "value": self._input(self.env._("Value ordered in 90 days"), "money", goods, "value"),
            "kits": self._input(
                self.env._("Value ordered of kits that it is in"), "money", goods, "value"
            ),
            "daily": self._input(self.env._("Demand per day that ended with stock"), "units"),
            "deviation": self._input(self.env._("Deviation of the demand per day"), "units"),
            "lead": self._input(self.env._("Lead time (vendor, else 7)"), "days"),
            "out": self._input(self.env._("Days without stock"), "days"),
            "missed": self._input(self.env._("Ordered on days without stock"), "units"),
        }

    def _cover_row(self, product, grade, known, inputs):
        """:param dict known: values of the inputs, days newest first"""
        ordered, on_hand = known["ordered"], known["on_hand"]
        free = on_hand - known["reserved"]
        cover = engine.cover(on_hand, free, known["moved"], ordered)
        deviation = statistics.pstdev(ordered)
        hint = engine.reorder(cover.daily, deviation, known["lead"], free + known["coming"])
        weekly = [sum(ordered[start : start + 7]) for start in range(0, DAYS - 7, 7)]
        own = [("product_id", "=", product.id)]
        known = known | {
            "ordered": sum(ordered),
            "moved": sum(known["moved"]),
            "daily": cover.daily,
            "deviation": deviation,
            "out": cover.out,
            "missed": cover.missed,
        }
        return self._row(
            product.display_name,
            [
                self._cell(f"{grade}{engine.xyz(weekly) or '–'}"),
                self._cell(on_hand, **self._narrowed(inputs["on_hand"], own)),
                self._cell(sum(ordered), **self._narrowed(inputs["ordered"], own)),
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
            key=product.id,
            inputs={name: {"value": value, "domain": own} for name, value in known.items()},
        )

    def _by_day(self, rows):
        result = {}
        for product, day, units in rows:
            result.setdefault(product, {})[day] = units
        return result

    def _stock_rows(self, reserved=False, warehouse=None):
        domain = Domain("company_id", "=", self.env.company.id) & Domain("owner_id", "=", False)
        domain &= self._inside("location_id", warehouse)
        return (domain & Domain("reserved_quantity", ">", 0) if reserved else domain), "stock.quant"

    def _inside(self, location, warehouse=None):
        """Return the domain of a location of the company, or of one of its warehouses."""
        domain = Domain(f"{location}.usage", "=", "internal")
        if warehouse:
            domain &= Domain(f"{location}.warehouse_id", "=", warehouse)
        return domain

    def _stock_by_product(self, scope):
        """Return ``{product id: (units on hand, of these reserved)}``."""
        # sudo: readers of the report may have no rights on stock; it tells units only.
        return {
            product.id: (units, reserved)
            for product, units, reserved in self.env["stock.quant"]
            .sudo()
            ._read_group(
                self._stock_rows(warehouse=scope.warehouse)[0],
                ["product_id"],
                ["quantity:sum", "reserved_quantity:sum"],
            )
        }

    def _net_rows(self, scope, span):
        since, until = self._moments(span, scope.zone)
        domain = Domain("company_id", "=", self.env.company.id) & Domain("state", "=", "done")
        domain &= Domain("date", ">=", since) & Domain("date", "<", until)
        left = self._inside("location_id", scope.warehouse)
        reached = self._inside("location_dest_id", scope.warehouse)
        return domain & ((~left & reached) | (left & ~reached)), "stock.move"

    def _net_moves(self, scope, span):
        """Return ``[(product id, day, units that came less units that went)]``."""
        since, until = self._moments(span, scope.zone)
        return self.env.execute_query(
            SQL(
                """
                SELECT move.product_id,
                       (move.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                       SUM(move.quantity * used.factor / own.factor
                           * CASE WHEN place.reached THEN 1 ELSE -1 END)::float8
                  FROM stock_move move
                  JOIN stock_location source ON source.id = move.location_id
                  JOIN stock_location target ON target.id = move.location_dest_id
                  JOIN product_product product ON product.id = move.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                  JOIN uom_uom own ON own.id = template.uom_id
                  JOIN uom_uom used ON used.id = move.product_uom
            CROSS JOIN LATERAL (
                       SELECT source.usage = 'internal' AND (%(warehouse)s::int IS NULL
                                  OR source.warehouse_id = %(warehouse)s) IS TRUE AS begun,
                              target.usage = 'internal' AND (%(warehouse)s::int IS NULL
                                  OR target.warehouse_id = %(warehouse)s) IS TRUE AS reached
                       ) place
                 WHERE move.state = 'done'
                   AND move.company_id = %(company)s
                   AND move.date >= %(since)s AND move.date < %(until)s
                   AND place.begun <> place.reached
              GROUP BY 1, 2
                """,
                zone=scope.zone,
                company=self.env.company.id,
                warehouse=scope.warehouse,
                since=since,
                until=until,
            )
        )

    def _coming(self, scope):
        """Return ``{product id: units on their way to us}``."""
        # sudo: as for stock.
        domain, model = self._coming_rows(scope)
        rows = self.env[model].sudo()._read_group(domain, ["product_id"], ["product_qty:sum"])
        return {product.id: units for product, units in rows}

    def _coming_rows(self, scope):
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("state", "in", ("confirmed", "waiting", "assigned", "partially_available"))
        domain &= Domain("location_id.usage", "=", "supplier")
        return domain & self._inside("location_dest_id", scope.warehouse), "stock.move"

    def _kits(self, scope, span):
        """Return ``{product id: ids of the kits in which it was ordered}``."""
        if "mrp.bom" not in self.env:
            return {}
        domain = self._scope_domain(scope) & self._ordered_in(scope, span)
        found = self.env["oms.report.demand"]._read_group(
            domain & Domain("kit_id", "!=", False), ["product_id", "kit_id"]
        )
        kits = {}
        for product, kit in found:
            kits.setdefault(product.id, []).append(kit.id)
        return kits

    def _values(self, scope, span):
        """Return ``{product id: value ordered}``, by which goods are classed: of what was sold."""
        domain = self._scope_domain(scope) & self._ordered_in(scope, span)
        # sudo: classes of goods, also for who may not know what they are worth.
        goods = self.env["oms.report.goods"].sudo()
        rows = goods._read_group(domain, ["product_id"], ["value:sum"])
        return {product.id: value or 0.0 for product, value in rows}
