"""A clock that can be turned back, for building history in one go.

A demo of which every order was placed, shipped and paid in the same minute shows nothing: no
lead time, no late promise, no trend. So the story is played in chronological order, and while a
step runs, Odoo's own idea of "now" is the moment of that step. Only the process that builds the
demo is touched, and only what Odoo asks for the time: `fields.Datetime.now()` and its relatives,
and the transaction's timestamp. PostgreSQL's `now()` stays true, so the time at which a raw
message was stored is that of the build.
"""

import contextlib
from datetime import datetime, timezone
from unittest import mock

from odoo.orm import fields_temporal
from odoo.sql_db import BaseCursor


class _Proxy:
    """Stands in for a class of `datetime` in one module; only "now" and "today" differ."""

    def __init__(self, real, clock):
        self._real = real
        self._clock = clock

    def __call__(self, *args, **kwargs):
        return self._real(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self._real, name)

    def __instancecheck__(self, value):
        return isinstance(value, self._real)


class _Datetime(_Proxy):
    def now(self, tz=None):
        moment = self._clock.moment
        return moment.replace(tzinfo=timezone.utc).astimezone(tz) if tz else moment


class _Date(_Proxy):
    def today(self):
        return self._clock.moment.date()


class Clock:
    """`moment` is naive UTC and only moves forward."""

    def __init__(self, start):
        self.moment = start

    def move_to(self, moment):
        if moment < self.moment:
            raise ValueError(f"the clock can't go back from {self.moment} to {moment}")
        self.moment = moment.replace(microsecond=0)

    @contextlib.contextmanager
    def running(self):
        """Odoo lives at `moment` inside of this block."""
        with (
            mock.patch.object(fields_temporal, "datetime", _Datetime(datetime, self)),
            mock.patch.object(fields_temporal, "date", _Date(fields_temporal.date, self)),
            mock.patch.object(BaseCursor, "now", lambda _cursor: self.moment),
        ):
            yield self
