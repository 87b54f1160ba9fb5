from odoo import api, fields, models

from ..models.oms_return_exchange import MODES
from ..models.oms_return_line import WISHES


class OmsReturnCreate(models.TransientModel):
    """Announce a return from the order: what may come back is filled in."""

    _name = "oms.return.create"
    _description = "Request a Return"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    kind = fields.Selection(
        [("customer", "Returned by the customer"), ("rts", "Returned to sender")],
        required=True,
        default="customer",
    )
    reason_id = fields.Many2one("oms.return.reason", required=True)
    reference = fields.Char(help="The number that the channel or courier gave the case.")
    note = fields.Text(string="Customer's Words")
    override_reason = fields.Char(help="For managers: why a return is accepted against the policy.")
    goods_stay = fields.Boolean(
        string="Refund without Return",
        help="For managers, with a reason: the customer keeps the goods.",
    )
    rest_as_credit = fields.Boolean(
        string="Rest as Store Credit",
        help="What an exchange does not cost becomes store credit instead of money.",
    )
    line_ids = fields.One2many(
        "oms.return.create.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("order_id", "kind")
    def _compute_line_ids(self):
        for wizard in self:
            # sudo: what was delivered is counted on transfers, which an agent may not read.
            left = wizard.order_id.sudo()._oms_returnable(wizard.kind) if wizard.order_id else {}
            wizard.line_ids = [fields.Command.clear()] + [
                fields.Command.create(
                    {"sale_line_id": line.id, "returnable": units, "quantity": units}
                )
                for line, units in left.items()
                if units > 0
            ]

    def action_request(self):
        """Create the return and open it."""
        self.ensure_one()
        Return = self.env["oms.return"]
        Return._ensure_role("group_oms_agent", "group_oms_courier", "group_oms_warehouse")
        self.order_id.check_access("read")
        # sudo: the units are checked against transfers that the user may not read.
        case = Return.sudo()._request(
            self.order_id.sudo(),
            kind=self.kind,
            reason=self.reason_id.id,
            lines=[
                (line.sale_line_id.sudo(), line._prepare_request())
                for line in self.line_ids
                if line.quantity > 0
            ],
            reference=self.reference,
            note=self.note,
            goods_stay=self.goods_stay,
            override_reason=self.override_reason,
            rest_as_credit=self.rest_as_credit,
            manager=Return._is_manager(),
        )
        return case.sudo(False)._get_records_action()


class OmsReturnCreateLine(models.TransientModel):
    _name = "oms.return.create.line"
    _description = "Request a Return: Line"

    wizard_id = fields.Many2one("oms.return.create", required=True, ondelete="cascade")
    sale_line_id = fields.Many2one("sale.order.line", required=True)
    product_id = fields.Many2one(related="sale_line_id.product_id")
    uom_id = fields.Many2one(related="sale_line_id.product_uom_id")
    returnable = fields.Float(digits="Product Unit", readonly=True)
    quantity = fields.Float(digits="Product Unit")
    wish = fields.Selection(WISHES, required=True, default="refund")
    exchange_product_id = fields.Many2one(
        "product.product",
        string="Exchange For",
        domain="[('sale_ok', '=', True), ('type', '=', 'consu')]",
    )
    exchange_quantity = fields.Float(
        string="Units Wanted", digits="Product Unit", help="0: as many as come back."
    )
    exchange_mode = fields.Selection(MODES, string="Sent", default="after")

    def _prepare_request(self):
        vals = {"quantity": self.quantity, "wish": self.wish}
        if self.wish == "exchange":
            names = ("exchange_quantity", "exchange_mode")
            vals.update({name: self[name] for name in names})
            vals["exchange_product_id"] = self.exchange_product_id.id
        return vals
