"""Where the units of an order line are.

Pure arithmetic on plain values. Every unit that was ordered is in exactly one bucket:

    cancelled + unallocated + reserved + picked + packed + shipped + delivered + accepted

The sum is *not* forced: it comes from the transfers and from the recorded cancellations, two
independent sources. ``unplanned`` is what is left over: units that no document accounts for.
It is zero unless something went wrong, and ``oms.proof`` reports it when it is not.
"""

import math
from dataclasses import dataclass, fields, replace

UNIT_BUCKETS = (
    "cancelled",
    "unallocated",
    "reserved",
    "picked",
    "packed",
    "shipped",
    "delivered",
    "accepted",
)
# From the furthest to the nearest: a kit is as far as the part of it that is least far.
FURTHEST_FIRST = UNIT_BUCKETS[:0:-1]
# Components are bought and counted in rounded quantities; this much of a kit is no kit missing.
KIT_NOISE = 0.005


@dataclass(slots=True)
class Buckets:
    """Units of one order line (or of a whole order), in the unit of the line."""

    ordered: float = 0.0
    cancelled: float = 0.0
    unallocated: float = 0.0
    reserved: float = 0.0
    picked: float = 0.0
    packed: float = 0.0
    shipped: float = 0.0
    delivered: float = 0.0
    accepted: float = 0.0
    unplanned: float = 0.0

    @property
    def total(self):
        """The sum of the exclusive buckets."""
        return sum(getattr(self, name) for name in UNIT_BUCKETS)

    @property
    def handed_over(self):
        """Units that left the warehouse."""
        return self.shipped + self.delivered + self.accepted

    @property
    def open(self):
        """Units that still have to leave the warehouse."""
        return self.unallocated + self.reserved + self.picked + self.packed

    def __add__(self, other):
        return Buckets(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Buckets)))

    def as_dict(self):
        """Return ``{bucket: quantity}`` with ``ordered`` first."""
        return {name: getattr(self, name) for name in ("ordered", *UNIT_BUCKETS)}


@dataclass(frozen=True, slots=True)
class MoveFact:
    """One stock move that serves the line, in the unit of the line.

    :ivar demand: quantity that the move has to bring
    :ivar quantity: quantity reserved (open move) or moved (done move)
    :ivar done: whether the goods moved
    :ivar leaves: whether the move brings goods out of our hands
    :ivar chained: whether an earlier move of the same line feeds this one (pick, then ship)
    :ivar step: how far the warehouse says it is: ``""``, ``"picked"`` or ``"packed"``
    :ivar end: how far the goods are once they left: ``"shipped"``, ``"delivered"``, ``"accepted"``
    """

    demand: float
    quantity: float
    done: bool
    leaves: bool
    chained: bool = False
    step: str = ""
    end: str = "shipped"

    def scaled(self, units):
        """The same move in another unit, of which one has ``units`` of this one's."""
        return replace(self, demand=self.demand / units, quantity=self.quantity / units)


def derive(ordered, cancelled, moves, confirmed=True, order_cancelled=False, awaited=0.0):
    """Return the :class:`Buckets` of a line.

    :param float ordered: quantity on the order line
    :param float cancelled: quantity recorded as never to be shipped
    :param moves: iterable of :class:`MoveFact`; cancelled moves and returns are left out
    :param bool confirmed: unconfirmed orders have no moves: all their units are unallocated
    :param bool order_cancelled: what did not leave when the order was cancelled is cancelled
    :param float awaited: units that a vendor was asked to send, and that no move brings yet
    """
    result = _of_moves(ordered, cancelled, moves, awaited if confirmed else 0.0)
    return _settle(result, confirmed, order_cancelled)


def derive_kit(ordered, cancelled, parts, confirmed=True, order_cancelled=False):
    """Return the :class:`Buckets` of a line whose units are made up of several parts.

    A kit has come as far as the part of it that is least far; it is counted whole or not at all,
    unless it is ordered in fractions.

    :param parts: iterable of ``(moves, awaited)`` as in :func:`derive`, one per component, in the
        unit of the line: the component's units divided by those in one unit of the line
    """
    count = whole if float(ordered).is_integer() else float
    found = [
        _of_moves(ordered, cancelled, moves, awaited if confirmed else 0.0)
        for moves, awaited in parts
    ]
    result = Buckets(ordered=ordered, cancelled=cancelled)
    reached, kits = [0.0] * len(found), 0.0
    for name in FURTHEST_FIRST:
        reached = [known + getattr(part, name) for known, part in zip(reached, found, strict=True)]
        this_far = count(min(reached, default=0.0))
        setattr(result, name, this_far - kits)
        kits = this_far
    return _settle(result, confirmed, order_cancelled)


def whole(units):
    """Whole kits among ``units``: half a kit is none."""
    return float(math.floor(units + KIT_NOISE))


def _of_moves(ordered, cancelled, moves, awaited):
    result = Buckets(ordered=ordered, cancelled=cancelled)
    for move in moves:
        _add_move(result, move)
    result.unallocated += max(min(awaited, ordered - result.total), 0.0)
    return result


def _settle(result, confirmed, order_cancelled):
    """Give the units their place that no move accounts for."""
    if order_cancelled:
        open_units = result.open
        result.unallocated = result.reserved = result.picked = result.packed = 0.0
        result.cancelled = result.ordered - result.handed_over
        result.unplanned = open_units
    elif not confirmed:
        result.unallocated = result.ordered - result.cancelled - result.handed_over
    else:
        result.unplanned = result.ordered - result.total
    return result


def _add_move(result, move):
    if move.done:
        if move.leaves:
            setattr(result, move.end, getattr(result, move.end) + move.quantity)
        return
    held = min(move.quantity, move.demand)
    if move.chained:
        # Its missing units are still in the demand of the move that feeds it.
        name = move.step or "picked"
        setattr(result, name, getattr(result, name) + held)
        return
    name = move.step or "reserved"
    setattr(result, name, getattr(result, name) + held)
    result.unallocated += move.demand - held
