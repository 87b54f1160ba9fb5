"""The orders of the customer who can log in: one done, one to confirm, one on its way."""

from ..catalogue import BY_SKU, PORTAL, line
from ..ordinary import whole
from .case import Case

HOME = (PORTAL, {key: value for key, value in PORTAL.items() if key != "email"}, 2)


class Portal(Case):
    def scripts(self):
        return [self.done(), self.to_confirm(), self.travelling()]

    def done(self):
        order, _answer, _parcel = yield from self.sold(
            "WEB", 480, arrives=430, who=HOME, lines=whole("MKN-KTN-P")
        )
        yield from self.accept("WEB", order, 425)

    def to_confirm(self):
        lines = [line(1, BY_SKU["KOP-GYO-250"], 2), line(2, BY_SKU["MUG-KRM-01"], 1)]
        parcel = self.orders.parcel("WEB", "JNE")
        yield from self.sold("WEB", 96, arrives=14, who=HOME, lines=lines, parcel=parcel)

    def travelling(self):
        parcel = self.orders.parcel("WEB", "SICEPAT")
        yield from self.sold("WEB", 44, who=HOME, lines=whole("TAS-RTN-B"), parcel=parcel)
        yield from self.scan(parcel, 38, "picked_up", "Cikarang")
        yield from self.scan(parcel, 18, "in_transit", "Bandung")
        yield from self.scan(parcel, 3, "out_for_delivery", "Bandung")
