from odoo import api, fields, models, tools

from ..engine.availability import Rule, Rules


class OmsSafetyStock(models.Model):
    """Units that are not promised to anybody: for counting errors, damage and slow channels."""

    _name = "oms.safety.stock"
    _inherit = ["oms.stock.rule"]
    _description = "Safety Stock"
    _order = "company_id, product_id, category_id, channel_id, warehouse_id, id"
    _check_company_auto = True

    channel_id = fields.Many2one(help="Empty: any channel.")
    percent = fields.Float(help="Rounded up to a whole unit.")

    _scope_uniq = models.UniqueIndex(
        "(company_id, COALESCE(product_id, 0), COALESCE(category_id, 0),"
        " COALESCE(channel_id, 0), COALESCE(warehouse_id, 0)) WHERE active",
        lambda env, diag: env._("Another rule already says how much to keep back there."),
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
        return Rule(channel=self.channel_id.id or None, **self._rule_values())
