from odoo import models

from ..exceptions import OmsRefusal


class OmsFulfillment(models.Model):
    """Who packs says which lots and serial numbers left; they may differ from the reserved ones."""

    _inherit = "oms.fulfillment"

    def _set_quantities(self, parcels):
        """Take the lots that the parcels name instead of those that were reserved."""
        result = super()._set_quantities(parcels)
        for sku, wanted in self._lots_by_sku(parcels).items():
            moves = self.picking_id.move_ids.filtered(
                lambda move, sku=sku: move.picked
                and sku in (move.product_id.default_code, move.product_id.barcode)
            )
            for move in moves:
                move_units = move.quantity
                self._set_lots(move, self._take_lots(wanted, move_units))
        return result

    def _lots_by_sku(self, parcels):
        """Return ``{sku: {lot name: units}}``; lots are ``[{lot, quantity}]`` or names."""
        lots = {}
        for parcel in parcels or ():
            for line in parcel.get("lines") or ():
                known = lots.setdefault(line["sku"], {})
                for lot in line.get("lots") or ():
                    name, units = (
                        (lot, 1.0) if isinstance(lot, str) else (lot["lot"], lot["quantity"])
                    )
                    known[name] = known.get(name, 0.0) + float(units)
        return {sku: known for sku, known in lots.items() if known}

    def _take_lots(self, wanted, units):
        """Take ``units`` from ``wanted`` and return ``{lot name: units}``."""
        taken = {}
        for name in list(wanted):
            part = min(wanted[name], units - sum(taken.values()))
            if part > 0:
                taken[name] = part
                wanted[name] -= part
        return taken

    def _set_lots(self, move, lots):
        """Replace the reserved lots of ``move`` by these.

        :raise OmsRefusal: ``lots_incomplete``, ``lot_not_here``
        """
        units = move.quantity
        if move.product_uom.compare(sum(lots.values()), units):
            raise OmsRefusal(
                "lots_incomplete",
                self.env._(
                    "The lots of %(sku)s add up to %(told)s of %(units)s units.",
                    sku=move.product_id.default_code or move.product_id.name,
                    told=f"{sum(lots.values()):g}",
                    units=f"{units:g}",
                ),
                field="parcels",
                next_step=self.env._("Send a lot for every unit."),
            )
        reserved = {}
        for line in move.move_line_ids:
            reserved[line.lot_id.name] = reserved.get(line.lot_id.name, 0.0) + line.quantity
        if reserved == lots:
            return
        move.move_line_ids.unlink()
        move.move_line_ids = [
            (0, 0, self._prepare_lot_line(move, name, quantity)) for name, quantity in lots.items()
        ]
        move.picked = True

    def _prepare_lot_line(self, move, name, quantity):
        quants = self.env["stock.quant"]._gather(move.product_id, move.location_id)
        quants = quants.filtered(lambda quant: quant.lot_id.name == name)
        free = sum(quants.mapped("available_quantity"))
        if move.product_uom.compare(free, quantity) < 0:
            raise OmsRefusal(
                "lot_not_here",
                self.env._(
                    "%(units)s of lot %(lot)s are free in %(place)s, not %(quantity)s.",
                    units=f"{free:g}",
                    lot=name,
                    place=move.location_id.display_name,
                    quantity=f"{quantity:g}",
                ),
                field="parcels",
                next_step=self.env._("Check the lot's number, or count the stock."),
            )
        quant = (
            quants.filtered(lambda quant: quant.available_quantity >= quantity)[:1] or quants[:1]
        )
        return {
            "product_id": move.product_id.id,
            "product_uom_id": move.product_uom.id,
            "picking_id": move.picking_id.id,
            "location_id": quant.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "lot_id": quant.lot_id.id,
            "quantity": quantity,
        }
