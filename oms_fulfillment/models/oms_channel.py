from odoo import api, fields, models, tools

from ..adapters import indonesia
from ..exceptions import OmsRefusal

PAYMENT_POLICIES = [
    ("prepaid", "Prepaid"),
    ("escrow", "Held by the marketplace"),
    ("cod", "Cash on delivery"),
    ("on_acceptance", "On acceptance"),
    ("terms", "Payment terms"),
]


class OmsChannel(models.Model):
    _name = "oms.channel"
    _description = "Sales Channel"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="How other systems name this channel, e.g. SHOPEE-ID.")
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    kind = fields.Selection(
        [
            ("phone", "Telephone"),
            ("email", "E-mail"),
            ("web", "Web shop"),
            ("marketplace", "Marketplace"),
            ("store", "Counter"),
            ("api", "API"),
            ("file", "File"),
        ],
        required=True,
        default="api",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    team_id = fields.Many2one("crm.team", check_company=True)
    takes_team_orders = fields.Boolean(
        string="Takes the Team's Orders",
        help="Orders of this sales team that Odoo itself takes, in its web shop or by quotation, "
        "join this channel when they are confirmed or paid for.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        help="Orders of this channel ship from here unless a person moves them.",
    )
    pricelist_id = fields.Many2one("product.pricelist", check_company=True)
    price_policy = fields.Selection(
        [("trust", "Take the channel's prices"), ("verify", "Compare with the pricelist")],
        required=True,
        default="trust",
    )
    price_tolerance = fields.Float(
        string="Price Tolerance (%)",
        help="A price may differ from the pricelist by this share before the order is held.",
    )
    auto_confirm = fields.Boolean(
        string="Confirm Clean Orders",
        default=True,
        help="Orders without a hold confirm themselves.",
    )
    ship_by_hours = fields.Integer(
        string="Ship Within (hours)", default=48, help="Used when the channel gives no deadline."
    )
    transit_days = fields.Integer(
        string="Days on the Road",
        default=3,
        help="Promised arrival = ship-by + these days, unless the customer asked for a date.",
    )
    acceptance_days = fields.Integer(
        string="Accepted After (days)",
        default=3,
        help="Days after delivery when silence counts as acceptance.",
    )
    return_days = fields.Integer(
        string="Return Window (days)", default=7, help="Days after delivery to ask for a return."
    )
    payment_policy = fields.Selection(PAYMENT_POLICIES, required=True, default="prepaid")
    invoice_trigger = fields.Selection(
        [
            ("confirm", "Confirmation"),
            ("ship", "Hand-over"),
            ("deliver", "Delivery"),
            ("accept", "Acceptance"),
        ],
        required=True,
        default="ship",
        help="The invoice is made when every unit of the order has come this far.",
    )
    clearing_journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="Books money that buyers paid to the marketplace or gateway. The account of its "
        "incoming payment method is the clearing account: reconcilable, one per channel.",
    )
    cod_journal_id = fields.Many2one(
        "account.journal",
        string="COD Journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="Books cash that couriers hold for us until they remit it.",
    )
    settlement_journal_id = fields.Many2one(
        "account.journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="The bank account that receives payouts and remittances.",
    )
    fee_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost'))]",
        help="Commissions and service fees that the channel keeps.",
    )
    fee_percent = fields.Float(string="Expected Fee (%)")
    waits_payout = fields.Boolean(
        help="The money of an order counts as settled only when its payout has been matched."
    )
    shipping_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="Order line for shipping that the buyer pays.",
    )
    discount_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="Order line for discounts that can't be written as a percentage of a line.",
    )
    buyer_id = fields.Many2one(
        "res.partner",
        string="Masked Buyer",
        check_company=True,
        help="The contact for buyers whom the marketplace masks; their text stays on the order.",
    )
    order_count = fields.Integer(compute="_compute_order_count")
    regions_known = fields.Boolean(compute="_compute_regions_known")

    _code_uniq = models.Constraint(
        "UNIQUE(company_id, code)",
        lambda env, diag: env._("Another channel of this company already has this code."),
    )
    _team_uniq = models.UniqueIndex(
        "(team_id, company_id) WHERE takes_team_orders AND team_id IS NOT NULL",
        lambda env, diag: env._("Another channel already takes the orders of this sales team."),
    )
    _days_positive = models.Constraint(
        "CHECK(LEAST(acceptance_days, return_days, ship_by_hours, transit_days) >= 0)",
        lambda env, diag: env._("Days and hours of a channel can't be negative."),
    )

    def _compute_order_count(self):
        counts = dict(
            self.env["sale.order"]._read_group(
                [("oms_channel_id", "in", self.ids)], ["oms_channel_id"], ["__count"]
            )
        )
        for channel in self:
            channel.order_count = counts.get(channel, 0)

    def _compute_regions_known(self):
        """Whether the list of Indonesian regions is installed, to check addresses against."""
        self.regions_known = indonesia.available()

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        self.env.registry.clear_cache()
        return channels

    def write(self, vals):
        if "price_tolerance" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # BUSINESS

    @api.model
    @tools.ormcache()
    def _is_active(self):
        """Whether any channel exists: without one, every override of this addon steps aside."""
        self.env.cr.execute("SELECT EXISTS (SELECT 1 FROM oms_channel)")
        return self.env.cr.fetchone()[0]

    @api.model
    def _check_integration_access(self):
        """Refuse callers who are neither an integration nor order staff."""
        if self.env.su:
            return
        groups = ("group_oms_integration", "group_oms_agent")
        if not any(self.env.user.has_group(f"oms_fulfillment.{group}") for group in groups):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not feed orders.", user=self.env.user.name),
                next_step=self.env._("Ask an OMS manager for the role OMS: Integration."),
            )

    @api.model
    def _get_by_code(self, code):
        """Return the channel with this code among the caller's companies.

        :raise OmsRefusal: ``unknown_channel``
        """
        channel = self.browse()
        if isinstance(code, str) and code:
            # sudo: an integration reads no channel settings; the companies are checked here.
            channel = self.sudo().search(
                [("code", "=", code), ("company_id", "in", self.env.companies.ids)], limit=1
            )
        if not channel:
            raise OmsRefusal(
                "unknown_channel",
                self.env._("No channel has the code %(code)s.", code=str(code)[:64]),
                field="channel",
                next_step=self.env._("Look the code up under OMS > Configuration > Channels."),
            )
        return channel.sudo(self.env.su)

    # ACTIONS

    @api.readonly
    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_orders")
        return {**action, "domain": [("oms_channel_id", "=", self.id)], "context": {}}
