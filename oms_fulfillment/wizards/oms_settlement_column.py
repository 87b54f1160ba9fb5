from odoo import fields, models

from ..adapters.settlement.remittance import guess
from ..models.oms_settlement_template import COLUMN_NAMES


class OmsSettlementImport(models.TransientModel):
    """A remittance with headings of its own."""

    _inherit = "oms.settlement.import"

    _templates = "oms.settlement.template"

    column_ids = fields.One2many("oms.settlement.import.column", "import_id", string="Columns")

    def _guess(self, titles):
        return guess(titles)


class OmsSettlementImportColumn(models.TransientModel):
    """One column of the file."""

    _name = "oms.settlement.import.column"
    _description = "Column of a Payout File"

    import_id = fields.Many2one(
        "oms.settlement.import", required=True, ondelete="cascade", index=True
    )
    heading = fields.Char(readonly=True)
    example = fields.Char(readonly=True)
    target = fields.Selection(COLUMN_NAMES, string="Means")
