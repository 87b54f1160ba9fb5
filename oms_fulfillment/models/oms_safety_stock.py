from odoo import api, fields, models, tools

from ..engine.availability import Rule, Rules


class OmsSafetyStock(models.Model):
    """Units that are not promised to anybody: for counting errors, damage and slow channels."""

    _name = "oms.safety.stock"
    _inherit = ["oms.cached"]
    _description = "Safety Stock"
    _order = "company_id, product_id, category_id, channel_id, warehouse_id, id"
    _check_company_auto = True

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        domain="[('type', '=', 'consu')]",
        help="Empty: any product.",
    )
    category_id = fields.Many2one(
        "product.category",
        index="btree_not_null",
        ondelete="cascade",
        help="With the categories below it, unless they have a rule of their own.",
    )
    channel_id = fields.Many2one(
        "oms.channel",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: any channel.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: every warehouse, each by itself.",
    )
    kind = fields.Selection(
        [("fixed", "Units"), ("percent", "Percent of what is on hand")],
        required=True,
        default="fixed",
    )
    units = fields.Float(digits="Product Unit", help="In the product's own unit, per warehouse.")
    percent = fields.Float(help="Rounded up to a whole unit.")

    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(product_id, 0), COALESCE(category_id, 0),"
        " COALESCE(channel_id, 0), COALESCE(warehouse_id, 0)) WHERE active",
        lambda env, diag: env._("Another rule already says how much to keep back there."),
    )
    _one_scope = models.Constraint(
        "CHECK(product_id IS NULL OR category_id IS NULL)",
        lambda env, diag: env._("Choose a product or a category, not both."),
    )
    _amounts = models.Constraint(
        "CHECK(units >= 0 AND percent BETWEEN 0 AND 100)",
        lambda env, diag: env._("Keep back 0 units or more, and 0 to 100 percent."),
    )

    @api.depends("product_id", "category_id", "channel_id", "warehouse_id")
    def _compute_display_name(self):
        for rule in self:
            scope = (rule.product_id, rule.category_id, rule.channel_id, rule.warehouse_id)
            names = [record.display_name for record in scope if record]
            rule.display_name = ", ".join(names) or self.env._("Everything")

    # BUSINESS

    @api.model
    @tools.ormcache()
    def _rules(self):
        """Return ``{company id: engine.availability.Rules}``."""
        by_company = {}
        # sudo: whoever asks for availability gets the number, not the rules.
        for record in self.sudo().search([("active", "=", True)]):
            by_company.setdefault(record.company_id.id, []).append(record._as_rule())
        return {company_id: Rules(rules) for company_id, rules in by_company.items()}

    def _as_rule(self):
        self.ensure_one()
        return Rule(
            units=self.units if self.kind == "fixed" else 0.0,
            percent=self.percent if self.kind == "percent" else 0.0,
            product=self.product_id.id or None,
            category=self.category_id.id or None,
            channel=self.channel_id.id or None,
            warehouse=self.warehouse_id.id or None,
        )
