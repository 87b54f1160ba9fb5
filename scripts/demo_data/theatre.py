"""Plays scripts in chronological order, each step by the person whose work it is.

A script is a generator: it yields a `Step` and is sent the answer of the public method that the
step calls. Steps that lie in the future are not played, so an order stays wherever it has come by
now, as in a real shop.
"""

import heapq
import itertools
from datetime import timezone
from typing import NamedTuple


class Step(NamedTuple):
    """`at` is naive UTC, `verb` a method of `Hands`, `item` what it works on (or a callable that
    returns it at that moment)."""

    at: object
    verb: str
    item: object


class DemoError(Exception):
    """A public method refused what the story is about."""


def iso(moment):
    """Naive UTC as ISO 8601 with an offset, as other systems send times."""
    return moment.replace(tzinfo=timezone.utc, microsecond=0).isoformat()


def check(answers, *statuses):
    """Return answers, all of which must have one of these statuses."""
    for answer in answers:
        if answer["status"] not in statuses:
            raise DemoError(f"expected {' or '.join(statuses)}: {answer}")
    return answers


class Theatre:
    """The scheduler. Steps of the same moment and verb are one call, as other systems batch."""

    def __init__(self, env, clock, now, hands):
        self.env = env
        self.clock = clock
        self.now = now
        self.hands = hands
        self.steps = []
        self.numbers = itertools.count()

    def add(self, script):
        self._push(script, next(script, None))

    def _push(self, script, step):
        if step and step.at <= self.now:
            at = max(step.at, self.clock.moment)
            heapq.heappush(self.steps, (at, step.verb, next(self.numbers), step, script))

    def play(self):
        """Play all that lies before `now`; each call is committed like a request."""
        with self.clock.running():
            while self.steps:
                at, verb = self.steps[0][:2]
                batch = []
                while self.steps and self.steps[0][:2] == (at, verb):
                    batch.append(heapq.heappop(self.steps))
                self.clock.move_to(at)
                self._call(verb, [entry[3:] for entry in batch])

    def _call(self, verb, batch):
        items = [step.item() if callable(step.item) else step.item for step, _script in batch]
        answers = getattr(self.hands, verb)(items)
        self.env.cr.commit()
        for answer, (_step, script) in zip(answers, batch, strict=True):
            try:
                self._push(script, script.send(answer))
            except StopIteration:
                pass
