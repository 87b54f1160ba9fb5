from odoo import api, fields, models
from odoo.fields import Command

from ..exceptions import OmsRefusal
from ..models.oms_hold_code import BLOCKS


class OmsHoldPlace(models.TransientModel):
    """A person stops orders, one line of an order, or one of its fulfilments."""

    _name = "oms.hold.place"
    _description = "Put Orders on Hold"

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    single = fields.Boolean(compute="_compute_single")
    code_id = fields.Many2one(
        "oms.hold.code",
        string="Hold",
        required=True,
        default=lambda self: self.env.ref("oms_fulfillment.hold_manual", False),
    )
    reason = fields.Char(required=True)
    line_id = fields.Many2one(
        "sale.order.line",
        string="Only This Line",
        domain="[('order_id', 'in', order_ids), ('display_type', '=', False)]",
    )
    fulfillment_id = fields.Many2one(
        "oms.fulfillment", string="Only This Fulfilment", domain="[('order_id', 'in', order_ids)]"
    )
    until = fields.Datetime(help="The hold ends by itself at this time.")
    due = fields.Datetime(help="Decide by then.")
    blocks_confirm = fields.Boolean(
        string="Blocks Confirmation", compute="_compute_blocks", store=True, readonly=False
    )
    blocks_reserve = fields.Boolean(
        string="Blocks Reservation", compute="_compute_blocks", store=True, readonly=False
    )
    blocks_ship = fields.Boolean(
        string="Blocks Shipping", compute="_compute_blocks", store=True, readonly=False
    )
    blocks_invoice = fields.Boolean(
        string="Blocks Invoicing", compute="_compute_blocks", store=True, readonly=False
    )

    @api.depends("order_ids")
    def _compute_single(self):
        for wizard in self:
            wizard.single = len(wizard.order_ids) == 1

    @api.depends("code_id")
    def _compute_blocks(self):
        for wizard in self:
            wizard.update({name: wizard.code_id[name] for name in BLOCKS})

    def action_place(self):
        """Put the orders on hold.

        :raise OmsRefusal: ``access``, ``not_managed``
        """
        self.ensure_one()
        if not self.env["oms.hold"].has_access("create"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not put orders on hold.", user=self.env.user.name),
                next_step=self.env._("Ask an OMS manager for a role."),
            )
        orders = self.order_ids._oms_managed()
        if not orders:
            raise OmsRefusal(
                "not_managed",
                self.env._("These orders belong to no channel; holds don't stop them."),
                next_step=self.env._("Choose a channel on the order first."),
            )
        values = {name: self[name] for name in BLOCKS}
        if self.due:
            values["due"] = self.due
        orders._oms_raise_hold(
            self.code_id.code,
            self.reason,
            line=self.line_id,
            raised_by="user",
            until=self.until,
            fulfillment_id=self.fulfillment_id.id,
            **values,
        )
        orders._oms_refresh_touched()
        return {"type": "ir.actions.act_window_close"}

    @api.model
    def default_get(self, field_names):
        values = super().default_get(field_names)
        active = self.env.context.get("active_model") == "sale.order"
        if active and "order_ids" in field_names and not values.get("order_ids"):
            values["order_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values
