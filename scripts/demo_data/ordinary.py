"""The ordinary days: orders that come in, leave, arrive, are accepted and paid."""

import itertools
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from .catalogue import BY_SKU, MIX, basket, person
from .shop import CHANNELS
from .theatre import Step, iso

WIB = ZoneInfo("Asia/Jakarta")
# Times at which couriers fetch parcels.
WAVES = (11, 16)
COURIERS = {
    "SHOPEE": ("SPX", "SPX", "JNT", "JNE"),
    "TIKTOK": ("JNT", "JNT", "SICEPAT"),
    "WEB": ("JNE", "SICEPAT"),
    "TELP": ("JNE", "SICEPAT"),
    "KASIR": ("OWN",),
}
SERVICES = {"JNE": "REG", "JNT": "EZ", "SICEPAT": "BEST", "SPX": "STD", "OWN": "Ambil di toko"}
SHIPPING = {"WEB": 15000, "TELP": 18000}
TEXTS = {
    "picked_up": "Paket sudah diambil kurir",
    "in_transit": "Paket tiba di gudang sortir",
    "out_for_delivery": "Paket dibawa kurir ke alamat tujuan",
    "attempt_failed": "Penerima tidak di tempat",
    "refused": "Penerima menolak paket",
    "delivered": "Paket diterima",
    "returning": "Paket dikembalikan ke pengirim",
    "returned": "Paket diterima kembali oleh pengirim",
    "lost": "Paket dinyatakan hilang",
    "damaged": "Paket rusak di perjalanan",
}


def wib(day, hour, minute=0):
    """The moment of an hour of a day on the shop's clock, as naive UTC."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=WIB)
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def local_date(moment):
    return moment.replace(tzinfo=timezone.utc).astimezone(WIB).date()


def next_wave(moment):
    """When what is ready at a moment leaves."""
    for days in itertools.count():
        day = local_date(moment) + timedelta(days=days)
        for hour in WAVES:
            if wib(day, hour) >= moment + timedelta(minutes=90):
                return wib(day, hour)


def next_poll(moment):
    """Couriers are asked for news every two hours."""
    start = moment.replace(minute=0, second=0, microsecond=0)
    return start + timedelta(hours=2 - start.hour % 2)


class Orders:
    """Writes orders and the usual ways that they take. `rng` decides, so every build is alike."""

    def __init__(self, rng):
        self.rng = rng
        self.numbers = itertools.count(1)

    # WHAT OTHER SYSTEMS SEND

    def compose(self, channel, placed, lines=None, who=None, method=None, **values):
        """A canonical order of a channel; returns `(order, days on the road)`."""
        buyer, ship_to, days = who or person(self.rng)
        lines = lines or basket(self.rng, CHANNELS[channel][2])
        policy = CHANNELS[channel][3]
        method = method or {"on_acceptance": "terms"}.get(policy, policy)
        shipping = SHIPPING.get(channel, 0)
        total = shipping + sum(line["quantity"] * line["unit_price"] for line in lines)
        total -= sum(line.get("discount", 0) for line in lines)
        total -= sum(item["amount"] for item in values.get("discounts", ()))
        order = {
            "external_id": self._number(channel, placed),
            "ordered_at": iso(placed),
            "currency": "IDR",
            "buyer": buyer,
            "ship_to": ship_to,
            "lines": lines,
            "shipping": {"amount": shipping},
            "payment": {"method": method},
            "totals": {"total": total},
            **values,
        }
        if method in ("prepaid", "escrow"):
            order.setdefault("paid_at", iso(placed + timedelta(minutes=self.rng.randint(1, 20))))
        if method == "cod":
            order["payment"]["cod_amount"] = total
        return order, days

    def _number(self, channel, placed):
        day = f"{placed:%y%m%d}"
        number = next(self.numbers)
        return {
            "SHOPEE": f"{day}NRN{number:05d}",
            "TIKTOK": f"5784{day}{number:08d}",
            "WEB": f"WEB-{number:05d}",
            "TELP": f"TELP-{number:04d}",
            "KASIR": f"KSR-{day}-{number:04d}",
        }[channel]

    def resi(self, courier):
        number = next(self.numbers)
        return {
            "JNE": f"01012000{number:07d}",
            "JNT": f"JX{7300000000 + number}",
            "SICEPAT": f"00{4200000000 + number}",
            "SPX": f"SPXID05{number:09d}A",
            "OWN": f"TOKO-{number:05d}",
        }[courier]

    def parcel(self, channel, courier=None, **values):
        courier = courier or self.rng.choice(COURIERS[channel])
        service = {
            "JNE": "REG",
            "JNT": "EZ",
            "SICEPAT": "BEST",
            "SPX": "STD",
            "OWN": "Ambil di toko",
        }
        return {
            "courier": courier,
            "service": service[courier],
            "resi": self.resi(courier),
            **values,
        }

    def event(self, parcel, code, at, place=None, **values):
        return {
            "courier": parcel["courier"],
            "resi": parcel["resi"],
            "code": code,
            "text": TEXTS.get(code, code),
            "place": place,
            "occurred_at": iso(at),
            "source_id": f"{parcel['resi']}-{code}-{at:%d%H%M}",
            **values,
        }

    # THE USUAL WAYS

    def reference(self, channel, order):
        return {"channel": channel, "external_id": order["external_id"]}

    def ordinary(self, channel, placed, method=None, **values):
        """One order from the click to the acceptance."""
        order, days = self.compose(channel, placed, method=method, **values)
        seen = placed + timedelta(minutes=self.rng.randint(2, 25))
        answer = yield Step(seen, "submit", (channel, order))
        if channel == "TELP":
            seen += timedelta(minutes=self.rng.randint(20, 90))
            yield Step(seen, "confirm", answer["id"])
        yield from self.leave_and_arrive(channel, order, seen, days)

    def leave_and_arrive(self, channel, order, ready, days):
        parcel = self.parcel(channel)
        shipped = ready if channel == "KASIR" else next_wave(ready)
        yield from self.leave(channel, order, shipped, [parcel])
        if channel == "KASIR":
            arrived = shipped + timedelta(minutes=5)
            yield Step(
                arrived, "events", [self.event(parcel, "delivered", arrived, "Toko Surabaya")]
            )
            yield Step(arrived, "accept", {"order": self.reference(channel, order)})
            return
        arrived = yield from self.travel(parcel, shipped, order["ship_to"]["city"], days)
        if self.rng.random() < 0.6:
            at = arrived + timedelta(hours=self.rng.randint(2, 50))
            yield Step(at, "accept", {"order": self.reference(channel, order), "at": iso(at)})

    def leave(self, channel, order, shipped, parcels):
        item = {
            "order": self.reference(channel, order),
            "picked_at": iso(shipped - timedelta(minutes=70)),
            "packed_at": iso(shipped - timedelta(minutes=35)),
            "shipped_at": iso(shipped),
            "parcels": parcels,
        }
        return (yield Step(shipped, "ship_3pl" if channel == "TIKTOK" else "ship", item))

    def travel(self, parcel, shipped, city, days):
        """The courier's scans up to the delivery; returns its moment."""
        hub = shipped + timedelta(hours=self.rng.randint(5, 14))
        arrived = shipped + timedelta(days=days, hours=self.rng.randint(-4, 9))
        arrived = max(arrived, hub + timedelta(hours=6))
        scans = [
            ("picked_up", shipped + timedelta(hours=1), "Cikarang"),
            ("in_transit", hub, city),
            ("out_for_delivery", arrived - timedelta(hours=3), city),
            ("delivered", arrived, city),
        ]
        for code, at, place in scans:
            yield Step(next_poll(at), "events", [self.event(parcel, code, at, place)])
        return arrived


def days_of_orders(orders, since, now, per_day):
    """Scripts of the ordinary orders of every day."""
    rng = orders.rng
    channels, weights = list(MIX), list(MIX.values())
    day = local_date(since)
    scripts = []
    while wib(day, 6) <= now:
        growth = 1 + 0.4 * (wib(day, 6) - since) / (now - since)
        busy = per_day * growth * (1.35 if day.weekday() >= 5 else 0.9)
        for _number in range(max(1, round(rng.gauss(busy, 0.8)))):
            channel = rng.choices(channels, weights)[0]
            placed = wib(day, rng.randint(7, 21), rng.randint(0, 59))
            if channel == "KASIR":
                placed = wib(day, rng.randint(10, 19), rng.randint(0, 59))
            if placed > now or placed < since:
                continue
            values = {}
            if channel == "WEB" and rng.random() < 0.45:
                values["method"] = "cod"
            if channel in ("SHOPEE", "WEB") and rng.random() < 0.2:
                values["discounts"] = [
                    {"code": "GAJIAN10", "amount": rng.choice((5000, 10000)), "borne_by": "seller"}
                ]
            scripts.append(orders.ordinary(channel, placed, **values))
        day += timedelta(days=1)
    return scripts


def whole(sku, quantity=1, **values):
    """Order lines of one product."""
    item = BY_SKU[sku]
    return [
        {
            "line_id": "1",
            "sku": sku,
            "name": item.name,
            "quantity": quantity,
            "unit_price": item.price,
            **values,
        }
    ]
