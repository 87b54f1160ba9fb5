"""Which warehouse ships what: the demand of a whole batch, solved together.

Pure functions on plain values. What is wanted, most important first:

1. **Complete orders, fairly.** Orders are ranked (priority, promise, age). No order gets fewer
   units because a later one would fit better: the numbers of missing units, in the order of the
   ranks, are made as small as possible from the first one on. An order may well be sent from its
   second-best warehouse so that a later one is complete, too.
2. **Where more comes**: units that are nowhere wait where a receipt is planned.
3. **In time**: as few parcels as possible from a warehouse that is full or past its cut-off.
4. **Few parcels.** An order is split where that brings units that would be missing or late
   otherwise, never to save money; a rule may forbid it or set a limit.
5. **Cheap**: the sum of what the rules say a parcel from a warehouse costs (money, kilometres, a
   place in a list).

Orders that want the same scarce units (or the same place in a full warehouse) are solved together.
Small groups are searched completely (:class:`sourcing_group._Search`); in larger ones every order
takes its best choice in turn, and then orders are moved out of each other's way. Nothing depends on
chance or on the order in which things were given.
"""

from collections import defaultdict
from dataclasses import dataclass

from .sourcing_choice import EPSILON, Candidate, Choice, Item, Order, Stock
from .sourcing_group import BATCH_NODES, groups, solve_group, total

__all__ = ["Candidate", "Choice", "Item", "Order", "Reason", "Verdict", "solve", "total"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a warehouse was or was not chosen for an order.

    :ivar code: chosen: ``alone`` (the only one allowed), ``best``, ``together`` (with others),
        ``waits`` (units are missing and wait there); not chosen: ``short`` (had too little),
        ``given`` (its units went to orders before this one), ``late``, ``full``, ``dearer``,
        ``later`` (costs the same and comes later in the list)
    :ivar has: units of the order that it had before the batch
    :ivar units: units that it ships
    :ivar cost: what a parcel from there costs
    """

    warehouse: object
    code: str
    has: float
    units: float
    cost: float
    late: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one order, and why.

    :ivar reasons: one :class:`Reason` per candidate, the chosen ones first
    :ivar rivals: keys of other orders that wanted the same units
    """

    choice: Choice
    reasons: tuple
    rivals: tuple = ()


def solve(orders, stock, slots=None, incoming=None, nodes=BATCH_NODES):
    """Decide about a batch.

    :param orders: iterable of :class:`Order`
    :param stock: ``{(warehouse, product): units free}``
    :param slots: ``{warehouse: parcels that can still leave in time}``; absent means no limit
    :param incoming: ``{(warehouse, product): units}`` of planned receipts
    :param int nodes: how many choices the complete searches may look at
    :return: ``{order key: Verdict}``
    """
    orders = sorted(orders, key=lambda order: order.rank)
    begin = Stock(dict(stock), dict(slots or {}), incoming or {})
    end = begin.duplicate()
    choices, rivals = {}, {}
    for group in groups(orders, end):
        found, looked_at = solve_group(group, end, nodes)
        nodes -= looked_at
        choices.update(found)
        keys = tuple(order.key for order in group)
        rivals.update((key, tuple(other for other in keys if other != key)) for key in keys)
    return {
        order.key: Verdict(
            choices[order.key],
            _reasons(order, choices[order.key], begin, end),
            rivals[order.key],
        )
        for order in orders
    }


def _reasons(order, choice, begin, end):
    """One :class:`Reason` per candidate; ``begin`` and ``end`` are the stock before and after."""
    shipped = defaultdict(float)
    for _item, warehouse, units in choice.shares:
        shipped[warehouse] += units
    mine = dict(choice.held)
    price = max(place.cost for place in order.candidates if place.warehouse in shipped)
    result = []
    for place in order.candidates:
        key = place.warehouse
        has = _has(order, key, begin)
        if key in shipped:
            code = _why(order, choice)
        else:
            code = _why_not(order, place, price, has, _has(order, key, end, mine), end)
        late = place.late or end.full(key)
        result.append(Reason(key, code, has, shipped.get(key, 0.0), place.cost, late))
    return tuple(sorted(result, key=lambda reason: not reason.units))


def _why(order, choice):
    if choice.missing > EPSILON:
        return "waits"
    if choice.parcels > 1:
        return "together"
    return "alone" if len(order.candidates) == 1 else "best"


def _why_not(order, place, price, has, could, end):
    """``has`` is what the warehouse had before the batch, ``could`` what it would have now."""
    if has + EPSILON < order.units:
        return "short"
    if place.late:
        return "late"
    if place.cost > price + EPSILON:
        return "dearer"
    if could + EPSILON < order.units:
        return "given"
    return "full" if end.full(place.warehouse) else "later"


def _has(order, warehouse, stock, mine=None):
    """Units of the order that a warehouse has; what the order itself took there counts."""
    wanted = defaultdict(float)
    for item in order.items:
        if item.allows(warehouse):
            for needed, units in item.needs:
                wanted[needed] += units
    own = mine or {}
    return sum(
        min(units, stock.free(warehouse, needed) + own.get((warehouse, needed), 0.0))
        for needed, units in wanted.items()
    )
