from odoo import fields, models

from ..adapters.generic import guess
from ..models.oms_import_template import METHOD_NAMES, TARGET_NAMES


class OmsImport(models.TransientModel):
    """A file of orders with headings of its own."""

    _inherit = "oms.import"

    _templates = "oms.import.template"

    column_ids = fields.One2many("oms.import.column", "import_id", string="Columns")
    method = fields.Selection(METHOD_NAMES, string="Paid by", default="prepaid")

    def _guess(self, titles):
        return guess(titles)

    def _prepare_template(self, columns):
        return {**super()._prepare_template(columns), "method": self.method}


class OmsImportColumn(models.TransientModel):
    """One column of the file."""

    _name = "oms.import.column"
    _description = "Column of an Import File"

    import_id = fields.Many2one("oms.import", required=True, ondelete="cascade", index=True)
    heading = fields.Char(readonly=True)
    example = fields.Char(readonly=True)
    target = fields.Selection(TARGET_NAMES, string="Means")
