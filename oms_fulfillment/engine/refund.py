"""What units of an order are worth, to the smallest coin.

Pure arithmetic on :class:`decimal.Decimal`. The value of some units of an order is their part of
their own lines plus their part of the order's discounts. Values are taken from the *cumulative*
quantity, so whatever the steps, what is refunded (or billed) step by step adds up to the whole:

    refund(a -> b) + refund(b -> c) = refund(a -> c)

Amounts come in components (``untaxed``, one per tax, ...); each is conserved on its own.
"""

from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)

# Lines whose units are shipped; every other kind belongs to the order as a whole.
GOODS = "goods"
DISCOUNT = "discount"
# What is charged although goods come back: it is never given back with them.
CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order as it was sold or invoiced.

    :ivar key: how the caller names the line
    :ivar kind: ``goods``; ``discount`` is shared out over the goods; ``charge`` is always kept; any
        other kind (shipping, fee, service) stays whole: it is kept or it is given back
    :ivar quantity: units of the whole line
    :ivar amounts: ``{component: Decimal}`` of the whole line, with sign
    :ivar refunded: ``{component: Decimal}`` already given back, by whatever route; a refund never
        takes the line over its amount
    """

    key: object
    kind: str
    quantity: Decimal
    amounts: dict
    refunded: dict = field(default_factory=dict)


def rounded(amount, rounding):
    """Return ``amount`` as the nearest multiple of ``rounding``, halves away from zero."""
    return (amount / rounding).quantize(Decimal(1), ROUND_HALF_UP) * rounding


def shares(total, weights, rounding):
    """Share ``total`` out over ``weights`` by largest remainder.

    Every share is a multiple of ``rounding``, lies within one ``rounding`` of the exact
    proportion, and the shares add up to ``total`` to the unit. Of equal remainders the first
    wins; without any weight the shares are equal.

    :param Decimal total: a multiple of ``rounding``, of either sign
    :param list weights: Decimals; their sign is ignored
    :return: list of Decimals, one per weight
    """
    if not weights:
        return []
    weights = [abs(weight) for weight in weights]
    if not any(weights):
        weights = [Decimal(1)] * len(weights)
    sign = -1 if total < 0 else 1
    units = rounded(abs(total), rounding) / rounding
    whole = sum(weights)
    exact = [units * weight / whole for weight in weights]
    floors = [value.quantize(Decimal(1), ROUND_FLOOR) for value in exact]
    missing = int(units - sum(floors))
    by_remainder = sorted(range(len(weights)), key=lambda i: (floors[i] - exact[i], i))
    # 28 digits: a floor may be one off, so the missing units may exceed one round.
    for step in range(missing):
        floors[by_remainder[step % len(weights)]] += 1
    return [sign * floor * rounding for floor in floors]


def part(amount, quantity, whole, rounding):
    """Return what the first ``quantity`` of ``whole`` units of an ``amount`` are worth."""
    if not quantity or not amount:
        return ZERO
    if quantity == whole:
        return amount
    return rounded(amount * quantity / whole, rounding)


def value(lines, kept, rounding, extras=True):
    """Return what the ``kept`` units are worth, discounts included.

    :param lines: iterable of :class:`Line`
    :param dict kept: ``{key: Decimal}`` units of goods lines; a missing key is the whole line
    :param Decimal rounding: the smallest coin
    :param bool extras: whether shipping, fees and services are part of it
    :return: ``{key: {component: Decimal}}`` for all lines
    """
    lines = list(lines)
    goods = [line for line in lines if line.kind == GOODS and line.quantity]
    result = {}
    for line in lines:
        if line.kind == GOODS:
            units = kept.get(line.key, line.quantity)
            result[line.key] = {
                name: part(amount, units, line.quantity, rounding)
                for name, amount in line.amounts.items()
            }
        elif line.kind == DISCOUNT and goods:
            result[line.key] = _discount_value(line, goods, kept, rounding)
        else:
            kept_whole = extras or line.kind == CHARGE
            result[line.key] = {
                name: amount if kept_whole else ZERO for name, amount in line.amounts.items()
            }
    return result


def _discount_value(discount, goods, kept, rounding):
    weights = [total({line.key: line.amounts}) for line in goods]
    result = {}
    for name, amount in discount.amounts.items():
        result[name] = sum(
            (
                part(share, kept.get(line.key, line.quantity), line.quantity, rounding)
                for line, share in zip(goods, shares(amount, weights, rounding), strict=True)
            ),
            ZERO,
        )
    return result


def refund_lines(lines, before, after, rounding, extras_before=True, extras_after=True):
    """Return the exact refund for going from the units ``before`` to the units ``after``.

    :param lines: iterable of :class:`Line` as invoiced
    :param dict before: ``{key: Decimal}`` units the buyer kept until now
    :param dict after: ``{key: Decimal}`` units the buyer keeps from now on
    :param bool extras_before: whether shipping and fees had not been given back before
    :param bool extras_after: whether the buyer still pays shipping and fees
    :return: ``{key: {component: Decimal}}`` with the sign of the line, without empty lines; no
        component exceeds what is left of the line after ``refunded``
    """
    lines = list(lines)
    old = value(lines, before, rounding, extras_before)
    new = value(lines, after, rounding, extras_after)
    result = {}
    for line in lines:
        amounts = {
            name: _within(
                old[line.key][name] - new[line.key][name],
                amount - line.refunded.get(name, ZERO),
            )
            for name, amount in line.amounts.items()
        }
        if any(amounts.values()):
            result[line.key] = amounts
    return result


def _within(amount, left):
    """Bound ``amount`` by what is ``left``: never beyond it, never to the other side of zero."""
    low, high = sorted((ZERO, left))
    return min(max(amount, low), high)


def total(values):
    """Return the sum over all lines and the components that are money (``base:`` ones are not)."""
    return sum(
        (
            amount
            for amounts in values.values()
            for name, amount in amounts.items()
            if not name.startswith("base:")
        ),
        ZERO,
    )
