from odoo import Command, api, fields, models

from ..adapters import registry
from ..adapters.settlement.files import open_statement
from ..adapters.settlement.statement import SILENT
from ..exceptions import OmsRefusal


class OmsSettlementImport(models.TransientModel):
    """Bring a file of payouts in: look first, then import."""

    _name = "oms.settlement.import"
    _inherit = ["oms.file.window"]
    _description = "Import Payouts from a File"

    _outcomes = ("refused", "unmatched", "changed", "new", "duplicate", "silent")

    file = fields.Binary(string="Payout File", attachment=False)
    currency_id = fields.Many2one(related="channel_id.currency_id")
    template_id = fields.Many2one("oms.settlement.template", string="Column Mapping")
    reference = fields.Char(
        string="Number of the Payout",
        help="As on the bank statement. Rows that name their payout themselves keep that one.",
    )
    # what was written there for the user; a number that a person wrote stays for the next file
    proposed = fields.Char()
    known_id = fields.Many2one("oms.settlement.file", string="Earlier Import", readonly=True)
    line_ids = fields.One2many("oms.settlement.import.line", "import_id", readonly=True)
    control_ids = fields.One2many("oms.settlement.import.control", "import_id", readonly=True)
    net = fields.Monetary(string="Sum of the Rows", readonly=True)
    control_difference = fields.Monetary(string="Difference to the File's Total", readonly=True)
    changed_count = fields.Integer(string="Adjustments", readonly=True)
    unmatched_count = fields.Integer(string="Without an Order", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)
    silent_count = fields.Integer(string="Not to Post", readonly=True)

    @api.model
    def _selection_format(self):
        return [(form.code, form.name) for form in registry.adapters("settlement")] + [
            ("remittance", self.env._("Own columns"))
        ]

    # ACTIONS

    def action_preview(self):
        """Read the file and show what importing it would do, without doing it.

        :raise OmsRefusal: ``access``, ``bad_file``, ``unknown_format``, ``no_lines``
        """
        self.ensure_one()
        self._check_role()
        self.known_id = self._known_file()
        if self.known_id:
            self.state = "known"
            return self._reopen()
        opened = self._open_file()
        if opened.statement is None:
            return self._ask_for_columns(opened.table)
        statement = opened.statement
        if self.reference in (False, self.proposed):
            self.reference = self.proposed = self._propose_reference(statement)
        self.control_ids.unlink()
        File = self.env["oms.settlement.file"]
        return self._show_preview(
            statement.code,
            statement,
            self._notes(statement),
            net=float(statement.net),
            control_difference=File._control_difference(statement),
            control_ids=[Command.create(values) for values in File._prepare_controls(statement)],
        )

    def action_import(self):
        """Import the file and open what came of it; a long file goes on in the background.

        :raise OmsRefusal: ``access``, ``known_file``, ``bad_file``, ``unknown_format``
        """
        self.ensure_one()
        self._check_role()
        self._refuse_known_file()
        opened = self._open_file()
        if opened.statement is None:
            raise self._unknown_format()
        # sudo: finance doesn't write the record of imports itself; its role was checked.
        record = self.env["oms.settlement.file"].sudo().create(self._prepare_file(opened.statement))
        if len(opened.statement) > self._at_once:
            record._wake()
        else:
            record._run()
        return record.with_env(self.env)._get_records_action()

    # HELPERS

    def _check_role(self):
        self.env["oms.settlement"]._check_access_to_money()
        self.channel_id.check_access("read")

    def _known_file(self):
        """Return the import of the same file for the same channel, if there was one."""
        return self.env["oms.settlement.file"].search(
            [("channel_id", "=", self.channel_id.id), ("sha256", "=", self._sha256())], limit=1
        )

    def _open_file(self):
        """Return the :class:`~..adapters.settlement.files.StatementFile`.

        :raise OmsRefusal: ``bad_file``, ``no_lines``
        """
        opened, forms = self._opened_with(open_statement)
        self.template_id = forms.get(opened.form, False)
        if opened.statement is not None and not len(opened.statement):
            raise OmsRefusal(
                "no_lines",
                self.env._(
                    "%(file)s has headings but no payouts below them.", file=self._file_label()
                ),
                field="file",
                next_step=self.env._("Export a period in which something was paid out."),
            )
        return opened

    def _unknown_format(self):
        known = ", ".join(form.name for form in registry.adapters("settlement"))
        return OmsRefusal(
            "unknown_format",
            self.env._(
                "%(file)s has the headings of no known file of payouts.",
                file=self.file_name or "",
            ),
            field="file",
            next_step=self.env._(
                "Choose an untouched export, or map its columns first. Known formats: %(formats)s.",
                formats=known,
            ),
        )

    def _propose_reference(self, statement):
        """A period where the file is one of a period; a remittance is named like its file."""
        if statement.form.per_payout:
            name = self.file_name or statement.form.name
            return name.rpartition(".")[0] or name
        first, last = (statement.first or "")[:10], (statement.last or "")[:10]
        name = statement.form.name.partition(":")[0]
        return f"{name} {first} - {last}" if first else name

    def _notes(self, statement):
        notes = [self.env["oms.rpc"]._say(note.sentence) for note in statement.notes]
        if self.control_difference or self.env["oms.settlement.file"]._control_difference(
            statement
        ):
            notes.insert(
                0,
                self.env._(
                    "The rows don't add up to the total of the file: rows were deleted or changed, "
                    "or rows were refused. Import an untouched export where you can."
                ),
            )
        if len(statement) > self._max_examined:
            notes.append(
                self.env._(
                    "The file is long: the first %(count)s of its %(total)s entries were tried "
                    "out.",
                    count=self._max_examined,
                    total=len(statement),
                )
            )
        return notes

    # PREVIEW

    def _tried_out(self, entries, chunk):
        # sudo: the role was checked; previewing reads orders and lines of the channel.
        lines = self.env["oms.settlement.line"].sudo().with_company(self.channel_id.company_id)
        for outcome, group, values in self._try_out(lines, entries.form, chunk):
            yield outcome, self._prepare_preview_line(group, values)

    def _try_out(self, lines, form, groups):
        """Yield ``(outcome, entries, values)`` of each group."""
        wanted = []
        for group in groups:
            entries = [entry for entry in group.entries if entry.kind not in SILENT]
            bad = [entry for entry in entries if entry.issues]
            good = [entry for entry in entries if not entry.issues]
            if bad:
                yield "refused", bad, {}
            if good:
                wanted.append((group.key, good))
            elif not bad:
                yield "silent", group.entries, {}
        plans = lines._plan(self.channel_id, self.reference, form, wanted)
        found = lines._known_refs(self.channel_id, [entries for _key, entries in wanted])
        for (_key, entries), plan in zip(wanted, plans, strict=True):
            outcome = plan["outcome"]
            named = entries[0].order or entries[0].resi
            if outcome == "new" and named and not {entries[0].order, entries[0].resi} & found:
                outcome = "unmatched"
            yield outcome, entries, plan["values"]

    def _prepare_preview_line(self, entries, values):
        say = self.env["oms.rpc"]._say
        first = entries[0]
        return {
            "rows": ", ".join(str(entry.number) for entry in entries[:5]),
            "name": first.order or first.resi or first.label or "",
            "gross": values.get("gross", 0.0),
            "fees": values.get("fee_amount", 0.0),
            "net": values.get("net", 0.0) if values else float(first.net),
            "reason": " ".join(say(issue.sentence) for issue in first.issues[:3])
            or (first.label if first.kind != "order" else False),
        }

    def _prepare_file(self, statement):
        File = self.env["oms.settlement.file"]
        return self._prepare_job(statement.code, statement) | {
            "reference": self.reference or self._propose_reference(statement),
            "notes": "\n".join(self._notes(statement)) or False,
            "net": float(statement.net),
            "control_difference": File._control_difference(statement),
            "control_ids": [Command.create(values) for values in File._prepare_controls(statement)],
        }

    def _title(self):
        return self.env._("Import Payouts")


class OmsSettlementImportLine(models.TransientModel):
    """One entry of the file and what would become of it."""

    _name = "oms.settlement.import.line"
    _description = "Payout in an Import File"
    _order = "sequence, id"

    import_id = fields.Many2one(
        "oms.settlement.import", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="import_id.currency_id")
    sequence = fields.Integer()
    rows = fields.Char()
    name = fields.Char(string="Order or Parcel")
    outcome = fields.Selection(
        [
            ("new", "New"),
            ("changed", "Adjustment"),
            ("duplicate", "Already Known"),
            ("unmatched", "Without an Order"),
            ("refused", "Refused"),
            ("silent", "Not to Post"),
        ]
    )
    gross = fields.Monetary(string="Paid by the Buyer")
    fees = fields.Monetary()
    net = fields.Monetary(string="Received")
    reason = fields.Char()


class OmsSettlementImportControl(models.TransientModel):
    """A total that the file states, beside what its rows add up to."""

    _name = "oms.settlement.import.control"
    _description = "Control Total of an Import File"

    import_id = fields.Many2one(
        "oms.settlement.import", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="import_id.currency_id")
    code = fields.Char()
    name = fields.Char(string="Total")
    has_stated = fields.Boolean()
    stated = fields.Monetary(string="In the File")
    counted = fields.Monetary(string="Sum of the Rows")
    difference = fields.Monetary()
