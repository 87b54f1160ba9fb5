"""Goods that are short, in work, or on the road."""

from datetime import timedelta

from ..catalogue import BY_SKU, line
from ..ordinary import whole
from ..theatre import Step
from .case import Case


class Short(Case):
    """Three ukuleles for six buyers; twenty more are on their way."""

    def scripts(self):
        return [self.receipt(), self.earlier_receipt(), *self.buyers(), self.half(), *self.to_do()]

    def receipt(self):
        due = self.now + timedelta(days=2)
        item = ("CKR", {"GTR-UKL-S": 20, "TAS-RTN-B": 15}, due, "PO/2026/0187")
        yield Step(self.ago(60), "announce_receipt", item)

    def earlier_receipt(self):
        item = ("CKR", {"TEE-BLK-M": 60, "KOP-GYO-250": 80}, self.ago(300), "PO/2026/0161")
        receipt = yield Step(self.ago(400), "announce_receipt", item)
        yield Step(self.ago(298), "receive_stock", receipt)

    def buyers(self):
        yield self.sold("SHOPEE", 52, lines=whole("GTR-UKL-S"))
        for hours, quantity in ((46, 2), (30, 1)):
            yield self.submit("SHOPEE", hours, lines=whole("GTR-UKL-S", quantity))

    def half(self):
        """Two products, of which one is there: the first parcel leaves, the rest waits."""
        ukulele = {**whole("GTR-UKL-S")[0], "line_id": "2"}
        lines = [*whole("KOP-GYO-250", 2), ukulele]
        order, _answer, _days = yield from self.submit("WEB", 27, lines=lines)
        there = [{"sku": "KOP-GYO-250", "quantity": 2}]
        parcel = self.orders.parcel("WEB", lines=there)
        yield from self.orders.leave("WEB", order, self.ago(23), [parcel])
        yield from self.scan(parcel, 21, "picked_up", "Cikarang")

    def to_do(self):
        """What the warehouse has on its tables right now."""
        return [
            self.in_work("SHOPEE", 3, None),
            self.in_work("SHOPEE", 5, False),
            self.in_work("WEB", 6, True),
            self.in_work("TIKTOK", 2, None),
            self.in_work("SHOPEE", 50, None),
        ]

    def in_work(self, channel, hours, packed):
        _order, answer, _days = yield from self.submit(channel, hours)
        if packed is not None:
            yield Step(self.ago(hours - 1), "pick", (answer["id"], packed))


class Road(Case):
    """Parcels, and what couriers say about them."""

    def scripts(self):
        return [
            self.travelling("TIKTOK", 40),
            self.travelling("SHOPEE", 64),
            self.not_at_home(),
            self.out_of_order(),
            self.without_number(),
            self.new_code(),
            self.early_bird(),
            self.two_parcels(),
            self.lost(),
            self.lost_and_refunded(),
            self.damaged(),
        ]

    def travelling(self, channel, hours):
        order, _answer, parcel = yield from self.sold(channel, hours)
        yield from self.scan(parcel, hours - 6, "picked_up", "Cikarang")
        yield from self.scan(parcel, hours / 2, "in_transit", order["ship_to"]["city"])

    def not_at_home(self):
        order, _answer, parcel = yield from self.sold("WEB", 75, method="cod")
        city = order["ship_to"]["city"]
        yield from self.scan(parcel, 69, "picked_up", "Cikarang")
        yield from self.scan(parcel, 40, "in_transit", city)
        yield from self.scan(parcel, 28, "out_for_delivery", city)
        yield from self.scan(parcel, 26, "attempt_failed", city)

    def out_of_order(self):
        """The hub's scan comes after the delivery, and one scan twice."""
        order, _answer, parcel = yield from self.sold("SHOPEE", 100)
        city = order["ship_to"]["city"]
        yield from self.scan(parcel, 94, "picked_up", "Cikarang")
        yield from self.scan(parcel, 30, "delivered", city)
        late = self.orders.event(parcel, "in_transit", self.ago(60), city)
        yield Step(self.ago(28), "events", [late, late])

    def without_number(self):
        order, _answer, _days = yield from self.submit("TELP", 33, lines=whole("PAN-BSI-24"))
        yield Step(self.ago(32), "confirm", _answer["id"])
        parcel = {"courier": "JNE", "service": "REG"}
        yield from self.orders.leave("TELP", order, self.ago(28), [parcel])

    def new_code(self):
        order, _answer, parcel = yield from self.sold("SHOPEE", 58)
        yield from self.scan(parcel, 52, "picked_up", "Cikarang")
        words = "Paket menunggu kapal penyeberangan"
        yield from self.scan(parcel, 20, "WAITING_FERRY", "Merak", text=words)

    def early_bird(self):
        """A courier reports a parcel that nobody here knows yet."""
        parcel = {"courier": "JNE", "resi": "010129990000777"}
        yield from self.scan(parcel, 2, "picked_up", "Cikarang")

    def two_parcels(self):
        lines = [line(1, BY_SKU["PAN-BSI-24"], 1), line(2, BY_SKU["KOP-TRJ-250"], 4)]
        order, _answer, _days = yield from self.submit("WEB", 90, lines=lines)
        parcels = [
            self.orders.parcel(
                "WEB", "JNE", weight_kg=weight, lines=[{"sku": sku, "quantity": units}]
            )
            for sku, units, weight in (("PAN-BSI-24", 1, 2.6), ("KOP-TRJ-250", 4, 1.2))
        ]
        yield from self.orders.leave("WEB", order, self.ago(86), parcels)
        city = order["ship_to"]["city"]
        for parcel in parcels:
            yield from self.scan(parcel, 84, "picked_up", "Cikarang")
        yield from self.scan(parcels[0], 12, "delivered", city)
        yield from self.scan(parcels[1], 10, "in_transit", city)

    def lost(self):
        _order, _answer, parcel = yield from self.sold("TIKTOK", 230)
        yield from self.scan(parcel, 224, "picked_up", "Medan")
        yield from self.scan(parcel, 36, "lost", "Medan")

    def lost_and_refunded(self):
        order, _answer, parcel = yield from self.sold("WEB", 420, lines=whole("LLN-SRH-01", 2))
        yield from self.scan(parcel, 410, "picked_up", "Cikarang")
        yield from self.scan(parcel, 260, "lost", "Cikarang")
        case = yield Step(
            self.ago(250),
            "request_return",
            {"order": self.orders.reference("WEB", order), "kind": "rts", "reason": "lost"},
        )
        name = {"return": case["name"]}
        yield Step(self.ago(249), "approve_return", name)
        none = [{"sku": "LLN-SRH-01", "quantity": 0}]
        yield Step(self.ago(248), "receive_return", {**name, "lines": none})
        refund = [{"sku": "LLN-SRH-01", "refund": 2}]
        yield Step(self.ago(240), "resolve_return", {**name, "lines": refund})

    def damaged(self):
        order, _answer, parcel = yield from self.sold("SHOPEE", 110, lines=whole("MUG-KRM-01", 3))
        yield from self.scan(parcel, 104, "picked_up", "Cikarang")
        yield from self.scan(parcel, 44, "damaged", order["ship_to"]["city"])
