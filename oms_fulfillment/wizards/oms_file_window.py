import base64
import binascii
import hashlib
from collections import Counter
from itertools import islice

from odoo import Command, api, fields, models
from odoo.tools import format_datetime, split_every

from ..adapters.messages import WorkbookError
from ..exceptions import OmsRefusal
from ..models.oms_column_map import DATE_NAMES, THOUSANDS_NAMES
from ..models.oms_file_job import ZONES

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
    """A window that takes a file of a channel in: look first, then import.

    What inherits has ``file``, ``line_ids``, ``column_ids``, ``known_id`` and ``template_id``, and
    says what its files are: ``_check_role()``, ``_known_file()``, ``_unknown_format()``,
    ``_guess()`` and ``_tried_out()``.
    """

    _name = "oms.file.window"
    _description = "Window for a File"

    # The model that keeps what the columns of a file mean.
    _templates = None
    # What may become of an entry, what needs a person first.
    _outcomes = ()
    # Longer files are imported in the background, with a bar that shows how far it is.
    _at_once = 500
    # The preview of a long file is an example: nobody waits for 50,000 orders to be tried out.
    _max_examined = 2000
    _max_shown = 500

    file_name = fields.Char()
    channel_id = fields.Many2one("oms.channel", required=True)
    format_code = fields.Selection(
        selection="_selection_format", string="Format", help="Recognised from the file."
    )
    zone = fields.Selection(
        ZONES, string="Times in the File", required=True, default="Asia/Jakarta"
    )
    state = fields.Selection(
        [
            ("choose", "Choose"),
            ("columns", "Columns"),
            ("known", "Already Imported"),
            ("preview", "Preview"),
        ],
        default="choose",
    )
    notes = fields.Text(string="About the File", readonly=True)
    total_count = fields.Integer(string="Entries in the File", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    duplicate_count = fields.Integer(string="Already Known", readonly=True)
    dates = fields.Selection(DATE_NAMES, default="dmy")
    thousands = fields.Selection(THOUSANDS_NAMES, default=".")

    @api.model
    def _selection_format(self):
        raise NotImplementedError

    def action_back(self):
        self.state = "choose"
        return self._reopen()

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._title(),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _title(self):
        raise NotImplementedError

    # THE FILE

    def _opened_with(self, reader):
        """Return what ``reader(name, content, zone, mappings)`` makes of the file, and the saved
        mappings of the channel: ``(file, {mapping: template})``.

        :raise OmsRefusal: ``bad_file``
        """
        templates = self.env[self._templates].search([("channel_id", "=", self.channel_id.id)])
        forms = {template._form(): template for template in templates}
        try:
            return reader(self._file_label(), self._content(), self.zone, forms), forms
        except WorkbookError as error:
            raise OmsRefusal(
                "bad_file",
                self.env["oms.rpc"]._say(error.sentence),
                field="file",
                next_step=self.env._("Then choose the file again."),
            ) from error

    def _file_label(self):
        return self.file_name or self.env._("The file")

    def _sha256(self):
        return hashlib.sha256(self._content()).hexdigest()

    def _prepare_job(self, code, entries):
        """The values of an ``oms.file.job`` that brings this file in."""
        return {
            "name": self.file_name or code,
            "channel_id": self.channel_id.id,
            "content": self.file,
            "sha256": self._sha256(),
            "zone": self.zone,
            "template_id": self.template_id.id,
            "format_code": code,
            "total_count": len(entries),
            "state": "waiting",
        }

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

    # PREVIEW

    def _tried_out(self, entries, chunk):
        """Yield ``(outcome, values of the line to show)`` of each of a chunk of the entries."""
        raise NotImplementedError

    def _show_preview(self, code, entries, notes, **values):
        """Show what importing the entries would do.

        :param notes: sentences about the file
        :param values: what else to write
        """
        counts, lines = self._examine(entries)
        self.line_ids.unlink()
        self.write(
            {
                "state": "preview",
                "format_code": code,
                "total_count": len(entries),
                "notes": "\n".join(notes) or False,
                **{f"{outcome}_count": counts[outcome] for outcome in self._outcomes},
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )
        return self._reopen()

    def _examine(self, entries):
        """Return ``(Counter of outcomes, values of the lines to show)``.

        What needs a person comes first; a long file is summed up, not listed.
        """
        counts = Counter()
        shown = {outcome: [] for outcome in self._outcomes}
        # as many at once as the import takes in
        size = self.known_id._chunk
        for chunk in split_every(size, islice(entries, self._max_examined)):
            for outcome, values in self._tried_out(entries, chunk):
                counts[outcome] += 1
                if len(shown[outcome]) < self._max_shown:
                    place = {"sequence": self._outcomes.index(outcome), "outcome": outcome}
                    shown[outcome].append(place | values)
        lines = [line for outcome in self._outcomes for line in shown[outcome]]
        return counts, lines[: self._max_shown]

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
