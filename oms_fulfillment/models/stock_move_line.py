from odoo import api, models

from ..exceptions import OmsRefusal


class StockMoveLine(models.Model):
    """What has left for a customer is not rewritten: stages and invoices follow from it."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if self.env["oms.channel"]._is_active():
            lines.filtered(lambda line: line.state == "done")._oms_guard_left()
        return lines

    def write(self, vals):
        if "quantity" in vals and self.env["oms.channel"]._is_active():
            self.filtered(
                lambda line: line.state == "done"
                and line.product_uom_id.compare(line.quantity, vals["quantity"])
            )._oms_guard_left()
        return super().write(vals)

    def _oms_guard_left(self):
        """Refuse to change done quantities of managed orders.

        :raise OmsRefusal: ``already_left``
        """
        # sudo: whoever edits transfers need not read their orders.
        for move in self.sudo().move_id:
            if move.location_dest_id.usage != "customer" or not move._oms_orders():
                continue
            raise OmsRefusal(
                "already_left",
                self.env._(
                    "%(units)s × %(product)s have left for %(order)s with %(transfer)s; "
                    "what has left is not rewritten.",
                    units=f"{move.quantity:g}",
                    product=move.product_id.display_name,
                    order=move.sale_line_id.order_id.name,
                    transfer=move.picking_id.name or "",
                ),
                field="quantity",
                next_step=self.env._(
                    "Announce a return for what did not go; put what went too much on an order."
                ),
            )
