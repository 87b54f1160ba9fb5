from odoo import api, models

from ..trusted import TRUSTED


class StockMove(models.Model):
    """Demand that changes hands: to another warehouse, or to a transfer of its own."""

    _inherit = "stock.move"

    def _oms_in_own_unit(self, units):
        """Units of the product in the unit of this move."""
        return self.product_id.uom_id._compute_quantity(units, self.product_uom, round=False)

    # TO ANOTHER WAREHOUSE

    @api.model
    def _oms_ask_elsewhere(self, wanted):
        """Have other warehouses bring units of these moves' lines.

        The route decides about the steps there, as it did here.

        :param wanted: ``{warehouse: {move: units of the product}}``
        """
        procurements = [
            move._oms_procurement(units, warehouse)
            for warehouse, units_by_move in wanted.items()
            for move, units in units_by_move.items()
        ]
        orders = self.env["sale.order"].union(
            *(move.sale_line_id.order_id for moves in wanted.values() for move in moves)
        )
        self.env["stock.rule"].run(procurements)
        orders.picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        ).action_confirm()

    def _oms_procurement(self, units, warehouse):
        line = self.sale_line_id.with_company(self.company_id)
        values = {**line._prepare_procurement_values(), "warehouse_id": warehouse}
        if "bom_line_id" in self._fields:
            values["bom_line_id"] = self["bom_line_id"].id
        return self.env["stock.rule"].Procurement(
            self.product_id,
            units,
            self.product_id.uom_id,
            line._get_location_final(),
            self.product_id.display_name,
            line.order_id.name,
            self.company_id,
            values,
        )

    # TO A TRANSFER OF ITS OWN

    def _oms_give(self, units, picking):
        """Put ``units`` of the product on ``picking``, with what is reserved for them.

        What is not reserved goes first, so that the goods that are here stay together.
        """
        self.ensure_one()
        unit = self.product_id.uom_id
        if unit.compare(units, self.product_qty) >= 0:
            self.move_line_ids.picking_id = picking
            self.picking_id = picking
            return self
        lines = self._oms_lines_to_give(units)
        new = self.create([{**vals, "picking_id": picking.id} for vals in self._split(units)])
        new._action_confirm(merge=False)
        # The quants are locked and the units were reserved a moment ago: nobody asks again.
        machine = self.with_context(oms_allocating=TRUSTED).env
        for line, share in lines:
            line = line.with_env(machine)
            if line.product_uom_id.compare(share, line.quantity) >= 0:
                line.write({"move_id": new.id, "picking_id": picking.id})
                continue
            line.quantity -= share
            line.copy({"move_id": new.id, "picking_id": picking.id, "quantity": share})
        (self | new)._recompute_state()
        return new

    def _oms_lines_to_give(self, units):
        """``[(move line, units in its unit)]`` that go along with ``units`` of the product."""
        unit = self.product_id.uom_id
        reserved = sum(self.move_line_ids.mapped("quantity_product_uom"))
        left = reserved - (self.product_qty - units)
        result = []
        for line in self.move_line_ids.sorted("id", reverse=True):
            share = min(left, line.quantity_product_uom)
            if unit.compare(share, 0.0) <= 0:
                break
            result.append((line, unit._compute_quantity(share, line.product_uom_id, round=False)))
            left -= share
        return result
