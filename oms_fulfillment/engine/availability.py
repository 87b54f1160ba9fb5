"""How many units may still be promised.

    available = on hand - reserved - safety stock - set aside for others (+ incoming - waiting)

Plain arithmetic on plain values. Which safety rule holds for a product is looked up from the most
specific to the least: its product before its category (the nearest one first) before none; within
each of these, its channel before any channel, then its warehouse before any warehouse. No two
rules have the same scope, so there is never a tie.
"""

import math
from dataclasses import dataclass, field

# Less than this is noise of float arithmetic, not a unit.
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Rule:
    """Units to keep back: a number, or a share of what is on hand.

    ``None`` in a scope field means any.
    """

    units: float = 0.0
    percent: float = 0.0
    product: int | None = None
    category: int | None = None
    channel: int | None = None
    warehouse: int | None = None

    @property
    def scope(self):
        return self.product, self.category, self.channel, self.warehouse

    def of(self, on_hand):
        """The units that this rule keeps of ``on_hand``; a share is rounded up to a whole unit."""
        share = max(on_hand, 0.0) * self.percent / 100.0
        return self.units + max(math.ceil(share - EPSILON), 0)


class Rules:
    """The rules of one company, found by scope."""

    def __init__(self, rules=()):
        self._by_scope = {rule.scope: rule for rule in rules}
        self._products = {rule.product for rule in self._by_scope.values()}
        # Most products have no rule of their own: those of a category share an answer.
        self._shared = {}

    def __bool__(self):
        return bool(self._by_scope)

    def find(self, product, path, channel, warehouse):
        """Return the most specific rule, or ``None``.

        :param path: ids of the product's categories, the root first
        :param channel: ``None`` when nobody asks for a channel: then only rules for any channel
        """
        if not self._by_scope:
            return None
        if product in self._products:
            return self._find(product, path, channel, warehouse)
        key = tuple(path), channel, warehouse
        if key not in self._shared:
            self._shared[key] = self._find(product, path, channel, warehouse)
        return self._shared[key]

    def _find(self, product, path, channel, warehouse):
        levels = [(product, None), *((None, category) for category in reversed(path)), (None, None)]
        for level in levels:
            for asked in ((channel, warehouse), (channel, None), (None, warehouse), (None, None)):
                if rule := self._by_scope.get((*level, *asked)):
                    return rule
        return None


@dataclass(slots=True)
class Stock:
    """What the documents say about one product in one warehouse, in the product's unit.

    :ivar on_hand: units in the stock location, those in places that are not for sale left out
    :ivar reserved: units of these that transfers have reserved
    :ivar incoming: units that come until the day in question and are promised to nobody yet
    :ivar waiting: units that confirmed orders wait for
    :ivar safety: units that are kept back
    :ivar set_aside: units that are kept for somebody else
    :ivar shares: ``((holder, Share), ...)`` that count here, see engine/share.py
    :ivar used: ``[(holders, units)]``: what open orders of these holders have
    :ivar pool: the ``engine.share.Pool`` that follows from these; ``None`` where nothing is kept
    """

    on_hand: float = 0.0
    reserved: float = 0.0
    incoming: float = 0.0
    waiting: float = 0.0
    safety: float = 0.0
    set_aside: float = 0.0
    shares: tuple = ()
    used: list = field(default_factory=list)
    pool: object = None

    @property
    def free(self):
        """Units on the shelf that no transfer has reserved."""
        return self.on_hand - self.reserved

    @property
    def available(self):
        """Units that may still be promised, never below zero."""
        promised = self.waiting + self.safety + self.set_aside
        units = round(self.free + self.incoming - promised, 6)
        return units if units > 0 else 0.0
