from odoo import Command, fields, models

from ..adapters.settlement.remittance import guess
from ..exceptions import OmsRefusal
from ..models.oms_import_template import DATE_NAMES, THOUSANDS_NAMES
from ..models.oms_settlement_template import COLUMN_NAMES
from .oms_import_column import examples_of


class OmsSettlementImport(models.TransientModel):
    """A remittance with headings of its own: somebody says once what each column means."""

    _inherit = "oms.settlement.import"

    column_ids = fields.One2many("oms.settlement.import.column", "import_id", string="Columns")
    dates = fields.Selection(DATE_NAMES, default="dmy")
    thousands = fields.Selection(THOUSANDS_NAMES, default=".")

    def _ask_for_columns(self, table):
        """Show the columns of the file with a guess of what they mean."""
        if table is None:
            raise self._unknown_format()
        meaning = {heading: target for target, heading in guess(table.titles).items()}
        examples = examples_of(table)
        self.column_ids.unlink()
        self.write(
            {
                "state": "columns",
                "column_ids": [
                    Command.create(
                        {
                            "heading": heading,
                            "example": examples[index],
                            # the first of equal headings is the one that is read
                            "target": meaning.pop(heading, False),
                        }
                    )
                    for index, heading in enumerate(table.titles)
                    if heading and heading not in table.titles[:index]
                ],
            }
        )
        return self._reopen()

    def action_save_columns(self):
        """Save what the columns mean for this channel, then show the preview.

        :raise OmsRefusal: ``access``, ``incomplete_mapping``, ``double_column``
        """
        self.ensure_one()
        self._check_role()
        chosen = self.column_ids.filtered("target")
        for target, columns in chosen.grouped("target").items():
            if len(columns) > 1:
                names = dict(columns._fields["target"]._description_selection(self.env))
                raise OmsRefusal(
                    "double_column",
                    self.env._(
                        "%(columns)s can't all mean %(meaning)s.",
                        columns=", ".join(columns.mapped("heading")),
                        meaning=names[target],
                    ),
                    field="column_ids",
                    next_step=self.env._("Choose one of them and leave the others empty."),
                )
        templates = self.env["oms.settlement.template"]
        templates._ensure_complete(set(chosen.mapped("target")))
        templates.create(
            {
                "name": self.env._("Columns of %(file)s", file=self.file_name or ""),
                "channel_id": self.channel_id.id,
                "dates": self.dates,
                "thousands": self.thousands,
                "line_ids": [
                    Command.create({"heading": column.heading, "target": column.target})
                    for column in chosen
                ],
            }
        )
        return self.action_preview()


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
