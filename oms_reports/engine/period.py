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


def split(span, by):
    """Return the months or weeks (from Monday) of a period, cut off at its ends, oldest first."""
    parts, since = [], span.since
    while since < span.until:
        if by == "month":
            until = month(since).until
        else:
            until = since + timedelta(days=7 - since.weekday())
        parts.append(Period(since, min(until, span.until)))
        since = until
    return parts


def bounds(day, zone):
    """Return when ``day`` begins and ends in ``zone``, as naive UTC datetimes."""
    tz = ZoneInfo(zone)
    return tuple(
        datetime.combine(moment, time.min, tz).astimezone(timezone.utc).replace(tzinfo=None)
        for moment in (day, day + timedelta(days=1))
    )


def shifted(period, count, by_year=False):
    """Return the period ``count`` periods (or years) before this one.

    Whole months move by months, so that February is compared with January; anything else moves by
    its own length in days.
    """
    if by_year:
        return Period(_years_before(period.since, count), _years_before(period.until, count))
    if period.since.day == period.until.day == 1:
        length = _month_index(period.until) - _month_index(period.since)
        return Period(
            month(period.since, -length * count).since, month(period.until, -length * count).since
        )
    length = (period.until - period.since) * count
    return Period(period.since - length, period.until - length)


def _month_index(day):
    return day.year * 12 + day.month - 1


def _years_before(day, count):
    if (day.month, day.day) == (2, 29):
        # The day after 28 February begins March in a short year.
        try:
            return day.replace(year=day.year - count)
        except ValueError:
            return date(day.year - count, 3, 1)
    return day.replace(year=day.year - count)


def named(span, today):
    """Return the days of ``last_month``, ``this_month``, ``last_quarter`` or ``this_year`` as seen
    on the morning of ``today``; what has not ended yet ends with yesterday.

    On the first day of a month or year, what is so far is the one that has just ended.
    """
    yesterday = today - timedelta(days=1)
    if span == "last_month":
        return month(today, -1)
    if span == "last_quarter":
        first = month(today, -((today.month - 1) % 3) - 3)
        return Period(first.since, month(first.since, 2).until)
    if span == "this_year":
        return Period(yesterday.replace(month=1, day=1), today)
    return Period(yesterday.replace(day=1), today)
