from odoo import api, fields, models, tools


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
            ("region", "Address fits the regions"),
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

    @api.model
    @tools.ormcache("channel_id")
    def _for_channel(self, channel_id):
        """Return ``((code, limit, hold code id, hold code), ...)`` for a channel, in order."""
        channel = self.env["oms.channel"].sudo().browse(channel_id)
        return tuple(
            (rule.code, rule._limit(channel), rule.hold_code_id.id, rule.hold_code_id.code)
            for rule in self.sudo().search([])
            if not rule.channel_ids or channel in rule.channel_ids
        )

    def _limit(self, channel):
        if self.code == "price" and channel.price_tolerance:
            return channel.price_tolerance
        return self.limit

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
