from odoo import api, fields, models

from ..adapters.settlement.remittance import Remittance

# What a column of a courier's remittance may mean.
COLUMN_NAMES = [
    ("resi", "Parcel number"),
    ("order", "Order number"),
    ("payout", "Number of the remittance"),
    ("delivered_at", "Delivered on"),
    ("paid_at", "Remitted on"),
    ("cod", "COD amount"),
    ("total_fee", "All fees together"),
    ("shipping", "Shipping"),
    ("payment", "COD fee"),
    ("insurance", "Insurance"),
    ("return", "Return fee"),
    ("tax", "Tax"),
    ("adjustment", "Adjustment"),
    ("net", "Amount remitted"),
]


class OmsSettlementTemplate(models.Model):
    """How the columns of a courier's remittances are to be read; saved once, used ever after."""

    _name = "oms.settlement.template"
    _inherit = ["oms.column.map"]
    _description = "Columns of a Remittance"

    line_ids = fields.One2many("oms.settlement.template.line", "template_id", copy=True)

    def _form(self):
        """Return the :class:`Remittance` that reads files by this mapping."""
        return Remittance(self._mapping(), self.dates, self.thousands)

    @api.constrains("line_ids")
    def _check_needed(self):
        for template in self:
            template._ensure_complete(template.line_ids.mapped("target"))

    @api.model
    def _missing_targets(self, targets):
        either = (("resi", "order"), ("cod", "net"))
        return [names[0] for names in either if not targets & set(names)]


class OmsSettlementTemplateLine(models.Model):
    """One column: its heading in the file and what it means."""

    _name = "oms.settlement.template.line"
    _description = "Column of a Remittance, and What It Means"
    _order = "template_id, id"

    template_id = fields.Many2one(
        "oms.settlement.template", required=True, index=True, ondelete="cascade"
    )
    heading = fields.Char(required=True)
    target = fields.Selection(COLUMN_NAMES, string="Means", required=True)

    _target_uniq = models.UniqueIndex(
        "(template_id, target)",
        lambda env, diag: env._("Two columns can't mean the same thing."),
    )
