from odoo import fields, models


class OmsReturnParcel(models.Model):
    """The moves of goods that came without a return."""

    _inherit = "oms.return.parcel"

    def _bring_from_unclaimed(self, case, units):
        """The return transfers take the goods from where they lie, with the lots that came."""
        place = self.warehouse_id._oms_get_unclaimed_location()
        pool = [[line, quantity] for line, quantity in units.items()]
        for picking in case._return_pickings():
            picking.do_unreserve()
            picking.move_ids.move_line_ids.unlink()
            picking.location_id = place
            picking.move_ids.location_id = place
            for move in picking.move_ids:
                move.move_line_ids = [
                    fields.Command.create(vals) for vals in self._pieces_of_pool(move, pool)
                ]

    def _pieces_of_pool(self, move, pool):
        need, product = move.product_qty, move.product_id
        for entry in pool:
            line, quantity = entry
            if line.product_id != product:
                continue
            part = min(need, quantity)
            if product.uom_id.compare(part, 0.0) <= 0:
                continue
            entry[1] -= part
            need -= part
            yield {
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
                "picking_id": move.picking_id.id,
                "product_id": product.id,
                "product_uom_id": product.uom_id.id,
                "quantity": part,
                "lot_id": line.lot_id.id,
            }

    def _move_goods(self, pieces, source, target, values=None):
        """One transfer of ``[(line, units)]``, done at once; a move per product.

        :param dict values: ``{line: worth of one unit}`` for what enters the stock
        """
        moves = []
        for product, lines in self._by_product(pieces).items():
            moves.append(
                {
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "product_id": product.id,
                    "product_uom": product.uom_id.id,
                    "product_uom_qty": sum(units for _line, units in lines),
                    "move_line_ids": [
                        fields.Command.create(self._prepare_piece(line, units, source, target))
                        for line, units in lines
                    ],
                }
            )
        picking = self.env["stock.picking"].create(
            {
                "location_id": source.id,
                "location_dest_id": target.id,
                "picking_type_id": self.warehouse_id.int_type_id.id,
                "origin": self.name,
                "oms_return_parcel_id": self.id,
                "move_ids": [fields.Command.create(vals) for vals in moves],
            }
        )
        picking.action_confirm()
        picking.move_ids.picked = True
        if values:
            self._state_values(picking, pieces, values)
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        return picking

    def _by_product(self, pieces):
        result = {}
        for line, units in pieces:
            result.setdefault(line.product_id, []).append((line, units))
        return result

    def _prepare_piece(self, line, units, source, target):
        product = line.product_id
        shelf = target
        if target.usage == "internal":
            shelf = target._get_putaway_strategy(product, quantity=units)
        return {
            "location_id": source.id,
            "location_dest_id": shelf.id,
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "quantity": units,
            "lot_id": line.lot_id.id,
        }

    def _state_values(self, picking, pieces, values):
        """Say what the goods are worth, before they enter the stock."""
        for product, lines in self._by_product(pieces).items():
            if product.with_company(self.company_id).cost_method == "standard":
                continue
            move = picking.move_ids.filtered(
                lambda move, product=product: move.product_id == product
            )
            self.env["product.value"].create(
                {
                    "move_id": move.id,
                    "value": sum(values.get(line, 0.0) * units for line, units in lines),
                    "company_id": self.company_id.id,
                }
            )
