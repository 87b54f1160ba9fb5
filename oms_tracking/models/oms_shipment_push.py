from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import matching
from ..engine.message import BadMessage, Message, courier_key, parse


@dataclass(slots=True)
class Entry:
    """One item of a batch on its way through: what came, what it means, what became of it."""

    item: object
    company_ids: frozenset
    received_at: object
    source: str
    message: Message = None
    courier: object = None
    shipment_id: int = None
    waiting_id: int = None
    result: dict = field(default_factory=dict)

    @property
    def usable(self):
        return self.message is not None

    @property
    def mark(self):
        """What makes the fact unique."""
        return (self.shipment_id, self.message.key)


class OmsShipment(models.Model):
    """What couriers say. Any order, any repetition, and before we know the parcel."""

    _inherit = "oms.shipment"

    # RPC

    @api.model
    def push_events(self, events):
        """Record tracking events. The number of queries does not grow with the batch.

        :param list events: ``{courier, resi, code | status, text, place, occurred_at, source_id,
            raw}``; ``courier`` is a code or alias, ``code`` the courier's own code, ``status`` a
            canonical status instead; ``occurred_at`` is ISO 8601, without an offset on the
            courier's clock; ``source_id`` the sender's id of the event; ``raw`` anything in JSON
        :return: per event, in order, ``{status, id, name, parcel_status, errors}``; ``status`` is
            ``recorded``, ``duplicate``, ``waiting`` (no parcel has that number yet; the event is
            kept and applied when one does) or ``error``; ``id`` is the event's (or the waiting
            message's) id, ``name`` the parcel
        """
        self._check_desk_access()
        return self._receive(events, "api")

    @api.model
    def _receive(self, events, source):
        """Record the events of one sender; the same answers as :meth:`push_events`."""
        if not isinstance(events, list | tuple):
            return self.env["oms.rpc"]._run_items(events, None)
        companies, now = frozenset(self.env.companies.ids), fields.Datetime.now()
        entries = [Entry(item, companies, now, source) for item in events]
        # sudo: the senders have no rights on parcels; each entry carries the companies in which
        # it may find one.
        parcels = self.sudo().with_context(tracking_disable=True)
        parcels._process(entries)
        parcels.env["oms.event.inbox"]._keep(
            [entry for entry in entries if entry.usable and not entry.shipment_id]
        )
        return [entry.result for entry in entries]

    def _process(self, entries):
        """Parse, match, insert, derive; fills ``result`` of each entry but the waiting ones."""
        self._parse(entries)
        self._match([entry for entry in entries if entry.usable])
        matched = [entry for entry in entries if entry.shipment_id]
        known = self._known_ids(matched)
        news = {}
        for entry in matched:
            if entry.mark not in known:
                news.setdefault(entry.mark, entry)
        # Repeats change nothing, so they wait for nobody: only parcels with news are locked.
        changed = self.browse(sorted({entry.shipment_id for entry in news.values()}))
        changed._lock_with_siblings()
        known.update(
            self.env["oms.shipment.event"]._insert(self._prepare_event_rows(news.values()))
        )
        changed._derive()
        self.browse({entry.shipment_id for entry in matched}).fetch(["name", "status"])
        for entry in matched:
            parcel = self.browse(entry.shipment_id)
            entry.result.update(
                status="recorded" if news.get(entry.mark) is entry else "duplicate",
                id=known[entry.mark],
                name=parcel.name,
                parcel_status=parcel.status,
            )

    # PARSE

    def _parse(self, entries):
        couriers = self.env["oms.courier"]._by_key()
        clocks = {courier.id: courier._timezone() for courier in couriers.values()}
        now = fields.Datetime.now()
        for entry in entries:
            name = entry.item.get("courier") if isinstance(entry.item, dict) else None
            courier = couriers.get(courier_key(name)) if isinstance(name, str) else None
            try:
                if isinstance(entry.item, dict) and not courier:
                    raise BadMessage("unknown_courier", "courier", name)
                entry.message = parse(entry.item, now, courier and clocks[courier.id])
                entry.courier = courier
                entry.result = self._blank_result(entry.message)
            except BadMessage as error:
                entry.result = self.env["oms.rpc"]._refused(self._refusal_of(error))
                entry.result["parcel_status"] = None

    def _blank_result(self, message):
        result = {"status": "", "id": False, "name": False, "parcel_status": None, "errors": []}
        if message.unknown_keys:
            result["warnings"] = [
                self.env._("Kept as raw data only: %(keys)s.", keys=", ".join(message.unknown_keys))
            ]
        return result

    def _refusal_of(self, error):
        """Say in words what the engine found wrong."""
        sentence, next_step = self._refusal_words(error)
        return OmsRefusal(error.code, sentence, field=error.field, next_step=next_step)

    def _refusal_words(self, error):
        value, key = error.value, error.field
        words = {
            "not_an_object": (
                self.env._("An event is an object, not %(value)s.", value=value),
                self.env._("Send courier, resi, code and occurred_at."),
            ),
            "missing": (
                self.env._("The event has no %(key)s.", key=key),
                self.env._("Send courier, resi, code (or status) and occurred_at."),
            ),
            "unknown_courier": (
                self.env._("No courier is called %(value)s.", value=value or "-"),
                self.env._("Use a code or alias from OMS > Configuration > Couriers."),
            ),
            "unknown_status": (
                self.env._("%(value)s is no canonical status.", value=value),
                self.env._("Send the courier's own word as code; it waits to be mapped."),
            ),
            "bad_time": (
                self.env._("%(value)s is not a time.", value=value or "-"),
                self.env._("Use ISO 8601 with an offset: 2026-07-01T09:12:00+07:00."),
            ),
            "future": (
                self.env._("%(value)s has not happened yet.", value=value),
                self.env._("Check the sender's clock and the offset of the time."),
            ),
            "too_long": (
                self.env._("%(value)s… is too long for a resi.", value=value),
                self.env._("Send the number of the parcel."),
            ),
            "too_large": (
                self.env._("The raw payload is too large: %(value)s characters.", value=value),
                self.env._("Send the part about this event."),
            ),
        }
        fallback = (
            self.env._("%(key)s has a value of the wrong kind: %(value)s.", key=key, value=value),
            self.env._("Text, numbers as text, and JSON for raw."),
        )
        return words.get(error.code, fallback)

    # MATCH

    def _match(self, entries):
        """Find the parcel of each entry: one query for the batch."""
        known = self.env["oms.shipment.resi"]._candidates(
            {entry.courier.id for entry in entries}, {entry.message.resi for entry in entries}
        )
        for entry in entries:
            candidates = [
                candidate
                for company_id, candidate in known.get((entry.courier.id, entry.message.resi), ())
                if company_id in entry.company_ids
            ]
            entry.shipment_id = matching.choose(candidates, entry.message.occurred_at)

    # RECORD

    def _known_ids(self, entries):
        """Return ``{(shipment id, dedup key): event id}`` of what is recorded already."""
        rows = self.env.execute_query(
            SQL(
                "SELECT shipment_id, dedup_key, id FROM oms_shipment_event "
                "WHERE shipment_id = ANY(%s) AND dedup_key = ANY(%s)",
                list({entry.shipment_id for entry in entries}),
                list({entry.message.key for entry in entries}),
            )
        )
        return {(shipment_id, key): event_id for shipment_id, key, event_id in rows}

    def _prepare_event_rows(self, entries):
        mapping = self.env["oms.courier.status"]
        meanings = mapping._meanings({entry.message.code_key for entry in entries} - {""})
        parcels = self.browse({entry.shipment_id for entry in entries})
        parcels.fetch(["company_id"])
        company_ids = {parcel.id: parcel.company_id.id for parcel in parcels}
        rows = []
        for entry in entries:
            message = entry.message
            status, problem = message.status, False
            if not status:
                status, problem = mapping._meaning(meanings, entry.courier.id, message.code_key)
            rows.append(
                {
                    "shipment_id": entry.shipment_id,
                    "company_id": company_ids[entry.shipment_id],
                    "courier_id": entry.courier.id,
                    "resi": message.resi,
                    "status": status,
                    "problem": problem,
                    "raw_code": message.code or False,
                    "code_key": message.code_key or False,
                    "text": message.text or False,
                    "place": message.place or False,
                    "occurred_at": message.occurred_at,
                    "received_at": entry.received_at,
                    "source": entry.source,
                    "source_id": message.source_id or False,
                    "raw": message.raw,
                    "dedup_key": message.key,
                }
            )
        return rows
