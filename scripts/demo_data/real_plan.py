"""How far each real basket goes, decided by its number, so that a run can be repeated."""

from datetime import timedelta, timezone

from . import baskets

# code: name, kind, payment policy, invoice trigger, waits for the payout, share of a hundred
CHANNELS = {
    "CJ-MARKET": ("Real baskets: marketplace", "marketplace", "escrow", "ship", True, 45),
    "CJ-WEB": ("Real baskets: web shop", "web", "prepaid", "ship", False, 35),
    "CJ-PHONE": ("Real baskets: telephone", "phone", "on_acceptance", "accept", False, 20),
}
# Where orders are left, of a hundred; all others are done.
STOPS = {
    "sku": 2,  # one SKU that nobody mapped: quarantined
    "unpaid": 3,  # held at processing
    "stock": 4,  # one product is not received
    "cancel": 3,
    "ship": 4,  # reserved, not shipped
    "travel": 5,  # on the road
    "accept": 5,  # delivered
    "return": 6,
    "settle": 5,  # accepted, the payout is awaited
}
STEPS = ("ship", "travel", "accept", "settle")
RESI = {"JNE": "01099{:011d}", "JNT": "JZ{:010d}", "SICEPAT": "00{:010d}"}
HOURS = {"packed": 4, "shipped": 5, "picked_up": 7, "in_transit": 18, "out_for_delivery": 30}
HOURS |= {"delivered": 34, "accepted": 46, "paid_out": 60}


def pick(shares, number):
    """The key in whose share of a hundred `number` falls; None beyond all shares."""
    for key, share in shares.items():
        if number < share:
            return key
        number -= share
    return None


class Plan:
    """One basket, the order that it becomes and how far that goes."""

    def __init__(self, basket, number, now):
        self.basket = basket
        self.now = now
        # 37 and 61 have no divisor in common with 100: every share comes true in any hundred
        self.channel = pick({code: row[-1] for code, row in CHANNELS.items()}, number * 61 % 100)
        self.stops = pick(STOPS, number * 37 % 100)
        policy = CHANNELS[self.channel][2]
        self.cod = self.channel == "CJ-WEB" and number % 3 == 0 and not basket["coupons"]
        if self.stops == "unpaid" and (self.cod or policy == "on_acceptance"):
            self.stops = "ship"
        self.number = f"CJ{basket['key']}"
        self.reference = {"channel": self.channel, "external_id": self.number}
        self.courier = ("JNE", "JNT", "SICEPAT")[number % 3]
        self.resi = RESI[self.courier].format(int(basket["key"]) % 10**10)
        self.answers = {}
        self.stopped = None

    def does(self, step):
        """Whether the order takes a step; one that a step refused takes no more."""
        if self.stopped or self.stops in ("sku", "unpaid"):
            return False
        if step in ("cancel", "return"):
            return self.stops == step and (step == "cancel" or self._happened("delivered"))
        if self.stops in ("cancel", "stock"):
            return False
        if self.stops == "return":
            return step in ("ship", "travel") and self._happened("shipped")
        # an order that is left on the road has been seen by its courier
        reached = STEPS.index(self.stops) + (self.stops == "travel") if self.stops else len(STEPS)
        if STEPS.index(step) >= reached:
            return False
        return self._happened({"accept": "accepted", "settle": "paid_out"}.get(step, "shipped"))

    def _happened(self, name):
        return self.basket["at"] + timedelta(hours=HOURS[name]) <= self.now

    def time(self, name=None):
        """ISO 8601 of a moment of the order's life."""
        moment = self.basket["at"] + timedelta(hours=HOURS.get(name, 0))
        return moment.replace(tzinfo=timezone.utc).isoformat()

    # WHAT IS SENT

    def payload(self):
        buyer, ship_to = baskets.household(self.basket["household"])
        lines = [
            {"line_id": str(index), **line} for index, line in enumerate(self.basket["lines"], 1)
        ]
        if self.stops == "sku":
            lines[0] = {**lines[0], "sku": f"{lines[0]['sku']}-NEW"}
        total = baskets.paid_for(self.basket)
        order = {
            "external_id": self.number,
            "ordered_at": self.time(),
            "currency": "IDR",
            "buyer": buyer,
            "ship_to": ship_to,
            "lines": lines,
            "payment": {"method": self._method()},
            "totals": {"total": total},
        }
        coupons = sum(line["quantity"] * line["unit_price"] - line["discount"] for line in lines)
        coupons -= total
        if coupons:
            order["discounts"] = [{"code": "COUPON", "amount": coupons, "borne_by": "platform"}]
        if self.cod:
            order["payment"]["cod_amount"] = total
        if self._method() in ("prepaid", "escrow") and self.stops != "unpaid":
            order["paid_at"] = self.time()
        return order

    def _method(self):
        policy = CHANNELS[self.channel][2]
        return "cod" if self.cod else {"on_acceptance": "terms"}.get(policy, policy)

    def shipment(self):
        return {
            "order": self.reference,
            "packed_at": self.time("packed"),
            "shipped_at": self.time("shipped"),
            "parcels": [{"courier": self.courier, "resi": self.resi}],
        }

    def events(self):
        """The scans up to now; an order that stays on the road is not delivered."""
        codes = ["picked_up", "in_transit", "out_for_delivery", "delivered"]
        if self.stops == "travel":
            codes = codes[:2]
        return [
            {
                "courier": self.courier,
                "resi": self.resi,
                "code": code,
                "place": "Bekasi",
                "occurred_at": self.time(code),
                "source_id": f"{self.resi}-{code}",
            }
            for code in codes
            if self._happened(code)
        ]

    def returned(self):
        return {"line_id": "1", "quantity": 1}

    def complaint(self):
        return {"order": self.reference, "reason": "defective", "lines": [self.returned()]}

    def payout(self, gross):
        """What comes for an order of this amount: less fees, in whole rupiah."""
        share = {"CJ-MARKET": 0.09, "CJ-WEB": 0.03 if self.cod else 0.01}.get(self.channel, 0)
        fee = round(gross * share)
        line = {"gross": gross, "fees": {"commission": fee}, "paid_at": self.time("paid_out")}
        if self.cod:
            return {"resi": self.resi, **line}
        return {"order": self.number, **line}
