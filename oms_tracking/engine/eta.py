"""When a parcel arrives: working days, lanes and windows.

Transit is counted in the courier's working days from the day it starts. A lane's own history counts
the more the more of it there is: with ``n`` deliveries it weighs ``n / (n + 20)``, the rest is what
the wider lane says, and the widest is what the courier promises.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# So many deliveries make a lane's history as good as everything else that is known.
HALF_TRUST = 20
LOW, MIDDLE, HIGH, LATE = 0.2, 0.5, 0.8, 0.95
LEVELS = ("lane", "province", "service", "carrier")
SEARCH_LIMIT = 366
# Parcels that nobody waits for any more: they arrived, or they won't.
NOT_COMING = frozenset(
    {"delivered", "returning", "returned", "lost", "damaged", "cancelled", "refused"}
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which a courier delivers.

    :ivar weekdays: 0 is Monday
    :ivar holidays: days on which nobody works
    """

    weekdays: frozenset = frozenset(range(6))
    holidays: frozenset = frozenset()

    def works(self, day: date):
        return day.weekday() in self.weekdays and day not in self.holidays

    def next_working(self, day: date):
        """Return ``day`` or the first working day after it."""
        for _try in range(SEARCH_LIMIT):
            if self.works(day):
                return day
            day += timedelta(days=1)
        return day

    def add(self, day: date, count: int):
        """Return the ``count``-th working day after ``day``."""
        for _step in range(count):
            day = self.next_working(day + timedelta(days=1))
        return day

    def count(self, start: date, end: date):
        """Return how many working days lie after ``start``, ``end`` included."""
        days = (end - start).days
        return sum(self.works(start + timedelta(days=offset)) for offset in range(1, days + 1))


@dataclass(frozen=True, slots=True)
class Lane:
    """How long deliveries took, in working days."""

    n: int = 0
    low: float = 0.0
    middle: float = 0.0
    high: float = 0.0
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A transit time between two numbers of working days.

    :ivar level: the narrowest of :data:`LEVELS` that had a say
    :ivar n: deliveries behind it
    """

    low: float
    high: float
    level: str
    n: int = 0


def transit_start(day, hour, cutoff, calendar):
    """Return the day from which the courier counts, for a hand-over on ``day`` at ``hour``."""
    first = calendar.next_working(day)
    if first == day and cutoff and hour >= cutoff:
        return calendar.next_working(day + timedelta(days=1))
    return first


def quantile(values, share):
    """Return the smallest value that at least ``share`` of the sorted ``values`` don't exceed."""
    return values[max(math.ceil(share * len(values)) - 1, 0)]


def measure(days: Iterable):
    """Return the :class:`Lane` of these transit times."""
    values = sorted(days)
    if not values:
        return Lane()
    return Lane(len(values), *(quantile(values, share) for share in (LOW, MIDDLE, HIGH, LATE)))


def estimate(lanes, promised=None):
    """Return the :class:`Estimate` of a parcel, ``None`` when nothing is known.

    :param lanes: ``{level: Lane}`` of the lane, its province and its service
    :param promised: ``(min, max)`` working days that the courier promises
    """
    result = Estimate(*promised, "carrier") if promised else None
    for level in reversed(LEVELS[:-1]):
        lane = lanes.get(level)
        if not lane or not lane.n:
            continue
        if result is None:
            result = Estimate(lane.low, lane.high, level, lane.n)
            continue
        trust = lane.n / (lane.n + HALF_TRUST)
        result = Estimate(
            lane.low * trust + result.low * (1 - trust),
            lane.high * trust + result.high * (1 - trust),
            level,
            lane.n,
        )
    return result


def window(start, guess, calendar):
    """Return the first and last day on which the parcel should come."""
    low = max(math.floor(guess.low + 1e-9), 0)
    high = max(math.ceil(guess.high - 1e-9), low)
    return calendar.add(start, low), calendar.add(start, high)


def window_now(promised, status, since, today, calendar):
    """Return the window that can still be told on ``today``; ``None`` when nothing comes.

    :param promised: the frozen window ``(first day, last day)``, or ``None``
    :param status: canonical status of the parcel
    :param since: local day on which it got there, or ``None``
    """
    if status in NOT_COMING:
        return None
    if status == "out_for_delivery" and since and since >= today:
        return today, today
    if status == "available_for_pickup" or not promised:
        return None
    first, last = promised
    if last < today or (last == today and status == "attempt_failed"):
        # Late: it comes on one of the next working days, and nobody knows better.
        first = calendar.next_working(today + timedelta(days=status == "attempt_failed"))
        return first, calendar.add(first, 1)
    return max(first, calendar.next_working(today)) if first < today else first, last
