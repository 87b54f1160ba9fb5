from odoo import fields, models

from ..engine import buckets


class SaleOrderLine(models.Model):
    """Kits: one unit on the order is several products in the warehouse."""

    _inherit = "sale.order.line"

    oms_parts = fields.Json(
        string="Parts of the Kit",
        copy=False,
        readonly=True,
        help="Units of each component in one kit when its goods were asked for: a bill of material "
        "that changes later does not change what was sold.",
    )

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Remember what kits are made up of before their components are asked for."""
        if not self.env.context.get("skip_procurement") and self.env["oms.channel"]._is_active():
            self._oms_remember_parts()
        return super()._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)

    def _oms_remember_parts(self):
        """Lines of which goods are on their way keep what they were asked for with."""
        if "mrp.bom" not in self.env:
            return
        lines = self.filtered(
            lambda line: line.state == "sale"
            and line.product_id.type == "consu"
            and not any(move.state != "cancel" for move in line.move_ids)
        )
        for company, own in lines.grouped("company_id").items():
            kits = own.product_id._oms_kits(company)
            for line in own:
                parts = {}
                if line.product_id in kits:
                    parts = {part.id: need for part, need in line._oms_explode_parts().items()}
                if line.oms_parts or parts:
                    line.oms_parts = parts or False

    def _oms_parts(self):
        """Return ``{product: its units in one unit of this line}``: of the components of a kit, or
        of the product itself."""
        self.ensure_one()
        if self.oms_parts:
            products = self.env["product.product"]
            return {products.browse(int(key)): need for key, need in self.oms_parts.items()}
        product = self.product_id
        # What moves as itself was no kit when it was asked for.
        # sudo: whoever asks need not read transfers.
        if product not in self.sudo().move_ids.product_id and product._oms_kits(self.company_id):
            return self._oms_explode_parts()
        return {product: self.product_uom_id._compute_quantity(1.0, product.uom_id, round=False)}

    def _oms_explode_parts(self):
        """What the bill of material says today. The quantity of the line is exploded, not one unit:
        Odoo rounds components up."""
        units = self.product_uom_qty or 1.0
        return {part: need / units for part, need in self._oms_needs(units).items()}

    def _oms_needs(self, units):
        """Return ``{product: units of the product}`` that ``units`` of this line take from stock;
        the components, where the product is a kit."""
        product = self.product_id
        amount = self.product_uom_id._compute_quantity(units, product.uom_id, round=False)
        bom = product._oms_kits(self.company_id).get(product)
        if not bom:
            return {product: amount}
        return product._oms_explode(bom, amount, self.product_no_variant_attribute_value_ids)

    # WHOLE KITS OUT OF PARTS

    def _oms_take_odd_parts_off(self):
        """Components whose kit was cancelled because another one is missing don't leave, either."""
        self.ensure_one()
        if not self.oms_parts:
            return
        moves = self._oms_move_facts().get(self.id, {})
        for part, need in self._oms_parts().items():
            ordered, cancelled = self.product_uom_qty * need, self.oms_qty_cancelled * need
            surplus = -buckets.derive(ordered, cancelled, moves.get(part.id, ())).unplanned
            if part.uom_id.compare(surplus, 0.0) > 0:
                self._oms_take_product_off(part, surplus)

    def _oms_units_of(self, moves):
        """Units of this line, in its unit, that done moves brought; of kits the whole ones."""
        self.ensure_one()
        units = {}
        for move in moves:
            product = move.product_id
            done = move.product_uom._compute_quantity(move.quantity, product.uom_id, round=False)
            units[product] = units.get(product, 0.0) + done
        parts = self._oms_parts()
        if parts.keys() == {self.product_id}:
            return units.get(self.product_id, 0.0) / parts[self.product_id]
        found = min(units.get(part, 0.0) / need for part, need in parts.items())
        return buckets.whole(found) if self.product_uom_qty.is_integer() else found

    def _oms_units_completed(self, moves):
        """Units of this line that these deliveries brought; a kit counts with the delivery that
        brought the last of it."""
        self.ensure_one()
        if not self.oms_parts:
            return self._oms_units_of(moves)
        first = min((move.date, move.id) for move in moves)
        before = self.move_ids.filtered(
            lambda move: move.state == "done"
            and move.location_dest_id.usage == "customer"
            and not move.origin_returned_move_id
            and (move.date, move.id) < first
        )
        return self._oms_units_of(before | moves) - self._oms_units_of(before)
