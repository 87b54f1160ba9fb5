"""Our own drivers: a booking needs nobody's server, the number is our own reference."""

from .base import BOOK, CANCEL, RATE, Connector
from .registry import register
from .values import Booking, Rate


@register
class Fleet(Connector):
    code = "fleet"
    name = "Own fleet"
    can = frozenset({RATE, BOOK, CANCEL})
    remote = False
    proof = ""
    priced = True

    def rate(self, parcel, couriers):
        """One price for every parcel, as the account says."""
        price = float(self.account.options.get("price") or 0.0)
        return [Rate(couriers[0] if couriers else "", parcel.service, price, (0, 1), cod=True)]

    def book(self, parcel):
        return Booking(parcel.reference, resi=parcel.reference, tracking_ref=parcel.reference)

    def recover(self, parcel):
        return self.book(parcel)

    def cancel(self, booking, reason):
        return True
