from odoo import fields, models
from odoo.tools import SQL

from ..engine import buckets
from ..engine.buckets import MoveFact


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    oms_line_ref = fields.Char(string="Channel Line", copy=False)
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
        """Count units that we decided not to ship as served: they are not procured again."""
        qty = super()._get_qty_procurement(previous_product_uom_qty)
        if self.oms_qty_cancelled and self.order_id.oms_channel_id:
            qty += self.oms_qty_cancelled
        return qty

    def write(self, vals):
        result = super().write(vals)
        if {"product_uom_qty", "price_unit", "product_id", "oms_qty_cancelled"} & set(vals):
            self.order_id._oms_touch()
        return result

    def unlink(self):
        self.order_id._oms_touch()
        return super().unlink()

    # BUSINESS

    def _oms_goods(self):
        """The lines whose units are counted: physical products."""
        return self.filtered(lambda line: not line.display_type and line.product_id.type == "consu")

    def _oms_buckets(self):
        """Return ``{line id: engine.buckets.Buckets}`` for the goods lines in ``self``.

        One query for all moves of all lines, whatever their number.
        """
        goods = self._oms_goods()
        moves = goods.filtered(lambda line: line.state in ("sale", "cancel"))._oms_move_facts()
        return {
            line.id: buckets.derive(
                line.product_uom_qty,
                line.oms_qty_cancelled,
                moves.get(line.id, ()),
                confirmed=line.order_id.state == "sale",
                order_cancelled=line.order_id.state == "cancel",
            )
            for line in goods
        }

    def _oms_record_cancelled(self):
        """Record units that no transfer brings any more, after a transfer was cancelled.

        Moves that Odoo cancels because it merged them into others leave no gap and count nothing.
        """
        for line_id, units in self._oms_buckets().items():
            if units.unplanned > 0:
                line = self.browse(line_id)
                line.oms_qty_cancelled += units.unplanned

    def _oms_move_facts(self):
        if not self.ids:
            return {}
        self.env["stock.move"].flush_model()
        self.env["oms.fulfillment"].flush_model()
        facts = {}
        for line_id, *values in self.env.execute_query(self._oms_move_facts_query()):
            facts.setdefault(line_id, []).append(MoveFact(*values))
        return facts

    def _oms_move_facts_query(self):
        """One row per stock move that serves a line: returns and cancelled moves are left out.

        Quantities are converted to the unit of the order line (Odoo 19: quantity x factor of the
        move's unit / factor of the line's unit).
        """
        return SQL(
            """
            SELECT line.id,
                   move.product_uom_qty * move_uom.factor / line_uom.factor,
                   COALESCE(move.quantity, 0) * move_uom.factor / line_uom.factor,
                   move.state = 'done',
                   dest.usage = 'customer',
                   EXISTS (SELECT 1 FROM stock_move_move_rel rel WHERE rel.move_dest_id = move.id),
                   CASE WHEN work.packed_at IS NOT NULL THEN 'packed'
                        WHEN work.picked_at IS NOT NULL THEN 'picked'
                        ELSE '' END,
                   CASE WHEN work.accepted_at IS NOT NULL THEN 'accepted'
                        WHEN work.delivered_at IS NOT NULL THEN 'delivered'
                        ELSE 'shipped' END
              FROM stock_move move
              JOIN sale_order_line line ON line.id = move.sale_line_id
              JOIN uom_uom move_uom ON move_uom.id = move.product_uom
              JOIN uom_uom line_uom ON line_uom.id = line.product_uom_id
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location dest ON dest.id = move.location_dest_id
         LEFT JOIN oms_fulfillment work ON work.picking_id = move.picking_id
             WHERE line.id = ANY(%s)
               AND move.product_id = line.product_id
               AND move.state NOT IN ('draft', 'cancel')
               AND source.usage NOT IN ('customer', 'inventory')
               AND dest.usage <> 'inventory'
               AND move.origin_returned_move_id IS NULL
            """,
            list(self.ids),
        )
