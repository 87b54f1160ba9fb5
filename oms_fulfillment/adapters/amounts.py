"""Exact arithmetic between a channel's amounts and Odoo's unit price and percentage.

Odoo computes ``unit price x (1 - percent / 100) x quantity`` with a few decimals in price and
percentage; a channel says "this line costs 82,500". The difference that no percentage can express
is returned as a residual, never hidden.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Price:
    """``unit_price`` and ``percent`` for a line; ``residual`` >= 0 is still to be taken off."""

    unit_price: Decimal
    percent: Decimal
    residual: Decimal


def round_to(amount, rounding, mode=ROUND_HALF_UP):
    """Round to a multiple of ``rounding``, e.g. ``Decimal("0.01")``."""
    return (amount / rounding).quantize(Decimal(1), mode) * rounding


def price_line(gross, net, quantity, rounding, price_step, percent_step, rounds_lines=True):
    """Express a line worth ``net`` after a discount from ``gross`` (amounts of the whole line).

    :param rounding: rounding of the currency
    :param price_step, percent_step: smallest step of Odoo's unit price and percentage
    :param rounds_lines: whether Odoo rounds every line, or only the total of the order
    :return: a :class:`Price` with ``round(unit_price x quantity x (1 - percent)) - residual`` equal
        to ``round(net)``; without rounding of lines the equation holds before rounding
    """
    unit_price = round_to(gross / quantity, price_step, ROUND_CEILING)
    full = unit_price * quantity
    target = round_to(net, rounding)
    if not full:
        return Price(unit_price, Decimal(0), Decimal(0))
    exact = (full - target) * HUNDRED / full
    for mode in (ROUND_HALF_UP, ROUND_FLOOR):
        percent = max(Decimal(0), min(HUNDRED, round_to(exact, percent_step, mode)))
        worth = full * (1 - percent / HUNDRED)
        if rounds_lines:
            residual = round_to(worth, rounding) - target
        elif mode == ROUND_HALF_UP and worth != target:
            continue
        else:
            residual = round_to(worth - target, price_step)
        if residual == 0 or (mode == ROUND_FLOOR and residual > 0):
            return Price(unit_price, percent, residual)
    return Price(unit_price, Decimal(0), round_to(full, rounding) - target)


def share(amount, weights, rounding):
    """Split ``amount`` by ``weights``; the parts are multiples of ``rounding`` and add up.

    Largest remainder: what rounding leaves over goes to the parts that lost most.
    """
    total = sum(weights)
    if not total:
        weights, total = [Decimal(1)] * len(weights), Decimal(len(weights))
    steps = int(round_to(amount, rounding) / rounding)
    exact = [steps * weight / total for weight in weights]
    parts = [int(part.to_integral_value(ROUND_FLOOR)) for part in exact]
    by_loss = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_loss[: steps - sum(parts)]:
        parts[index] += 1
    return [part * rounding for part in parts]


def spread(gross, net, weights, rounding):
    """Spread a line over the components of its bundle.

    :param gross, net: worth of the line before and after its discount, ``0 <= net <= gross``
    :param weights: what the components are worth, 0 for one that is free
    :return: list of ``(gross, net)``, multiples of ``rounding`` that add up to the rounded
        amounts, each with ``0 <= net <= gross``
    """
    net = round_to(net, rounding)
    gross = max(round_to(gross, rounding), net)
    tops = share(gross, weights, rounding)
    # No part can lose more than it has: a part of the discount is at most its part of the gross.
    discounts = share(gross - net, tops, rounding) if gross else [Decimal(0)] * len(tops)
    return [(top, top - discount) for top, discount in zip(tops, discounts, strict=True)]
