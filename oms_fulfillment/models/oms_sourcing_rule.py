from odoo import api, fields, models, tools

from ..adapters.region import normalise_province

STRATEGIES = [
    ("priority", "In the order of the list"),
    ("distance", "Nearest first"),
    ("cost", "Cheapest first"),
    ("stock", "Most stock first"),
]


class OmsSourcingRule(models.Model):
    """Which warehouses may ship which orders, which of them first, and how far orders are split.

    Rules are asked in their order; for each line the first that fits counts. A line that no rule
    fits ships from the order's warehouse, as Odoo does it.
    """

    _name = "oms.sourcing.rule"
    _inherit = ["oms.cached"]
    _description = "Sourcing Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    channel_ids = fields.Many2many("oms.channel", check_company=True, help="Empty: every channel.")
    state_ids = fields.Many2many(
        "res.country.state", string="Provinces", help="Empty: every province."
    )
    cities = fields.Char(help="Cities or regencies, separated by commas. Empty: every city.")
    zip_prefixes = fields.Char(
        string="Postcodes",
        help="First digits of postcodes, separated by commas: 40, 41. Empty: all.",
    )
    product_ids = fields.Many2many("product.product", string="Products", help="Empty: every one.")
    category_ids = fields.Many2many(
        "product.category",
        string="Product Categories",
        help="With everything below them. Empty: every category.",
    )
    partner_category_ids = fields.Many2many(
        "res.partner.category", string="Customer Tags", help="Empty: every customer."
    )

    line_ids = fields.One2many("oms.sourcing.rule.line", "rule_id", string="Warehouses", copy=True)
    strategy = fields.Selection(STRATEGIES, required=True, default="priority")
    split = fields.Selection(
        [
            ("never", "Never: one parcel from one warehouse"),
            ("lines", "When needed: each line from one warehouse"),
            ("units", "When needed: units of a line, too"),
        ],
        string="Split Orders",
        required=True,
        default="lines",
    )
    max_warehouses = fields.Integer(string="At Most (warehouses)", help="0: no limit.")
    ship_complete = fields.Boolean(
        string="Only Complete",
        help="An order ships when everything is there; until then it waits whole in one warehouse.",
    )

    follow_stock = fields.Boolean(
        string="Move What Waits",
        default=True,
        help="What waits in one warehouse, or was given back by its 3PL, moves by itself to "
        "another one of the list that has it. A warehouse that a person chose stays.",
    )

    _warehouses_positive = models.Constraint(
        "CHECK(max_warehouses >= 0)",
        lambda env, diag: env._("The number of warehouses can't be negative."),
    )

    # ACTIONS

    def action_try(self):
        """Show which warehouse the open orders would get with the rules as they are, and why."""
        trial = self.env["oms.sourcing.trial"]._make(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Where Open Orders Would Ship From"),
            "res_model": "oms.sourcing.trial",
            "res_id": trial.id,
            "view_mode": "form",
            "target": "new",
        }

    # BUSINESS

    @api.model
    @tools.ormcache()
    def _companies_with_rules(self):
        """Ids of the companies that have a rule: without one nothing is asked at all."""
        groups = self.sudo()._read_group([], ["company_id"])
        return frozenset(company.id for (company,) in groups)

    @api.model
    def _of_company(self, company):
        # sudo: rules decide for everybody, readable or not.
        return self.sudo().search([("company_id", "=", company.id), ("line_ids", "!=", False)])

    def _fits_order(self, order, address):
        """Whether the order itself is one that this rule is about; its products are not asked."""
        return (
            (not self.channel_ids or order.oms_channel_id in self.channel_ids)
            and self._fits_region(order.partner_shipping_id, address)
            and (
                not self.partner_category_ids
                or bool(
                    self.partner_category_ids
                    & (order.partner_id | order.partner_id.commercial_partner_id).category_id
                )
            )
        )

    def _fits_region(self, partner, address):
        if self.state_ids and partner.state_id not in self.state_ids:
            province = normalise_province(address["province"] or "")
            if province not in {normalise_province(state.name) for state in self.state_ids}:
                return False
        city = (address["city"] or "").casefold()
        if self.cities and not any(name in city for name in self._words(self.cities)):
            return False
        code = (address["postal_code"] or "").strip()
        return not self.zip_prefixes or code.startswith(tuple(self._words(self.zip_prefixes)))

    @staticmethod
    def _words(text):
        return [word.strip().casefold() for word in text.split(",") if word.strip()]

    def _fits_product(self, product):
        if self.product_ids and product not in self.product_ids:
            return False
        if not self.category_ids:
            return True
        above = {int(key) for key in (product.categ_id.parent_path or "").split("/") if key}
        return bool(above & set(self.category_ids.ids))

    def _limit(self):
        """The most warehouses that an order of this rule is split over."""
        return 1 if self.split == "never" else self.max_warehouses or 99


class OmsSourcingRuleLine(models.Model):
    """A warehouse that a rule allows, and what a parcel from there costs."""

    _name = "oms.sourcing.rule.line"
    _description = "Warehouse of a Sourcing Rule"
    _order = "sequence, id"
    _check_company_auto = True

    rule_id = fields.Many2one("oms.sourcing.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, check_company=True, ondelete="cascade", index=True
    )
    parcel_cost = fields.Monetary(help="Cheapest first: what a parcel costs, wherever it goes.")
    km_cost = fields.Monetary(
        string="Cost per Kilometre",
        help="Cheapest first: added for each kilometre to the customer.",
    )

    _warehouse_uniq = models.Constraint(
        "UNIQUE(rule_id, warehouse_id)",
        lambda env, diag: env._("A rule names each warehouse once."),
    )


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    oms_daily_orders = fields.Integer(
        string="Orders per Day",
        help="How many parcels can leave in a day; more are given to other warehouses. 0: any.",
    )
    oms_cut_off = fields.Float(
        string="Cut-off", help="Orders after this time of the company's day leave the next day."
    )
