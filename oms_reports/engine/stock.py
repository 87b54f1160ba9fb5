"""Classes of goods, cover and stock-outs: no database here."""

import math
import statistics
from dataclasses import dataclass

# Days that a purchase should last beyond its lead time, and how sure to be of not running out.
REVIEW_DAYS = 14
SERVICE = 1.65


def abc(values):
    """Return ``{key: "A", "B" or "C"}`` of ``{key: value}``.

    By cumulative value: A up to 80 %, B up to 95 %. The item that reaches the limit is in the
    upper class; equal values stand in the order of their keys.

    >>> abc({1: 80, 2: 15, 3: 5})
    {1: 'A', 2: 'B', 3: 'C'}
    """
    total = sum(value for value in values.values() if value > 0)
    result, before = {}, 0.0
    for key, value in sorted(values.items(), key=lambda item: (-item[1], item[0])):
        if value <= 0 or before >= 0.95 * total:
            result[key] = "C"
        else:
            result[key] = "A" if before < 0.8 * total else "B"
        before += max(value, 0.0)
    return result


def xyz(series):
    """Return ``X`` (steady), ``Y`` or ``Z`` (erratic) by the coefficient of variation.

    >>> xyz([10, 10, 10]), xyz([0, 0, 30]), xyz([0, 0])
    ('X', 'Z', None)
    """
    level = statistics.fmean(series) if series else 0.0
    if not level:
        return None
    variation = statistics.pstdev(series) / level
    return "X" if variation < 0.5 else "Y" if variation < 1 else "Z"


@dataclass(frozen=True, slots=True)
class Cover:
    """How long stock lasts, from the last days.

    :ivar daily: mean demand per day in which there was stock
    :ivar days: days that the stock lasts, ``None`` without demand
    :ivar out: days that ended without stock
    :ivar missed: units ordered on these days all the same
    :ivar lost: estimate of the units not sold on these days
    :ivar turnover: how often a year the mean stock is used up, ``None`` without stock
    """

    daily: float
    days: float | None
    out: int
    missed: float
    lost: float
    turnover: float | None


def cover(on_hand, free, net, demand):
    """Return the :class:`Cover` of a product.

    Days before it was first in stock or asked for do not count: it was not offered then.

    :param float on_hand: units on hand now
    :param float free: of these, not reserved
    :param list net: units that came less units that went, per day, newest first
    :param list demand: units ordered per day, newest first
    """
    levels, level = [], on_hand
    for change in net:
        levels.append(level)
        level -= change
    while levels and levels[-1] <= 0 and not demand[len(levels) - 1]:
        levels.pop()
    demand = demand[: len(levels)]
    stocked = [ordered for ordered, units in zip(demand, levels, strict=True) if units > 0]
    missed = [ordered for ordered, units in zip(demand, levels, strict=True) if units <= 0]
    daily = sum(stocked) / len(stocked) if stocked else 0.0
    mean_level = statistics.fmean(max(units, 0.0) for units in levels) if levels else 0.0
    used = sum(demand) / len(demand) * 365 if demand else 0.0
    return Cover(
        daily,
        max(free, 0.0) / daily if daily else None,
        len(missed),
        sum(missed),
        max(daily * len(missed) - sum(missed), 0.0),
        used / mean_level if mean_level else None,
    )


def reorder(daily, deviation, lead_days, available):
    """Return the units to buy so that stock lasts until the purchase after the next, or 0.

    Needed = daily demand × (lead time + 14 days) + safety; safety = 1.65 × deviation of the daily
    demand × √ lead time. Available = free stock and what is on its way.
    """
    needed = daily * (lead_days + REVIEW_DAYS) + SERVICE * deviation * math.sqrt(lead_days)
    return max(math.ceil(needed - available - 1e-9), 0)
