from odoo import api, fields, models

from ..adapters import registry
from ..adapters.files import open_orders
from ..exceptions import OmsRefusal
from ..models.oms_import_file import SCOPES


class OmsImport(models.TransientModel):
    """Bring a file of orders in: look first, then import."""

    _name = "oms.import"
    _inherit = ["oms.file.window"]
    _description = "Import Orders from a File"

    _outcomes = ("waiting", "new", "updated", "duplicate", "skipped")

    file = fields.Binary(string="Order File", attachment=False)
    template_id = fields.Many2one(
        "oms.import.template", string="Column Mapping", help="Found among those of the channel."
    )
    scope = fields.Selection(
        SCOPES,
        string="Import",
        required=True,
        default="open",
        help="Orders that the marketplace shows as shipped, finished or cancelled and that were "
        "never here need no work any more. Orders that are here are always updated.",
    )
    known_id = fields.Many2one("oms.import.file", string="Earlier Import", readonly=True)
    line_ids = fields.One2many("oms.import.line", "import_id", readonly=True)
    total_count = fields.Integer(string="Orders in the File")
    updated_count = fields.Integer(string="Updates", readonly=True)
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
        notes = [self.env["oms.rpc"]._say(note.sentence) for note in opened.orders.notes]
        if len(opened.orders) > self._max_examined:
            notes.append(
                self.env._(
                    "The file is long: the first %(count)s of its %(total)s orders were tried out.",
                    count=self._max_examined,
                    total=len(opened.orders),
                )
            )
        return self._show_preview(opened.code, opened.orders, notes)

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
        if len(opened.orders) > self._at_once:
            record._wake()
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
                    ("sha256", "=", self._sha256()),
                    ("scope", "in", ("all", self.scope)),
                ],
                limit=1,
            )
        )

    def _open_file(self):
        """Return the :class:`~..adapters.files.OrderFile`; remembers the mapping that fits.

        :raise OmsRefusal: ``bad_file``, ``no_orders``
        """
        opened, forms = self._opened_with(open_orders)
        self.template_id = False
        if opened.orders is not None:
            self.template_id = forms.get(getattr(opened.orders, "form", None), False)
            if not len(opened.orders):
                raise OmsRefusal(
                    "no_orders",
                    self.env._(
                        "%(file)s has headings but no orders below them.", file=self._file_label()
                    ),
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

    def _tried_out(self, entries, chunk):
        # sudo: the agent's role was checked; previewing reads products and orders of the channel.
        intakes, channel = self.env["oms.intake"].sudo(), self.channel_id.sudo()
        jobs = intakes._try_out(channel, [order.payload for order in chunk], source="file")
        for order, job in zip(chunk, jobs, strict=True):
            outcome = self._outcome(order, job)
            yield outcome, self._prepare_preview_line(order, job, outcome)

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
            "rows": ", ".join(map(str, order.rows)),
            "external_id": order.number,
            "channel_status": order.status,
            "reason": " ".join(messages[:4]) if outcome != "skipped" else False,
        }

    def _prepare_file(self, opened):
        return self._prepare_job(opened.code, opened.orders) | {"scope": self.scope}

    def _title(self):
        return self.env._("Import Orders")
