from odoo import fields, models
from odoo.tools import format_date

from ..engine.availability import EPSILON


class SaleOrder(models.Model):
    """An order that waits beside goods that are kept for others says so."""

    _inherit = "sale.order"

    def _oms_explain_one(self, hold, tracking):
        answer = super()._oms_explain_one(hold, tracking)
        blocker = answer["blocker"]
        if blocker and blocker["code"] == "stock_short" and not self.oms_unreserved_at:
            kept = self._oms_kept_for_others()
            if kept:
                blocker.update(
                    message=self._oms_kept_sentence(*kept),
                    whose_move="manager",
                    call=None,
                    action=None,
                )
        return answer

    def _oms_kept_for_others(self):
        """Return ``(move, warehouse, units that it waits for, engine.share.Pool)`` of the first
        move that would get more if nothing were kept for others; ``None``: it is not that.
        """
        self.ensure_one()
        if not self.env["oms.stock.share"]._shares():
            return None
        now = fields.Datetime.now()
        moves = self.order_line._oms_waiting_moves().filtered(
            lambda move: (
                move.procure_method == "make_to_stock"
                and not (
                    move.sale_line_id.oms_preorder_id
                    and move.sale_line_id.oms_preorder_id.release_date > now
                )
            )
        )
        if not moves:
            return None
        warehouses = moves.location_id.warehouse_id
        stock = moves.product_id._oms_stock(moves.product_id.ids, warehouses.ids)
        holders = self._oms_holders()
        for move in moves:
            warehouse = move.location_id.warehouse_id
            known = stock[move.product_id.id].get(warehouse.id)
            if not known or not known.pool:
                continue
            missing = move.product_qty - move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, round=False
            )
            pool = known.pool
            if pool.set_aside(holders) > EPSILON and missing > pool.open_to(holders) + EPSILON:
                return move, warehouse, missing, pool
        return None

    def _oms_kept_sentence(self, move, warehouse, missing, pool):
        """Say how much is there, for whom it is kept, and what would help."""
        holders = self._oms_holders()
        values = {
            "units": self._oms_units(missing),
            "sku": move.product_id.default_code or move.product_id.display_name,
            "warehouse": warehouse.name,
            "kept": self._oms_units(pool.set_aside(holders)),
            "free": self._oms_units(pool.free),
            "holders": ", ".join(
                self.env["oms.stock.share"]._name_holders(set(pool.kept) - holders)
            ),
        }
        known = {item["line"]: item for item in self.oms_expected or ()}
        at = fields.Datetime.to_datetime(known.get(move.sale_line_id.id, {}).get("at"))
        if at:
            return self.env._(
                "%(units)s × %(sku)s wait in %(warehouse)s: %(kept)s of %(free)s free units there "
                "are kept for %(holders)s. More comes on %(date)s; an OMS manager can lower the "
                "share under Configuration > Stock Shares.",
                date=format_date(self.env, self.company_id._oms_local_date(at)),
                **values,
            )
        return self.env._(
            "%(units)s × %(sku)s wait in %(warehouse)s: %(kept)s of %(free)s free units there are "
            "kept for %(holders)s. Receive more, or ask an OMS manager to lower the share under "
            "Configuration > Stock Shares.",
            **values,
        )
