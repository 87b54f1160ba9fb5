import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine import request as engine

ACTS = st.sampled_from(sorted(engine.ACTS))


class TestRequestEngine(unittest.TestCase):
    """The talk with a 3PL, without a database."""

    @given(st.lists(ACTS, max_size=30))
    def test_whatever_is_said_the_talk_makes_sense(self, acts):
        """No act leads out of the known states; the 3PL never has work that it did not take."""
        state, accepted = "unsubmitted", False
        for act in acts:
            new = engine.after(state, act)
            if new is None:
                continue
            self.assertIn(new, engine.STATES)
            accepted = (accepted or act == "accept") and act not in ("submit", "reject", "close")
            if new == "accepted":
                self.assertTrue(accepted)
            if new in engine.RETURNED:
                self.assertEqual(engine.after(new, "submit"), "submitted")
                with self.assertRaises(ValueError):
                    engine.implied_by_shipping(new)
            state = new

    @given(st.sampled_from(engine.STATES), ACTS)
    def test_saying_it_twice_changes_nothing(self, state, act):
        new = engine.after(state, act)
        if new is not None:
            self.assertTrue(engine.is_repeated(new, act))
            self.assertIsNone(engine.after(new, act))

    @given(st.sampled_from(engine.STATES))
    def test_shipping_leaves_no_open_question(self, state):
        try:
            act = engine.implied_by_shipping(state)
        except ValueError:
            return
        final = engine.after(state, act) if act else state
        self.assertNotIn(final, engine.UNANSWERED)
        self.assertIn(final, engine.BUSY)

    def test_every_state_can_be_reached_and_is_named_once(self):
        reached = {"unsubmitted"} | {after for _before, after in engine.ACTS.values()}
        self.assertEqual(reached, set(engine.STATES))
        self.assertFalse(engine.BUSY & engine.RETURNED)

    def test_not_doing_it_is_rejecting_or_giving_up(self):
        self.assertEqual(engine.refusal_act("submitted"), "reject")
        self.assertEqual(engine.refusal_act("accepted"), "close")
        self.assertEqual(engine.refusal_act("rejected"), "reject")
