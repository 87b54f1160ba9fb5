import itertools
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.label import changed_parts, mask_phone, shorten
from ..engine.status import FINAL, STATUSES, Event, derive
from .common import START

# How parcels really go: (status, hours), not in order of time where couriers aren't.
JOURNEYS = {
    "straight": "picked_up@1 in_transit@5 in_transit@9 out_for_delivery@20 delivered@22 "
    "in_transit@23",
    "second attempt": "picked_up@1 in_transit@5 attempt_failed@20 in_transit@26 "
    "out_for_delivery@44 delivered@46",
    "refused and back": "picked_up@1 out_for_delivery@20 refused@22 returning@30 in_transit@40 "
    "delivered@60",
    "lost and found": "picked_up@1 in_transit@5 lost@90 in_transit@120 out_for_delivery@130 "
    "delivered@132",
    "sent back later": "picked_up@1 out_for_delivery@20 delivered@22 returning@70 in_transit@80 "
    "returned@99",
    "cancelled too late": "pickup_requested@0 picked_up@1 cancelled@2 in_transit@5 "
    "attempt_failed@20 delivered@44",
    "same second": "picked_up@1 in_transit@1 out_for_delivery@9 delivered@9 in_transit@9 unknown@9",
}


def journey(text):
    for step in text.split():
        status, hours = step.split("@")
        yield Event(status, START + timedelta(hours=int(hours)), key=step)


@tagged("post_install", "-at_install", "oms_engine")
class TestJourneys(BaseCase):
    def test_every_permutation_with_repeats_is_the_same_parcel(self):
        """All 720 orders of arrival of six events, each with another event told twice."""
        for name, text in JOURNEYS.items():
            events = list(journey(text))
            expected = derive(events)
            for number, order in enumerate(itertools.permutations(events)):
                told = [*order, order[number % 6], order[number // 6 % 6]]
                self.assertEqual(derive(told), expected, (name, order))

    def test_the_other_way_in_ends_the_same(self):
        """However far a journey has got when it is read: reading it again later is enough."""
        for text in JOURNEYS.values():
            events = list(journey(text))
            for cut in range(len(events)):
                derive(events[:cut])
                self.assertEqual(derive(events[:cut] + events[cut:]), derive(events))

    @settings(max_examples=300, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 9)), max_size=7))
    def test_a_return_journey_never_delivers(self, steps):
        events = [Event(status, START + timedelta(hours=hours)) for status, hours in steps]
        state = derive(events, going_back=True)
        self.assertNotEqual(state.current, "delivered")
        self.assertFalse(state.delivered_at)
        self.assertEqual(state.attempts, 0)
        if state.current in FINAL - {"cancelled"}:
            self.assertIn(state.current, ("returned", "lost", "damaged"))
        if any(event.status in ("delivered", "returned") for event in events):
            self.assertNotIn(state.current, ("label_created", "pickup_requested"))

    def test_proof_of_delivery_of_a_return_parcel(self):
        events = journey("picked_up@1 in_transit@5 out_for_delivery@20 delivered@22")
        state = derive(events, going_back=True)
        self.assertEqual((state.current, state.delivered_at), ("returned", None))
        self.assertEqual(derive([], going_back=True).current, "label_created")


@tagged("post_install", "-at_install", "oms_engine")
class TestLabelEngine(BaseCase):
    def test_masked_phones(self):
        self.assertEqual(mask_phone("081234567890"), "0812****7890")
        self.assertEqual(mask_phone("+62 812-3456-7890"), "+62 81*-****-7890")
        self.assertEqual(mask_phone("021-555"), "*******")
        self.assertEqual(mask_phone(None), "")

    @settings(deadline=None)
    @given(st.from_regex(r"[0-9+ -]{0,20}", fullmatch=True))
    def test_masking_hides_the_middle(self, phone):
        masked = mask_phone(phone)
        self.assertEqual(len(masked), len(phone.strip()))
        self.assertLessEqual(sum(char.isdigit() for char in masked), 8)

    def test_changes_are_named(self):
        printed = {"cod": 100.0, "address": ["Jl. A"], "contents": [[1, 2.0]]}
        self.assertEqual(changed_parts(printed, {**printed, "cod": 90.0}), ["cod"])
        self.assertEqual(changed_parts(printed, dict(printed)), [])

    def test_long_lists_say_how_much_is_missing(self):
        self.assertEqual(shorten("abc", 3), (["a", "b", "c"], 0))
        self.assertEqual(shorten("abcde", 3), (["a", "b"], 3))
