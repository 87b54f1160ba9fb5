from odoo import models


class Pools(dict):
    """``{(product id, warehouse id): engine.share.Pool}`` of what the allocator has locked.

    Compared by identity, since it travels in the context.
    """

    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other

    def of(self, move, location):
        """The pool that a move takes from in a place, or ``None`` where nothing is kept."""
        if not self:
            return None
        warehouse = location.warehouse_id
        pool = self.get((move.product_id.id, warehouse.id))
        inside = pool and location.parent_path.startswith(warehouse.lot_stock_id.parent_path)
        return pool if inside else None

    def may_have(self, move):
        """Whether anything is there that is not kept for others than the move's customer."""
        pool = self.of(move, move.location_id)
        return (
            not pool
            or move.product_id.uom_id.compare(
                pool.open_to(move.sale_line_id.order_id._oms_holders()), 0.0
            )
            > 0
        )


class OmsAllocator(models.AbstractModel):
    """What is kept for a channel or a class of customers is reserved for nobody else."""

    _inherit = "oms.allocator"

    def _pools(self, moves):
        """Return the :class:`Pools` of the products and warehouses of these moves.

        Their quants must be locked. No statement where nothing is kept for anybody.
        """
        if not self.env["oms.stock.share"]._shares():
            return Pools()
        stock = self.env["product.product"]._oms_stock(
            moves.product_id.ids, moves.location_id.warehouse_id.ids
        )
        return Pools(
            {
                (product_id, place): known.pool
                for product_id, places in stock.items()
                for place, known in places.items()
                if known.pool
            }
        )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _update_reserved_quantity_vals(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        """Override: the allocator takes no more than is open to the move's order."""
        pools = self.env.context.get("oms_pools")
        pool = pools.of(self, location_id) if isinstance(pools, Pools) else None
        if pool is None:
            return super()._update_reserved_quantity_vals(
                need, location_id, lot_id, package_id, owner_id, strict=strict
            )
        holders = self.sale_line_id.order_id._oms_holders()
        need = min(need, pool.open_to(holders))
        if self.product_id.uom_id.compare(need, 0.0) <= 0:
            return [], 0.0
        vals_list, taken = super()._update_reserved_quantity_vals(
            need, location_id, lot_id, package_id, owner_id, strict=strict
        )
        pool.take(holders, taken)
        return vals_list, taken
