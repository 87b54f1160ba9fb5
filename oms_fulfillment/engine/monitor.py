"""When somebody should look at an order: rules over facts and the clock.

A rule is asked about an order and answers three things: whether it alerts now, since when it is
due, and when it has to be asked again. Nothing between now and then changes the answer unless a
fact changes, so an order that is quiet costs nothing until its next check.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from .stage import FLOW

KINDS = ("milestone", "stage", "hold", "promise", "answer")
MILESTONES = ("confirmed", "picked", "packed", "handed_over", "delivered", "accepted")
DATES = ("ordered", "paid", "ship_by", "promised", "requested")
# Slack of a day or more is no danger; a day late is as bad as it gets.
SPAN = 24.0
BANDS = ((80, "high"), (50, "medium"), (1, "low"))
# An alert that is open is looked at again at this interval: its score grows, its cause may change.
AGAIN = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the monitor.

    :ivar kind: one of :data:`KINDS`
    :ivar hours: after this time the rule alerts; for ``promise``: when the slack is below it
    :ivar milestone: what has to be reached (``milestone``)
    :ivar reference: the date or milestone to count from (``milestone``)
    :ivar before: count backwards from the reference
    :ivar code: stage (``stage``) or hold (``hold``, ``None`` is any)
    """

    kind: str
    hours: float = 0.0
    milestone: str | None = None
    reference: str | None = None
    before: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the monitor knows of an order.

    :ivar stage: code of the stage; ``done`` and ``cancelled`` never alert
    :ivar since: when it entered the stage
    :ivar times: ``{date or milestone: datetime}``; what is missing is not reached or not known
    :ivar holds: ``((code, since), ...)`` of active holds
    :ivar leads: ``{stage: hours}`` that orders take in each stage
    :ivar answer_due: when a 3PL should have answered
    """

    stage: str
    since: object
    times: dict = field(default_factory=dict)
    holds: tuple = ()
    leads: dict = field(default_factory=dict)
    answer_due: object = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule: ``alert`` now, ``due`` since, ``again`` at (``None``: never by itself).

    ``score`` is 1-100 for promises in danger, ``slack`` the hours between expected and promised.
    """

    alert: bool = False
    due: object = None
    again: object = None
    score: int = 0
    slack: float | None = None


QUIET = Verdict()


def check(rule, facts, now):
    """Return the :class:`Verdict` of ``rule`` on ``facts`` at ``now``."""
    if facts.stage in ("done", "cancelled"):
        return QUIET
    if rule.kind == "promise":
        return _promise(rule, facts, now)
    moment = _moment(rule, facts)
    if moment is None:
        return QUIET
    if now >= moment:
        return Verdict(alert=True, due=moment, again=now + AGAIN)
    return Verdict(due=moment, again=moment)


def _moment(rule, facts):
    """When the rule alerts if nothing happens before; ``None`` when it has nothing to say."""
    wait = timedelta(hours=rule.hours)
    if rule.kind == "milestone":
        start = facts.times.get(rule.reference)
        if start is None or facts.times.get(rule.milestone):
            return None
        return start - wait if rule.before else start + wait
    if rule.kind == "stage":
        return facts.since + wait if facts.since and facts.stage == rule.code else None
    if rule.kind == "hold":
        starts = [since for code, since in facts.holds if rule.code in (None, code)]
        return min(starts) + wait if starts else None
    return facts.answer_due + wait if facts.answer_due else None


def expected(facts, now):
    """Return when the goods should be with the customer, from the lead times of what is left.

    The current stage takes what orders take in it, and not less than it has taken already.
    """
    stages = stages_left(facts)
    if not stages:
        return None
    here = facts.since + timedelta(hours=facts.leads.get(facts.stage, 0.0))
    return max(here, now) + timedelta(hours=_rest(facts, stages))


def stages_left(facts):
    """The stages from the current one until the goods are delivered."""
    if facts.stage not in FLOW or not facts.since or facts.times.get("delivered"):
        return ()
    start, end = FLOW.index(facts.stage), FLOW.index("receipt_inspection")
    return FLOW[start:end]


def _rest(facts, stages):
    return sum(facts.leads.get(stage, 0.0) for stage in stages[1:])


def score_of(slack):
    """Return 0-100: 0 with a day of slack, 50 with none, 100 when a day late.

    >>> score_of(24.0), score_of(0.0), score_of(-12.0), score_of(-50.0)
    (0, 50, 75, 100)
    """
    return round(min(max(50.0 - 50.0 * slack / SPAN, 0.0), 100.0))


def band(score):
    """Return ``high``, ``medium`` or ``low``; ``None`` below."""
    return next((name for least, name in BANDS if score >= least), None)


def _promise(rule, facts, now):
    promised = facts.times.get("promised")
    when = expected(facts, now)
    if promised is None or when is None:
        return QUIET
    slack = (promised - when).total_seconds() / 3600
    if slack < rule.hours:
        due = promised - timedelta(hours=rule.hours)
        score = max(score_of(slack), 1)
        return Verdict(alert=True, due=due, again=now + AGAIN, score=score, slack=slack)
    # Time only eats slack once the stage takes longer than usual.
    rest = timedelta(hours=_rest(facts, stages_left(facts)) + rule.hours)
    again = max(promised - rest, now) + timedelta(seconds=1)
    return Verdict(again=again, score=score_of(slack), slack=slack)


def next_check(verdicts):
    """Return the earliest time at which one of these answers may change, ``None`` for never."""
    return min((verdict.again for verdict in verdicts if verdict.again), default=None)
