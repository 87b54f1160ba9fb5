from odoo import api, fields, models

from ..adapters.settlement.remittance import Remittance
from ..exceptions import OmsRefusal
from .oms_import_template import DATE_NAMES, THOUSANDS_NAMES

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
    _description = "Columns of a Remittance"
    _order = "channel_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    channel_id = fields.Many2one("oms.channel", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    dates = fields.Selection(DATE_NAMES, required=True, default="dmy")
    thousands = fields.Selection(
        THOUSANDS_NAMES,
        required=True,
        default=".",
        help="Used where the amounts themselves don't show which one it is.",
    )
    line_ids = fields.One2many("oms.settlement.template.line", "template_id", copy=True)

    def _form(self):
        """Return the :class:`Remittance` that reads files by this mapping."""
        self.ensure_one()
        mapping = {line.target: line.heading for line in self.line_ids}
        return Remittance(mapping, self.dates, self.thousands)

    @api.constrains("line_ids")
    def _check_needed(self):
        for template in self:
            template._ensure_complete({line.target for line in template.line_ids})

    @api.model
    def _ensure_complete(self, targets):
        """Refuse a mapping from which no remittance can be read.

        :raise OmsRefusal: ``incomplete_mapping``
        """
        target = self.env["oms.settlement.template.line"]._fields["target"]
        names = dict(target._description_selection(self.env))
        missing = [
            names[either[0]]
            for either in (("resi", "order"), ("cod", "net"))
            if not set(either) & set(targets)
        ]
        if missing:
            raise OmsRefusal(
                "incomplete_mapping",
                self.env._("No column was chosen for: %(columns)s.", columns=", ".join(missing)),
                field="line_ids",
                next_step=self.env._("Say which column of the file holds it."),
            )


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
