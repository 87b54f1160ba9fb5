from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 5000


class OmsOutbox(models.Model):
    """Forgetting what channels have known for long. What they don't know yet is never dropped."""

    _inherit = "oms.outbox"

    earlier_keys = fields.Json(
        readonly=True, help="The facts of earlier events of the order, which were dropped."
    )

    @api.model
    def _cron_prune(self, batch=BATCH):
        """Drop events that were told, or left out, longer ago than their channel keeps them.

        The latest event of each order and product stays: its number goes on from there, and it
        remembers the facts of those that were dropped, so that none is told twice.
        """
        cron = self.env["ir.cron"]
        for channel in self.env["oms.channel"].search([("outbox_keep_days", ">", 0)]):
            while dropped := self._prune(channel, batch):
                if not cron._commit_progress(dropped, remaining=0):
                    self.env["oms.rpc"]._run_again()
                    return

    @api.model
    def _prune(self, channel, limit):
        """Drop up to ``limit`` old events of a channel; return how many."""
        if channel.outbox_keep_days <= 0:
            return 0
        self.flush_model()
        before = fields.Datetime.now() - timedelta(days=channel.outbox_keep_days)
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS (
                    DELETE FROM oms_outbox WHERE id IN (
                        SELECT message.id FROM oms_outbox message
                         WHERE message.channel_id = %(channel)s
                           AND message.state IN ('sent', 'skipped')
                           AND COALESCE(message.sent_at, message.created_at) < %(before)s
                           AND EXISTS (
                               SELECT 1 FROM oms_outbox later
                                WHERE later.channel_id = message.channel_id
                                  AND later.stream = message.stream
                                  AND later.sequence > message.sequence)
                         ORDER BY message.id
                           FOR UPDATE OF message SKIP LOCKED
                         LIMIT %(limit)s)
                    RETURNING stream, order_id, sequence, key, earlier_keys),
                facts AS (
                    SELECT gone.stream, jsonb_agg(fact.key ORDER BY gone.sequence, place) AS keys
                      FROM gone,
                           jsonb_array_elements(
                               COALESCE(gone.earlier_keys, '[]') || to_jsonb(gone.key::text)
                           ) WITH ORDINALITY AS fact(key, place)
                     WHERE gone.order_id IS NOT NULL
                  GROUP BY gone.stream),
                kept AS (
                    UPDATE oms_outbox
                       SET earlier_keys = facts.keys || COALESCE(oms_outbox.earlier_keys, '[]')
                      FROM facts
                     WHERE oms_outbox.channel_id = %(channel)s
                       AND oms_outbox.stream = facts.stream
                       AND oms_outbox.sequence = (
                           SELECT min(rest.sequence) FROM oms_outbox rest
                            WHERE rest.channel_id = %(channel)s AND rest.stream = facts.stream
                              AND rest.id NOT IN (
                                  SELECT own.id FROM oms_outbox own JOIN gone
                                      ON gone.stream = own.stream AND gone.sequence = own.sequence
                                   WHERE own.channel_id = %(channel)s)))
                SELECT count(*) FROM gone
                """,
                channel=channel.id,
                before=before,
                limit=limit,
            )
        )
        (count,) = self.env.cr.fetchone()
        self.env.invalidate_all(flush=False)
        return count
