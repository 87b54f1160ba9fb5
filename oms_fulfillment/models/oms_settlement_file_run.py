import base64
from collections import Counter

from odoo import api, models
from odoo.tools import SQL, split_every

from ..adapters.messages import Sentence, WorkbookError
from ..adapters.settlement.files import open_statement
from ..adapters.settlement.statement import CHECK, SILENT

CHUNK = 500
MAX_REASONS = 50


class OmsSettlementFile(models.Model):
    """Importing: a chunk of entries at a time, each remembered, so that nothing is done twice."""

    _inherit = "oms.settlement.file"

    def _open(self):
        """Return the :class:`~..adapters.settlement.statement.Statement` of the content.

        :raise WorkbookError: the file can't be read
        """
        self.ensure_one()
        mappings = [self.template_id._form()] if self.template_id else []
        content = base64.b64decode(self.with_context(bin_size=False).content or b"")
        return open_statement(self.name, content, self.zone, mappings).statement

    def _run(self, report=None):
        """Take in what is left of the file.

        :param report: called after each chunk with the number of entries done in it and left;
            returns the seconds that are left, commits by itself
        """
        self.ensure_one()
        try:
            statement = self._open()
            self.total_count = len(statement)
            for chunk in split_every(CHUNK, statement.starting(self.position)):
                self._take_in(statement.form, chunk)
                self.position += len(chunk)
                left = self.total_count - self.position
                if report and report(len(chunk), left) <= 0 and left:
                    return
                # what is done is not needed in memory any more
                self.env.invalidate_all()
        except WorkbookError as error:
            language = self.company_id.partner_id.lang or self.env.lang
            rpc = self.env["oms.rpc"].with_context(lang=language)
            self.write({"state": "failed", "error": rpc._say(error.sentence)})
        else:
            self._finish(statement)

    def _finish(self, statement):
        self._check_orders(statement)
        self.state = "done"
        self.env["oms.rpc"]._wake("oms_fulfillment.cron_settlement_post")

    def _take_in(self, form, groups):
        """Store what ``groups`` say that isn't known yet, in the settlements of their payouts."""
        self._lock_channel()
        counts = Counter()
        wanted = []
        for group in groups:
            entries = [entry for entry in group.entries if entry.kind not in SILENT]
            refused = [entry for entry in entries if entry.issues]
            counts["silent"] += len(entries) < len(group.entries)
            counts["refused"] += bool(refused)
            self._note_refused(refused)
            good = [entry for entry in entries if not entry.issues]
            if good:
                wanted.append((group.key, good))
        # sudo: importing is for finance, and was checked; orders are matched by their numbers.
        Line = self.env["oms.settlement.line"].sudo().with_company(self.company_id)
        counts.update(Line._take_in(self, form, wanted))
        self.write(
            {f"{name}_count": self[f"{name}_count"] + count for name, count in counts.items()}
        )

    def _lock_channel(self):
        """Who imports for the same channel at the same time starts again and sees this chunk."""
        self.env.cr.execute(
            SQL("UPDATE oms_channel SET id = id WHERE id = %s", self.channel_id.id),
            log_exceptions=False,
        )

    def _note_refused(self, entries):
        known = (self.refused or "").splitlines()
        say = self.env["oms.rpc"]._say
        for entry in entries[: max(MAX_REASONS - len(known), 0)]:
            known.append(" ".join(say(issue.sentence) for issue in entry.issues))
        if entries:
            self.refused = "\n".join(known)

    # CONTROL TOTALS

    @api.model
    def _prepare_controls(self, statement):
        """The values of the control totals of a statement."""
        return [
            {
                "code": control.code,
                "name": self.env["oms.rpc"]._say(Sentence(control.label)),
                "has_stated": control.stated is not None,
                "stated": float(control.stated or 0),
                "counted": float(control.counted),
                "difference": float(control.difference),
            }
            for control in statement.controls
        ]

    @api.model
    def _control_difference(self, statement):
        """The first difference among the totals that must be equal."""
        off = [one.difference for one in statement.controls if one.code == "total"]
        return float(next(filter(None, off), 0))

    def _check_orders(self, statement):
        """A balance report says again what orders brought: compare it with their lines."""
        if not statement.kinds[CHECK]:
            return
        self.control_ids.filtered(lambda control: control.code == "orders").unlink()
        stated = counted = 0
        for chunk in split_every(CHUNK, statement):
            amounts = Counter()
            for group in chunk:
                for entry in group.entries:
                    if entry.kind == CHECK and entry.order:
                        amounts[entry.order] += entry.net
            stated += sum(amounts.values())
            groups = self.env["oms.settlement.line"]._read_group(
                [("channel_id", "=", self.channel_id.id), ("order_ref", "in", list(amounts))],
                [],
                ["net:sum"],
            )
            counted += groups[0][0] or 0
        self.env["oms.settlement.control"].create(
            {
                "file_id": self.id,
                "code": "orders",
                "name": self.env._("Orders, by the balance, beside their lines in settlements"),
                "has_stated": True,
                "stated": float(stated),
                "counted": float(counted),
                "difference": float(counted) - float(stated),
            }
        )
