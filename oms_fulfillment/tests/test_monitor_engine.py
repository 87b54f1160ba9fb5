import unittest
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ..engine import monitor as engine
from ..engine.stage import STAGES

START = datetime(2026, 7, 1, 8, 0)
HOURS = st.integers(0, 72)
MOMENTS = HOURS.map(lambda hours: START + timedelta(hours=hours))
NAMES = (*engine.MILESTONES, *engine.DATES)

RULES = st.builds(
    engine.Rule,
    kind=st.sampled_from(engine.KINDS),
    hours=st.integers(0, 30).map(float),
    milestone=st.sampled_from(engine.MILESTONES),
    reference=st.sampled_from(NAMES),
    before=st.booleans(),
    code=st.sampled_from([None, "fulfillment", "fraud_review"]),
)
FACTS = st.builds(
    engine.Facts,
    stage=st.sampled_from(STAGES),
    since=MOMENTS,
    times=st.dictionaries(st.sampled_from(NAMES), MOMENTS, max_size=6),
    holds=st.lists(st.tuples(st.sampled_from(["fraud_review", "other"]), MOMENTS), max_size=2).map(
        tuple
    ),
    leads=st.dictionaries(st.sampled_from(STAGES[:7]), st.integers(0, 48).map(float)),
    answer_due=st.none() | MOMENTS,
)
# Half of the examples are about promises of goods that have not arrived.
PROMISES = st.tuples(
    st.builds(engine.Rule, kind=st.just("promise"), hours=st.integers(0, 30).map(float)),
    st.builds(
        engine.Facts,
        stage=st.sampled_from(STAGES[:5]),
        since=MOMENTS,
        times=st.fixed_dictionaries({"promised": MOMENTS}),
        leads=st.dictionaries(st.sampled_from(STAGES[:7]), st.integers(0, 24).map(float)),
    ),
)
CASES = st.tuples(RULES, FACTS) | PROMISES


class TestMonitorEngine(unittest.TestCase):
    """Rules over facts and the clock."""

    @given(CASES, MOMENTS, st.integers(0, 60 * 72))
    def test_nothing_is_missed_between_checks(self, case, now, minutes):
        """Quiet until the next check: no moment before it would have alerted."""
        rule, facts = case
        verdict = engine.check(rule, facts, now)
        later = now + timedelta(minutes=minutes)
        if verdict.alert or (verdict.again and later >= verdict.again):
            return
        self.assertFalse(engine.check(rule, facts, later).alert)

    @given(CASES, MOMENTS)
    def test_next_check_lies_ahead_and_a_due_rule_alerts_then(self, case, now):
        rule, facts = case
        verdict = engine.check(rule, facts, now)
        if verdict.again is None:
            self.assertFalse(verdict.alert)
            return
        self.assertGreater(verdict.again, now)
        self.assertTrue(engine.check(rule, facts, verdict.again).alert)

    @given(CASES, MOMENTS, HOURS)
    def test_waiting_never_clears_an_alert(self, case, now, hours):
        rule, facts = case
        later = now + timedelta(hours=hours)
        if engine.check(rule, facts, now).alert:
            verdict = engine.check(rule, facts, later)
            self.assertTrue(verdict.alert)
            self.assertGreaterEqual(verdict.score, engine.check(rule, facts, now).score)

    @given(st.floats(-100, 100), st.floats(-100, 100))
    def test_less_slack_is_more_danger(self, one, other):
        if one <= other:
            self.assertGreaterEqual(engine.score_of(one), engine.score_of(other))
        self.assertIn(engine.band(engine.score_of(one)), ("high", "medium", "low", None))

    def test_milestone_before_and_after(self):
        facts = engine.Facts("fulfillment", START, {"ship_by": START + timedelta(hours=10)})
        rule = engine.Rule("milestone", 2, milestone="packed", reference="ship_by", before=True)
        self.assertFalse(engine.check(rule, facts, START + timedelta(hours=7)).alert)
        self.assertTrue(engine.check(rule, facts, START + timedelta(hours=8)).alert)
        packed = engine.Facts("fulfillment", START, {**facts.times, "packed": START})
        self.assertEqual(engine.check(rule, packed, START + timedelta(days=9)), engine.QUIET)

    def test_promise_in_danger_is_told_with_its_slack(self):
        leads = {"fulfillment": 8.0, "tracking": 48.0, "receipt_inspection": 72.0}
        times = {"promised": START + timedelta(hours=50)}
        facts = engine.Facts("fulfillment", START, times, leads=leads)
        verdict = engine.check(engine.Rule("promise"), facts, START)
        self.assertEqual((verdict.alert, verdict.slack, verdict.score), (True, -6.0, 62))
        self.assertEqual(engine.band(verdict.score), "medium")
        calm = engine.Facts(
            "fulfillment", START, {"promised": START + timedelta(hours=60)}, (), leads
        )
        verdict = engine.check(engine.Rule("promise"), calm, START)
        self.assertFalse(verdict.alert)
        self.assertEqual(verdict.again, START + timedelta(hours=12, seconds=1))

    def test_finished_orders_are_quiet(self):
        for stage in ("done", "cancelled"):
            facts = engine.Facts(stage, START, holds=(("any", START),))
            rule = engine.Rule("hold")
            self.assertEqual(engine.check(rule, facts, START + timedelta(days=99)), engine.QUIET)
