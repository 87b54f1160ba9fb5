import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine import stage
from ..engine.buckets import Buckets
from ..engine.stage import FLOW, PARTY, STAGES, Facts, derive

UNITS = st.integers(0, 3)


def facts_of(numbers, **values):
    names = ("cancelled", "unallocated", "reserved", "picked", "packed", "shipped", "delivered")
    buckets = dict(zip((*names, "accepted"), numbers, strict=True))
    return Facts(state="sale", goods=Buckets(ordered=sum(numbers), **buckets), **values)


class TestStageEngine(unittest.TestCase):
    """The stage is a function of facts."""

    def test_least_advanced_unit_decides(self):
        position = derive(facts_of((0, 1, 1, 0, 0, 1, 1, 1)))
        self.assertEqual((position.stage, position.blocker), ("inventory_check", "stock_short"))
        self.assertEqual(position.furthest, "payment")

    def test_accepted_wait_lets_the_rest_go_on(self):
        self.assertEqual(
            derive(facts_of((0, 1, 1, 0, 0, 0, 0, 0), wait_accepted=True)).stage, "fulfillment"
        )

    def test_done_only_when_money_is_settled(self):
        accepted = (0, 0, 0, 0, 0, 0, 0, 2)
        open_money = derive(facts_of(accepted, money_blocker="awaiting_payment"))
        self.assertEqual((open_money.stage, open_money.blocker), ("payment", "awaiting_payment"))
        self.assertEqual(derive(facts_of(accepted)).stage, "done")

    def test_open_return_keeps_the_order_in_inspection(self):
        position = derive(facts_of((0, 0, 0, 0, 0, 0, 0, 2), open_returns=1))
        self.assertEqual((position.stage, position.blocker), ("receipt_inspection", "return_open"))

    def test_a_parcel_that_comes_back_waits_for_its_return(self):
        sent = (0, 0, 0, 0, 0, 2, 0, 0)
        self.assertEqual(derive(facts_of(sent, parcel_exception=True)).blocker, "parcel_exception")
        position = derive(facts_of(sent, parcel_exception=True, open_returns=1, open_rts=1))
        self.assertEqual((position.stage, position.blocker), ("tracking", "return_open"))

    def test_all_units_cancelled_is_cancelled(self):
        self.assertEqual(derive(facts_of((2, 0, 0, 0, 0, 0, 0, 0))).stage, "cancelled")

    def test_stages_passed_at_once_are_all_entered(self):
        self.assertEqual(
            stage.passed("processing", "fulfillment"), ("inventory_check", "fulfillment")
        )
        self.assertEqual(stage.passed(None, "processing"), ("placement", "processing"))
        self.assertEqual(stage.passed("tracking", "inventory_check"), ("inventory_check",))
        self.assertEqual(stage.passed("tracking", "cancelled"), ("cancelled",))

    @given(
        st.tuples(*[UNITS] * 8),
        st.booleans(),
        st.integers(0, 2),
        st.sampled_from([None, "to_invoice"]),
    )
    def test_every_open_order_names_a_blocker_with_an_owner(self, numbers, wait, returns, money):
        position = derive(
            facts_of(numbers, wait_accepted=wait, open_returns=returns, money_blocker=money)
        )
        if position.stage in ("done", "cancelled"):
            self.assertIsNone(position.blocker)
        else:
            self.assertIn(position.blocker, PARTY)
        self.assertIn(position.furthest, STAGES)

    @given(st.tuples(*[UNITS] * 8), st.integers(1, 6))
    def test_moving_a_unit_forward_never_moves_the_stage_back(self, numbers, index):
        """Take a unit out of one bucket, put it into the next: the stage stays or advances."""
        before = derive(facts_of(numbers))
        if not numbers[index] or before.stage not in FLOW:
            return
        moved = list(numbers)
        moved[index] -= 1
        moved[index + 1] += 1
        after = derive(facts_of(moved))
        self.assertGreaterEqual(FLOW.index(after.stage), FLOW.index(before.stage))
