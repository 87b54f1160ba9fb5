import base64
import binascii
from itertools import islice

from odoo import Command, fields, models
from odoo.tools import format_datetime

from ..exceptions import OmsRefusal
from ..models.oms_column_map import DATE_NAMES, THOUSANDS_NAMES

MAX_EXAMPLE = 60


def examples_of(table):
    """Return the first value of each column, shortened."""
    examples = [""] * len(table.titles)
    for _number, cells in islice(table.rows(), 20):
        for index, cell in enumerate(cells[: len(examples)]):
            if not examples[index] and cell is not None:
                examples[index] = str(cell).strip()[:MAX_EXAMPLE]
    return examples


class OmsFileWindow(models.AbstractModel):
    """A window that takes a file in: look first, then import.

    What inherits has ``file``, ``file_name``, ``channel_id``, ``column_ids``, a ``state`` with
    ``columns``, ``_check_role()``, ``_known_file()``, ``_unknown_format()`` and ``_reopen()``.
    """

    _name = "oms.file.window"
    _description = "Window for a File"

    # The model that keeps what the columns of a file mean.
    _templates = None

    dates = fields.Selection(DATE_NAMES, default="dmy")
    thousands = fields.Selection(THOUSANDS_NAMES, default=".")

    # THE FILE

    def _content(self):
        """Return the bytes of the file.

        :raise OmsRefusal: ``bad_file``
        """
        try:
            return base64.b64decode(self.file or b"", validate=True)
        except (binascii.Error, ValueError) as error:
            raise OmsRefusal(
                "bad_file",
                self.env._("%(file)s did not arrive in one piece.", file=self.file_name or ""),
                field="file",
                next_step=self.env._("Choose the file again."),
            ) from error

    def _refuse_known_file(self):
        """The same file twice is a mistake: say when it came and who brought it.

        :raise OmsRefusal: ``known_file``
        """
        earlier = self._known_file()
        if earlier:
            raise OmsRefusal(
                "known_file",
                self.env._(
                    "%(user)s imported this file on %(date)s as %(name)s.",
                    user=earlier.create_uid.name,
                    date=format_datetime(self.env, earlier.create_date, dt_format="short"),
                    name=earlier.name,
                ),
                next_step=self.env._("Export the file again to bring in what changed since."),
            )

    # ITS COLUMNS: headings of its own, of which somebody says once what each means

    def _guess(self, titles):
        """Return ``{target: heading}``: what the headings probably mean."""
        raise NotImplementedError

    def _ask_for_columns(self, table):
        """Show the columns of the file with a guess of what they mean."""
        if table is None:
            raise self._unknown_format()
        meaning = {heading: target for target, heading in self._guess(table.titles).items()}
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
        templates = self.env[self._templates]
        templates._ensure_complete(set(chosen.mapped("target")))
        templates.create(self._prepare_template(chosen))
        return self.action_preview()

    def _prepare_template(self, columns):
        return {
            "name": self.env._("Columns of %(file)s", file=self.file_name or ""),
            "channel_id": self.channel_id.id,
            "dates": self.dates,
            "thousands": self.thousands,
            "line_ids": [
                Command.create({"heading": column.heading, "target": column.target})
                for column in columns
            ],
        }
