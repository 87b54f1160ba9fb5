"""Parcels of which nothing is heard: what no event says, the clock does."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from .status import FINAL

# Who is asked first: the earlier one hides the later ones.
CODES = ("no_scan", "late", "stuck", "weight")
# Hours in which somebody should have dealt with it.
DUE_HOURS = {
    "attempt_failed": 12,
    "address": 12,
    "refused": 24,
    "problem": 24,
    "no_scan": 24,
    "late": 24,
    "stuck": 24,
    "lost": 48,
    "damaged": 48,
    "returning": 72,
    "returned": 48,
    "weight": 72,
}


class Watched(NamedTuple):
    """What the clock needs to know of a parcel; times are naive UTC, days local."""

    status: str
    shipped_at: datetime | None = None
    picked_up_at: datetime | None = None
    last_event_at: datetime | None = None
    promised_to: date | None = None
    weight_excess: float = 0.0


def judge(parcel, now, today, no_scan_hours=24, stuck_hours=72):
    """Return one of :data:`CODES`, or ``None``; 0 hours: not watched."""
    found = set()
    if parcel.status not in FINAL and parcel.shipped_at:
        if no_scan_hours and not parcel.picked_up_at:
            if now - parcel.shipped_at >= timedelta(hours=no_scan_hours):
                found.add("no_scan")
        if parcel.promised_to and today > parcel.promised_to:
            found.add("late")
        heard = max(filter(None, (parcel.last_event_at, parcel.shipped_at)))
        if stuck_hours and now - heard >= timedelta(hours=stuck_hours):
            found.add("stuck")
    if parcel.weight_excess > 0:
        found.add("weight")
    return next((code for code in CODES if code in found), None)
