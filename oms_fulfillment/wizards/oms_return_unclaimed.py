from odoo import api, fields, models

from ..exceptions import OmsRefusal
from ..models.oms_return_line import WISHES

WHAT = [
    ("identify", "They are of an order"),
    ("send_back", "Send them back"),
    ("stock", "Take them into stock"),
]
ROLES = {
    "identify": "group_oms_agent",
    "send_back": "group_oms_warehouse",
    "stock": "group_oms_manager",
}


class OmsReturnUnclaimed(models.TransientModel):
    """What becomes of goods that came without a return."""

    _name = "oms.return.unclaimed"
    _description = "Goods without a Return"

    parcel_id = fields.Many2one("oms.return.parcel", required=True, readonly=True)
    currency_id = fields.Many2one(related="parcel_id.company_id.currency_id")
    what = fields.Selection(WHAT, string="What Becomes of Them", required=True, default="identify")
    proposal_text = fields.Text(related="parcel_id.proposal_text", string="They May Be Of")
    order_id = fields.Many2one(
        "sale.order",
        domain="[('oms_channel_id', '!=', False), ('state', '=', 'sale')]",
        compute="_compute_order_id",
        store=True,
        readonly=False,
    )
    reason_id = fields.Many2one("oms.return.reason")
    wish = fields.Selection(WISHES, default="refund")
    why = fields.Char(
        help="For an order whose return window has passed, for what is sent back, and for what is "
        "taken into stock.",
    )
    line_ids = fields.One2many(
        "oms.return.unclaimed.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("parcel_id")
    def _compute_order_id(self):
        for wizard in self:
            wizard.order_id = wizard.parcel_id.proposal_ids[:1]

    @api.depends("parcel_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create({"parcel_line_id": line.id, "quantity": line.units_left})
                for line in wizard.parcel_id.line_ids
                if line.units_left > 0
            ]

    def action_done(self):
        """Button: do it; the goods go on at once."""
        self.ensure_one()
        Return = self.env["oms.return"]
        Return._ensure_role(ROLES[self.what])
        parcel = self.parcel_id
        lines = self.line_ids.filtered(lambda line: line.quantity > 0)
        units = {line.parcel_line_id: line.quantity for line in lines}
        if self.what == "identify":
            self.order_id.check_access("read")
            case = parcel._identify(
                self.order_id, units, self.reason_id.id, override=self.why, wish=self.wish
            )
            return case._get_records_action()
        if not self.why:
            raise OmsRefusal(
                "reason_required",
                self.env._("What becomes of %(parcel)s needs a reason.", parcel=parcel.name),
                field="why",
                next_step=self.env._("Say why; somebody may ask for the goods later."),
            )
        if self.what == "send_back":
            parcel._send_back(units, self.why)
        else:
            values = {line.parcel_line_id: line.unit_value for line in lines}
            parcel._take_into_stock(units, values, self.why)
        return parcel._get_records_action()


class OmsReturnUnclaimedLine(models.TransientModel):
    _name = "oms.return.unclaimed.line"
    _description = "Goods without a Return: Line"

    wizard_id = fields.Many2one("oms.return.unclaimed", required=True, ondelete="cascade")
    parcel_line_id = fields.Many2one("oms.return.parcel.line", required=True)
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    product_id = fields.Many2one(related="parcel_line_id.product_id")
    lot_id = fields.Many2one(related="parcel_line_id.lot_id")
    uom_id = fields.Many2one(related="product_id.uom_id")
    units_left = fields.Float(related="parcel_line_id.units_left")
    quantity = fields.Float(digits="Product Unit")
    # What goods are worth is no business of the warehouse.
    unit_value = fields.Monetary(string="Worth of One", groups="oms_fulfillment.group_oms_manager")
