"""What the cases share."""

from datetime import timedelta

from ..theatre import Step, iso


class Case:
    """`hours` are always hours before now."""

    def __init__(self, orders, hands, shop, now):
        self.orders = orders
        self.hands = hands
        self.shop = shop
        self.now = now

    def ago(self, hours):
        return self.now - timedelta(hours=hours)

    def submit(self, channel, hours, *status, **values):
        """Submit one order placed some hours ago; returns `(order, answer, days)`."""
        placed = self.ago(hours)
        order, days = self.orders.compose(channel, placed, **values)
        answer = yield Step(placed + timedelta(minutes=3), "submit", (channel, order))
        if answer["status"] not in (status or ("accepted",)):
            raise AssertionError(f"expected {status}: {answer}")
        return order, answer, days

    def sold(self, channel, hours, arrives=None, parcel=None, **values):
        """An order that left 4 hours after it was placed, and maybe arrived; returns
        `(order, answer, parcel)`."""
        order, answer, _days = yield from self.submit(channel, hours, **values)
        parcel = parcel or self.orders.parcel(channel)
        shipped = self.ago(hours - 4)
        yield from self.orders.leave(channel, order, shipped, [parcel])
        if arrives is not None:
            city = order["ship_to"]["city"]
            yield from self.scan(parcel, hours - 5, "picked_up", "Cikarang")
            yield from self.scan(parcel, (hours - 5 + arrives) / 2, "in_transit", city)
            yield from self.scan(parcel, arrives + 3, "out_for_delivery", city)
            yield from self.scan(parcel, arrives, "delivered", city)
        return order, answer, parcel

    def scan(self, parcel, hours, code, place=None, **values):
        at = self.ago(hours)
        return (yield Step(at, "events", [self.orders.event(parcel, code, at, place, **values)]))

    def accept(self, channel, order, hours):
        at = self.ago(hours)
        item = {"order": self.orders.reference(channel, order), "at": iso(at)}
        return (yield Step(at, "accept", item))
