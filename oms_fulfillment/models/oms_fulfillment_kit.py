from odoo import models


class OmsFulfillment(models.Model):
    """Whoever sells kits counts kits; the transfer has their components."""

    _inherit = "oms.fulfillment"

    def _wanted_units(self, item):
        if item.get("lines"):
            item = {**item, "lines": self._spell_out_kits(item["lines"])}
        return super()._wanted_units(item)

    def _cancel_units(self, wanted, reason):
        """Without the component that is cancelled, the others of its kit stay here, too."""
        result = super()._cancel_units(wanted, reason)
        for line in self.env["stock.move"].concat(*wanted).sale_line_id:
            line._oms_take_odd_parts_off()
        return result

    def _ship(self, item):
        parcels = item.get("parcels")
        if isinstance(parcels, list | tuple):
            item = {**item, "parcels": [self._spell_out_parcel(parcel) for parcel in parcels]}
        return super()._ship(item)

    def _spell_out_parcel(self, parcel):
        if not isinstance(parcel, dict) or not parcel.get("lines"):
            return parcel
        return {**parcel, "lines": self._spell_out_kits(parcel["lines"])}

    def _spell_out_kits(self, specs):
        """Replace kits in ``[{sku, quantity}]`` by their components; all else is left as it is."""
        kits = self._kits_by_sku()
        if not kits:
            return specs
        result = []
        for spec in specs:
            line = kits.get(spec.get("sku"))
            if not line or not isinstance(spec.get("quantity"), int | float):
                result.append(spec)
                continue
            kit, parts = line.product_id.uom_id, line._oms_parts()
            units = kit._compute_quantity(spec["quantity"], line.product_uom_id, round=False)
            result += [
                {
                    **spec,
                    "sku": part.default_code or part.barcode,
                    "quantity": part.uom_id.round(units * need),
                }
                for part, need in parts.items()
            ]
        return result

    def _kits_by_sku(self):
        """Return ``{sku: order line}`` of the kits in this transfer."""
        # sudo: whoever ships goods need not read the order.
        moves = self.picking_id.sudo().move_ids
        kits = moves.filtered(lambda move: move.product_id != move.sale_line_id.product_id)
        return {
            sku: line
            for line in kits.sale_line_id
            for sku in (line.product_id.default_code, line.product_id.barcode)
            if sku
        }
