"""The talk with a 3PL about one fulfilment: who may say what, and when.

We submit work; the 3PL accepts or rejects it; we may ask it to stop, and it agrees or not. Goods
move on an axis of their own (``state`` of the fulfilment); this one only says who has the word.
"""

STATES = (
    "unsubmitted",
    "submitted",
    "accepted",
    "rejected",
    "cancellation_requested",
    "cancellation_accepted",
    "cancellation_rejected",
    "closed",
)

# What is said: in which states it can be said, and the state after it.
ACTS = {
    "submit": (("unsubmitted", "rejected", "cancellation_accepted", "closed"), "submitted"),
    "accept": (("submitted",), "accepted"),
    "reject": (("submitted",), "rejected"),
    # The 3PL took the work and can't do it after all.
    "close": (("accepted", "cancellation_rejected"), "closed"),
    # Nobody at the 3PL has seen the work: it is simply taken back.
    "withdraw": (("submitted",), "cancellation_accepted"),
    "request_cancellation": (
        ("submitted", "accepted", "cancellation_rejected"),
        "cancellation_requested",
    ),
    "accept_cancellation": (("cancellation_requested",), "cancellation_accepted"),
    "reject_cancellation": (("cancellation_requested",), "cancellation_rejected"),
}
# The 3PL may have the goods in its hands.
BUSY = frozenset({"accepted", "cancellation_requested", "cancellation_rejected"})
# The 3PL owes us an answer.
UNANSWERED = frozenset({"submitted", "cancellation_requested"})
# The work is ours again, and somebody decides what becomes of it.
RETURNED = frozenset({"rejected", "cancellation_accepted", "closed"})


def after(state, act):
    """Return the state after ``act``, or ``None`` when it can't be said now.

    >>> after("submitted", "accept")
    'accepted'
    >>> after("rejected", "accept") is None
    True
    """
    before, result = ACTS[act]
    return result if state in before else None


def is_repeated(state, act):
    """Whether ``act`` was said before and nothing else since: saying it again does no harm."""
    return state == ACTS[act][1]


def refusal_act(state):
    """Return which act "we don't do it" is: rejecting the request, or giving up what was taken."""
    return "close" if state in ("accepted", "cancellation_rejected", "closed") else "reject"


def implied_by_shipping(state):
    """Return the act that the 3PL's shipping says without words; ``None`` when it says nothing.

    :raise ValueError: the work is not the 3PL's, so it can't have shipped it
    """
    if state == "unsubmitted" or state in RETURNED:
        raise ValueError(state)
    return {"submitted": "accept", "cancellation_requested": "reject_cancellation"}.get(state)
