from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from .oms_rpc import RETRYABLE
from .oms_settlement import BATCH

# How often a batch that met other writers is tried before the job lets go.
CONFLICTS = 5
# So many numbers that wait for their parcels are looked up in one search.
NUMBERS_AT_ONCE = 1000


class OmsSettlementLine(models.Model):
    """Posting in the background: a batch and a commit at a time, so that a server that dies has
    posted whole batches and the next run goes on with the rest."""

    _inherit = "oms.settlement.line"

    @api.model
    def _cron_post(self):
        """Post what is matched and due; then look at unmatched lines whose orders came since."""
        conflicts = 0
        while conflicts < CONFLICTS:
            lines = self._next_batch()
            if not lines:
                break
            try:
                lines._post_matched()
                self.env.flush_all()
                left = self.env["ir.cron"]._commit_progress(
                    len(lines), remaining=self.search_count(self._to_post(), limit=100_000)
                )
            except RETRYABLE:
                self.env.cr.rollback()
                conflicts += 1
                continue
            self.env.invalidate_all()
            if not left:
                return
        self._match_late()

    @api.model
    def _to_post(self):
        now = fields.Datetime.now()
        due = Domain("post_from", "=", False) | Domain("post_from", "<=", now)
        return Domain("state", "=", "new") & Domain("move_id", "=", False) & due

    @api.model
    def _next_batch(self):
        """The oldest lines that are to be posted, all of one settlement."""
        first = self.search(self._to_post(), order="id", limit=1)
        if not first:
            return first
        domain = self._to_post() & Domain("settlement_id", "=", first.settlement_id.id)
        return self.search(domain, order="id", limit=BATCH)

    @api.model
    def _match_late(self):
        """Lines wait for their orders: files of income hold orders that come with a later file,
        and remittances numbers that a parcel gets later."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id
                  FROM oms_settlement_line line
                  JOIN sale_order sale ON sale.oms_channel_id = line.channel_id
                                      AND sale.oms_external_id = line.order_ref
                 WHERE line.state = 'unmatched' AND line.order_id IS NULL
                 LIMIT %s
                """,
                BATCH,
            )
        )
        lines = self.browse(row[0] for row in rows)
        lines |= self._numbered_late(BATCH - len(lines))
        for _settlement, some in lines.grouped("settlement_id").items():
            some._match()
        if lines.filtered(lambda line: line.state == "new"):
            self.env["oms.rpc"]._run_again()

    @api.model
    def _numbered_late(self, limit):
        """Return up to ``limit`` unmatched lines whose number a parcel of one order has by now."""
        found = self.browse()
        waiting = self.search([("state", "=", "unmatched"), ("order_id", "=", False)], order="id")
        for lines in waiting.grouped("company_id").values():
            for some in split_every(NUMBERS_AT_ONCE, lines.ids, lines.browse):
                if len(found) >= limit:
                    return found[:limit]
                known = some._orders_of_numbers(())
                found += some.filtered(
                    lambda line, known=known: line.resi in known or line.order_ref in known
                )
        return found[:limit]
