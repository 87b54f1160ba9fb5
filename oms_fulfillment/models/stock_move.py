from odoo import api, models


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        if vals.get("quantity"):
            self.filtered(lambda move: move.quantity < vals["quantity"])._oms_guard_reserve()
        if vals.get("state") == "done":
            self._oms_guard_done()
        result = super().write(vals)
        if {"state", "picked", "product_uom_qty", "sale_line_id"} & set(vals):
            self._oms_orders()._oms_touch()
        if {"state", "date", "product_uom_qty"} & set(vals):
            self._oms_receipts_changed()
        return result

    def _oms_receipts_changed(self):
        """Orders that wait for what these moves bring are looked at before the commit."""
        if not self.env["oms.channel"]._is_active():
            return
        coming = self.filtered(
            lambda move: move.location_dest_id.usage == "internal"
            and not move.sale_line_id
            and move.state not in ("draft", "done")
        )
        if coming:
            self.env["sale.order"]._oms_before_commit("oms.receipts").update(coming.product_id.ids)

    def _oms_orders(self):
        """The managed orders that these moves serve."""
        if not self.env["oms.channel"]._is_active():
            return self.env["sale.order"]
        # sudo: a warehouse operator moves goods of orders that they may not read.
        return self.sudo().sale_line_id.order_id._oms_managed()

    # RESERVATION: one door

    def _action_assign(self, force_qty=False):
        """Leave the reservation of managed demand to the allocator.

        Two overlapping transactions may both reserve the last unit: Odoo skips a locked quant and
        makes a second one. The allocator runs at the end, alone per product, and reserves for the
        oldest promise first. Other moves reserve here and now, after waiting for it.
        """
        if not self or not self.env["oms.channel"]._is_active():
            return super()._action_assign(force_qty=force_qty)
        allocator = self.env["oms.allocator"]
        if allocator._is_allocating():
            return super()._action_assign(force_qty=force_qty)
        deferred = self._oms_deferred()
        if deferred:
            allocator._enqueue(deferred.product_id)
        others = self - deferred
        others -= others._oms_held("reserve")
        competing = others._oms_competing().product_id
        if competing:
            allocator._lock_products(competing)
            allocator._lock_quants(competing.ids)
        return super(StockMove, others)._action_assign(force_qty=force_qty)

    def _oms_held(self, transition):
        """The moves to customers that a hold keeps from ``transition``; one query for all."""
        orders = self._oms_orders()
        holds = orders._oms_active_holds(transition)
        if not holds:
            return self.browse()
        holds = holds.grouped(lambda hold: hold.order_id.id)
        return self.filtered(
            lambda move: move.location_id.usage != "customer"
            and holds.get(move.sudo().sale_line_id.order_id.id, self.env["oms.hold"])._concerning(
                move.sudo().sale_line_id, move.sudo().picking_id.oms_fulfillment_ids
            )
        )

    def _oms_guard(self, transition):
        """Refuse ``transition`` when a hold blocks it for one of these moves.

        :raise OmsRefusal: ``on_hold``
        """
        held = self._oms_held(transition).sudo()
        for order, moves in held.grouped(lambda move: move.sale_line_id.order_id).items():
            order._oms_guard(transition, moves.sale_line_id, moves.picking_id.oms_fulfillment_ids)

    def _oms_guard_done(self):
        """Refuse to call done, by whatever route, what a hold keeps from leaving.

        :raise OmsRefusal: ``on_hold``
        """
        self.filtered(
            lambda move: move.state not in ("done", "cancel")
            and move.location_dest_id.usage == "customer"
        )._oms_guard("ship")

    def _oms_guard_reserve(self):
        """Refuse to reserve for moves that a hold keeps from it; done moves are corrected freely.

        :raise OmsRefusal: ``on_hold``
        """
        # What the allocator reserves is not held: it asked.
        if self and not self.env["oms.allocator"]._is_allocating():
            self.filtered(lambda move: move.state not in ("done", "cancel"))._oms_guard("reserve")

    def _oms_competing(self):
        """Moves that take from free stock, and so compete with others for it."""
        return self.filtered(
            lambda move: move.procure_method == "make_to_stock"
            and not move.move_orig_ids
            and not move._should_bypass_reservation()
        )

    def _oms_deferred(self):
        """Moves of managed orders that take from free stock."""
        return self._oms_competing().filtered(
            lambda move: move.sudo().sale_line_id.order_id.oms_channel_id
        )

    # CANCELLATION: units that will not be shipped are a fact of their own

    def _action_cancel(self):
        lines = self._oms_lines_to_customer()
        freed = self._oms_reserved_products()
        result = super()._action_cancel()
        lines._oms_record_cancelled()
        if freed:
            self.env["oms.allocator"]._enqueue(freed)
        return result

    def _oms_reserved_products(self):
        """Products that free stock when these moves let go of it: others may be waiting."""
        if not self.env["oms.channel"]._is_active():
            return self.env["product.product"]
        return self.filtered(
            lambda move: move.state in ("assigned", "partially_available")
            and move.location_id.usage == "internal"
        ).product_id

    def _action_done(self, cancel_backorder=False):
        lines = self._oms_lines_to_customer() if cancel_backorder else None
        result = super()._action_done(cancel_backorder=cancel_backorder)
        if lines:
            lines._oms_record_cancelled()
        return result

    def _oms_lines_to_customer(self):
        """Lines of confirmed managed orders that these moves, still open, bring goods to."""
        orders = self._oms_orders()
        if not orders:
            return self.env["sale.order.line"]
        return (
            self.sudo()
            .filtered(
                lambda move: move.state not in ("draft", "done", "cancel")
                and move.location_id.usage not in ("customer", "inventory")
                and not move.origin_returned_move_id
                and move.sale_line_id.order_id in orders
                and move.sale_line_id.order_id.state == "sale"
            )
            .sale_line_id
        )


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    # Units that a person enters by hand are reserved as well.

    @api.model_create_multi
    def create(self, vals_list):
        move_ids = {vals.get("move_id") for vals in vals_list if vals.get("quantity")}
        self.env["stock.move"].browse(move_ids - {None, False})._oms_guard_reserve()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("quantity"):
            more = self.filtered(lambda line: line.quantity < vals["quantity"])
            more.move_id._oms_guard_reserve()
        return super().write(vals)
