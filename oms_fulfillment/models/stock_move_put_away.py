from odoo import api, fields, models

from ..trusted import is_trusted


class StockPicking(models.Model):
    _inherit = "stock.picking"

    oms_put_away_order_id = fields.Many2one(
        "sale.order",
        string="Put Away From",
        index="btree_not_null",
        copy=False,
        readonly=True,
        help="The order for which these goods were picked before they were cancelled.",
    )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _oms_progress(self):
        """How far an open move is: what is least far is given up first."""
        work = self.picking_id.oms_fulfillment_ids[:1]
        return bool(work.packed_at), bool(work.picked_at), self.quantity, self.id

    def _oms_is_picked(self):
        """Whether somebody has taken the goods of this open move off the shelf."""
        if self.state in ("draft", "done", "cancel") or self.location_id.usage == "customer":
            return False
        fed = any(move.state == "done" for move in self.move_orig_ids)
        return fed or bool(self.picking_id.oms_fulfillment_ids.picked_at)

    def _oms_shrink(self, units):
        """Ask for ``units`` less, and keep what is reserved as far as it is still wanted."""
        rest = self.product_uom.round(self.product_uom_qty - units)
        if self.product_uom.is_zero(rest):
            feeding = self.move_orig_ids.filtered(lambda move: move.state not in ("done", "cancel"))
            feeding._action_cancel()
            self.filtered(lambda move: move.state != "cancel")._action_cancel()
            return
        surplus = self.quantity - rest
        if self.product_uom.compare(surplus, 0.0) > 0:
            if self._oms_is_picked():
                self._oms_put_away(self.sale_line_id.order_id, [self._oms_what(surplus)])
            self.env["oms.allocator"]._enqueue(self.product_id)
            self.quantity = rest
        for move in self.move_orig_ids.filtered(lambda move: move.state not in ("done", "cancel")):
            move._oms_shrink(min(units, move.product_uom_qty))
        self.product_uom_qty = rest

    def _action_cancel(self):
        """Goods that were picked for cancelled units are to be put back."""
        picked = []
        if self._oms_orders():
            picked = [
                (move.sale_line_id.order_id, move._oms_what(move.quantity))
                for move in self.sudo()
                if move.quantity
                and move.sale_line_id.order_id.oms_channel_id
                and move.location_dest_id.usage == "customer"
                and move._oms_is_picked()
            ]
        result = super()._action_cancel()
        for order in {order for order, _what in picked}:
            self._oms_put_away(order, [what for owner, what in picked if owner == order])
        return result

    def _oms_what(self, units):
        """``(location, product, unit, units)`` of goods that this move would have taken."""
        return self.location_id, self.product_id, self.product_uom, units

    @api.model
    def _oms_put_away(self, order, picked):
        """Make the transfer that brings goods from where they were picked to, back to stock.

        Where picking is one step with shipping, Odoo's stock never moved: the transfer is then
        from stock to stock, and keeps the units from being promised until they are on the shelf.

        :param picked: ``[(location, product, unit, units)]``
        """
        # sudo: whoever cancels need not be allowed to make transfers; the warehouse does the work.
        pickings = self.env["stock.picking"].sudo()
        if is_trusted(self.env, "oms_put_away_later"):
            return pickings
        for source in {location for location, *_what in picked}:
            warehouse = (source.warehouse_id or order.warehouse_id).sudo()
            places = {"location_id": source.id, "location_dest_id": warehouse.lot_stock_id.id}
            pickings |= pickings.create(
                {
                    **places,
                    "picking_type_id": warehouse.int_type_id.id,
                    "origin": order.name,
                    "oms_put_away_order_id": order.id,
                    "move_ids": [
                        fields.Command.create(
                            {
                                **places,
                                "product_id": product.id,
                                "product_uom": uom.id,
                                "product_uom_qty": units,
                            }
                        )
                        for location, product, uom, units in picked
                        if location == source
                    ],
                }
            )
        pickings.action_confirm()
        return pickings
