"""KiriminAja, through its own SDK; our door is the SDK's transport."""

import math
import re
from urllib.parse import urlsplit

from . import wording
from .base import (
    BOOK,
    CANCEL,
    LABEL,
    RATE,
    TRACK,
    WEBHOOK,
    Connector,
    area_key,
    bearer,
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
from .errors import Permanent, Temporary, UnknownOutcome
from .registry import register
from .values import Booking, Fact, Journey, Rate

try:
    import kiriminaja as sdk
    from kiriminaja.http import HttpError
    from kiriminaja.transport import HttpResponse
except ImportError:
    sdk = None

PICKUP_PATH = "request_pickup"
CANCEL_PATH = "cancel_shipment"
# Calls of the provider's batches, and the code that stands for them.
EVENTS = {
    "processed_packages": ("", "kiriminaja:105"),
    "shipped_packages": ("shipped_at", "kiriminaja:106"),
    "canceled_packages": ("canceled_at", "kiriminaja:300"),
    "finished_packages": ("finished_at", "kiriminaja:200"),
    "returned_packages": ("returned_at", "kiriminaja:403"),
    "return_finished_packages": ("returned_at", "kiriminaja:400"),
}
PACKAGE_TYPE = 1
NAME_MAX, ADDRESS_MAX, ADDRESS_MIN, NOTE_MAX, ITEM_MAX = 50, 200, 10, 50, 255
REASON_MIN, REASON_MAX = 5, 200
CODES = {4001: "access", 4002: "no_credit", 4003: "cod_credit"}


class Transport:
    """The SDK's HTTP: calls go through the door, which knows limits, secrets and lost answers."""

    def __init__(self, door):
        self.door = door

    def request(self, method, url, *, headers, content):
        changes = PICKUP_PATH in url or CANCEL_PATH in url
        answer = self.door.send(method, url, dict(headers), content, changes=changes)
        answer.check_json()
        return HttpResponse(answer.status, answer.headers, answer.content, answer.reason or "")


@register
class KiriminAja(Connector):
    code = "kiriminaja"
    name = "KiriminAja"
    can = frozenset({RATE, BOOK, CANCEL, TRACK, LABEL, WEBHOOK})
    proof = "key"
    couriers = {"POS": "posindonesia", "IDEXPRESS": "idx"}

    def __init__(self, account):
        super().__init__(account)
        if sdk is None:
            raise Permanent("no_sdk", "kiriminaja")
        env = sdk.Env.PRODUCTION if account.live else sdk.Env.SANDBOX
        self.door = Door(account, "")
        self.client = sdk.KiriminAja(
            env=env,
            api_key=account.key,
            base_url=account.base_url,
            http_client=Transport(self.door),
        )

    def _ask(self, method, *args):
        """Call the SDK; return the answer, which says in ``status`` whether it worked."""
        try:
            data = method(*args)
        except HttpError as error:
            raise Permanent("refused", self.door.redact(error)) from None
        return data if isinstance(data, dict) else {}

    def _ask_good(self, method, *args):
        data = self._ask(method, *args)
        if data.get("status") is not True:
            raise Permanent(CODES.get(data.get("code"), "refused"), self._words(data))
        return data

    def _words(self, data):
        return self.door.redact(text(data.get("text")) or text(data.get("message")))

    def ping(self):
        self._ask_good(self.client.courier.list)

    # RATES

    def rate(self, parcel, couriers):
        return [rate for rate, _insurance in self._offers(parcel, couriers)]

    def _offers(self, parcel, couriers):
        """The rates, each with the premium that the provider asks for the goods' value."""
        payload = sdk.PricingExpressPayload(
            origin=self._area(parcel.origin, "origin"),
            destination=self._area(parcel.destination, "destination"),
            weight=max(parcel.weight_g, 1),
            item_value=whole(parcel.value),
            insurance=int(parcel.insured),
            courier=list(couriers),
        )
        data = self._ask_good(self.client.coverage_area.pricing_express, payload)
        offers = []
        for row in rows(data, "results"):
            price = number(row.get("cost"))
            if price is None:
                continue
            rate = Rate(
                courier=text(row.get("service")),
                service=text(row.get("service_type")),
                price=price,
                days=days(row.get("etd")),
                cod=row.get("cod") is True,
                name=text(row.get("service_name")),
            )
            offers.append((rate, number(row.get("insurance")) or 0.0))
        return offers

    def _area(self, address, side):
        """The provider's number of a district; it is asked once and then remembered."""
        key = area_key(address)
        if key in self.areas:
            return int(self.areas[key])
        if len(address.district) < 3:
            raise Permanent(f"no_{side}_district", address.text)
        found = self._ask_good(self.client.address.districts_by_name, address.district)
        fitting = [
            row
            for row in rows(found, "data")
            if number(row.get("id")) is not None and _fits(address, text(row.get("text")))
        ]
        if len(fitting) != 1:
            raise Permanent(f"unclear_{side}_district", f"{address.district}, {address.city}")
        self.areas[key] = str(int(number(fitting[0]["id"])))
        return int(self.areas[key])

    # BOOKING

    def book(self, parcel):
        rate, premium = self._offer_for(parcel)
        payload = self._pickup(parcel, rate, premium)
        data = self._ask(self.client.order.express.request_pickup, payload)
        if data.get("status") is not True:
            raise Permanent(CODES.get(data.get("code"), "refused"), self._words(data))
        for row in rows(data, "details"):
            if text(row.get("order_id")) == parcel.reference:
                return self._row_booking(row, rate)
        # It says that all is well, and our parcel is not among what it took.
        raise UnknownOutcome("incomplete", self._words(data))

    def _row_booking(self, row, rate):
        failed = text(row.get("error")) or (
            text(row.get("message")) if row.get("status") is False else ""
        )
        if failed or not text(row.get("kj_order_id")):
            raise Permanent("refused", self.door.redact(failed or "kj_order_id"))
        return Booking(
            provider_ref=text(row["kj_order_id"]),
            tracking_ref=text(row.get("order_id")),
            resi=text(row.get("awb")),
            cost=rate.price,
        )

    def recover(self, parcel):
        """Our reference is the provider's order number: whether it is known can be asked."""
        data = self._ask(self.client.order.express.track, parcel.reference)
        details = part(data, "details")
        if data.get("status") is True and text(details.get("order_id")) == parcel.reference:
            return self._tracked_booking(details)
        if data.get("status") is False:
            return None
        raise Temporary("incomplete", self._words(data))

    @staticmethod
    def _tracked_booking(details):
        costs = part(details, "costs")
        return Booking(
            provider_ref=text(details.get("order_id")),
            tracking_ref=text(details.get("order_id")),
            resi=text(details.get("awb")),
            sort_code=text(details.get("sorting_code")),
            cost=number(costs.get("shipping_cost")),
        )

    def _offer_for(self, parcel):
        """The rate of the parcel's service: the provider wants its price sent back."""
        offers = self._offers(parcel, [parcel.courier])
        wanted = parcel.service.upper()
        exact = [offer for offer in offers if offer[0].service.upper() == wanted]
        loose = [offer for offer in offers if offer[0].service.upper().startswith(wanted)]
        fitting = exact or loose
        if not wanted or len(fitting) != 1:
            offered = ", ".join(rate.service for rate, _premium in offers)
            raise Permanent("no_service", f"{parcel.courier} {parcel.service} ({offered or '-'})")
        if parcel.cod and not fitting[0][0].cod:
            raise Permanent("no_cod", f"{parcel.courier} {parcel.service}")
        return fitting[0]

    def _pickup(self, parcel, rate, premium):
        origin = parcel.origin
        return sdk.RequestPickupPayload(
            address=_street(origin, "origin"),
            phone=local_phone(origin.phone),
            name=origin.name[:NAME_MAX],
            zipcode=origin.postal_code or None,
            kecamatan_id=self._area(origin, "origin"),
            latitude=origin.latitude,
            longitude=origin.longitude,
            schedule=self._pickup_time(),
            packages=[self._package(parcel, rate, premium)],
        )

    def _package(self, parcel, rate, premium):
        destination = parcel.destination
        length, width, height = parcel.size_cm
        names = ", ".join(item.name for item in parcel.items)
        return sdk.RequestPickupPackage(
            order_id=parcel.reference,
            destination_name=destination.name[:NAME_MAX],
            destination_phone=local_phone(destination.phone),
            destination_address=_street(destination, "destination"),
            destination_kecamatan_id=self._area(destination, "destination"),
            destination_zipcode=destination.postal_code or None,
            weight=max(parcel.weight_g, 1),
            width=width,
            length=length,
            height=height,
            qty=sum(item.quantity for item in parcel.items) or 1,
            item_name=names[:ITEM_MAX] or parcel.reference,
            item_value=whole(parcel.value),
            insurance_amount=math.ceil(premium / 100) * 100 if parcel.insured else None,
            shipping_cost=whole(rate.price),
            service=rate.courier,
            service_type=rate.service,
            cod=whole(parcel.cod),
            package_type_id=PACKAGE_TYPE,
            note=parcel.note[:NOTE_MAX] or None,
        )

    def _pickup_time(self):
        """The next time at which the provider fetches parcels."""
        data = self._ask_good(self.client.pickup.schedules)
        for slot in rows(data, "schedules"):
            if not slot.get("expired") and not slot.get("libur") and text(slot.get("clock")):
                return text(slot["clock"])
        raise Temporary("no_pickup", self._words(data))

    def cancel(self, booking, reason):
        if not booking.resi:
            raise Permanent("no_number_yet")
        reason = (reason or "").ljust(REASON_MIN, ".")[:REASON_MAX]
        data = self._ask(self.client.order.express.cancel, booking.resi, reason)
        if data.get("status") is True:
            return part(data, "data").get("success") != "pending"
        if any(fact.code == "kiriminaja:300" for fact in self.track(booking).facts):
            return True
        raise Permanent("refused", self._words(data))

    # LABEL

    def label(self, booking):
        if not booking.resi:
            raise Temporary("no_number_yet")
        data = self._ask_good(self.client.awb.print, {"awb": [booking.resi]})
        url = text(part(part(data, "data"), "data").get("url")) or text(
            part(data, "data").get("url")
        )
        own = urlsplit(self.account.base_url)
        target = urlsplit(url)
        if target.scheme != "https" and (target.scheme, target.netloc) != (own.scheme, own.netloc):
            raise Permanent("no_label", target.netloc)
        answer = self.door.send("GET", url, {})
        if not answer.good or not answer.content.startswith(b"%PDF"):
            raise Temporary("no_label", f"HTTP {answer.status}")
        return answer.content

    # TRACKING

    def track(self, booking):
        data = self._ask_good(self.client.order.express.track, booking.tracking_ref)
        details = part(data, "details")
        known = self._tracked_booking(details)
        common = {
            "provider_ref": booking.provider_ref,
            "courier": text(details.get("service")),
            "resi": known.resi,
        }
        facts = [Fact("number", sort_code=known.sort_code, **common)] if known.resi else []
        for row in rows(data, "histories"):
            if text(row.get("created_at")) and text(row.get("status_code")):
                facts.append(
                    Fact(
                        "event",
                        code=event_code(row["status_code"], row.get("status")),
                        text=text(row.get("status")),
                        occurred_at=text(row["created_at"]),
                        raw=row,
                        **common,
                    )
                )
        facts += self._costs(details, common)
        return Journey(tuple(facts), known)

    @staticmethod
    def _costs(details, common):
        """A correction says that the courier weighed something else."""
        costs = part(details, "costs")
        correction = number(costs.get("correction"))
        shipping = number(costs.get("shipping_cost"))
        if not correction or shipping is None:
            return []
        return [Fact("cost", amount=shipping + correction, raw=costs, **common)]

    # WEBHOOKS

    @classmethod
    def verify(cls, account, headers, body, now):
        """The provider proves itself by our own key."""
        return same(account.key, bearer(headers.get("Authorization")))

    @classmethod
    def parse(cls, account, data):
        method = text(data.get("method")) if isinstance(data, dict) else ""
        if method not in EVENTS:
            return [Fact("ping")]
        facts = []
        for row in rows(data, "data"):
            common = {
                "reference": text(row.get("order_id")),
                "resi": text(row.get("awb")),
                "courier": text(row.get("service")),
                "raw": row,
            }
            if common["resi"]:
                sort_code = text(row.get("sorting_code"))
                facts.append(Fact("number", sort_code=sort_code, **common))
            facts += cls._row_events(method, row, common)
            facts.append(Fact("look", **common))
        return facts

    @staticmethod
    def _row_events(method, row, common):
        when, code = EVENTS[method]
        at = text(row.get(when)) if when else ""
        if not at or not common["resi"]:
            return []
        if method == "returned_packages":
            # The provider fills the time in when the parcel is back; until then it is on its way.
            code = "kiriminaja:400"
        return [Fact("event", code=code, occurred_at=at, **common)]


def event_code(status_code, sentence):
    """Most scans come as 100 with the courier's sentence; what that says is kept apart.

    >>> event_code(200, "Delivered to BAGUS"), event_code(100, "Received at sorting center")
    ('kiriminaja:200', 'kiriminaja:100.in_transit')
    """
    code = text(status_code)
    said = wording.read(text(sentence)) if code == "100" else ""
    return f"kiriminaja:{code}.{said}" if said else f"kiriminaja:{code}"


def _fits(address, found):
    """Whether the provider's "district, city, province" is the district of the address."""
    district, _, rest = found.partition(",")
    if _plain(district) != _plain(address.district):
        return False
    return bool(_plain(address.city)) and _plain(address.city) in _plain(rest)


def _plain(name):
    name = re.sub(r"\b(kabupaten|kab|kota|kecamatan|kec|administrasi)\b\.?", " ", name.lower())
    return re.sub(r"[^a-z0-9]", "", name)


def _street(address, side):
    line = address.text
    if len(line) < ADDRESS_MIN:
        raise Permanent(f"short_{side}_address", line)
    return line[:ADDRESS_MAX]
