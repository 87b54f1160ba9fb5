from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.status import FINAL, PHYSICAL, RANK, STATUSES, Event, derive
from ..engine.watch import CODES as WATCH_CODES
from ..engine.watch import DUE_HOURS
from ..models.selection import EXCEPTIONS
from ..models.selection import STATUSES as LABELS
from .common import START


def event(status, hours=0, **values):
    return Event(status, START + timedelta(hours=hours), **values)


events = st.builds(
    event,
    st.sampled_from(STATUSES),
    st.integers(0, 12),
    problem=st.booleans(),
    key=st.sampled_from(("a", "b")),
)
batches = st.lists(events, max_size=9)


@tagged("post_install", "-at_install", "oms_engine")
class TestStatusProperties(BaseCase):
    """What holds for every set of events, whatever couriers do."""

    @settings(max_examples=400, deadline=None)
    @given(batches, st.randoms(use_true_random=False))
    def test_order_and_repeats_change_nothing(self, batch, random):
        shuffled = batch + random.choices(batch, k=3) if batch else []
        random.shuffle(shuffled)
        self.assertEqual(derive(batch), derive(shuffled))

    @settings(max_examples=400, deadline=None)
    @given(batches, events)
    def test_delivered_is_left_for_the_return_leg_only(self, batch, late):
        before, after = derive(batch), derive([*batch, late])
        if before.current == "delivered" and late.status not in ("returning", "returned"):
            self.assertEqual(after.current, "delivered")

    @settings(max_examples=400, deadline=None)
    @given(batches, events)
    def test_returned_is_final(self, batch, late):
        before = derive(batch)
        if before.current == "returned" and late.occurred_at > before.last_event_at:
            self.assertEqual(derive([*batch, late]).current, "returned")

    @settings(max_examples=400, deadline=None)
    @given(batches)
    def test_shape(self, batch):
        state = derive(batch)
        known = [event for event in batch if event.status != "unknown"]
        self.assertIn(state.current, RANK)
        if state.current == "delivered":
            self.assertTrue(state.delivered_at and not state.going_back)
        self.assertEqual(state.current == "returned", bool(state.returned_at))
        self.assertGreaterEqual(state.attempts, 0)
        self.assertEqual(bool(state.picked_up_at), any(e.status in PHYSICAL for e in known))
        self.assertEqual(state.last_event_at, max((e.occurred_at for e in batch), default=None))
        if state.current == "delivered":
            self.assertFalse(state.problem)

    @settings(max_examples=400, deadline=None)
    @given(batches, events)
    def test_a_later_scan_never_moves_an_open_parcel_before_pickup(self, batch, late):
        before, after = derive(batch), derive([*batch, late])
        if before.picked_up_at and before.current in PHYSICAL:
            if late.occurred_at > before.last_event_at:
                self.assertGreaterEqual(RANK[after.current], RANK["picked_up"])


@tagged("post_install", "-at_install", "oms_engine")
class TestStatusCases(BaseCase):
    """Journeys as they happen."""

    def check(self, journey, **expected):
        state = derive(event(status, hours) for hours, status in enumerate(journey.split()))
        for name, value in expected.items():
            self.assertEqual(getattr(state, name), value, (journey, name))
        return state

    def test_words_and_rules_name_the_same_statuses(self):
        self.assertEqual({code for code, _label in LABELS}, set(STATUSES))
        self.assertEqual(len(RANK), 14)
        words = {code for code, _label in EXCEPTIONS}
        self.assertLessEqual(words, {*STATUSES, "problem", "address", *WATCH_CODES})
        self.assertEqual(words, set(DUE_HOURS))

    def test_no_event(self):
        self.assertEqual(derive([]).current, "label_created")

    def test_delivered_then_late_hub_scan(self):
        self.check("picked_up delivered in_transit", current="delivered")

    def test_failed_attempt_goes_back_to_the_hub_and_out_again(self):
        self.check("out_for_delivery attempt_failed in_transit", current="in_transit", attempts=1)
        self.check(
            "out_for_delivery attempt_failed in_transit out_for_delivery attempt_failed",
            current="attempt_failed",
            attempts=2,
        )

    def test_hub_scan_after_the_courier_left_is_late_paperwork(self):
        self.check("out_for_delivery in_transit", current="out_for_delivery")

    def test_two_codes_of_one_attempt_count_once(self):
        batch = [event("out_for_delivery"), event("attempt_failed", 1), event("refused", 1)]
        self.assertEqual(derive(batch).attempts, 1)

    def test_first_attempt_delivery(self):
        self.check("picked_up out_for_delivery delivered delivered", attempts=1)

    def test_proof_of_delivery_on_the_return_leg(self):
        self.check("refused returning out_for_delivery", current="returning")
        state = self.check("refused returning delivered", current="returned")
        self.assertFalse(state.delivered_at)

    def test_customer_sends_it_back(self):
        state = self.check("delivered returning delivered", current="returned")
        self.assertEqual(state.delivered_at, START)

    def test_return_announced_late_turns_the_delivery_into_a_return(self):
        batch = [event("delivered", 5), event("returning", 2)]
        self.assertEqual(derive(batch).current, "returned")

    def test_lost_and_found(self):
        self.check("in_transit lost", current="lost", found=False)
        self.check("in_transit lost delivered", current="delivered", found=True)
        self.check("lost label_created", current="lost")

    def test_damaged_stays_until_it_reaches_somebody(self):
        self.check("damaged in_transit", current="damaged")
        self.check("damaged returning returned", current="returned")

    def test_cancelled_before_and_after_pickup(self):
        self.check("pickup_requested cancelled", current="cancelled")
        self.check("picked_up cancelled", current="picked_up", problem=True)
        self.check("picked_up cancelled delivered", current="delivered", problem=False)
        self.check("cancelled in_transit", current="in_transit", found=True)

    def test_unknown_changes_no_status(self):
        self.check("in_transit unknown", current="in_transit", problem=False)
        state = derive([event("in_transit"), event("unknown", 1, problem=True)])
        self.assertTrue(state.problem)
        self.assertEqual(state.exception, "problem")

    def test_problem_is_over_when_the_parcel_moves_on(self):
        state = derive([event("in_transit", problem=True), event("out_for_delivery", 1)])
        self.assertFalse(state.problem)

    def test_every_final_status_is_reachable(self):
        self.assertEqual({derive([event(status)]).current for status in FINAL}, set(FINAL))
