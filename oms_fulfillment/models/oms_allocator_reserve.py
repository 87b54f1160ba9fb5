from odoo import models

from ..trusted import TRUSTED, is_trusted


class Gathered(dict):
    """The quants of a product in one place, looked up once per allocation.

    Nobody else can change or add to what the allocator has locked. Compared by identity, since it
    travels in the context.
    """

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


class OmsAllocator(models.AbstractModel):
    """Reserving for many moves at once: the same quants that Odoo would choose, written together.

    Odoo reserves move by move, and asks for the quants of the product four times for each.
    """

    _inherit = "oms.allocator"

    def _reserve_together(self, moves):
        """Reserve for the plain ones among ``moves``, in their order; Odoo does the others.

        The quants must be locked.
        """
        plain = self._plain_moves(moves).with_context(oms_gathered=Gathered())
        vals_list = []
        for move in plain:
            move = move.with_company(move.company_id)
            missing = move.product_uom_qty - move.quantity
            if move.product_uom.compare(missing, 0.0) > 0:
                vals, _units = move._update_reserved_quantity_vals(
                    missing, move.location_id, strict=False
                )
                vals_list += vals
        if vals_list:
            lines = (
                plain.env["stock.move.line"].with_context(oms_reserved=TRUSTED).create(vals_list)
            )
            lines.with_context(oms_reserved=False, oms_gathered=None)._apply_putaway_strategy()

    def _plain_moves(self, moves):
        """Untracked goods, counted in their own unit, not reserved yet.

        Where one move of a product is of another kind, all of them are left to Odoo: the oldest
        promise is served first.
        """
        others = moves.filtered(
            lambda move: move.product_id.tracking != "none"
            or move.product_uom != move.product_id.uom_id
            or move.state != "confirmed"
            or move.move_orig_ids
            or move.move_line_ids
            or move.picked
            or move._should_bypass_reservation()
        )
        return moves.filtered(lambda move: move.product_id not in others.product_id)


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _gather(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        qty=0,
    ):
        """Override: the allocator asks once per product and place."""
        gathered = self.env.context.get("oms_gathered")
        if (
            not isinstance(gathered, Gathered)
            or qty
            and self._get_removal_strategy(product_id, location_id) == "least_packages"
        ):
            return super()._gather(
                product_id, location_id, lot_id, package_id, owner_id, strict=strict, qty=qty
            )
        places = [record.id if record else False for record in (lot_id, package_id, owner_id)]
        key = (product_id.id, location_id.id, *places, strict)
        if key not in gathered:
            gathered[key] = super()._gather(
                product_id, location_id, lot_id, package_id, owner_id, strict=strict, qty=qty
            )
        return gathered[key]

    def _get_reserve_quantity(self, *args, **kwargs):
        """Override: what the allocator takes is reserved at once, so that the next move sees it."""
        taken = super()._get_reserve_quantity(*args, **kwargs)
        if isinstance(self.env.context.get("oms_gathered"), Gathered):
            for quant, units in taken:
                quant.reserved_quantity += units
        return taken

    def _update_reserved_quantity(self, *args, **kwargs):
        """Override: the allocator has done it already."""
        if is_trusted(self.env, "oms_reserved"):
            return None
        return super()._update_reserved_quantity(*args, **kwargs)
