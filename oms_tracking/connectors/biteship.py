"""Biteship: one contract for many couriers; orders, tracking and webhooks in JSON."""

from . import wording
from .base import (
    BOOK,
    CANCEL,
    RATE,
    TRACK,
    WEBHOOK,
    Connector,
    days,
    local_phone,
    number,
    part,
    rows,
    same,
    text,
    whole,
)
from .door import Door
from .errors import Permanent, UnknownOutcome
from .registry import register
from .values import Booking, Fact, Journey, Rate

BASE_URL = "https://api.biteship.com"
# Payout days of collected cash; the provider's fee falls with them.
COD_TYPES = ("7_days", "5_days", "3_days")
# Codes that say little; the courier's sentence beside them may say more.
VAGUE = {
    "dropping_off": ("out_for_delivery", "in_transit"),
    "on_hold": ("attempt_failed",),
}


@register
class Biteship(Connector):
    code = "biteship"
    name = "Biteship"
    can = frozenset({RATE, BOOK, CANCEL, TRACK, WEBHOOK})
    couriers = {"JNT": "jnt", "LION": "lion", "POS": "pos", "ANTERAJA": "anteraja"}

    def __init__(self, account):
        super().__init__(account)
        key = account.key
        self.door = Door(account, BASE_URL, {"Authorization": f"Bearer {key}"})

    def ping(self):
        self._refuse_unless(self.door.get("/v1/couriers"))

    # RATES

    def rate(self, parcel, couriers):
        payload = {
            **self._place("origin", parcel.origin),
            **self._place("destination", parcel.destination),
            "couriers": ",".join(couriers),
            "items": self._items(parcel),
        }
        if parcel.insured:
            payload["courier_insurance"] = whole(parcel.value)
        if parcel.cod:
            payload["destination_cash_on_delivery"] = whole(parcel.cod)
            payload["destination_cash_on_delivery_type"] = self._cod_type()
        answer = self.door.post("/v1/rates/couriers", payload)
        self._refuse_unless(answer)
        rates = []
        for row in rows(answer.data, "pricing"):
            price = number(row.get("price"))
            if price is None:
                continue
            rates.append(
                Rate(
                    courier=text(row.get("courier_code")) or text(row.get("company")),
                    service=text(row.get("courier_service_code")) or text(row.get("type")),
                    price=price,
                    days=days(
                        row.get("shipment_duration_range"), row.get("shipment_duration_unit")
                    ),
                    cod=row.get("available_for_cash_on_delivery") is True,
                    name=text(row.get("courier_service_name")),
                )
            )
        return rates

    # BOOKING

    def book(self, parcel):
        answer = self.door.post("/v1/orders", self._order(parcel), changes=True)
        data = answer.data
        if data.get("success") is True and text(data.get("id")):
            return self._booking(data)
        known = part(data, "details")
        if text(known.get("reference_id")) == parcel.reference and text(known.get("order_id")):
            return self._known_booking(known)
        if answer.good and data.get("success") is not False:
            raise UnknownOutcome("incomplete", self._words(data))
        raise Permanent("refused", self._words(data))

    def recover(self, parcel):
        """A reference that is known is answered with the order it belongs to; see :meth:`book`."""
        return self.book(parcel)

    def _known_booking(self, known):
        """The order that has our reference already, as the provider knows it now."""
        provider_ref = text(known.get("order_id"))
        answer = self.door.get(f"/v1/orders/{provider_ref}")
        if answer.good and text(answer.data.get("id")) == provider_ref:
            return self._booking(answer.data)
        return Booking(provider_ref, resi=text(known.get("waybill_id")))

    def cancel(self, booking, reason):
        payload = {"cancellation_reason_code": "others", "cancellation_reason": reason}
        path = f"/v1/orders/{booking.provider_ref}/cancel"
        answer = self.door.post(path, payload, changes=True)
        data = answer.data
        if answer.good and data.get("success") is True:
            return True
        order = self.door.get(f"/v1/orders/{booking.provider_ref}")
        if order.good and text(order.data.get("status")) == "cancelled":
            return True
        raise Permanent("refused", self._words(data))

    def _order(self, parcel):
        origin, destination = parcel.origin, parcel.destination
        payload = {
            "shipper_contact_name": origin.name,
            "shipper_contact_phone": local_phone(origin.phone),
            "shipper_organization": origin.name,
            "origin_contact_name": origin.name,
            "origin_contact_phone": local_phone(origin.phone),
            "origin_address": origin.text,
            "origin_collection_method": self.account.options.get("collection", "pickup"),
            **self._place("origin", origin),
            "destination_contact_name": destination.name,
            "destination_contact_phone": local_phone(destination.phone),
            "destination_address": destination.text,
            **self._place("destination", destination),
            "courier_company": parcel.courier,
            "courier_type": parcel.service.lower(),
            "delivery_type": "now",
            "order_note": parcel.note,
            "reference_id": parcel.reference,
            "items": self._items(parcel),
        }
        if parcel.insured:
            payload["courier_insurance"] = whole(parcel.value)
        if parcel.cod:
            payload["destination_cash_on_delivery"] = whole(parcel.cod)
            payload["destination_cash_on_delivery_type"] = self._cod_type()
        return payload

    def _place(self, side, address):
        """Where it is: instant couriers need the point, the others the postal code."""
        place = {}
        if address.postal_code.isdigit():
            place[f"{side}_postal_code"] = int(address.postal_code)
        if address.latitude and address.longitude:
            place[f"{side}_coordinate"] = {
                "latitude": address.latitude,
                "longitude": address.longitude,
            }
        if not place:
            raise Permanent(f"no_{side}_place", address.text)
        return place

    def _items(self, parcel):
        length, width, height = parcel.size_cm
        return [
            {
                "name": item.name[:100],
                "sku": item.sku,
                "category": self.account.options.get("category", "others"),
                "value": whole(item.value),
                "quantity": item.quantity,
                "weight": max(item.weight_g, 1),
                "length": length,
                "width": width,
                "height": height,
            }
            for item in parcel.items
        ]

    def _cod_type(self):
        return self.account.options.get("cod_type") or COD_TYPES[0]

    @staticmethod
    def _booking(data):
        courier = part(data, "courier")
        return Booking(
            provider_ref=text(data.get("id")),
            resi=text(courier.get("waybill_id")),
            tracking_ref=text(courier.get("tracking_id")),
            sort_code=text(courier.get("routing_code")),
            cost=number(data.get("price")),
            label_url=text(courier.get("link")),
            status=text(data.get("status")),
        )

    # TRACKING

    def track(self, booking):
        if not booking.tracking_ref:
            answer = self.door.get(f"/v1/orders/{booking.provider_ref}")
            self._refuse_unless(answer)
            booking = self._booking(answer.data)
        answer = self.door.get(f"/v1/trackings/{booking.tracking_ref}")
        self._refuse_unless(answer)
        data = answer.data
        courier = text(part(data, "courier").get("company"))
        resi = text(data.get("waybill_id")) or booking.resi
        facts = [
            Fact(
                kind="event",
                provider_ref=booking.provider_ref,
                courier=courier,
                resi=resi,
                code=event_code(row.get("status"), row.get("note")),
                text=text(row.get("note")),
                occurred_at=text(row.get("updated_at")),
                raw=row,
            )
            for row in rows(data, "history")
            if text(row.get("status")) and text(row.get("updated_at"))
        ]
        if resi:
            facts.insert(0, Fact("number", booking.provider_ref, courier=courier, resi=resi))
        return Journey(tuple(facts), booking)

    # WEBHOOKS

    @classmethod
    def verify(cls, account, headers, body, now):
        """A header of a name and a value that were chosen in the provider's dashboard.

        Its test calls name no event; they do nothing here, so they need no proof.
        """
        if body.strip() in (b"", b"{}", b"[]"):
            return bool(account.webhook_secret)
        header = account.webhook_header
        return bool(header) and same(account.webhook_secret, headers.get(header))

    @classmethod
    def parse(cls, account, data):
        if not isinstance(data, dict) or not text(data.get("event")):
            return [Fact("ping")]
        common = {
            "provider_ref": text(data.get("order_id")),
            "courier": text(data.get("courier_company")),
            "resi": text(data.get("courier_waybill_id")),
            "raw": data,
        }
        facts = []
        if common["resi"]:
            facts.append(Fact("number", **common))
        if data["event"] == "order.price":
            facts.append(Fact("cost", amount=number(data.get("price")), **common))
        status, at = text(data.get("status")), text(data.get("updated_at"))
        if data["event"] == "order.status" and status not in VAGUE and status and at:
            code = event_code(status, "")
            facts.append(Fact("event", code=code, occurred_at=at, **common))
        # The sentence is in the history only, and so is the time when the call has none.
        return [*facts, Fact("look", **common)]

    # ERRORS

    def _refuse_unless(self, answer):
        if not answer.good or answer.data.get("success") is False:
            raise Permanent("refused", self._words(answer.data))

    def _words(self, data):
        words = " ".join(filter(None, (text(data.get("code")), text(data.get("error")))))
        return self.door.redact(words or text(data.get("message")))


def event_code(status, note):
    """The code of a scan; a vague one becomes finer where the courier's sentence is plain.

    >>> event_code("pickingUp", ""), event_code("dropping_off", "With delivery courier BDG")
    ('biteship:pickingUp', 'biteship:dropping_off.out_for_delivery')
    """
    status = text(status)
    said = wording.read(text(note))
    if said in VAGUE.get(status, ()):
        return f"biteship:{status}.{said}"
    return f"biteship:{status}"
