from odoo import api, fields, models


class OmsOrderCancel(models.TransientModel):
    """Cancel an order, what of it is still here, or the rest of one line; and say whose fault."""

    _name = "oms.order.cancel"
    _description = "Cancel an Order"

    order_id = fields.Many2one(
        "sale.order", required=True, default=lambda self: self.env.context.get("active_id")
    )
    reason_id = fields.Many2one("oms.cancel.reason", required=True)
    note = fields.Char()
    rest_only = fields.Boolean(compute="_compute_rest_only")
    line_id = fields.Many2one("sale.order.line", readonly=True)
    quantity = fields.Float(
        string="Units to Cancel",
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        help="Units of the line that will not be shipped.",
    )
    still_here = fields.Float(digits="Product Unit", compute="_compute_still_here")

    @api.depends("order_id")
    def _compute_rest_only(self):
        for wizard in self:
            wizard.rest_only = bool(wizard.order_id._oms_shipped_pickings())

    @api.depends("line_id")
    def _compute_still_here(self):
        known = self.line_id._oms_buckets()
        for wizard in self:
            units = known.get(wizard.line_id.id)
            wizard.still_here = units.open if units else 0.0

    @api.depends("line_id")
    def _compute_quantity(self):
        for wizard in self:
            wizard.quantity = wizard.still_here

    def action_cancel(self):
        """Cancel the order; where goods have left, the rest of its lines; or units of one line."""
        self.ensure_one()
        line = self.line_id
        order = line.order_id or self.order_id
        order.check_access("write")
        if line:
            units = order._oms_parse_units({"quantity": self.quantity}, line)
            order._oms_cancel_units({line: units}, self.reason_id.code)
        elif self.rest_only:
            rest = dict.fromkeys(order.order_line._oms_goods())
            order._oms_cancel_units(rest, self.reason_id.code)
        else:
            order._oms_channel_cancel(self.note or self.reason_id.code, self.reason_id.code)
        order._oms_advance()
        return {"type": "ir.actions.act_window_close"}
