from odoo import models


class StockMove(models.Model):
    """Goods that a 3PL may be packing are not taken off its work behind its back."""

    _inherit = "stock.move"

    def _action_cancel(self):
        # "moves_todo" is Odoo's own: a transfer is being validated and its rest given up.
        if "moves_todo" not in self.env.context:
            self._oms_guard_provider()
        return super()._action_cancel()

    def _oms_shrink(self, units):
        self._oms_guard_provider()
        return super()._oms_shrink(units)

    def _oms_guard_provider(self):
        """Refuse while the 3PL has the work in its hands.

        :raise OmsRefusal: ``at_provider``
        """
        if not self or not self.env["oms.channel"]._is_active():
            return
        # sudo: whoever cancels must meet the 3PL's answer, readable or not.
        open_moves = self.sudo().filtered(lambda move: move.state not in ("done", "cancel"))
        pickings = open_moves.picking_id.filtered(
            lambda picking: picking.picking_type_id.warehouse_id.oms_provider_id
        )
        if pickings:
            pickings.oms_fulfillment_ids._ensure_not_at_provider()
