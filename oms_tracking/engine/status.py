"""What a parcel's events say about it.

A fold over the *set* of events: their order of arrival and repeats change nothing. Couriers send
late, twice, and out of order, so the only clock that counts here is when something happened.

    forward     a scan never moves a parcel back: delivered, then a late hub scan, stays delivered
    side        a failed attempt, a parcel waiting at a counter and a refusal may go on again
    return leg  once a parcel is on its way back, a proof of delivery means that *we* have it
    final       delivered, returned, lost, damaged, cancelled; delivered is left only for the return
                leg, lost and cancelled only when a later scan proves that the parcel moves (found)

Codes of couriers are not chronological: they are mapped to these statuses, never compared.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

UNKNOWN = "unknown"

# Position on the way. It decides between scans of the same second and keeps scans from moving a
# parcel back; the gaps are for nobody, the order is all that counts.
RANK = {
    "label_created": 10,
    "pickup_requested": 20,
    "cancelled": 25,
    "picked_up": 30,
    "in_transit": 40,
    "out_for_delivery": 50,
    "attempt_failed": 60,
    "available_for_pickup": 65,
    "refused": 70,
    "lost": 80,
    "damaged": 82,
    "returning": 85,
    "delivered": 90,
    "returned": 95,
}
STATUSES = (*RANK, UNKNOWN)
FINAL = frozenset({"delivered", "returned", "lost", "damaged", "cancelled"})
# The courier has the parcel in its hands.
PHYSICAL = frozenset(
    {
        "picked_up",
        "in_transit",
        "out_for_delivery",
        "attempt_failed",
        "available_for_pickup",
        "refused",
        "returning",
        "delivered",
        "returned",
    }
)
# Somebody of ours has to decide something.
EXCEPTIONS = frozenset({"attempt_failed", "refused", "returning", "returned", "lost", "damaged"})
# A damaged parcel that is scanned at a hub is still damaged.
AFTER_DAMAGE = frozenset({"damaged", "lost", "returning", "delivered", "returned"})
FAILED_ATTEMPT = frozenset({"attempt_failed", "refused"})
# Where a parcel in a side status may go although the rank is lower.
SIDE_EXITS = {
    "attempt_failed": frozenset({"in_transit", "out_for_delivery"}),
    "available_for_pickup": frozenset({"in_transit", "out_for_delivery", "attempt_failed"}),
    "refused": frozenset({"out_for_delivery"}),
}
# Couriers often report one attempt by two codes; failures closer than this are one attempt.
ATTEMPT_GAP = timedelta(hours=1)


class Event(NamedTuple):
    """One fact about a parcel.

    :ivar status: one of :data:`STATUSES`
    :ivar occurred_at: when it happened (naive UTC)
    :ivar problem: the courier says that somebody has to act
    :ivar key: tells two facts of the same second and status apart
    """

    status: str
    occurred_at: datetime
    problem: bool = False
    key: str = ""


@dataclass(slots=True)
class Status:
    """What the events of one parcel amount to.

    :ivar current: canonical status; ``label_created`` until a courier says more
    :ivar since: when the parcel got there
    :ivar attempts: deliveries tried so far, the successful one included
    :ivar picked_up_at: first scan that shows the courier has it
    :ivar delivered_at: when the customer got it; kept when it comes back afterwards
    :ivar returned_at: when we got it back
    :ivar last_event_at: newest fact, known or unknown
    :ivar problem: the newest fact asks for somebody to act
    :ivar found: it was reported lost or cancelled and moved again
    :ivar going_back: the parcel is on the return leg
    """

    current: str = "label_created"
    since: datetime | None = None
    attempts: int = 0
    picked_up_at: datetime | None = None
    delivered_at: datetime | None = None
    returned_at: datetime | None = None
    last_event_at: datetime | None = None
    problem: bool = False
    found: bool = False
    going_back: bool = False

    @property
    def final(self):
        return self.current in FINAL

    @property
    def exception(self):
        """What somebody has to decide about: a status, ``problem``, or ``None``."""
        if self.current in EXCEPTIONS:
            return self.current
        return "problem" if self.problem else None


def derive(events, going_back=False):
    """Return the :class:`Status` that follows from a collection of :class:`Event`.

    :param bool going_back: the whole journey is a return leg, whatever its first event says
    """
    state = Status(going_back=going_back)
    last_failure = None
    for event in sorted(set(events), key=_position):
        if _counts_as_attempt(state, event, last_failure):
            state.attempts += 1
            last_failure = event.occurred_at
        elif event.status == "out_for_delivery":
            last_failure = None
        _step(state, event)
    return state


def _position(event):
    """A total order: by time, then by rank, then by what is left."""
    return (event.occurred_at, RANK.get(event.status, 0), event.problem, event.key)


def _counts_as_attempt(state, event, last_failure):
    if event.status not in FAILED_ATTEMPT or state.final or state.going_back:
        return False
    return last_failure is None or event.occurred_at - last_failure >= ATTEMPT_GAP


def _step(state, event):
    """Take in one more event, the newest so far."""
    state.last_event_at = event.occurred_at
    if event.status == UNKNOWN:
        state.problem = state.problem or (event.problem and not state.final)
        return
    status = _next(state, event.status)
    if event.status in PHYSICAL and not state.picked_up_at:
        state.picked_up_at = event.occurred_at
    if status is None:
        if not state.final:
            # A cancellation after pick-up is no movement, and nobody may guess what it means.
            ignored_cancel = event.status == "cancelled" and not state.going_back
            state.problem = event.problem or ignored_cancel
        return
    if status != state.current or not state.since:
        _move(state, status, event.occurred_at)
    state.problem = event.problem and status not in ("delivered", "returned")


def _move(state, status, at):
    if state.current in ("lost", "cancelled") and status in PHYSICAL:
        state.found = True
    if status == "delivered":
        state.attempts += 1
        state.delivered_at = at
    elif status == "returned":
        state.returned_at = at
    if status in ("returning", "returned"):
        state.going_back = True
    state.current, state.since = status, at


def _next(state, reported):
    """Return the canonical status that ``reported`` leads to, ``None`` when it changes nothing."""
    current = state.current
    if current == "returned":
        return None
    if current == "delivered":
        return reported if reported in ("returning", "returned") else None
    if current == "damaged" and reported not in AFTER_DAMAGE:
        return None
    if current in ("lost", "cancelled") and reported not in PHYSICAL | {current}:
        return None
    if state.going_back:
        return _next_on_return(current, reported)
    return reported if _may_go(current, reported) else None


def _next_on_return(current, reported):
    if reported == "cancelled":
        return reported if RANK[current] <= RANK["pickup_requested"] else None
    if reported == "pickup_requested" and current == "label_created":
        return reported
    if reported in ("delivered", "returned"):
        return "returned"
    if reported in ("lost", "damaged"):
        return reported
    return "returning" if reported in PHYSICAL else None


def _may_go(current, reported):
    if current in ("lost", "cancelled", "damaged"):
        return True
    if reported == "cancelled":
        return RANK[current] <= RANK["pickup_requested"]
    return RANK[reported] >= RANK[current] or reported in SIDE_EXITS.get(current, ())
