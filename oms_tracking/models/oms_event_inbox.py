import json
import logging

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from .oms_shipment_push import Entry
from .selection import SOURCES

_logger = logging.getLogger(__name__)

RETRYABLE = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
    ConcurrencyError,
)


class OmsEventInbox(models.Model):
    """Events whose parcel we don't know yet: couriers are often faster than the warehouse."""

    _name = "oms.event.inbox"
    _description = "Waiting Tracking Event"
    _order = "received_at DESC, id DESC"
    _rec_name = "resi"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    courier_id = fields.Many2one("oms.courier", required=True, readonly=True, ondelete="restrict")
    resi = fields.Char(required=True, readonly=True)
    payload = fields.Json(string="Message", readonly=True)
    payload_text = fields.Text(string="Payload", compute="_compute_payload_text")
    occurred_at = fields.Datetime(string="Happened At", readonly=True)
    received_at = fields.Datetime(string="Learnt At", required=True, readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    dedup_key = fields.Char(string="Fingerprint", required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting for its parcel"), ("applied", "Applied"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    error = fields.Char(string="Why It Failed", readonly=True)
    shipment_id = fields.Many2one(
        "oms.shipment", string="Parcel", readonly=True, index="btree_not_null", ondelete="restrict"
    )

    _dedup_uniq = models.Constraint(
        "UNIQUE(courier_id, dedup_key)", lambda env, diag: env._("This event is waiting already.")
    )
    _waiting_idx = models.Index("(courier_id, resi) WHERE state = 'waiting'")

    @api.depends("payload")
    def _compute_payload_text(self):
        for message in self:
            message.payload_text = "\n".join(
                f"{key}: {_shown(value)}" for key, value in (message.payload or {}).items() if value
            )

    # KEEP

    @api.model
    def _keep(self, entries):
        """Store entries without a parcel, once each; fills their results."""
        if not entries:
            return
        self.env.execute_query(self._insert_query(entries))
        self.invalidate_model()
        kept = self.search_fetch(
            [
                ("courier_id", "in", list({entry.courier.id for entry in entries})),
                ("dedup_key", "in", list({entry.message.key for entry in entries})),
            ],
            ["courier_id", "dedup_key"],
        )
        ids = {(message.courier_id.id, message.dedup_key): message.id for message in kept}
        for entry in entries:
            mark = (entry.courier.id, entry.message.key)
            entry.result.update(status="waiting", id=ids[mark])

    def _insert_query(self, entries):
        payload = self._fields["payload"]
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s, 'waiting', %s, NOW() AT TIME ZONE 'UTC')",
                self.env.company.id,
                entry.courier.id,
                entry.message.resi,
                payload.convert_to_column(entry.message.as_item(), self),
                entry.message.occurred_at,
                entry.received_at,
                entry.source,
                entry.message.key,
                self.env.uid,
            )
            for entry in entries
        )
        return SQL(
            "INSERT INTO oms_event_inbox (company_id, courier_id, resi, payload, occurred_at, "
            "received_at, source, dedup_key, state, create_uid, create_date) VALUES %s "
            "ON CONFLICT (courier_id, dedup_key) DO NOTHING RETURNING id",
            rows,
        )

    # APPLY

    @api.model
    def _apply_for(self, parcels):
        """Apply what waits for the numbers of these parcels."""
        if not parcels:
            return
        # sudo: a consequence of giving the parcel its number.
        waiting = self.sudo().search(
            [
                ("state", "=", "waiting"),
                ("courier_id", "in", parcels.courier_id.ids),
                ("resi", "in", parcels.mapped("resi")),
            ],
            order="id",
        )
        waiting._apply()

    def _apply(self):
        """Record the events whose parcel is known by now; the others go on waiting."""
        if not self:
            return self
        # sudo: each message finds parcels only in the companies of the user who sent it.
        messages = self.sudo()
        entries = [
            Entry(
                message.payload,
                frozenset(message.create_uid.company_ids.ids),
                message.received_at,
                message.source,
            )
            for message in messages
        ]
        shipments = self.env.company._oms_in_language(messages.env["oms.shipment"])
        shipments.with_context(tracking_disable=True)._process(entries)
        applied = self.browse()
        for message, entry in zip(messages, entries, strict=True):
            if entry.shipment_id:
                applied |= message
                message.shipment_id = entry.shipment_id
                message.write({"state": "applied", "error": False})
            elif not entry.usable:
                message.write({"state": "failed", "error": entry.result["errors"][0]["message"]})
            elif message.state == "failed":
                message.write({"state": "waiting", "error": False})
        return applied

    def action_retry(self):
        """Button: look for the parcels again."""
        self.check_access("write")
        self.filtered(lambda message: message.state != "applied")._apply()
        return True

    @api.model
    def _cron_apply_waiting(self, limit=500):
        """Apply events that came in the same moment in which their parcel was registered.

        Neither transaction could see the other; this one sees both.
        """
        self.env["oms.shipment.resi"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT message.id FROM oms_event_inbox message "
                "JOIN oms_shipment_resi number ON number.courier_id = message.courier_id "
                "AND number.number = message.resi "
                "WHERE message.state = 'waiting' ORDER BY message.id LIMIT %s",
                limit,
            )
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(rows))
        for (message_id,) in rows:
            message = self.browse(message_id).try_lock_for_update()
            try:
                with self.env.cr.savepoint():
                    message._apply()
                    self.env["sale.order"]._oms_refresh_touched()
                    self.env.flush_all()
            except RETRYABLE:
                # Somebody else works on the parcel: the next run finds the message again.
                _logger.info("waiting event %s: parcel is busy", message_id)
            if not cron._commit_progress(1):
                break


def _shown(value):
    """A part of a message as its sender wrote it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
