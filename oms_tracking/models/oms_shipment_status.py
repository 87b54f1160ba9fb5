from psycopg2 import sql

from odoo import fields, models
from odoo.tools import SQL

from ..engine import status as engine
from ..engine.message import event_key
from .selection import WAYS_BACK

# On the way back these are no news: somebody knows already, from the first parcel.
EXPECTED_BACK = ("attempt_failed", "refused", "returning", "returned")
# What every scan changes, with the types of the columns; no other field is written with these.
PLAIN = {
    "status": "varchar",
    "status_since": "timestamp",
    "picked_up_at": "timestamp",
    "attempts": "int4",
    "last_event_at": "timestamp",
    "event_count": "int4",
}
# Of these, what others are told about.
NEWS = ("status", "status_since", "attempts", "picked_up_at")
# What is read of each parcel to derive its status.
READ = (
    *PLAIN,
    *("delivered_at", "returned_at", "rested_at", "found", "resi_active"),
    *("exception_code", "exception"),
    *("exception_settled_at", "exception_settled_by_id", "kind"),
    *("fulfillment_id", "courier_id", "shipped_at"),
    *("promised_to", "customer_tz", "billed_kg", "corrected_kg", "name"),
)


class OmsShipment(models.Model):
    """The status of a parcel: derived from its events, never set by hand."""

    _inherit = "oms.shipment"

    def init(self):
        """Leave room on the pages: a scan then renews the parcel's row and none of its indexes."""
        result = super().init()
        self.env.cr.execute("ALTER TABLE oms_shipment SET (fillfactor = 70)")
        return result

    # DERIVE

    def _lock_with_siblings(self):
        """Lock these parcels and the other parcels of their fulfilments, always in id order.

        Two events of two parcels of one fulfilment may arrive at the same time; each transaction
        must see what the other made of its parcel, or neither would find the fulfilment complete.
        Every recorded event changes its parcel's row (``event_count``), so the one who waited gets
        a serialization failure and runs again on fresh facts.
        """
        self.flush_recordset()
        if self:
            self.env.execute_query(
                SQL(
                    "SELECT id FROM oms_shipment WHERE fulfillment_id IN "
                    "(SELECT fulfillment_id FROM oms_shipment WHERE id = ANY(%s)) "
                    "ORDER BY id FOR UPDATE",
                    self.ids,
                )
            )
        return self

    def _derive(self, known=None):
        """Bring the cached status in line with the events, and tell the orders what changed.

        :param dict known: the events of these parcels, as :meth:`_known_events` returns them
        """
        parcels = self.with_context(tracking_disable=True)
        parcels.fetch(READ)
        known = parcels._known_events() if known is None else known
        # What was fetched, as the columns have it: asking field by field would take longer.
        was = {name: parcels._fields[name]._get_cache(parcels.env) for name in READ}
        scanned, rare, before, moved = {}, {}, {}, []
        for parcel in parcels:
            events = [event for _id, event in known[parcel.id].values()]
            going_back = was["kind"][parcel.id] in WAYS_BACK
            state = engine.derive(events, going_back=going_back)
            vals = parcel._prepare_status_vals(state, len(events))
            changed = {
                name for name, value in vals.items() if (was[name][parcel.id] or False) != value
            }
            other = {name: vals[name] for name in changed.difference(PLAIN)}
            if other:
                rare[parcel] = other
            if other or not changed.isdisjoint(NEWS):
                moved.append(parcel.id)
            if other or state.final or "attempts" in changed:
                # Only then may something change of what a stage is made of.
                before[parcel] = parcel._stage_facts()
            scanned[parcel.id] = vals
        parcels._write_scanned(scanned)
        for parcel, vals in rare.items():
            parcel.write(vals)
        for status, reached in self.browse(moved).grouped("status").items():
            reached._status_reached(status)
        self.browse(
            parcel.id for parcel, facts in before.items() if parcel._stage_facts() != facts
        )._touch_orders()

    def _write_scanned(self, scanned):
        """Write the plain facts of many parcels in one statement.

        :param dict scanned: ``{parcel id: vals}`` with every field of :data:`PLAIN`
        """
        if not scanned:
            return
        parcels = self.browse(scanned)
        parcels.flush_recordset()
        columns = [sql.Identifier(name) for name in PLAIN]
        rows = [
            [None if vals[name] is False else vals[name] for name in PLAIN]
            for vals in scanned.values()
        ]
        self.env.cr.execute_values(
            sql.SQL(
                "UPDATE oms_shipment parcel SET write_uid = {uid}, write_date = {now}, {sets} "
                "FROM (VALUES (NULL::int4, {types}), %s) AS scan (id, {names}) "
                "WHERE parcel.id = scan.id"
            ).format(
                uid=sql.Literal(self.env.uid),
                now=sql.Literal(self.env.cr.now()),
                sets=sql.SQL(", ").join(sql.SQL("{0} = scan.{0}").format(name) for name in columns),
                names=sql.SQL(", ").join(columns),
                # The first row names no parcel; it gives the columns their types.
                types=sql.SQL(", ".join(f"NULL::{kind}" for kind in PLAIN.values())),
            ),
            [(parcel_id, *row) for parcel_id, row in zip(scanned, rows, strict=True)],
            page_size=len(scanned),
        )
        parcels.invalidate_recordset([*PLAIN, "write_uid", "write_date"], flush=False)
        parcels.modified(PLAIN)
        # What was written is known: nobody has to read it back.
        for name, values in zip(PLAIN, zip(*rows, strict=True), strict=True):
            self._fields[name]._insert_cache(parcels, values)

    def _known_events(self):
        """Return ``{parcel id: {fingerprint: (event id, engine.Event)}}`` in one query.

        Read before or after the lock is the same: whoever got in between has changed the row that
        is locked, and then this transaction runs again.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT shipment_id, id, status, occurred_at, COALESCE(problem, FALSE), dedup_key "
                "FROM oms_shipment_event WHERE shipment_id = ANY(%s)",
                self.ids,
            )
        )
        known = {parcel_id: {} for parcel_id in self._ids}
        for row in rows:
            known[row[0]][row[5]] = (row[1], engine.Event._make(row[2:]))
        return known

    def _prepare_status_vals(self, state, event_count):
        vals = {
            "status": state.current,
            "status_since": state.since or False,
            "picked_up_at": state.picked_up_at or False,
            "delivered_at": state.delivered_at or False,
            "returned_at": state.returned_at or False,
            "attempts": state.attempts,
            "last_event_at": state.last_event_at or False,
            "event_count": event_count,
            "rested_at": state.since if state.final else False,
            "found": state.found,
            "exception_code": self._exception_of(state),
        }
        if state.final:
            # Never switched on again from here: the courier may have given the number away.
            vals["resi_active"] = False
        if self.exception_settled_at:
            told = ("status", "status_since", "attempts")
            reopened = state.exception and any(vals[name] != self[name] for name in told)
            if reopened or not vals["exception_code"]:
                vals["exception_settled_at"] = vals["exception_settled_by_id"] = False
        return vals

    def _exception_of(self, state):
        if state.exception in EXPECTED_BACK and self.kind in WAYS_BACK:
            return False
        return state.exception or False

    def _status_reached(self, status):
        """What follows for parcels of which an event told news: transfers, deliveries, automatic
        steps.

        :param str status: where all of these parcels are now
        """
        # sudo: consequences of a recorded fact, whoever was allowed to record it.
        parcels = self.sudo()
        if status == "cancelled":
            parcels.filtered("resi")._write_picking_refs()
        elif status == "delivered":
            delivered = parcels.fulfillment_id._deliver_by_parcels()
            # Nothing becomes due by a hub scan: only a delivery can set the money in motion.
            delivered.order_id._oms_advance()

    def _touch_orders(self):
        """The stages of the orders in these parcels follow before the commit."""
        # sudo: as above.
        self.sudo().fulfillment_id._sharing().order_id._oms_touch()

    # OUR OWN EVENTS

    def _record_own_event(self, status, at=None, place="", text=""):
        """Append an event that our own staff witnessed, to each of these parcels."""
        at = at or fields.Datetime.now()
        now = fields.Datetime.now()
        rows = [
            {
                "shipment_id": parcel.id,
                "company_id": parcel.company_id.id,
                "courier_id": parcel.courier_id.id or None,
                "resi": parcel.resi or None,
                "status": status,
                "problem": False,
                "raw_code": None,
                "code_key": None,
                "text": text or None,
                "place": place or None,
                "occurred_at": at,
                "received_at": now,
                "source": "own",
                "source_id": None,
                "raw": None,
                "dedup_key": event_key(parcel.resi or "", status, at, f"own:{self.env.uid}"),
            }
            for parcel in self
        ]
        self.check_access("write")
        # sudo: events have no create right for anybody; the right to write the parcel was checked.
        parcels = self.sudo()._lock_with_siblings()
        self.env["oms.shipment.event"]._insert(rows)
        parcels._derive()
