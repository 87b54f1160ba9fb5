from itertools import islice

from odoo import Command, fields, models

from ..adapters.generic import guess
from ..exceptions import OmsRefusal
from ..models.oms_import_template import (
    DATE_NAMES,
    METHOD_NAMES,
    TARGET_NAMES,
    THOUSANDS_NAMES,
)

MAX_EXAMPLE = 60


def examples_of(table):
    """Return the first value of each column, shortened."""
    examples = [""] * len(table.titles)
    for _number, cells in islice(table.rows(), 20):
        for index, cell in enumerate(cells[: len(examples)]):
            if not examples[index] and cell is not None:
                examples[index] = str(cell).strip()[:MAX_EXAMPLE]
    return examples


class OmsImport(models.TransientModel):
    """A file with headings of its own: somebody says once what each column means."""

    _inherit = "oms.import"

    column_ids = fields.One2many("oms.import.column", "import_id", string="Columns")
    dates = fields.Selection(DATE_NAMES, default="dmy")
    thousands = fields.Selection(THOUSANDS_NAMES, default=".")
    method = fields.Selection(METHOD_NAMES, string="Paid by", default="prepaid")

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

        :raise OmsRefusal: ``incomplete_mapping``, ``double_column``
        """
        self.ensure_one()
        self._check_role()
        chosen = self.column_ids.filtered("target")
        for target, columns in chosen.grouped("target").items():
            if len(columns) > 1:
                raise OmsRefusal(
                    "double_column",
                    self.env._(
                        "%(columns)s can't all mean %(meaning)s.",
                        columns=", ".join(columns.mapped("heading")),
                        meaning=dict(columns._fields["target"]._description_selection(self.env))[
                            target
                        ],
                    ),
                    field="column_ids",
                    next_step=self.env._("Choose one of them and leave the others empty."),
                )
        templates = self.env["oms.import.template"]
        templates._ensure_complete(set(chosen.mapped("target")))
        templates.create(
            {
                "name": self.env._("Columns of %(file)s", file=self.file_name or ""),
                "channel_id": self.channel_id.id,
                "dates": self.dates,
                "thousands": self.thousands,
                "method": self.method,
                "line_ids": [
                    Command.create({"heading": column.heading, "target": column.target})
                    for column in chosen
                ],
            }
        )
        return self.action_preview()


class OmsImportColumn(models.TransientModel):
    """One column of the file."""

    _name = "oms.import.column"
    _description = "Column of an Import File"

    import_id = fields.Many2one("oms.import", required=True, ondelete="cascade", index=True)
    heading = fields.Char(readonly=True)
    example = fields.Char(readonly=True)
    target = fields.Selection(TARGET_NAMES, string="Means")
