"""Goods that come back, one case for every desk that a return lies on."""

from ..ordinary import whole
from ..theatre import Step
from .case import Case


class Returns(Case):
    def scripts(self):
        return [
            self.asked(),
            self.on_the_way_back(),
            self.to_inspect(),
            self.refunded(),
            self.partly_scrapped(),
            self.declined(),
            self.cash_refused(),
        ]

    def returned(self, channel, hours, sku, quantity, reason, asked, **values):
        """Delivered 30 hours after `hours`, and announced as a return; returns what names it."""
        note = values.pop("note", None)
        order, _answer, _parcel = yield from self.sold(
            channel, hours, arrives=hours - 40, lines=whole(sku, quantity), **values
        )
        case = yield Step(
            self.ago(asked),
            "request_return",
            {
                "order": self.orders.reference(channel, order),
                "reason": reason,
                "note": note,
                "lines": [{"sku": sku, "quantity": quantity}],
            },
        )
        return order, {"return": case["name"]}

    def asked(self):
        yield from self.returned(
            "SHOPEE", 90, "BTK-PKL-M", 1, "wrong_size_small", 5, note="Ukurannya kekecilan"
        )

    def on_the_way_back(self):
        _order, case = yield from self.returned("WEB", 130, "TAS-RTN-B", 1, "style", 48)
        yield Step(self.ago(44), "approve_return", case)

    def to_inspect(self):
        _order, case = yield from self.returned(
            "SHOPEE", 180, "MUG-KRM-01", 2, "damaged_in_shipping", 100, note="Satu pecah"
        )
        yield Step(self.ago(98), "approve_return", case)
        yield Step(self.ago(20), "receive_return", case)

    def finish(self, case, sku, hours, restock, scrap=0, **values):
        yield Step(self.ago(hours), "approve_return", case)
        yield Step(self.ago(hours - 40), "receive_return", case)
        verdict = {"sku": sku, "restock": restock, "scrap": scrap, **values}
        yield Step(self.ago(hours - 43), "inspect_return", {**case, "lines": [verdict]})
        yield Step(self.ago(hours - 46), "resolve_return", case)

    def refunded(self):
        _order, case = yield from self.returned("WEB", 500, "BTK-SLO-L", 1, "defective", 440)
        yield from self.finish(case, "BTK-SLO-L", 438, 1)

    def partly_scrapped(self):
        _order, case = yield from self.returned("SHOPEE", 340, "MUG-KRM-01", 3, "defective", 290)
        yield from self.finish(case, "MUG-KRM-01", 288, 1, 2)

    def declined(self):
        _order, case = yield from self.returned("TIKTOK", 260, "CAP-RED", 1, "changed_mind", 210)
        yield Step(self.ago(208), "decline_return", {**case, "reason": "Label sudah dilepas"})

    def cash_refused(self):
        order, _answer, parcel = yield from self.sold(
            "WEB", 300, method="cod", lines=whole("KOP-TRJ-250", 2)
        )
        city = order["ship_to"]["city"]
        for hours, code in ((295, "picked_up"), (250, "refused"), (240, "returning")):
            yield from self.scan(parcel, hours, code, city)
        yield from self.scan(parcel, 190, "returned", "Cikarang")
        case = yield Step(
            self.ago(188),
            "request_return",
            {
                "order": self.orders.reference("WEB", order),
                "kind": "rts",
                "reason": "cod_payment_rejected",
            },
        )
        yield from self.finish({"return": case["name"]}, "KOP-TRJ-250", 187, 2)
