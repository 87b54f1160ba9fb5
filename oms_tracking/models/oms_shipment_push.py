from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.tools.gc import disabling_gc

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import matching
from ..engine.message import BadMessage, Message, courier_key, parse
from ..engine.status import Event


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
    company_id: int = None
    is_news: bool = False
    result: dict = field(default_factory=dict)

    @property
    def usable(self):
        return self.message is not None


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
        with disabling_gc():  # a batch makes many small objects and no cycles
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
        parcels = self.browse(sorted({entry.shipment_id for entry in matched}))
        known = parcels._known_events()
        news = self._news(matched, known)
        # Repeats change nothing, so they wait for nobody: only parcels with news are locked.
        changed = self.browse(sorted({entry.shipment_id for entry in news}))
        changed._lock_with_siblings()
        self._record(news, known)
        changed._derive(known)
        parcels.fetch(["name", "status"])
        for entry in matched:
            parcel = self.browse(entry.shipment_id)
            event_id, _event = known[parcel.id][entry.message.key]
            entry.result.update(
                status="recorded" if entry.is_news else "duplicate",
                id=event_id,
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
        owners = {
            candidate.shipment_id: company_id
            for candidates in known.values()
            for company_id, candidate in candidates
        }
        for entry in entries:
            candidates = [
                candidate
                for company_id, candidate in known.get((entry.courier.id, entry.message.resi), ())
                if company_id in entry.company_ids
            ]
            entry.shipment_id = matching.choose(candidates, entry.message.occurred_at)
            entry.company_id = owners.get(entry.shipment_id)

    # RECORD

    def _news(self, entries, known):
        """Return the entries that say something new, each fact once."""
        news = {}
        for entry in entries:
            if entry.message.key not in known[entry.shipment_id]:
                news.setdefault((entry.shipment_id, entry.message.key), entry)
        for entry in news.values():
            entry.is_news = True
        return list(news.values())

    def _record(self, entries, known):
        """Append what is new, and add it to what is known of its parcel."""
        rows = self._prepare_event_rows(entries)
        ids = self.env["oms.shipment.event"]._insert(rows)
        for row in rows:
            parcel_id, key = row["shipment_id"], row["dedup_key"]
            event = Event(row["status"], row["occurred_at"], row["problem"], key)
            known[parcel_id][key] = (ids[parcel_id, key], event)

    def _prepare_event_rows(self, entries):
        mapping = self.env["oms.courier.status"]
        meanings = mapping._meanings({entry.message.code_key for entry in entries} - {""})
        rows = []
        for entry in entries:
            message = entry.message
            status, problem = message.status, False
            if not status:
                status, problem = mapping._meaning(meanings, entry.courier.id, message.code_key)
            rows.append(
                {
                    "shipment_id": entry.shipment_id,
                    "company_id": entry.company_id,
                    "courier_id": entry.courier.id,
                    "resi": message.resi,
                    "status": status,
                    "problem": problem,
                    "raw_code": message.code or None,
                    "code_key": message.code_key or None,
                    "text": message.text or None,
                    "place": message.place or None,
                    "occurred_at": message.occurred_at,
                    "received_at": entry.received_at,
                    "source": entry.source,
                    "source_id": message.source_id or None,
                    "raw": message.raw_json,
                    "dedup_key": message.key,
                }
            )
        return rows
