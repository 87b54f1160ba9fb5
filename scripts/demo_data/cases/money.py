"""Payouts that do not agree, and orders that wait for theirs."""

from ..ordinary import whole
from ..recurring import payout_line
from ..theatre import Step, iso
from .case import Case


class Money(Case):
    def scripts(self):
        return [
            self.short_payout(),
            self.unknown_payout(),
            self.cod_with_courier(),
            self.transfer(),
        ]

    def short_payout(self):
        order, answer, _parcel = yield from self.sold(
            "SHOPEE", 160, arrives=110, lines=whole("BTK-SLO-L", 1)
        )
        yield from self.accept("SHOPEE", order, 100)

        def lines():
            sale = self.shop.as_user("keuangan")["sale.order"].browse(answer["id"])
            return ("SHOPEE", "SHOPEE-SUSULAN", [self._short(sale)], "difference")

        yield Step(self.ago(96), "settle", lines)

    def _short(self, sale):
        return payout_line("SHOPEE", sale, self.ago(97), short=15000)

    def unknown_payout(self):
        stranger = {
            "order": "260101ZZZUNKNOWN",
            "gross": 120000,
            "fees": {"commission": 7800},
            "net": 112200,
            "paid_at": iso(self.ago(50)),
        }
        yield Step(self.ago(49), "settle", ("TIKTOK", "TIKTOK-SUSULAN", [stranger], "unmatched"))

    def cod_with_courier(self):
        order, _answer, _parcel = yield from self.sold(
            "WEB",
            120,
            arrives=66,
            method="cod",
            lines=whole("SRG-PLK-01", 2),
            parcel=self.orders.parcel("WEB", "JNE"),
        )
        yield from self.accept("WEB", order, 60)

    def transfer(self):
        """Goods accepted, the buyer's transfer is awaited."""
        order, answer, days = yield from self.submit("TELP", 130, lines=whole("KOP-GYO-250", 12))
        yield Step(self.ago(129), "confirm", answer["id"])
        parcel = self.orders.parcel("TELP", "JNE")
        yield from self.orders.leave("TELP", order, self.ago(125), [parcel])
        yield from self.scan(parcel, 40, "delivered", order["ship_to"]["city"])
        yield from self.accept("TELP", order, 20)
