"""Which of several parcels a number means: couriers use their numbers again."""

from datetime import datetime, timedelta
from typing import NamedTuple

# We often learn a number after the courier's first scan of it.
LEARNT_LATE = timedelta(days=7)
# Nothing is said about a parcel this long after it came to rest; then the number is a new one.
RESTED = timedelta(days=90)


class Candidate(NamedTuple):
    """One parcel that has or had the number.

    :ivar since: when we learnt that the parcel has this number (naive UTC)
    :ivar rested_at: when the parcel reached a final status, else ``None``
    """

    shipment_id: int
    since: datetime
    rested_at: datetime | None = None


def choose(candidates, at):
    """Return the shipment id that an event of time ``at`` is about, ``None`` if none of them."""
    alive = [c for c in candidates if c.rested_at is None or at <= c.rested_at + RESTED]
    if not alive:
        return None
    alive.sort(key=lambda c: (c.since, c.shipment_id))
    begun = [c for c in alive if c.since <= at + LEARNT_LATE]
    return (begun[-1] if begun else alive[0]).shipment_id
