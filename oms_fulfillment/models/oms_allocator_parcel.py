from odoo import models


class StockMove(models.Model):
    """What is in a tote, in a parcel or in the hands of a 3PL leaves as it is."""

    _inherit = "stock.move"

    def _oms_beside_parcels(self):
        """Return these waiting moves; what a closed transfer still waits for is on a new one.

        Whoever picked or packed saw only what was reserved then. Units that are reserved later
        would be handed over without being in the parcel, and a parcel must not wait for them
        either: they get a transfer, and so a fulfilment, of their own, and can be picked at once.
        """
        closed = self._oms_closed_pickings()
        if not closed:
            return self
        instead = {}
        for picking, moves in self.grouped("picking_id").items():
            if picking in closed:
                instead.update(moves._oms_leave_parcel())
        return self.browse().concat(*(instead.get(move, move) for move in self))

    def _oms_closed_pickings(self):
        """Those of these moves' transfers that somebody has picked, packed or taken on, with
        something in them."""
        begun = self.picking_id.filtered(
            lambda picking: any(picking.move_ids.mapped("quantity"))
        ).oms_fulfillment_ids
        return (begun.filtered("picked_at") | begun._at_provider()).picking_id

    def _oms_leave_parcel(self):
        """Put what these moves of one transfer wait for on a new one: ``{move: new move}``."""
        picking = self.picking_id._create_backorder_picking()
        instead = {}
        for move in self:
            missing = move.product_uom_qty - move.quantity
            units = move.product_uom._compute_quantity(missing, move.product_id.uom_id, round=False)
            instead[move] = move._oms_give(units, picking)
        picking.action_confirm()
        return instead
