from odoo import api, fields, models, tools

from ..engine import verification

# Which parameters each check reads; the form shows only these.
PARAMETERS = {
    "quantity": ("limit",),
    "price": ("limit",),
    "discount": ("limit",),
    "margin": ("limit",),
    "credit": ("limit",),
    "address": ("strict",),
    "duplicate": ("hours",),
    "cod_limit": ("amount", "times", "days"),
    "cod_confirmation": ("amount", "times", "days", "attempts", "hours"),
    "requested": ("days",),
}
NAMES = ("limit", "amount", "hours", "days", "times", "attempts", "strict")


class OmsVerificationRule(models.Model):
    """A check that orders pass before they may be confirmed, with its parameters."""

    _name = "oms.verification.rule"
    _inherit = ["oms.cached"]
    _description = "Verification Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            ("product", "Product can be sold"),
            ("quantity", "Quantity within limits"),
            ("price", "Price as expected"),
            ("discount", "Discount within limits"),
            ("margin", "Margin high enough"),
            ("address", "Address complete"),
            ("region", "Address fits the regions"),
            ("coverage", "Delivery method reaches the address"),
            ("payment", "Payment in place"),
            ("total", "Total as the channel says"),
            ("credit", "Credit limit"),
            ("duplicate", "No duplicate"),
            ("cod_limit", "COD within limits"),
            ("cod_confirmation", "COD confirmed by the customer"),
            ("blacklist", "Buyer not blacklisted"),
            ("requested", "Requested date possible"),
        ],
        string="Check",
        required=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    limit = fields.Float(
        help="Largest quantity of a line; or a percentage: tolerance of a price or of a credit "
        "limit, largest discount, smallest margin."
    )
    amount = fields.Float(help="Cash on delivery: largest amount, or amount from which we call.")
    hours = fields.Integer(help="Duplicates: how far apart. COD call: hours until the next try.")
    days = fields.Integer(
        help="COD: how far back a buyer's history counts. Requested date: days before it when "
        "the goods leave."
    )
    times = fields.Integer(
        help="COD limit: refused parcels after which a buyer gets no more cash on delivery. "
        "COD call: parcels taken after which a buyer need not be called; 0 calls everybody."
    )
    attempts = fields.Integer(
        default=3, help="COD call: unanswered calls after which the order is cancelled; 0: never."
    )
    strict = fields.Boolean(help="Address: ask for province and postal code, too.")
    parameters = fields.Char(compute="_compute_parameters")
    hold_code_id = fields.Many2one("oms.hold.code", required=True, ondelete="restrict")
    channel_ids = fields.Many2many(
        "oms.channel",
        help="Empty: every channel. A rule of a channel replaces the general rule of the check.",
    )
    caught_count = fields.Integer(
        string="Caught in 30 Days", compute="_compute_caught_count", compute_sudo=True
    )

    @api.depends("code")
    def _compute_parameters(self):
        for rule in self:
            rule.parameters = ",".join(PARAMETERS.get(rule.code, ())) or False

    def _compute_caught_count(self):
        groups = self.env["oms.hold"]._read_group(
            [("rule_id", "in", self.ids), ("since", ">=", "today -30d")], ["rule_id"], ["__count"]
        )
        counts = dict(groups)
        for rule in self:
            rule.caught_count = counts.get(rule, 0)

    # ACTIONS

    def action_try(self):
        """Show which open orders the rule would touch, and what it caught lately."""
        self.ensure_one()
        trial = self.env["oms.verification.trial"]._make(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What %(rule)s Does", rule=self.name),
            "res_model": "oms.verification.trial",
            "res_id": trial.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.readonly
    def action_view_caught(self):
        """The holds of this rule, newest first."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_hold")
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    # BUSINESS

    @api.model
    @tools.ormcache("channel_id")
    def _for_channel(self, channel_id):
        """Return the channel's rules in order: a tuple of ``engine.verification.Rule``, whose
        keys are the ids of the rule records."""
        channel = self.env["oms.channel"].sudo().browse(channel_id)
        rules = [
            (rule._as_rule(channel), tuple(rule.channel_ids.ids))
            for rule in self.sudo().search([("active", "=", True)])
        ]
        return tuple(verification.applicable(rules, channel_id))

    @api.model
    @tools.ormcache()
    def _hold_codes(self):
        """Return ``{rule id: (hold code id, hold code)}``, archived rules included."""
        rules = self.sudo().search([("active", "in", (True, False))])
        return {rule.id: (rule.hold_code_id.id, rule.hold_code_id.code) for rule in rules}

    def _as_rule(self, channel):
        return verification.Rule(
            code=self.code,
            limit=self._limit(channel),
            amount=self.amount,
            hours=self.hours,
            days=self.days,
            times=self.times,
            strict=self.strict,
            key=self.id,
        )

    def _limit(self, channel):
        if self.code == "price" and channel.price_tolerance:
            return channel.price_tolerance
        return self.limit
