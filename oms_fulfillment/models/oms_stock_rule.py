from odoo import fields, models


class OmsStockRule(models.AbstractModel):
    """Says for a part of the goods how many units are kept from somebody.

    Of the rules that fit a product in a warehouse the most specific one counts
    (:class:`~..engine.availability.Rules`).
    """

    _name = "oms.stock.rule"
    _inherit = ["oms.cached"]
    _description = "Units Kept of a Stock"

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
        "oms.channel", check_company=True, index="btree_not_null", ondelete="cascade"
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
    units = fields.Float(
        digits="Product Unit", help="In the product's own unit, per product and warehouse."
    )
    percent = fields.Float()

    _one_scope = models.Constraint(
        "CHECK(product_id IS NULL OR category_id IS NULL)",
        lambda env, diag: env._("Choose a product or a category, not both."),
    )
    _amounts = models.Constraint(
        "CHECK(units >= 0 AND percent BETWEEN 0 AND 100)",
        lambda env, diag: env._("Keep 0 units or more, and 0 to 100 percent."),
    )

    def _rule_values(self):
        """What the engine's rules have in common."""
        self.ensure_one()
        return {
            "units": self.units if self.kind == "fixed" else 0.0,
            "percent": self.percent if self.kind == "percent" else 0.0,
            "product": self.product_id.id or None,
            "category": self.category_id.id or None,
            "warehouse": self.warehouse_id.id or None,
        }
