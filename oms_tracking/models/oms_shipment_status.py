from odoo import fields, models
from odoo.tools import SQL

from ..engine import status as engine
from ..engine.message import event_key

# On the way back these are no news: somebody knows already, from the first parcel.
EXPECTED_BACK = ("attempt_failed", "refused", "returning", "returned")


class OmsShipment(models.Model):
    """The status of a parcel: derived from its events, never set by hand."""

    _inherit = "oms.shipment"

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

    def _derive(self):
        """Bring the cached status in line with the events, and tell the orders what changed."""
        known = self._known_events()
        changed = self.browse()
        for parcel in self:
            events = known.get(parcel.id, ())
            state = engine.derive(events, going_back=bool(parcel.return_of_id))
            vals = parcel._prepare_status_vals(state, len(events))
            stale = {name: value for name, value in vals.items() if parcel[name] != value}
            if stale.keys() - {"event_count", "last_event_at"}:
                changed |= parcel
            if stale:
                parcel.with_context(tracking_disable=True).write(stale)
        changed._status_changed()
        return changed

    def _known_events(self):
        """Return ``{parcel id: [engine.Event]}`` in one query."""
        rows = self.env.execute_query(
            SQL(
                "SELECT shipment_id, status, occurred_at, COALESCE(problem, FALSE), dedup_key "
                "FROM oms_shipment_event WHERE shipment_id = ANY(%s)",
                self.ids,
            )
        )
        events = {}
        for shipment_id, *values in rows:
            events.setdefault(shipment_id, []).append(engine.Event(*values))
        return events

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
            "found": state.found,
            "exception_code": self._exception_of(state),
        }
        if state.final:
            # Never switched on again from here: the courier may have given the number away.
            vals["resi_active"] = False
        told = ("status", "status_since", "attempts")
        news = any(vals[name] != self[name] for name in told)
        reopened = news and state.exception
        if self.exception_settled_at and (reopened or not vals["exception_code"]):
            vals["exception_settled_at"] = vals["exception_settled_by_id"] = False
        return vals

    def _exception_of(self, state):
        if self.return_of_id and state.exception in EXPECTED_BACK:
            return False
        return state.exception or False

    def _status_changed(self):
        """What follows from new statuses: transfers, deliveries, stages, automatic steps."""
        if not self:
            return
        # sudo: consequences of a recorded fact, whoever was allowed to record it.
        parcels = self.sudo()
        parcels.filtered(lambda p: p.status == "cancelled" and p.resi)._write_picking_refs()
        delivered = parcels.fulfillment_id._deliver_by_parcels()
        parcels.fulfillment_id._sharing().order_id._oms_touch()
        # Nothing becomes due by a hub scan: only a delivery can set the money in motion.
        delivered.order_id._oms_advance()

    # OUR OWN EVENTS

    def _record_own_event(self, status, at=None, place="", text=""):
        """Append an event that our own staff witnessed, to each of these parcels."""
        at = at or fields.Datetime.now()
        now = fields.Datetime.now()
        rows = [
            {
                "shipment_id": parcel.id,
                "company_id": parcel.company_id.id,
                "courier_id": parcel.courier_id.id,
                "resi": parcel.resi,
                "status": status,
                "problem": False,
                "raw_code": False,
                "code_key": False,
                "text": text,
                "place": place,
                "occurred_at": at,
                "received_at": now,
                "source": "own",
                "source_id": False,
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
