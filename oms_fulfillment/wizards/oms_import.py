import base64
import binascii
import hashlib

from odoo import Command, api, fields, models

from ..adapters import registry
from ..adapters.workbook import WorkbookError, open_workbook
from ..exceptions import OmsRefusal
from ..models.oms_import_file import SCOPES

CHUNK = 200
MAX_SHOWN = 500


class OmsImport(models.TransientModel):
    """Bring a marketplace's order file in: look first, then import."""

    _name = "oms.import"
    _description = "Import Orders from a File"

    file = fields.Binary(string="Order File", attachment=False)
    file_name = fields.Char()
    channel_id = fields.Many2one("oms.channel", required=True)
    format_code = fields.Selection(
        selection="_selection_format", string="Format", help="Recognised from the file."
    )
    zone = fields.Selection(
        [
            ("Asia/Jakarta", "WIB (Asia/Jakarta)"),
            ("Asia/Makassar", "WITA (Asia/Makassar)"),
            ("Asia/Jayapura", "WIT (Asia/Jayapura)"),
            ("UTC", "UTC"),
        ],
        string="Times in the File",
        required=True,
        default="Asia/Jakarta",
    )
    scope = fields.Selection(
        SCOPES,
        string="Import",
        required=True,
        default="open",
        help="Orders that the marketplace shows as shipped, finished or cancelled and that were "
        "never here need no work any more. Orders that are here are always updated.",
    )
    state = fields.Selection([("choose", "Choose"), ("preview", "Preview")], default="choose")
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
        return [(adapter.code, adapter.name) for adapter in registry.adapters("orders", "table")]

    # ACTIONS

    def action_preview(self):
        """Read the file and show what importing it would do."""
        self.ensure_one()
        self._check_role()
        self._refuse_known_file()
        orders = self._read_orders()
        jobs = self._try_out(orders)
        lines = [
            self._prepare_preview_line(order, job) for order, job in zip(orders, jobs, strict=True)
        ]
        outcomes = [line["outcome"] for line in lines]
        # what needs a person comes first; a long file is summed up, not listed
        lines.sort(key=lambda line: line["sequence"])
        self.line_ids.unlink()
        self.write(
            {
                "state": "preview",
                "total_count": len(orders),
                **{
                    f"{outcome}_count": outcomes.count(outcome)
                    for outcome in ("new", "updated", "duplicate", "waiting", "skipped")
                },
                "line_ids": [Command.create(line) for line in lines[:MAX_SHOWN]],
            }
        )
        return self._reopen()

    def action_back(self):
        self.state = "choose"
        return self._reopen()

    def action_import(self):
        """Import the file and open what came of it."""
        self.ensure_one()
        self._check_role()
        self._refuse_known_file()
        orders = self._read_orders()
        skipped = {
            order.rows
            for order, job in zip(orders, self._try_out(orders), strict=True)
            if self._is_skipped(order, job)
        }
        wanted = [order for order in orders if order.rows not in skipped]
        # sudo: agents don't write the record of imports themselves; their role was checked.
        record = self.env["oms.import.file"].sudo().create(self._prepare_file(len(skipped)))
        results = []
        intakes = self.env["oms.intake"].sudo()
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            results += intakes._receive(
                self.channel_id.sudo(),
                [order.payload for order in chunk],
                source="file",
                import_id=record.id,
                file_rows=[", ".join(map(str, order.rows)) for order in chunk],
            )
        record.write(self._count(results))
        return record.with_env(self.env).action_view_intakes()

    # HELPERS

    def _check_role(self):
        self.env["oms.channel"]._check_integration_access()
        self.channel_id.check_access("read")

    def _content(self):
        try:
            return base64.b64decode(self.file or b"", validate=True)
        except (binascii.Error, ValueError) as error:
            raise OmsRefusal("bad_file", self.env._("The file can't be read.")) from error

    def _refuse_known_file(self):
        """The same file twice is a mistake: say when it came and who brought it."""
        earlier = (
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
        if earlier:
            raise OmsRefusal(
                "known_file",
                self.env._(
                    "%(user)s imported this file on %(date)s as %(name)s.",
                    user=earlier.create_uid.name,
                    date=fields.Datetime.context_timestamp(self, earlier.create_date).strftime(
                        "%Y-%m-%d %H:%M"
                    ),
                    name=earlier.name,
                ),
                next_step=self.env._("Export the file again to bring in what changed since."),
            )

    def _read_orders(self):
        """Return the orders of the file as the adapter reads them.

        :raise OmsRefusal: ``bad_file``, ``unknown_format``
        """
        name = self.file_name or self.env._("The file")
        try:
            sheets = open_workbook(name, self._content())
        except WorkbookError as error:
            raise OmsRefusal("bad_file", self.env["oms.rpc"]._say(error.sentence)) from error
        adapter, table = registry.detect(sheets)
        if not adapter:
            known = ", ".join(adapter.name for adapter in registry.adapters("orders", "table"))
            raise OmsRefusal(
                "unknown_format",
                self.env._("%(file)s has the headings of no known order export.", file=name),
                next_step=self.env._(
                    "Choose an untouched export. Known formats: %(formats)s.", formats=known
                ),
            )
        self.format_code = adapter.code
        orders = list(adapter.read_orders(table, self.zone))
        if not orders:
            raise OmsRefusal(
                "no_orders",
                self.env._("%(file)s has headings but no orders below them.", file=name),
                next_step=self.env._("Export a period in which orders were placed."),
            )
        return orders

    def _try_out(self, orders):
        # sudo: the agent's role was checked; previewing reads products and orders of the channel.
        intakes = self.env["oms.intake"].sudo()
        return intakes._try_out(
            self.channel_id.sudo(), [order.payload for order in orders], source="file"
        )

    def _is_skipped(self, order, job):
        return self.scope == "open" and not order.open and not job.sale

    def _prepare_preview_line(self, order, job):
        outcome = {"accepted": "new", "quarantined": "waiting"}.get(job.state, job.state)
        if self._is_skipped(order, job):
            outcome = "skipped"
        messages = [self.env["oms.rpc"]._say(issue.sentence) for issue in order.issues]
        messages += [error["message"] for error in job.errors]
        if outcome == "duplicate":
            messages += [warning["message"] for warning in job.warnings]
        return {
            "sequence": ["waiting", "new", "updated", "duplicate", "skipped"].index(outcome),
            "rows": ", ".join(map(str, order.rows)),
            "external_id": order.payload.get("external_id"),
            "channel_status": order.status,
            "outcome": outcome,
            "reason": " ".join(messages[:4]) if outcome != "skipped" else False,
        }

    def _prepare_file(self, skipped_count):
        content = self._content()
        return {
            "name": self.file_name or self.format_code,
            "channel_id": self.channel_id.id,
            "content": self.file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "scope": self.scope,
            "format_code": self.format_code,
            "skipped_count": skipped_count,
        }

    def _count(self, results):
        states = [
            "duplicate" if known and intake.state in ("accepted", "updated") else intake.state
            for intake, known in results
        ]
        return {
            "new_count": states.count("accepted"),
            "updated_count": states.count("updated"),
            "duplicate_count": states.count("duplicate") + states.count("superseded"),
            "waiting_count": states.count("quarantined") + states.count("failed"),
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


class OmsImportLine(models.TransientModel):
    """One order of the file and what would become of it."""

    _name = "oms.import.line"
    _description = "Order in an Import File"
    _order = "sequence, id"

    import_id = fields.Many2one("oms.import", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer()
    rows = fields.Char()
    external_id = fields.Char(string="Channel Order")
    channel_status = fields.Char(string="Status at the Channel")
    outcome = fields.Selection(
        [
            ("new", "New"),
            ("updated", "Update"),
            ("duplicate", "Already Known"),
            ("waiting", "Will Wait"),
            ("skipped", "Left Out"),
        ]
    )
    reason = fields.Char()
