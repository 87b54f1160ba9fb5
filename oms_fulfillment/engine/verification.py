"""Checks that an order passes before it may be confirmed.

Pure functions: they take plain values and return findings. What a finding means (which hold, who
may release it) is data in ``oms.verification.rule``; the sentence that the user reads is made by
the model, in the user's language.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..adapters import indonesia


@dataclass(frozen=True, slots=True)
class LineInput:
    """One order line: prices in the order's currency, quantity in the line's unit.

    ``expected_price`` is ``None`` where the channel's price is trusted. ``discount`` is what the
    buyer does not pay, in percent; ``cost`` and ``revenue`` are of the whole line, untaxed.
    """

    id: int
    sku: str
    quantity: float
    unit_price: float
    saleable: bool
    expected_price: float | None = None
    discount: float = 0.0
    cost: float = 0.0
    revenue: float = 0.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes or will owe, in the company's currency, without the order itself.

    :ivar limit: the customer's credit limit; ``None`` means that there is none
    :ivar invoiced: unpaid invoices
    :ivar open_orders: confirmed and not yet invoiced
    """

    limit: float | None = None
    invoiced: float = 0.0
    open_orders: float = 0.0


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier order of the same buyer for the same goods."""

    name: str
    hours: float


@dataclass(frozen=True, slots=True)
class OrderInput:
    """What the checks look at. Money in the order's currency, times in UTC."""

    lines: tuple
    address: dict
    payment_policy: str | None
    paid: bool
    total: float
    cod_amount: float
    channel_total: float | None
    platform_discount: float
    rounding: float
    company_total: float = 0.0
    exposure: Exposure = Exposure()
    twins: tuple = ()
    refused_cod: int = 0
    taken_cod: int = 0
    cod_confirmed: bool = False
    blacklisted: str | None = None
    undeliverable: str | None = None
    requested: datetime | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A check that is switched on, with its parameters.

    :ivar key: names the rule in findings; the code where nothing else is given
    :ivar limit: a quantity or a percentage
    :ivar amount: money in the order's currency
    :ivar hours: a span of hours, :ivar days: a span of days
    :ivar times: how often something may happen
    :ivar strict: ask for more
    """

    code: str
    limit: float = 0.0
    amount: float = 0.0
    hours: int = 0
    days: int = 0
    times: int = 0
    strict: bool = False
    key: object = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed: which, on what, why (a key), and the figures that prove it.

    ``until``: the finding is over at that time, whatever else happens.
    """

    rule: object
    reason: str
    line_id: int | None = None
    values: dict = field(default_factory=dict)
    until: datetime | None = None

    @property
    def evidence(self):
        """Text that is equal whenever the same thing is wrong again."""
        parts = [self.reason, *(f"{key}={value}" for key, value in sorted(self.values.items()))]
        return "; ".join(parts)


def check_product(order, rule):
    """Every line's product can be sold."""
    for line in order.lines:
        if not line.saleable:
            yield "not_saleable", line.id, {"sku": line.sku}


def check_quantity(order, rule):
    """Quantities are positive and, with a limit, not absurd."""
    for line in order.lines:
        values = {"sku": line.sku, "quantity": line.quantity, "limit": rule.limit}
        if line.quantity <= 0:
            yield "quantity_not_positive", line.id, values
        elif rule.limit and line.quantity > rule.limit:
            yield "quantity_over_limit", line.id, values


def check_price(order, rule):
    """Prices are not negative and lie within ``limit`` percent of the pricelist."""
    for line in order.lines:
        values = {"sku": line.sku, "price": line.unit_price, "expected": line.expected_price}
        if line.unit_price < 0:
            yield "price_negative", line.id, values
        elif line.expected_price is not None:
            allowed = abs(line.expected_price) * rule.limit / 100 + order.rounding / 2
            if abs(line.unit_price - line.expected_price) > allowed:
                yield "price_differs", line.id, values


def check_discount(order, rule):
    """Nobody gives away more than ``limit`` percent of a line."""
    for line in order.lines:
        if line.discount > rule.limit + 1e-9:
            values = {"sku": line.sku, "discount": line.discount, "limit": rule.limit}
            yield "discount_over_limit", line.id, values


def check_margin(order, rule):
    """The order as a whole earns at least ``limit`` percent of its untaxed value."""
    revenue = sum(line.revenue for line in order.lines)
    cost = sum(line.cost for line in order.lines)
    if cost > 0 and revenue - cost < revenue * rule.limit / 100 - order.rounding / 2:
        values = {"revenue": round(revenue, 2), "cost": round(cost, 2), "limit": rule.limit}
        yield "margin_below_limit", None, values


def check_address(order, rule):
    """A courier can find the door: name, street or note, city, country, and a telephone.

    A strict rule asks for province and postal code as well.
    """
    names = ["name", "street", "city", "country", "phone"]
    names += ["province", "postal_code"] if rule.strict else []
    missing = [name for name in names if not order.address.get(name)]
    if missing:
        yield "address_incomplete", None, {"missing": ", ".join(missing)}


def check_coverage(order, rule):
    """The chosen delivery method goes to that address."""
    if order.undeliverable:
        yield "not_covered", None, {"carrier": order.undeliverable}


def check_payment(order, rule):
    """The money is where the payment policy says it should be at this moment."""
    if order.payment_policy in ("prepaid", "escrow") and not order.paid and order.total > 0:
        yield "not_paid", None, {"total": order.total}
    if order.payment_policy == "cod" and order.cod_amount:
        difference = order.cod_amount - (order.total - order.platform_discount)
        if abs(difference) > order.rounding:
            values = {"cod": order.cod_amount, "total": order.total - order.platform_discount}
            yield "cod_differs", None, values


def check_total(order, rule):
    """The order's own total equals what the channel says the buyer pays."""
    if order.channel_total is None:
        return
    own = order.total - order.platform_discount
    if abs(own - order.channel_total) > order.rounding / 2:
        yield "total_differs", None, {"own": own, "channel": order.channel_total}


def check_credit(order, rule):
    """With this order the customer owes no more than the limit, plus ``limit`` percent.

    Only where we give credit: an order paid in advance, or in cash at the door, is none.
    """
    credit = order.exposure
    if credit.limit is None or order.payment_policy not in ("terms", "on_acceptance"):
        return
    exposure = credit.invoiced + credit.open_orders + order.company_total
    if exposure > credit.limit * (1 + rule.limit / 100) + order.rounding / 2:
        values = {"exposure": round(exposure, 2), "limit": credit.limit}
        yield "over_credit_limit", None, values


def check_duplicate(order, rule):
    """The same buyer did not order the same goods a few ``hours`` ago, on whatever channel."""
    names = sorted(twin.name for twin in order.twins if twin.hours <= rule.hours)
    if names:
        yield "looks_like", None, {"orders": ", ".join(names)}


def check_cod_limit(order, rule):
    """Cash is collected up to an ``amount``, and not from who refused parcels ``times`` times."""
    if order.payment_policy != "cod":
        return
    cash = order.cod_amount or order.total - order.platform_discount
    if rule.amount and cash > rule.amount:
        yield "cod_over_limit", None, {"cod": cash, "limit": rule.amount}
    elif rule.times and order.refused_cod >= rule.times:
        yield "cod_refused_before", None, {"refused": order.refused_cod}


def check_cod_confirmation(order, rule):
    """The customer said on the telephone that the cash will be there.

    Orders below ``amount`` need no call, nor do buyers who took ``times`` COD parcels and
    refused none; zero means that everybody is called.
    """
    if order.payment_policy != "cod" or order.cod_confirmed:
        return
    cash = order.cod_amount or order.total - order.platform_discount
    known = rule.times and order.taken_cod >= rule.times and not order.refused_cod
    if cash >= rule.amount and not known:
        yield "cod_to_confirm", None, {"cod": cash}


def check_blacklist(order, rule):
    """Neither the buyer nor the telephone number is one we don't sell to."""
    if order.blacklisted is not None:
        yield "blacklisted", None, {"why": order.blacklisted}


def check_requested(order, rule):
    """The date asked for is not over, and not so far away that the goods should wait here.

    Goods leave ``days`` before the date asked for; until then the order is kept back.
    """
    if not order.requested or not order.now:
        return
    if order.requested < order.now:
        yield "date_passed", None, {"date": f"{order.requested:%Y-%m-%d}"}
    elif rule.days:
        until = order.requested - timedelta(days=rule.days)
        if until > order.now:
            yield "requested_later", None, {"date": f"{order.requested:%Y-%m-%d}"}, until


def check_region(order, rule):
    """City, district, village and postcode lie where the list of regions says."""
    for item in indonesia.check(order.address):
        yield item.code, None, item.values


CHECKS = {
    "product": check_product,
    "quantity": check_quantity,
    "price": check_price,
    "discount": check_discount,
    "margin": check_margin,
    "address": check_address,
    "region": check_region,
    "coverage": check_coverage,
    "payment": check_payment,
    "total": check_total,
    "credit": check_credit,
    "duplicate": check_duplicate,
    "cod_limit": check_cod_limit,
    "cod_confirmation": check_cod_confirmation,
    "blacklist": check_blacklist,
    "requested": check_requested,
}


def verify(order, rules):
    """Return the findings of all ``rules`` on ``order``, in the order of the rules."""
    return [
        Finding(rule.key or rule.code, *found)
        for rule in rules
        for found in CHECKS[rule.code](order, rule)
    ]


def applicable(rules, channel_id):
    """Return the rules that hold for a channel, in order.

    A rule made for the channel replaces the general one of the same check.

    :param rules: ``[(rule, channel ids)]``; no ids means every channel
    """
    own = [rule for rule, channels in rules if channel_id in channels]
    replaced = {rule.code for rule in own}
    return [
        rule
        for rule, channels in rules
        if channel_id in channels or not channels and rule.code not in replaced
    ]
