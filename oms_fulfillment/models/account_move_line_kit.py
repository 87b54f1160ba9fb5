from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _stock_account_prepare_realtime_out_lines_vals(self):
        """Override: whoever else has a say in what a kit costs, it is what its components cost."""
        vals_list = super()._stock_account_prepare_realtime_out_lines_vals()
        if not self.env["oms.channel"]._is_active():
            return vals_list
        ids = [vals["cogs_origin_id"] for vals in vals_list]
        # One recordset, so that what they sold is read at once.
        for vals, item in zip(vals_list, self.env["account.move.line"].browse(ids), strict=True):
            if item._oms_kit_line():
                vals.update(item.with_company(item.company_id)._oms_kit_item(vals["account_id"]))
        return vals_list


class AccountMoveLine(models.Model):
    """What sold kits cost. Odoo asks all moves of the line for the cost of one product, which fails
    where a kit has several, and counts the units of a component in a kit twice."""

    _inherit = "account.move.line"

    def _get_cogs_value(self):
        if self.env["oms.channel"]._is_active() and self._oms_kit_line():
            return self._oms_kit_cost()
        return super()._get_cogs_value()

    def _oms_kit_line(self):
        """The managed order line of which this item bills kits, or nothing."""
        return self.sale_line_ids.filtered("oms_parts")[:1]

    def _oms_kit_item(self, account_id):
        """The amounts of one of the two items of a kit's cost: out of stock, or the expense."""
        units = self.product_uom_id._compute_quantity(self.quantity, self.product_id.uom_id)
        price = self._oms_kit_cost()
        amount = units * price * (-1 if self.move_id.move_type == "out_refund" else 1)
        accounts = self.product_id.product_tmpl_id.get_product_accounts(
            fiscal_pos=self.move_id.fiscal_position_id
        )
        if account_id == accounts["stock_valuation"].id:
            return {"price_unit": price, "amount_currency": -amount}
        return {"price_unit": -price, "amount_currency": amount}

    def _oms_kit_cost(self):
        """Return what a kit costs, in the unit of the product: as goods by themselves, the cost of
        all that was invoiced less what was booked for it, and in a credit note what was booked."""
        self.ensure_one()
        if not self.quantity:
            return 0.0
        booked = self.move_id.reversed_entry_id.line_ids.filtered(
            lambda item: item.display_type == "cogs"
            and item.product_id == self.product_id
            and item.product_uom_id == self.product_uom_id
            and item.price_unit >= 0
        )
        if booked:
            return booked[0].price_unit
        line = self._oms_kit_line()
        units = self._get_cogs_qty()
        done = self._get_stock_moves().filtered(lambda move: move.state == "done")
        in_own_unit = line.product_uom_id._compute_quantity(1.0, self.product_id.uom_id)
        price = 0.0
        for product, need in line._oms_parts().items():
            part = product.with_company(self.company_id)
            moves = done.filtered(lambda move, part=part: move.product_id == part)
            cost = moves.with_company(self.company_id)._get_cogs_price_unit(units * need)
            price += (cost if moves else part.standard_price) * need / in_own_unit
        return (price * units - self._get_posted_cogs_value()) / self.quantity
