import os
import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..engine.status import FINAL, STATUSES, Event, derive
from .common import TrackingCase

# The same walks every time; OMS_WALKS=500 takes that many random ones.
WALKS = int(os.environ.get("OMS_WALKS") or 0)
# What a parcel that was delivered once may be afterwards: there, or on the way back.
AFTER_DELIVERY = {"delivered", "returning", "returned", "lost", "damaged"}
REPORTED = [status for status in STATUSES if status != "label_created"]


class Walk:
    """Events, repeats, new numbers, voids and returns of one parcel, in any order.

    After each step the parcel is what the set of all its facts says, and nothing that was told
    has gone.
    """

    def __init__(self, case, seed):
        self.case = case
        self.random = random.Random(seed)
        self.parcel = case.make_parcel()
        self.numbers = [self.parcel.resi]
        self.told = []
        self.delivered = False

    def run(self, steps):
        for number in steps:
            self.random.seed(number)
            getattr(self, self.random.choice(self.STEPS))()
            self.check()

    # STEPS

    STEPS = ("tell", "tell", "tell", "tell", "repeat", "batch", "renumber", "void", "bring_back")

    def tell(self):
        event = self.event()
        self.told.append(event)
        (answer,) = self.case.push(event)
        self.case.assertIn(answer["status"], ("recorded", "duplicate"))

    def repeat(self):
        for event in self.random.choices(self.told, k=2) if self.told else ():
            (answer,) = self.case.push(event)
            self.case.assertEqual(answer["status"], "duplicate")

    def batch(self):
        events = [self.event() for _number in range(3)]
        self.told += events
        self.random.shuffle(events)
        self.case.push(*events, events[0])

    def renumber(self):
        resi = self.case.new_resi()
        (answer,) = self.case.Shipment.set_resi([{"parcel": self.parcel.name, "resi": resi}])
        self.case.assertEqual(answer["status"], "recorded", answer)
        self.numbers.append(resi)

    def void(self):
        before = self.parcel.status
        answer = self.case.env["oms.rpc"]._run_items(
            [{}], lambda _item: {"status": str(self.parcel.action_void())}
        )[0]
        if answer["status"] == "error":
            self.case.assertNotIn(before, ("label_created", "pickup_requested"))

    def bring_back(self):
        (answer,) = self.case.Shipment.bring_back([{"parcel": self.parcel.name}])
        self.case.assertIn(answer["status"], ("recorded", "duplicate"), answer)

    def event(self):
        """Under any number that the parcel has or had."""
        status = self.random.choice(REPORTED)
        return self.case.event(self.random.choice(self.numbers), status, self.random.randrange(40))

    # INVARIANTS

    def check(self):
        case, parcel = self.case, self.parcel
        events = parcel.event_ids
        facts = [Event(e.status, e.occurred_at, e.problem, e.dedup_key) for e in events]
        self.random.shuffle(facts)
        state = derive(facts + facts[:2])
        case.assertEqual(parcel.status, state.current)
        case.assertEqual(parcel.attempts, state.attempts)
        case.assertEqual(parcel.delivered_at or None, state.delivered_at)
        told = {(e["resi"], e["status"], e["occurred_at"]) for e in self.told}
        case.assertEqual(len(events.filtered(lambda e: e.source == "api")), len(told))
        case.assertEqual(parcel.event_count, len(events))
        self.delivered |= parcel.status == "delivered"
        if self.delivered:
            case.assertIn(parcel.status, AFTER_DELIVERY, "no un-delivery")
        if parcel.status in FINAL:
            case.assertTrue(
                any(e.status in (parcel.status, "delivered") for e in events), "final by an event"
            )
        for back in parcel.return_ids:
            case.assertNotEqual(back.status, "delivered")
        case.assertEqual(set(parcel.resi_ids.mapped("number")), set(self.numbers))


@tagged("post_install", "-at_install")
class TestWalk(TrackingCase):
    def test_random_walks(self):
        @settings(
            max_examples=WALKS or 12,
            deadline=None,
            derandomize=not WALKS,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(st.integers(0, 2**32), min_size=8, max_size=16))
        def walk(numbers):
            Walk(self, numbers[0]).run(numbers)

        walk()
