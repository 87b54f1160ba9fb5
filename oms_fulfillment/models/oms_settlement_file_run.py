from collections import Counter

from odoo import api, models
from odoo.tools import SQL, split_every

from ..adapters.messages import Sentence
from ..adapters.settlement.files import open_statement
from ..adapters.settlement.statement import CHECK, SILENT

MAX_REASONS = 50


class OmsSettlementFile(models.Model):
    """Importing: a chunk of entries at a time, each remembered, so that nothing is done twice."""

    _inherit = "oms.settlement.file"

    _chunk = 500

    def _open(self):
        return self._opened_with(open_statement).statement

    def _finish(self, entries):
        self._check_orders(entries)
        self.env["oms.rpc"]._wake("oms_fulfillment.cron_settlement_post")
        return super()._finish(entries)

    def _take_in(self, entries, chunk):
        """Store what a chunk says that isn't known yet, in the settlements of its payouts."""
        self._lock_channel()
        counts = Counter()
        wanted = []
        for group in chunk:
            spoken = [entry for entry in group.entries if entry.kind not in SILENT]
            refused = [entry for entry in spoken if entry.issues]
            counts["silent"] += len(spoken) < len(group.entries)
            counts["refused"] += bool(refused)
            self._note_refused(refused)
            good = [entry for entry in spoken if not entry.issues]
            if good:
                wanted.append((group.key, good))
        # sudo: importing is for finance, and was checked; orders are matched by their numbers.
        Line = self.env["oms.settlement.line"].sudo().with_company(self.company_id)
        counts.update(Line._take_in(self, entries.form, wanted))
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
        for chunk in split_every(self._chunk, statement):
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
