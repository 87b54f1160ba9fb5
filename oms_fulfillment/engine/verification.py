"""Checks that an order passes before it may be confirmed.

Pure functions: they take plain values and return findings. What a finding means (which hold, who
may release it) is data in ``oms.verification.rule``; the sentence that the user reads is made by
the model, in the user's language.
"""

from dataclasses import dataclass, field

from ..adapters import indonesia


@dataclass(frozen=True, slots=True)
class LineInput:
    """One order line: prices in the order's currency, quantity in the line's unit.

    ``expected_price`` is ``None`` where the channel's price is trusted.
    """

    id: int
    sku: str
    quantity: float
    unit_price: float
    saleable: bool
    expected_price: float | None = None


@dataclass(frozen=True, slots=True)
class OrderInput:
    """What the checks look at. Money in the order's currency."""

    lines: tuple
    address: dict
    payment_policy: str | None
    paid: bool
    total: float
    cod_amount: float
    channel_total: float | None
    platform_discount: float
    rounding: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that is switched on, with its limit (a quantity or a percentage)."""

    code: str
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed: which, on what, why (a key), and the figures that prove it."""

    rule: str
    reason: str
    line_id: int | None = None
    values: dict = field(default_factory=dict)

    @property
    def evidence(self):
        """Text that is equal whenever the same thing is wrong again."""
        parts = [self.reason, *(f"{key}={value}" for key, value in sorted(self.values.items()))]
        return "; ".join(parts)


def check_product(order, rule):
    """Every line's product can be sold."""
    for line in order.lines:
        if not line.saleable:
            yield Finding(rule.code, "not_saleable", line.id, {"sku": line.sku})


def check_quantity(order, rule):
    """Quantities are positive and, with a limit, not absurd."""
    for line in order.lines:
        values = {"sku": line.sku, "quantity": line.quantity, "limit": rule.limit}
        if line.quantity <= 0:
            yield Finding(rule.code, "quantity_not_positive", line.id, values)
        elif rule.limit and line.quantity > rule.limit:
            yield Finding(rule.code, "quantity_over_limit", line.id, values)


def check_price(order, rule):
    """Prices are not negative and lie within ``limit`` percent of the pricelist."""
    for line in order.lines:
        values = {"sku": line.sku, "price": line.unit_price, "expected": line.expected_price}
        if line.unit_price < 0:
            yield Finding(rule.code, "price_negative", line.id, values)
        elif line.expected_price is not None:
            allowed = abs(line.expected_price) * rule.limit / 100 + order.rounding / 2
            if abs(line.unit_price - line.expected_price) > allowed:
                yield Finding(rule.code, "price_differs", line.id, values)


def check_address(order, rule):
    """A courier can find the door: name, street or note, city, country, and a telephone."""
    missing = [
        name
        for name in ("name", "street", "city", "country", "phone")
        if not order.address.get(name)
    ]
    if missing:
        yield Finding(rule.code, "address_incomplete", None, {"missing": ", ".join(missing)})


def check_payment(order, rule):
    """The money is where the payment policy says it should be at this moment."""
    if order.payment_policy in ("prepaid", "escrow") and not order.paid and order.total > 0:
        yield Finding(rule.code, "not_paid", None, {"total": order.total})
    if order.payment_policy == "cod" and order.cod_amount:
        difference = order.cod_amount - (order.total - order.platform_discount)
        if abs(difference) > order.rounding:
            values = {"cod": order.cod_amount, "total": order.total - order.platform_discount}
            yield Finding(rule.code, "cod_differs", None, values)


def check_total(order, rule):
    """The order's own total equals what the channel says the buyer pays."""
    if order.channel_total is None:
        return
    own = order.total - order.platform_discount
    if abs(own - order.channel_total) > order.rounding / 2:
        yield Finding(
            rule.code, "total_differs", None, {"own": own, "channel": order.channel_total}
        )


def check_region(order, rule):
    """City, district, village and postcode lie where the list of regions says."""
    for item in indonesia.check(order.address):
        yield Finding(rule.code, item.code, None, item.values)


CHECKS = {
    "product": check_product,
    "quantity": check_quantity,
    "price": check_price,
    "address": check_address,
    "region": check_region,
    "payment": check_payment,
    "total": check_total,
}


def verify(order, rules):
    """Return the findings of all ``rules`` on ``order``, in the order of the rules."""
    return [finding for rule in rules for finding in CHECKS[rule.code](order, rule)]
