"""Months and days of the company's clock, as half-open ranges ``[since, until)``."""

from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Period(NamedTuple):
    since: date
    until: date


def month(day, shift=0):
    """Return the month of ``day``, moved by ``shift`` months."""
    index = day.year * 12 + day.month - 1 + shift
    return Period(
        date(index // 12, index % 12 + 1, 1), date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    )


def months(day, count):
    """Return ``count`` months, oldest first, the last of them being that of ``day``."""
    return [month(day, shift) for shift in range(1 - count, 1)]


def month_to_date(day, shift=0):
    """Return the first days of a month, as many as have begun in the month of ``day``.

    The part of another month that is fair to compare with the current, unfinished one.
    """
    whole = month(day, shift)
    return Period(whole.since, min(whole.since + timedelta(days=day.day), whole.until))


def bounds(day, zone):
    """Return when ``day`` begins and ends in ``zone``, as naive UTC datetimes."""
    tz = ZoneInfo(zone)
    return tuple(
        datetime.combine(moment, time.min, tz).astimezone(timezone.utc).replace(tzinfo=None)
        for moment in (day, day + timedelta(days=1))
    )
