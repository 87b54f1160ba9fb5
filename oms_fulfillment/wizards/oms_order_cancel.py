from odoo import api, fields, models


class OmsOrderCancel(models.TransientModel):
    """Cancel an order, or what of it is still here, and say whose fault it is."""

    _name = "oms.order.cancel"
    _description = "Cancel an Order"

    order_id = fields.Many2one(
        "sale.order", required=True, default=lambda self: self.env.context.get("active_id")
    )
    reason_id = fields.Many2one("oms.cancel.reason", required=True)
    note = fields.Char()
    rest_only = fields.Boolean(compute="_compute_rest_only")

    @api.depends("order_id")
    def _compute_rest_only(self):
        for wizard in self:
            wizard.rest_only = bool(wizard.order_id._oms_shipped_pickings())

    def action_cancel(self):
        """Cancel the order; where goods have left, the rest of its lines."""
        self.ensure_one()
        order = self.order_id
        order.check_access("write")
        if self.rest_only:
            rest = dict.fromkeys(order.order_line._oms_goods())
            order._oms_cancel_units(rest, self.reason_id.code)
        else:
            order._oms_channel_cancel(self.note or self.reason_id.code, self.reason_id.code)
        order._oms_advance()
        return {"type": "ir.actions.act_window_close"}
