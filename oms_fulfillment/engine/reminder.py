"""Which reminder is due for money that is overdue: pure rules, no records."""

from typing import NamedTuple


class Level(NamedTuple):
    """One step of the reminders: ``key`` names it, sent from ``days`` after the due date on."""

    key: int
    days: int


def due_level(levels, overdue, sent_days=None):
    """Return the reminder that is to be sent now, or ``None``.

    The furthest level whose days are over counts; those before it are left out, so that a debt that
    nobody looked at for months gets one reminder, not three. No level is sent twice, and none that
    is milder than one that was sent.

    :param levels: iterable of :class:`Level`
    :param int overdue: days since the due date, negative before it
    :param sent_days: the ``days`` of the furthest level that was sent, ``None`` where none was
    """
    reached = [level for level in levels if level.days <= overdue]
    furthest = max(reached, key=lambda level: level.days, default=None)
    if furthest is None or (sent_days is not None and furthest.days <= sent_days):
        return None
    return furthest
