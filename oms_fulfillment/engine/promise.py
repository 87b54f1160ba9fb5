"""When an order can leave and arrive.

Plain values in, plain values out. Supply is what lies on the shelf now and what comes later;
demand is who waits for it. Every unit of supply goes to one demand only: the oldest promise
chooses first, and takes what comes first.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

# Less than this is noise of float arithmetic, not a unit.
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Supply:
    """Units of one product in one place.

    :ivar key: what names it
    :ivar units: how many
    :ivar at: when they are on the shelf; ``None`` when they are there now
    """

    key: object
    units: float
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of one product that somebody waits for in one place.

    :ivar key: what names it
    :ivar units: how many
    :ivar rank: sorts before others when it was promised earlier
    :ivar not_before: goods may not be used for it earlier
    :ivar holders: for whom units may be kept that it may have, see engine/share.py
    """

    key: object
    units: float
    rank: tuple = ()
    not_before: datetime | None = None
    holders: frozenset = frozenset()


@dataclass(frozen=True, slots=True)
class Share:
    """Units of one supply that one demand gets, and when they are on the shelf."""

    supply: object
    units: float
    at: datetime | None


@dataclass(slots=True)
class Answer:
    """What one demand gets.

    :ivar shares: from which supplies, the earliest first
    :ivar short: units that nothing planned brings
    """

    shares: list = field(default_factory=list)
    short: float = 0.0

    @property
    def ready(self):
        """When the last unit is on the shelf: ``None`` when all are there, or when some of them
        are not planned at all (see :attr:`short`)."""
        return max((share.at for share in self.shares if share.at), default=None)


def is_short(supplies, demands, claims=()):
    """Return whether the supplies together are less than all demands and what is kept."""
    there = sum(supply.units for supply in supplies)
    kept = sum(claim.of(there) for claim in claims)
    return there + EPSILON < kept + sum(demand.units for demand in demands)


def allot(supplies, demands, claims=()):
    """Return ``{demand key: Answer}``; no unit of supply is given out twice.

    :param claims: iterable of ``engine.share.Claim``: what is kept for whom
    """
    left = _portions(supplies, claims)
    answers = {}
    for demand in sorted(demands, key=lambda demand: demand.rank):
        answers[demand.key] = answer = Answer(short=max(demand.units, 0.0))
        for item in left:
            if answer.short <= EPSILON:
                break
            supply, units, holder = item
            if holder and holder not in demand.holders:
                continue
            take = min(units, answer.short)
            if take > EPSILON:
                at = _later(supply.at, demand.not_before)
                answer.shares.append(Share(supply.key, take, at))
                item[1] -= take
                answer.short -= take
        if answer.short <= EPSILON:
            answer.short = 0.0
    return answers


def _portions(supplies, claims):
    """``[[supply, units, for whom they are kept or None]]``: what is there now comes before
    everything planned, and what is kept for somebody before what anybody may have.

    What comes is kept as far as a holder has not enough of what came before.
    """
    portions, total, given = [], 0.0, {}
    for supply in sorted(supplies, key=lambda supply: (supply.at is not None, supply.at or 0)):
        total += supply.units
        rest = supply.units
        for claim in claims:
            holder = claim.holder
            units = min(claim.of(total) - given.get(holder, 0.0), rest)
            if units > EPSILON:
                portions.append([supply, units, holder])
                given[holder] = given.get(holder, 0.0) + units
                rest -= units
        if rest > EPSILON:
            portions.append([supply, rest, None])
    return portions


def _later(one, other):
    if one is None or other is None:
        return one or other
    return max(one, other)


@dataclass(frozen=True, slots=True)
class Clock:
    """How long it takes from the shelf to the customer. All moments are naive UTC.

    :ivar hours: hours from "on the shelf" to the hand-over, where there is no cut-off
    :ivar days: days on the road
    :ivar cutoff: hour of the day (local time) until which goods leave the same day, or ``None``
    :ivar weekdays: days on which the warehouse works, Monday is 0
    :ivar closed: dates on which it does not work
    :ivar zone: name of the time zone
    """

    hours: float = 48.0
    days: float = 3.0
    cutoff: float | None = None
    weekdays: frozenset = frozenset(range(7))
    closed: frozenset = frozenset()
    zone: str = "UTC"

    def leaves(self, ready):
        """When goods leave that are on the shelf at ``ready``."""
        if self.cutoff is None:
            return ready + timedelta(hours=self.hours)
        zone = ZoneInfo(self.zone)
        local = ready.replace(tzinfo=timezone.utc).astimezone(zone)
        minutes = round(self.cutoff * 60)
        at = time(minutes // 60 % 24, minutes % 60)
        day = local.date()
        if local.time().replace(tzinfo=None) > at:
            day += timedelta(days=1)
        day = self._working(day)
        return datetime.combine(day, at, zone).astimezone(timezone.utc).replace(tzinfo=None)

    def arrives(self, ready):
        """When they are at the customer's."""
        return self.leaves(ready) + timedelta(days=self.days)

    def _working(self, day):
        for _n in range(366):
            if day.weekday() in self.weekdays and day not in self.closed:
                break
            day += timedelta(days=1)
        return day


def expected(at, now):
    """When a receipt may still come: one that is overdue, at the same time tomorrow or later.

    Whole days, so that the promise does not creep forward minute by minute.
    """
    if at >= now:
        return at
    days = (now - at) // timedelta(days=1) + 1
    return at + timedelta(days=days)


def renew(floor, current, arrival=None, unknown=False, here=None, early=False):
    """Return what a customer is to be promised now.

    :param floor: what was promised first, or asked for: never promise earlier than that
    :param current: what is promised now
    :param arrival: when the goods that are short arrive, as far as they are planned
    :param unknown: some of them are not planned at all
    :param here: nothing is short: when the goods arrive if they leave now
    :param early: nobody has relied on a promise yet
    """
    known = max(filter(None, (floor, arrival)), default=None)
    if early or current is None:
        return known
    if arrival is not None:
        # With a part unknown, the rest can't make the promise better.
        return max(known, current) if unknown else known
    if here is not None and floor is not None and current > floor:
        return max(floor, min(current, here))
    return current
