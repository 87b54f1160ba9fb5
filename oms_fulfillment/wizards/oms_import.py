import hashlib
from collections import Counter
from itertools import islice

from odoo import Command, api, fields, models
from odoo.tools import split_every

from ..adapters import registry
from ..adapters.files import open_orders
from ..adapters.messages import WorkbookError
from ..exceptions import OmsRefusal
from ..models.oms_import_file import SCOPES, ZONES
from ..models.oms_import_run import CHUNK

MAX_SHOWN = 500
# Longer files are imported in the background, with a bar that shows how far it is.
AT_ONCE = 500
# The preview of a long file is an example: nobody waits for 50,000 orders to be tried out.
MAX_EXAMINED = 2000
OUTCOMES = ("waiting", "new", "updated", "duplicate", "skipped")


class OmsImport(models.TransientModel):
    """Bring a file of orders in: look first, then import."""

    _name = "oms.import"
    _inherit = ["oms.file.window"]
    _description = "Import Orders from a File"

    file = fields.Binary(string="Order File", attachment=False)
    file_name = fields.Char()
    channel_id = fields.Many2one("oms.channel", required=True)
    format_code = fields.Selection(
        selection="_selection_format", string="Format", help="Recognised from the file."
    )
    template_id = fields.Many2one(
        "oms.import.template", string="Column Mapping", help="Found among those of the channel."
    )
    zone = fields.Selection(
        ZONES, string="Times in the File", required=True, default="Asia/Jakarta"
    )
    scope = fields.Selection(
        SCOPES,
        string="Import",
        required=True,
        default="open",
        help="Orders that the marketplace shows as shipped, finished or cancelled and that were "
        "never here need no work any more. Orders that are here are always updated.",
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
    known_id = fields.Many2one("oms.import.file", string="Earlier Import", readonly=True)
    notes = fields.Text(string="About the File", readonly=True)
    line_ids = fields.One2many("oms.import.line", "import_id", readonly=True)
    total_count = fields.Integer(string="Orders in the File", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    updated_count = fields.Integer(string="Updates", readonly=True)
    duplicate_count = fields.Integer(string="Already Known", readonly=True)
    waiting_count = fields.Integer(string="Will Wait", readonly=True)
    skipped_count = fields.Integer(string="Left Out", readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "channel_id" in fields_list and not values.get("channel_id"):
            channels = self.env["oms.channel"].search(
                [
                    ("kind", "in", ("marketplace", "file")),
                    ("company_id", "in", self.env.companies.ids),
                ],
                limit=2,
            )
            if len(channels) == 1:
                values["channel_id"] = channels.id
        return values

    @api.model
    def _selection_format(self):
        return [(adapter.code, adapter.name) for adapter in registry.adapters("orders")]

    # ACTIONS

    def action_preview(self):
        """Read the file and show what importing it would do, without doing it."""
        self.ensure_one()
        self._check_role()
        self.known_id = self._known_file()
        if self.known_id:
            self.state = "known"
            return self._reopen()
        opened = self._open_file()
        if opened.orders is None:
            return self._ask_for_columns(opened.table)
        counts, lines = self._examine(opened.orders)
        notes = [self.env["oms.rpc"]._say(note.sentence) for note in opened.orders.notes]
        if len(opened.orders) > MAX_EXAMINED:
            notes.append(
                self.env._(
                    "The file is long: the first %(count)s of its %(total)s orders were tried out.",
                    count=MAX_EXAMINED,
                    total=len(opened.orders),
                )
            )
        self.line_ids.unlink()
        self.write(
            {
                "state": "preview",
                "format_code": opened.code,
                "total_count": len(opened.orders),
                "notes": "\n".join(notes) or False,
                **{f"{outcome}_count": counts[outcome] for outcome in OUTCOMES},
                "line_ids": [Command.create(line) for line in lines],
            }
        )
        return self._reopen()

    def action_back(self):
        self.state = "choose"
        return self._reopen()

    def action_import(self):
        """Import the file and open what came of it; a long file goes on in the background.

        :raise OmsRefusal: ``known_file``, ``bad_file``, ``unknown_format``, ``no_orders``
        """
        self.ensure_one()
        self._check_role()
        self._refuse_known_file()
        opened = self._open_file()
        if opened.orders is None:
            raise self._unknown_format()
        # sudo: agents don't write the record of imports themselves; their role was checked.
        record = self.env["oms.import.file"].sudo().create(self._prepare_file(opened))
        if len(opened.orders) > AT_ONCE:
            self.env.ref("oms_fulfillment.cron_import").sudo()._trigger()
            return record.with_env(self.env)._get_records_action()
        record._run()
        return record.with_env(self.env).action_view_intakes()

    # HELPERS

    def _check_role(self):
        self.env["oms.channel"]._check_integration_access()
        self.channel_id.check_access("read")

    def _known_file(self):
        """Return the import of the same file for the same channel, if there was one.

        sudo: it may have been made by somebody whose imports the user doesn't see.
        """
        return (
            self.env["oms.import.file"]
            .sudo()
            .search(
                [
                    ("channel_id", "=", self.channel_id.id),
                    ("sha256", "=", hashlib.sha256(self._content()).hexdigest()),
                    ("scope", "in", ("all", self.scope)),
                ],
                limit=1,
            )
        )

    def _open_file(self):
        """Return the :class:`~..adapters.files.OrderFile`; remembers the mapping that fits.

        :raise OmsRefusal: ``bad_file``, ``no_orders``
        """
        name = self.file_name or self.env._("The file")
        templates = self.env["oms.import.template"].search(
            [("channel_id", "=", self.channel_id.id)]
        )
        forms = {template._form(): template for template in templates}
        try:
            opened = open_orders(name, self._content(), self.zone, forms)
        except WorkbookError as error:
            sentence = self.env["oms.rpc"]._say(error.sentence)
            raise OmsRefusal(
                "bad_file",
                sentence,
                field="file",
                next_step=self.env._("Then choose the file again."),
            ) from error
        self.template_id = False
        if opened.orders is not None:
            self.template_id = forms.get(getattr(opened.orders, "form", None), False)
            if not len(opened.orders):
                raise OmsRefusal(
                    "no_orders",
                    self.env._("%(file)s has headings but no orders below them.", file=name),
                    field="file",
                    next_step=self.env._("Export a period in which orders were placed."),
                )
        return opened

    def _unknown_format(self):
        known = ", ".join(adapter.name for adapter in registry.adapters("orders"))
        return OmsRefusal(
            "unknown_format",
            self.env._(
                "%(file)s has the headings of no known order export.", file=self.file_name or ""
            ),
            field="file",
            next_step=self.env._(
                "Choose an untouched export, or map its columns first. Known formats: %(formats)s.",
                formats=known,
            ),
        )

    # PREVIEW

    def _examine(self, orders):
        """Return ``(Counter of outcomes, values of the lines to show)``.

        What needs a person comes first; a long file is summed up, not listed.
        """
        # sudo: the agent's role was checked; previewing reads products and orders of the channel.
        intakes = self.env["oms.intake"].sudo()
        channel = self.channel_id.sudo()
        counts = Counter()
        shown = {outcome: [] for outcome in OUTCOMES}
        for chunk in split_every(CHUNK, islice(orders, MAX_EXAMINED)):
            payloads = [order.payload for order in chunk]
            jobs = intakes._try_out(channel, payloads, source="file")
            for order, job in zip(chunk, jobs, strict=True):
                outcome = self._outcome(order, job)
                counts[outcome] += 1
                if len(shown[outcome]) < MAX_SHOWN:
                    shown[outcome].append(self._prepare_preview_line(order, job, outcome))
        lines = [line for outcome in OUTCOMES for line in shown[outcome]]
        return counts, lines[:MAX_SHOWN]

    def _outcome(self, order, job):
        if self.scope == "open" and not order.open and not job.sale:
            return "skipped"
        return {"accepted": "new", "quarantined": "waiting"}.get(job.state, job.state)

    def _prepare_preview_line(self, order, job, outcome):
        messages = [self.env["oms.rpc"]._say(issue.sentence) for issue in order.issues]
        messages += [error["message"] for error in job.errors]
        if outcome == "duplicate":
            messages += [warning["message"] for warning in job.warnings]
        return {
            "sequence": OUTCOMES.index(outcome),
            "rows": ", ".join(map(str, order.rows)),
            "external_id": order.number,
            "channel_status": order.status,
            "outcome": outcome,
            "reason": " ".join(messages[:4]) if outcome != "skipped" else False,
        }

    def _prepare_file(self, opened):
        return {
            "name": self.file_name or opened.code,
            "channel_id": self.channel_id.id,
            "content": self.file,
            "sha256": hashlib.sha256(self._content()).hexdigest(),
            "scope": self.scope,
            "zone": self.zone,
            "template_id": self.template_id.id,
            "format_code": opened.code,
            "total_count": len(opened.orders),
            "state": "waiting",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Orders"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
