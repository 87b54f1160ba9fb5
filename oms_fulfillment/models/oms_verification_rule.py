from odoo import api, fields, models

from ..engine import verification


class OmsVerificationRule(models.Model):
    _name = "oms.verification.rule"
    _description = "Verification Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            ("product", "Product can be sold"),
            ("quantity", "Quantity within limits"),
            ("price", "Price as expected"),
            ("address", "Address complete"),
            ("payment", "Payment in place"),
            ("total", "Total as the channel says"),
        ],
        string="Check",
        required=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    limit = fields.Float(help="Largest quantity of a line, or the tolerance of a price in percent.")
    hold_code_id = fields.Many2one("oms.hold.code", required=True, ondelete="restrict")
    channel_ids = fields.Many2many("oms.channel", help="Empty: every channel.")

    def _for_channel(self, channel):
        """Return the engine's rules that apply to ``channel``."""
        return [
            verification.Rule(rule.code, rule._limit(channel))
            for rule in self
            if not rule.channel_ids or channel in rule.channel_ids
        ]

    def _limit(self, channel):
        if self.code == "price" and channel.price_tolerance:
            return channel.price_tolerance
        return self.limit

    @api.model
    def _active_rules(self):
        """All rules in order; read once per batch of orders."""
        return self.sudo().search([])
