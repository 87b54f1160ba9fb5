"""Orders that want the same units: who takes what, so that nobody stands in another's way.

Part of :mod:`sourcing`, which says what is wanted of a batch.
"""

from collections import defaultdict

from .sourcing_choice import EPSILON, best, options

# Groups of at most this many orders are searched completely...
GROUP = 10
# ...within this number of choices looked at, per group and per batch.
NODES = 20000
BATCH_NODES = 120000
# In larger groups, how many others are asked to step aside for one order.
RIVALS = 8
ROUNDS = 2


def total(orders, choices):
    """What a batch comes to, most important first; lower is better."""
    picked = [choices[order.key] for order in sorted(orders, key=lambda order: order.rank)]
    return (
        tuple(round(choice.missing, 6) for choice in picked),
        round(sum(choice.hopeless for choice in picked), 6),
        sum(choice.late for choice in picked),
        sum(choice.parcels for choice in picked),
        round(sum(choice.cost for choice in picked), 6),
    )


def groups(orders, stock):
    """Split a batch into groups that want nothing that another group wants and may not get.

    :param orders: sorted by rank
    :return: lists of orders, in the order of their first ones
    """
    wanted, parcels = defaultdict(float), defaultdict(int)
    for order in orders:
        for place in _places(order):
            parcels[place] += 1
        for key, units in _wishes(order):
            wanted[key] += units
    leader = {}

    def root(key):
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for order in orders:
        me = root(("order", order.key))
        for place in _places(order):
            if place in stock.slots and parcels[place] > stock.slots[place]:
                leader[root(("slot", place))] = me
        for key, _units in _wishes(order):
            if wanted[key] > stock.free(*key) + EPSILON:
                leader[root(("stock", *key))] = me
                me = root(me)
    result = {}
    for order in orders:
        result.setdefault(root(("order", order.key)), []).append(order)
    return list(result.values())


def _places(order):
    return [candidate.warehouse for candidate in order.candidates]


def _wishes(order):
    """``((warehouse, product), units)`` of everything that it could ask for."""
    for place in _places(order):
        for item in order.items:
            if item.allows(place):
                for wanted, units in item.needs:
                    yield (place, wanted), units


def solve_group(group, free, nodes):
    """Solve one group and take its choices out of ``free``.

    :return: ``({order key: Choice}, choices looked at)``
    """
    choices = _in_turn(group, free)
    if len(group) == 1:
        return choices, 0
    if len(group) > GROUP:
        _improve(group, choices, free)
        return choices, 0
    for order in group:
        free.take(choices[order.key], sign=1)
    search = _Search(group, free, min(nodes, NODES))
    choices = search.run(choices)
    for order in group:
        free.take(choices[order.key])
    return choices, search.looked_at


def _in_turn(group, free):
    """Each order in turn takes its best choice; ``free`` is what is left afterwards."""
    choices = {}
    for order in group:
        choices[order.key] = best(order, free)
        free.take(choices[order.key])
    return choices


class _Search:
    """A complete search through a small group, best choices first, cut where it can't win."""

    def __init__(self, group, free, nodes):
        self.group = group
        self.free = free
        self.nodes = nodes
        self.looked_at = 0
        self.best = None
        self.choices = {}
        # From here on at least one parcel per order, at the price of its cheapest warehouse.
        self.rest = [(0, 0.0)]
        for order in reversed(group):
            parcels, cost = self.rest[0]
            cheapest = min(candidate.cost for candidate in order.candidates)
            self.rest.insert(0, (parcels + 1, cost + cheapest))

    def run(self, first):
        """Return the best choices; never worse than ``first``."""
        self.best = total(self.group, first), dict(first)
        self._visit(0, (), (0.0, 0, 0, 0.0))
        return self.best[1]

    def _visit(self, index, missing, spent):
        if index == len(self.group):
            value = (missing, round(spent[0], 6), spent[1], spent[2], round(spent[3], 6))
            if value < self.best[0]:
                self.best = value, dict(self.choices)
            return
        if self.looked_at >= self.nodes:
            return
        order = self.group[index]
        choices = options(order, self.free)
        self.looked_at += len(choices)
        for choice in choices:
            now = (*missing, round(choice.missing, 6))
            cost = (
                spent[0] + choice.hopeless,
                spent[1] + choice.late,
                spent[2] + choice.parcels,
                spent[3] + choice.cost,
            )
            if not self._can_win(index + 1, now, cost):
                continue
            self.choices[order.key] = choice
            self.free.take(choice)
            self._visit(index + 1, now, cost)
            self.free.take(choice, sign=1)

    def _can_win(self, index, missing, spent):
        known = self.best[0][0]
        if missing != known[: len(missing)]:
            return missing < known[: len(missing)]
        if any(known[index:]):
            return True
        parcels, cost = self.rest[index]
        least = (round(spent[0], 6), spent[1], spent[2] + parcels, round(spent[3] + cost, 6))
        return least < self.best[0][1:]


def _improve(group, choices, free):
    """Move orders of a large group out of each other's way.

    First whoever misses something, in the order of the ranks: an order that holds what it wants may
    have another choice that is just as complete. Then everybody once more, with what is left.
    """
    holders = defaultdict(dict)
    for order in group:
        for key, _units in choices[order.key].held:
            holders[key][order.key] = order
    for order in group:
        if choices[order.key].missing > EPSILON:
            _make_room(order, holders, choices, free)
    for _round in range(ROUNDS):
        changed = False
        for order in group:
            free.take(choices[order.key], sign=1)
            choice = best(order, free)
            if choice.score < choices[order.key].score:
                choices[order.key] = choice
                changed = True
            free.take(choices[order.key])
        if not changed:
            return


def _make_room(order, holders, choices, free):
    """Let another order step aside where it loses nothing and ``order`` gains units."""
    lacking = {key for key, units in _wishes(order) if free.free(*key) < units}
    rivals = {}
    for key in lacking:
        rivals.update(holders[key])
    rivals.pop(order.key, None)
    others = [
        other
        for other in sorted(rivals.values(), key=lambda other: other.rank, reverse=True)
        if len(other.candidates) > 1
        and choices[other.key].missing <= EPSILON
        and any(key in lacking for key, _units in choices[other.key].held)
    ]
    for other in others[:RIVALS]:
        mine, theirs = choices[order.key], choices[other.key]
        free.take(mine, sign=1)
        free.take(theirs, sign=1)
        found = _step_aside(order, other, mine, theirs, free)
        if found:
            choices[order.key], choices[other.key] = found
            for record in (order, other):
                for key, _units in choices[record.key].held:
                    holders[key][record.key] = record
        free.take(choices[order.key])
        free.take(choices[other.key])
        if choices[order.key].missing <= EPSILON:
            return


def _step_aside(order, other, mine, theirs, free):
    """Return the best ``(choice of order, choice of other)``, or ``None`` where nothing is won."""
    found = None
    for aside in options(other, free)[:RIVALS]:
        if aside.missing > theirs.missing + EPSILON:
            break
        if aside.warehouses == theirs.warehouses:
            continue
        free.take(aside)
        choice = best(order, free)
        free.take(aside, sign=1)
        if choice.missing < mine.missing - EPSILON:
            both = map(sum, zip(choice.score[1:], aside.score[1:], strict=True))
            value = (choice.score[0], *both)
            if found is None or value < found[0]:
                found = value, (choice, aside)
    return found and found[1]
