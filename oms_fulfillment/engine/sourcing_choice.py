"""How one order may be shipped with what is left in stock: its choices, best first.

Part of :mod:`sourcing`, which says what is wanted of a batch.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations, product

# More mappings than this are not looked at one by one: see _best_per_set().
MAPPINGS = 260
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A warehouse that may ship an order.

    :ivar warehouse: its key
    :ivar cost: what a parcel of this order costs from there, in the unit of the rule's strategy
    :ivar late: a parcel from there leaves after the order's deadline
    """

    warehouse: object
    cost: float = 0.0
    late: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """What must come from one warehouse: a line, or lines that are kept together.

    :ivar key: its key; unique within the order
    :ivar needs: ``((product, units), ...)``, each product once
    :ivar warehouses: keys of the warehouses that its rule allows; empty: all candidates
    :ivar divisible: its units may come from several warehouses where none has them all
    """

    key: object
    needs: tuple
    warehouses: tuple = ()
    divisible: bool = False

    @property
    def units(self):
        return sum(units for _product, units in self.needs)

    def allows(self, warehouse):
        return not self.warehouses or warehouse in self.warehouses


@dataclass(frozen=True, slots=True)
class Order:
    """The demand of one order.

    :ivar key: its key
    :ivar rank: sorts the orders: lower is served first; unique in a batch
    :ivar items: what it wants
    :ivar candidates: the warehouses that may ship it, preferred ones first
    :ivar limit: most warehouses it may be split over; 1 means never
    :ivar complete: it ships when everything is there, and else waits whole in one place
    """

    key: object
    rank: tuple
    items: tuple
    candidates: tuple
    limit: int = 99
    complete: bool = False

    @property
    def units(self):
        return sum(item.units for item in self.items)

    @property
    def wanted(self):
        """``{product: units}`` of all items together."""
        result = defaultdict(float)
        for item in self.items:
            for needed, units in item.needs:
                result[needed] += units
        return result

    @property
    def forced(self):
        """No warehouse may ship all items: the rules about products split it by themselves."""
        return not any(
            all(item.allows(candidate.warehouse) for item in self.items)
            for candidate in self.candidates
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """How an order is shipped.

    :ivar shares: ``((item key, warehouse, units), ...)``; units that nobody has wait in one of them
    :ivar held: ``(((warehouse, product), units), ...)`` of what is there for it
    :ivar missing: units that are not there now
    :ivar hopeless: those of them that no planned receipt brings either
    :ivar late: parcels that leave after the deadline
    """

    shares: tuple
    held: tuple
    missing: float
    hopeless: float
    late: int
    parcels: int
    cost: float

    @property
    def score(self):
        """Lower is better."""
        return (
            round(self.missing, 6),
            round(self.hopeless, 6),
            self.late,
            self.parcels,
            round(self.cost, 6),
        )

    @property
    def warehouses(self):
        return {warehouse for _item, warehouse, _units in self.shares}


@dataclass(slots=True)
class Stock:
    """What is left to give.

    :ivar units: ``{(warehouse, product): units}``
    :ivar slots: ``{warehouse: parcels that can still leave in time}``; absent: no limit
    :ivar incoming: ``{(warehouse, product): units}`` of planned receipts, for everybody to hope for
    """

    units: dict
    slots: dict = field(default_factory=dict)
    incoming: dict = field(default_factory=dict)

    def duplicate(self):
        return Stock(dict(self.units), dict(self.slots), self.incoming)

    def free(self, warehouse, wanted):
        return max(self.units.get((warehouse, wanted), 0.0), 0.0)

    def full(self, warehouse):
        return self.slots.get(warehouse, 1) < 1

    def take(self, choice, sign=-1):
        """Take what a choice holds out of the stock, or put it back with ``sign=1``."""
        for key, units in choice.held:
            self.units[key] = self.units.get(key, 0.0) + sign * units
        for warehouse in choice.warehouses:
            if warehouse in self.slots:
                self.slots[warehouse] += sign


# ------------------------------------------------------------------ choices


def best(order, stock):
    """The best choice of :func:`options`; quick where one warehouse has everything in time."""
    wanted = order.wanted
    clean = [
        (round(place.cost, 6), index, place.warehouse)
        for index, place in enumerate(order.candidates)
        if not place.late
        and not stock.full(place.warehouse)
        and all(stock.free(place.warehouse, key) + EPSILON >= wanted[key] for key in wanted)
        and all(item.allows(place.warehouse) for item in order.items)
    ]
    if clean:
        place = min(clean)[2]
        return _price(order, (place,) * len(order.items), stock)
    return options(order, stock)[0]


def options(order, stock):
    """All sensible choices for one order with what is left, best first.

    Every item is shipped by one warehouse that may ship it; what that one does not have waits
    there, unless the item is divisible and another one has it.
    """
    position = {candidate.warehouse: index for index, candidate in enumerate(order.candidates)}
    forced = order.forced
    found = {}
    for mapping in _mappings(order, stock, forced):
        choice = _price(order, mapping, stock)
        if order.complete and choice.missing > EPSILON and choice.parcels > 1 and not forced:
            continue
        rank = (*choice.score, tuple(position[warehouse] for warehouse in mapping))
        known = found.get(choice.shares)
        if known is None or rank < known[0]:
            found[choice.shares] = rank, choice
    return [choice for _rank, choice in sorted(found.values(), key=lambda pair: pair[0])]


def _mappings(order, stock, forced):
    """Warehouses per item, as tuples; few enough to look at each."""
    keys = [candidate.warehouse for candidate in order.candidates]
    allowed = [[key for key in keys if item.allows(key)] or keys for item in order.items]
    limit = len(keys) if forced else min(max(order.limit, 1), len(keys))
    count = 1
    for places in allowed:
        count *= len(places)
    if count <= MAPPINGS:
        for mapping in product(*allowed):
            if len(set(mapping)) <= limit:
                yield mapping
        return
    yield from _best_per_set(order, stock, allowed, limit)


def _best_per_set(order, stock, allowed, limit):
    """For an order of many items: per set of warehouses, each item where least of it is missing,
    and then where it is cheapest."""
    candidates = {candidate.warehouse: candidate for candidate in order.candidates}

    def preference(item, key):
        short = sum(max(units - stock.free(key, wanted), 0.0) for wanted, units in item.needs)
        late = candidates[key].late or stock.full(key)
        return round(short, 6), late, candidates[key].cost

    for size in range(1, limit + 1):
        for chosen in combinations(candidates, size):
            places = [[key for key in chosen if key in some] for some in allowed]
            if all(places):
                yield tuple(
                    min(fitting, key=lambda key, item=item: preference(item, key))
                    for item, fitting in zip(order.items, places, strict=True)
                )


def _price(order, mapping, stock):
    """The :class:`Choice` of a mapping; items of one order share what a warehouse has."""
    left, held = {}, {}
    shares, missing, hopeless = [], 0.0, 0.0
    for item, warehouse in zip(order.items, mapping, strict=True):
        short = later = 0.0
        for wanted, units in item.needs:
            place = warehouse, wanted
            there = left.get(place, stock.free(*place))
            left[place] = max(there - units, 0.0)
            held[place] = held.get(place, 0.0) + min(there, units)
            gap = max(units - there, 0.0)
            short += gap
            later += max(gap - stock.incoming.get(place, 0.0), 0.0)
        given = item.units
        if short > EPSILON and item.divisible and len(item.needs) == 1 and order.limit > 1:
            for other, units in _elsewhere(order, item, warehouse, short, stock, left, shares):
                shares.append((item.key, other, units))
                held[other, wanted] = held.get((other, wanted), 0.0) + units
                given -= units
                short -= units
                later = max(later - units, 0.0)
        if given > EPSILON:
            shares.append((item.key, warehouse, given))
        missing += short
        hopeless += min(later, short)
    return _choice(order, tuple(shares), tuple(held.items()), missing, hopeless, stock)


def _choice(order, shares, held, missing, hopeless, stock):
    parcels = {warehouse for _item, warehouse, _units in shares}
    used = [candidate for candidate in order.candidates if candidate.warehouse in parcels]
    return Choice(
        shares,
        held,
        missing,
        hopeless,
        late=sum(1 for place in used if place.late or stock.full(place.warehouse)),
        parcels=len(used),
        cost=sum(place.cost for place in used),
    )


def _elsewhere(order, item, warehouse, short, stock, left, shares):
    """Other warehouses that have some of what is short, in the order of the candidates."""
    ((wanted, _units),) = item.needs
    parcels = {place for _item, place, _units in shares} | {warehouse}
    for candidate in order.candidates:
        other = candidate.warehouse
        if short <= EPSILON:
            return
        if other == warehouse or not item.allows(other):
            continue
        if other not in parcels and len(parcels) >= order.limit:
            continue
        there = left.get((other, wanted), stock.free(other, wanted))
        units = min(there, short)
        if units > EPSILON:
            left[other, wanted] = there - units
            parcels.add(other)
            short -= units
            yield other, units
