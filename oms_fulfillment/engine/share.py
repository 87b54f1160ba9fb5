"""Units that are kept for a channel or a class of customers.

A *holder* is whoever units are kept for: ``("channel", id)`` or ``("class", id)``. An order has the
holders of its channel and of its customer's tags; it takes from their shares first and then from
what is kept for nobody. What a holder's open orders have is taken off its share. Shares are filled
in their order; where there is not enough for all, the last ones go short. So no more is ever kept
than there is, and nobody is kept from what is kept for nobody.

Which share of a holder counts for a product in a warehouse is found as safety stock is: the most
specific one. Plain arithmetic on plain values.
"""

import math
from dataclasses import dataclass

from .availability import EPSILON, Rule, Rules

NOBODY = frozenset()


@dataclass(frozen=True, slots=True)
class Share(Rule):
    """Units to keep for a holder: a number, or a part of what is on hand.

    :ivar rank: shares that sort before others are filled first
    """

    rank: tuple = ()

    def of(self, on_hand):
        """The units of ``on_hand`` that are the holder's. A part is rounded down to a whole unit:
        a tenth of one unit keeps nobody from the last one."""
        part = max(on_hand, 0.0) * self.percent / 100.0
        return self.units + math.floor(part + EPSILON)


class Shares:
    """The shares of one company, found by scope.

    :param shares: iterable of ``(holder, Share)``
    """

    def __init__(self, shares=()):
        by_holder = {}
        for holder, share in shares:
            by_holder.setdefault(holder, []).append(share)
        self._rules = {holder: Rules(found) for holder, found in by_holder.items()}

    def __bool__(self):
        return bool(self._rules)

    @property
    def holders(self):
        return frozenset(self._rules)

    def find(self, product, path, warehouse):
        """``((holder, Share), ...)`` that count for a product in a warehouse, the first to be
        filled first.

        :param path: ids of the product's categories, the root first
        """
        found = (
            (holder, rules.find(product, path, None, warehouse))
            for holder, rules in self._rules.items()
        )
        return tuple(
            sorted((item for item in found if item[1]), key=lambda item: (item[1].rank, item[0]))
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What one holder may still count on of a product in a place.

    :ivar holder: who
    :ivar share: the :class:`Share` that counts there
    :ivar bound: units in the place that somebody has already
    :ivar used: units that open orders have taken off the share
    """

    holder: tuple
    share: Share
    bound: float = 0.0
    used: float = 0.0

    def of(self, free):
        """The units that are kept where ``free`` units are promised to nobody."""
        return max(self.share.of(self.bound + free) - self.used, 0.0)


def claims(shares, bound, free, used):
    """Return the :class:`Claim` of each of ``shares``, in their order.

    Open orders that belong to one holder use its share before those who could use another one.

    :param shares: ``((holder, Share), ...)``
    :param bound: units in the place that somebody has
    :param free: units that nobody has
    :param used: ``[(holders, units)]`` that open orders have
    """
    left = {holder: share.of(bound + free) for holder, share in shares}
    size = dict(left)
    for holders, units in sorted(used, key=lambda item: (len(item[0]), sorted(item[0]))):
        _use(left, holders, units)
    return [Claim(holder, share, bound, size[holder] - left[holder]) for holder, share in shares]


def _use(left, holders, units):
    """Take ``units`` off what is left for ``holders``, in its order; return what did not fit."""
    for holder in left:
        if units <= EPSILON:
            break
        if holder in holders:
            taken = min(left[holder], units)
            left[holder] -= taken
            units -= taken
    return units


class Pool:
    """The units of one product in one place that nobody has, and for whom they are kept.

    :ivar free: all of them
    :ivar kept: ``{holder: units}`` of them, together at most ``free``
    """

    __slots__ = ("free", "kept")

    def __init__(self, free, known=()):
        self.free = rest = max(free, 0.0)
        self.kept = {}
        for claim in known:
            units = min(claim.of(self.free), rest)
            if units > EPSILON:
                self.kept[claim.holder] = units
                rest -= units

    def set_aside(self, holders):
        """Units that are kept for others than ``holders``."""
        return sum(units for holder, units in self.kept.items() if holder not in holders)

    def open_to(self, holders):
        """Units that an order with these ``holders`` may take."""
        return max(self.free - self.set_aside(holders), 0.0)

    def take(self, holders, units):
        """An order takes ``units``: its own shares first."""
        _use(self.kept, holders, units)
        self.free = max(self.free - units, 0.0)


def pool_of(stock):
    """Return the :class:`Pool` of an ``engine.availability.Stock``."""
    free = stock.free + stock.incoming - stock.waiting
    bound = stock.reserved + stock.waiting
    return Pool(free, claims(stock.shares, bound, free, stock.used))
