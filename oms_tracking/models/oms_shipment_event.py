from psycopg2 import sql

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .selection import SOURCES, STATUSES


class OmsShipmentEvent(models.Model):
    """One fact about a parcel, with two clocks: when it happened and when we learnt it.

    Facts are appended, never edited. ``status`` and ``problem`` are what ``raw_code`` means today;
    they follow when the meaning of the code is corrected.
    """

    _name = "oms.shipment.event"
    _description = "Tracking Event"
    _order = "occurred_at DESC, id DESC"
    _rec_name = "status"

    shipment_id = fields.Many2one(
        "oms.shipment",
        string="Parcel",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    courier_id = fields.Many2one("oms.courier", readonly=True, ondelete="restrict")
    resi = fields.Char(readonly=True, help="The number under which the event came.")
    status = fields.Selection(STATUSES, required=True, readonly=True)
    problem = fields.Boolean(string="Needs Somebody", readonly=True)
    raw_code = fields.Char(string="Code", readonly=True)
    code_key = fields.Char(
        string="Folded Code", readonly=True, help="Empty when the sender gave a canonical status."
    )
    text = fields.Char(readonly=True)
    place = fields.Char(readonly=True)
    occurred_at = fields.Datetime(string="Happened At", required=True, readonly=True)
    received_at = fields.Datetime(string="Learnt At", required=True, readonly=True)
    source = fields.Selection(SOURCES, required=True, readonly=True)
    source_id = fields.Char(string="Sender's Id", readonly=True)
    raw = fields.Json(readonly=True)
    dedup_key = fields.Char(string="Fingerprint", required=True, readonly=True)

    _dedup_uniq = models.Constraint(
        "UNIQUE(shipment_id, dedup_key)",
        lambda env, diag: env._("This event is already recorded for this parcel."),
    )
    _unmapped_idx = models.Index("(code_key) WHERE code_key IS NOT NULL")

    # APPEND-ONLY

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "Tracking events are facts and can't be changed (%(event)s). "
                "If a code means something else, change it under Configuration > Status Codes.",
                event=", ".join(self[:3].mapped("display_name")),
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Tracking events are facts and can't be deleted (%(event)s). "
                "Record what is true now as a new event.",
                event=", ".join(self[:3].mapped("display_name")),
            )
        )

    # HELPERS

    @api.model
    def _insert(self, rows):
        """Insert events that are not known yet; one that another transaction recorded meanwhile
        fails this one, which is run again.

        :param list rows: dicts of column values, all with the same keys in the same order: every
            stored field but ``id`` and the log fields
        :return: ``{(shipment id, dedup key): event id}`` of those that were new
        """
        if not rows:
            return {}
        now = self.env.cr.now()
        columns = map(sql.Identifier, [*rows[0], "create_uid", "create_date"])
        new = self.env.cr.execute_values(
            sql.SQL(
                "INSERT INTO oms_shipment_event ({}) VALUES %s ON CONFLICT (shipment_id, dedup_key)"
                " DO NOTHING RETURNING shipment_id, dedup_key, id"
            ).format(sql.SQL(", ").join(columns)),
            [(*row.values(), self.env.uid, now) for row in rows],
            page_size=len(rows),
            fetch=True,
        )
        self.invalidate_model()
        self.env["oms.shipment"].invalidate_model(["event_ids"])
        return {(shipment_id, key): id_ for shipment_id, key, id_ in new}

    @api.model
    def _remap(self, keys):
        """Give the events with these code keys their present meaning; re-derive their parcels."""
        keys = sorted({key for key in keys if key})
        if not keys:
            return
        # sudo: whoever may edit the meanings changes what follows from them, for every company.
        events = self.sudo().search_fetch(
            [("code_key", "in", keys)], ["courier_id", "code_key", "status", "problem"]
        )
        mapping = self.env["oms.courier.status"]
        meanings = mapping._meanings(keys)
        changes = {}
        for event in events:
            meaning = mapping._meaning(meanings, event.courier_id.id, event.code_key)
            if meaning != (event.status, event.problem):
                changes.setdefault(meaning, []).append(event.id)
        if not changes:
            return
        changed = self.sudo().browse(id_ for ids in changes.values() for id_ in ids)
        shipments = changed.shipment_id._lock_with_siblings()
        for (status, problem), ids in changes.items():
            self.env.execute_query(
                SQL(
                    "UPDATE oms_shipment_event SET status = %s, problem = %s WHERE id = ANY(%s) "
                    "RETURNING id",
                    status,
                    problem,
                    ids,
                )
            )
        changed.invalidate_recordset(["status", "problem"])
        shipments._derive()
