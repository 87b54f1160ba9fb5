"""Where the units of an order line are.

Pure arithmetic on plain values. Every unit that was ordered is in exactly one bucket:

    cancelled + unallocated + reserved + picked + packed + shipped + delivered + accepted

The sum is *not* forced: it comes from the transfers and from the recorded cancellations, two
independent sources. ``unplanned`` is what is left over: units that no document accounts for.
It is zero unless something went wrong, and ``oms.proof`` reports it when it is not.
"""

from dataclasses import dataclass, fields

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


def derive(ordered, cancelled, moves, confirmed=True, order_cancelled=False):
    """Return the :class:`Buckets` of a line.

    :param float ordered: quantity on the order line
    :param float cancelled: quantity recorded as never to be shipped
    :param moves: iterable of :class:`MoveFact`; cancelled moves and returns are left out
    :param bool confirmed: unconfirmed orders have no moves: all their units are unallocated
    :param bool order_cancelled: what did not leave when the order was cancelled is cancelled
    """
    result = Buckets(ordered=ordered, cancelled=cancelled)
    for move in moves:
        _add_move(result, move)
    if order_cancelled:
        open_units = result.open
        result.unallocated = result.reserved = result.picked = result.packed = 0.0
        result.cancelled = ordered - result.handed_over
        result.unplanned = open_units
    elif not confirmed:
        result.unallocated = ordered - cancelled - result.handed_over
    else:
        result.unplanned = ordered - result.total
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
