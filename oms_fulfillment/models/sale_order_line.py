from odoo import fields, models
from odoo.tools import SQL

from ..engine import buckets
from ..engine.buckets import MoveFact
from ..exceptions import OmsRefusal


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    oms_line_ref = fields.Char(string="Channel Line", copy=False)
    oms_sku = fields.Char(string="Channel SKU", copy=False, readonly=True)
    oms_bundle_units = fields.Float(
        string="Units per Bundle",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Units of this product in one bundle that the channel sold; 0 when it is no bundle.",
    )
    oms_qty_cancelled = fields.Float(
        string="Cancelled Quantity",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Units that were ordered and will not be shipped.",
    )
    oms_kind = fields.Selection(
        [
            ("goods", "Goods"),
            ("discount", "Discount"),
            ("shipping", "Shipping"),
            ("fee", "Fee"),
        ],
        string="Line Kind",
        default="goods",
    )

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        """What need not be procured: units on their way, handed over, or cancelled.

        Goods that came back stay handed over: a return is no new order.
        """
        if not self.order_id.oms_channel_id:
            return super()._get_qty_procurement(previous_product_uom_qty)
        if not self.move_ids and not self._oms_awaited():
            return self.oms_qty_cancelled
        return self._oms_buckets()[self.id].total

    def write(self, vals):
        picked = {}
        if "product_uom_qty" in vals:
            picked = self._oms_before_quantity(vals["product_uom_qty"])
        result = super().write(vals)
        if picked:
            self._oms_put_surplus_away(picked)
        if {"product_uom_qty", "price_unit", "product_id", "oms_qty_cancelled"} & set(vals):
            self.order_id._oms_touch()
        return result

    def unlink(self):
        self.order_id._oms_touch()
        return super().unlink()

    def _oms_before_quantity(self, quantity):
        """Make room for a new quantity: cancelled units go first, handed-over ones never.

        :return: what is off the shelf already, see :meth:`_oms_off_the_shelf`
        :raise OmsRefusal: ``below_shipped``
        """
        lines = self.filtered(lambda line: line.order_id.oms_channel_id and line.move_ids)
        picked = lines._oms_off_the_shelf() if lines else {}
        for line_id, units in lines._oms_buckets().items():
            line = self.browse(line_id)
            if line.product_uom_id.compare(quantity, units.handed_over) < 0:
                raise OmsRefusal(
                    "below_shipped",
                    self.env._(
                        "%(units)s of %(product)s have left for %(order)s; "
                        "the quantity can't be %(quantity)s.",
                        units=f"{units.handed_over:g}",
                        product=line.product_id.display_name,
                        order=line.order_id.name,
                        quantity=f"{quantity:g}",
                    ),
                    field="product_uom_qty",
                    next_step=self.env._("Announce a return for what comes back."),
                )
            planned = units.total - units.cancelled
            if units.cancelled and line.state == "sale":
                line.oms_qty_cancelled = max(min(line.oms_qty_cancelled, quantity - planned), 0.0)
        return picked

    # BUSINESS

    def _oms_goods(self):
        """The lines whose units are counted: physical products."""
        return self.filtered(lambda line: not line.display_type and line.product_id.type == "consu")

    def _oms_buckets(self):
        """Return ``{line id: engine.buckets.Buckets}`` for the goods lines in ``self``.

        One query for all moves of all lines, whatever their number.
        """
        goods = self._oms_goods()
        confirmed = goods.filtered(lambda line: line.order_id._oms_was_confirmed())
        moves, awaited = confirmed._oms_move_facts(), confirmed._oms_awaited()
        return {
            line.id: line._oms_derive(moves.get(line.id, {}), awaited.get(line.id, {}))
            for line in goods
        }

    def _oms_derive(self, moves, awaited):
        """Return the buckets of this line.

        :param dict moves: ``{product id: [MoveFact]}``, units of other products than the line's
            in their own unit
        :param dict awaited: ``{product id: units}``, likewise
        """
        state = self.order_id.state
        how = {"confirmed": state == "sale", "order_cancelled": state == "cancel"}
        ordered, cancelled, product = self.product_uom_qty, self.oms_qty_cancelled, self.product_id
        if not (moves.keys() | awaited.keys()) - {product.id}:
            facts, units = moves.get(product.id, ()), awaited.get(product.id, 0.0)
            return buckets.derive(ordered, cancelled, facts, awaited=units, **how)
        parts = [
            (
                [fact.scaled(need) for fact in moves.get(part.id, ())],
                awaited.get(part.id, 0.0) / need,
            )
            for part, need in self._oms_parts().items()
        ]
        return buckets.derive_kit(ordered, cancelled, parts, **how)

    def _oms_record_cancelled(self):
        """Record units that no transfer brings any more, after a transfer was cancelled.

        Moves that Odoo cancels because it merged them into others leave no gap and count nothing.
        """
        for line_id, units in self._oms_buckets().items():
            if units.unplanned > 0:
                line = self.browse(line_id)
                line.oms_qty_cancelled += units.unplanned

    def _oms_move_facts(self):
        """Return ``{line id: {product id: [MoveFact]}}``."""
        if not self.ids:
            return {}
        self.env["stock.move"].flush_model()
        self.env["oms.fulfillment"].flush_model()
        facts = {}
        for line_id, product_id, *values in self.env.execute_query(self._oms_move_facts_query()):
            moves = facts.setdefault(line_id, {}).setdefault(product_id, [])
            moves.append(MoveFact(*values))
        return facts

    def _oms_move_facts_query(self):
        """One row per stock move that serves a line: returns, cancelled moves and what brings goods
        into the warehouse are left out.

        Quantities are converted to the unit of the order line (Odoo 19: quantity x factor of the
        move's unit / factor of the line's unit), or for components to that of their product.

        In parts, because PostgreSQL weighs the order of joins: with ten tables at once that takes
        it fifty times as long as the answer does.
        """
        return SQL(
            """
              WITH moves AS MATERIALIZED (
            SELECT move.id,
                   move.sale_line_id,
                   move.picking_id,
                   move.product_id,
                   move.product_uom,
                   move.product_uom_qty,
                   COALESCE(move.quantity, 0) AS quantity,
                   move.state = 'done' AS is_done,
                   dest.usage = 'customer' AS to_customer,
                   move.oms_accepted_at,
                   CASE WHEN move.product_id = line.product_id THEN line.product_uom_id
                        ELSE (SELECT template.uom_id
                                FROM product_product product
                                JOIN product_template template
                                  ON template.id = product.product_tmpl_id
                               WHERE product.id = move.product_id) END AS uom_id
              FROM stock_move move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location dest ON dest.id = move.location_dest_id
             WHERE line.id = ANY(%s)
               AND move.state NOT IN ('draft', 'cancel')
               AND (source.usage IN ('internal', 'transit')
                    OR source.usage NOT IN ('customer', 'inventory') AND dest.usage = 'customer')
               AND dest.usage <> 'inventory'
               AND move.origin_returned_move_id IS NULL
                   )
            SELECT move.sale_line_id,
                   move.product_id,
                   move.product_uom_qty * move_uom.factor / unit.factor,
                   move.quantity * move_uom.factor / unit.factor,
                   move.is_done,
                   move.to_customer,
                   EXISTS (SELECT 1
                             FROM stock_move_move_rel rel
                             JOIN stock_move feed ON feed.id = rel.move_orig_id
                             JOIN stock_location origin ON origin.id = feed.location_id
                            WHERE rel.move_dest_id = move.id
                              AND feed.sale_line_id = move.sale_line_id
                              AND origin.usage IN ('internal', 'transit')),
                   CASE WHEN work.packed_at IS NOT NULL THEN 'packed'
                        WHEN work.picked_at IS NOT NULL THEN 'picked'
                        ELSE '' END,
                   CASE WHEN work.accepted_at IS NOT NULL
                             OR work.delivered_at IS NOT NULL
                                AND move.oms_accepted_at IS NOT NULL THEN 'accepted'
                        WHEN work.delivered_at IS NOT NULL THEN 'delivered'
                        ELSE 'shipped' END
              FROM moves move
              JOIN uom_uom move_uom ON move_uom.id = move.product_uom
              JOIN uom_uom unit ON unit.id = move.uom_id
         LEFT JOIN oms_fulfillment work ON work.picking_id = move.picking_id
            """,
            list(self.ids),
        )
