from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .oms_channel import PAYMENT_POLICIES


class ResPartner(models.Model):
    """What was agreed with a customer goes before what the channel does with everybody."""

    _inherit = "res.partner"

    oms_payment_policy = fields.Selection(
        PAYMENT_POLICIES,
        string="Payment Policy",
        company_dependent=True,
        help="How this customer pays, whatever the channel's policy. What an order itself says "
        "goes first. Empty: as the channel does it.",
    )
    oms_invoice_trigger = fields.Selection(
        "_selection_invoice_trigger",
        string="Invoice At",
        company_dependent=True,
        help="When orders of this customer are invoiced. Empty: as the channel does it.",
    )
    oms_deposit_percent = fields.Float(
        string="Deposit (%)",
        company_dependent=True,
        help="Share of an order that this customer pays before it ships. 0: as the channel does "
        "it.",
    )

    @api.model
    def _selection_invoice_trigger(self):
        return self.env["oms.channel"]._fields["invoice_trigger"]._description_selection(self.env)

    @api.constrains("oms_deposit_percent")
    def _check_oms_deposit_percent(self):
        for partner in self:
            if not 0 <= partner.oms_deposit_percent <= 100:
                raise ValidationError(
                    self.env._(
                        "%(name)s can't pay a deposit of %(percent)s percent. "
                        "Enter 0 to 100, or leave it empty.",
                        name=partner.display_name,
                        percent=f"{partner.oms_deposit_percent:g}",
                    )
                )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "oms_payment_policy",
            "oms_invoice_trigger",
            "oms_deposit_percent",
        ]
