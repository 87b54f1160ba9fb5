"""How often a courier is asked about a parcel, and when asking is given up."""

from datetime import timedelta

from .status import FINAL

# The nearer the customer, the more often.
INTERVALS = {
    "out_for_delivery": timedelta(minutes=30),
    "attempt_failed": timedelta(hours=1),
    "available_for_pickup": timedelta(hours=2),
    "in_transit": timedelta(hours=2),
    "picked_up": timedelta(hours=2),
    "refused": timedelta(hours=2),
    "returning": timedelta(hours=6),
}
BEFORE_PICKUP = timedelta(hours=6)
# With a webhook the call only fills gaps.
WITH_WEBHOOK = 4
SILENT = timedelta(days=45)
# The longer nothing new is said, the longer until the next question.
PATIENCE = timedelta(days=3)
SLOWEST = timedelta(hours=24)


def next_poll(status, now, last_news, webhook=False):
    """Return when to ask next, ``None`` when nothing more will come.

    :param str status: canonical status of the parcel
    :param datetime last_news: newest event, or when the parcel was booked
    :param bool webhook: the courier reports by itself as well
    """
    if status in FINAL or is_silent(now, last_news):
        return None
    wait = INTERVALS.get(status, BEFORE_PICKUP)
    if webhook:
        wait *= WITH_WEBHOOK
    quiet = now - last_news
    if quiet > PATIENCE:
        wait *= 1 + quiet / PATIENCE
    return now + min(wait, SLOWEST)


def is_silent(now, last_news):
    """Whether the courier has been silent for so long that it has forgotten the number."""
    return now - last_news > SILENT
