from decimal import Decimal

from odoo import api, fields, models, tools

from ..engine import return_policy as engine


class OmsReturnPolicy(models.Model):
    """Which goods may come back, until when, with what, and who pays for it."""

    _name = "oms.return.policy"
    _inherit = ["oms.cached"]
    _description = "Return Policy"
    _order = "company_id, category_id, channel_id, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    category_id = fields.Many2one(
        "product.category",
        index="btree_not_null",
        ondelete="cascade",
        help="With the categories below it, unless they have a policy of their own. Empty: any.",
    )
    channel_id = fields.Many2one(
        "oms.channel",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: any channel.",
    )
    allowed = fields.Boolean(string="May Come Back", default=True)
    days = fields.Integer(string="Window (days)", default=7)
    start = fields.Selection(
        [("delivery", "Delivery"), ("acceptance", "Acceptance, once there is one")],
        string="Window Starts With",
        required=True,
        default="delivery",
    )
    reason_ids = fields.Many2many("oms.return.reason", string="Reasons", help="Empty: all reasons.")
    photo_needed = fields.Boolean(help="Customers and systems send a photo with the request.")
    restocking_percent = fields.Float(
        string="Restocking Fee (%)", help="Of what the returned units are worth, tax included."
    )
    shipping_fee = fields.Monetary(string="Return Shipping Fee", help="Once per return.")
    payer = fields.Selection(
        [
            ("fault", "The customer, where at fault"),
            ("customer", "The customer, always"),
            ("shop", "The shop, always"),
        ],
        string="Who Pays the Fees",
        required=True,
        default="fault",
    )
    fee_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="What the fees are invoiced as: its income account and its taxes, which are added to "
        "the amounts here.",
    )
    note = fields.Text(
        string="Told to the Customer", translate=True, help="Shown where goods can be returned."
    )

    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(category_id, 0), COALESCE(channel_id, 0)) WHERE active",
        lambda env, diag: env._("Another policy already holds for that category and channel."),
    )
    _amounts = models.Constraint(
        "CHECK(days >= 0 AND shipping_fee >= 0 AND restocking_percent BETWEEN 0 AND 100)",
        lambda env, diag: env._("Days and fees are 0 or more, the percentage 100 at most."),
    )
    _fee_product = models.Constraint(
        "CHECK(fee_product_id IS NOT NULL OR "
        "(COALESCE(restocking_percent, 0) = 0 AND COALESCE(shipping_fee, 0) = 0))",
        lambda env, diag: env._("Choose the product as which the fees are invoiced."),
    )

    # BUSINESS

    @api.model
    @tools.ormcache()
    def _policies(self):
        """Return ``{company id: [engine.return_policy.Policy]}``."""
        by_company = {}
        # sudo: whoever asks for a return meets the policy, not its record.
        for record in self.sudo().search([("active", "=", True)]):
            by_company.setdefault(record.company_id.id, []).append(record._as_policy())
        return by_company

    def _as_policy(self):
        self.ensure_one()
        return engine.Policy(
            allowed=self.allowed,
            days=self.days,
            start=self.start,
            reasons=frozenset(self.reason_ids.ids) if self.reason_ids else None,
            photo=self.photo_needed,
            restocking=Decimal(repr(self.restocking_percent)),
            shipping=Decimal(repr(self.shipping_fee)),
            payer=self.payer,
            category=self.category_id.id or None,
            channel=self.channel_id.id or None,
            key=self.id,
        )

    @api.model
    def _policy_of(self, line):
        """Return the policy that holds for an order line; the channel's window if there is none."""
        channel = line.order_id.oms_channel_id
        path = [int(part) for part in (line.product_id.categ_id.parent_path or "").split("/")[:-1]]
        found = engine.find(self._policies().get(line.company_id.id, ()), path, channel.id)
        return found or engine.Policy(days=channel.return_days)
