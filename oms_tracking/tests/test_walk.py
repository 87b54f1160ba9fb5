import os
import random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.tests import tagged

from ..engine.status import FINAL, Event, derive
from .common import TrackingCase
from .test_engine_machine import AFTER_DELIVERY, REPORTED

# The same walks every time; OMS_WALKS=500 takes that many random ones.
WALKS = int(os.environ.get("OMS_WALKS") or 0)
pick = st.integers(0, 9)


class Walk(RuleBasedStateMachine):
    """Events, repeats, new numbers, voids and ways back of one parcel in the database.

    After each step the parcel is what the set of all its facts says, and nothing that was told
    has gone.
    """

    case = None

    def __init__(self):
        super().__init__()
        self.parcel = self.case.make_parcel()
        self.numbers = [self.parcel.resi]
        self.told = []
        self.delivered = False

    # STEPS

    @rule(status=st.sampled_from(REPORTED), hour=st.integers(0, 40), number=pick)
    def tell(self, status, hour, number):
        event = self.event(status, hour, number)
        self.told.append(event)
        (answer,) = self.case.push(event)
        self.case.assertIn(answer["status"], ("recorded", "duplicate"))

    @precondition(lambda self: self.told)
    @rule(which=pick)
    def repeat(self, which):
        (answer,) = self.case.push(self.told[which % len(self.told)])
        self.case.assertEqual(answer["status"], "duplicate")

    @rule(
        statuses=st.lists(st.sampled_from(REPORTED), min_size=2, max_size=4),
        hour=st.integers(0, 40),
        number=pick,
    )
    def batch(self, statuses, hour, number):
        events = [
            self.event(status, (hour + 17 * index) % 41, number + index)
            for index, status in enumerate(statuses)
        ]
        self.told += events
        self.case.push(*events, events[0])

    @rule()
    def renumber(self):
        resi = self.case.new_resi()
        (answer,) = self.case.Shipment.set_resi([{"parcel": self.parcel.name, "resi": resi}])
        self.case.assertEqual(answer["status"], "recorded", answer)
        self.numbers.append(resi)

    @rule()
    def void(self):
        before = self.parcel.status
        answer = self.case.env["oms.rpc"]._run_items(
            [{}], lambda _item: {"status": str(self.parcel.action_void())}
        )[0]
        if answer["status"] == "error":
            self.case.assertNotIn(before, ("label_created", "pickup_requested"))

    @rule()
    def bring_back(self):
        (answer,) = self.case.Shipment.bring_back([{"parcel": self.parcel.name}])
        self.case.assertIn(answer["status"], ("recorded", "duplicate"), answer)

    def event(self, status, hour, number):
        """Under any number that the parcel has or had."""
        return self.case.event(self.numbers[number % len(self.numbers)], status, hour)

    # WHAT ALWAYS HOLDS

    @invariant()
    def the_parcel_is_what_its_facts_say(self):
        case, parcel = self.case, self.parcel
        events = parcel.event_ids
        facts = [Event(e.status, e.occurred_at, e.problem, e.dedup_key) for e in events]
        random.Random(len(facts)).shuffle(facts)
        state = derive(facts + facts[:2])
        case.assertEqual(parcel.status, state.current)
        case.assertEqual(parcel.status_since or None, state.since)
        case.assertEqual(parcel.attempts, state.attempts)
        case.assertEqual(parcel.delivered_at or None, state.delivered_at)
        case.assertEqual(parcel.rested_at or None, state.since if state.final else None)
        case.assertEqual(parcel.event_count, len(events))
        if state.final:
            case.assertFalse(parcel.resi_active and len(self.numbers) == 1)

    @invariant()
    def nothing_is_lost(self):
        told = {(e["resi"], e["status"], e["occurred_at"]) for e in self.told}
        heard = self.parcel.event_ids.filtered(lambda e: e.source == "api")
        self.case.assertEqual(len(heard), len(told))
        self.case.assertEqual(set(self.parcel.resi_ids.mapped("number")), set(self.numbers))

    @invariant()
    def nothing_is_undelivered(self):
        parcel = self.parcel
        self.delivered |= parcel.status == "delivered"
        if self.delivered:
            self.case.assertIn(parcel.status, AFTER_DELIVERY)
        if parcel.status in FINAL:
            reasons = {parcel.status, "delivered"}
            self.case.assertTrue(reasons & set(parcel.event_ids.mapped("status")))
        self.case.assertNotIn("delivered", parcel.return_ids.mapped("status"))

    @invariant()
    def the_order_knows(self):
        """The stage that is stored is the one that follows from everything."""
        order = self.parcel.order_id
        order._oms_refresh_touched()
        (position,) = order._oms_positions().values()
        self.case.assertEqual(order.oms_stage_id.code, position.stage)
        self.case.assertEqual(order.oms_blocker or None, position.blocker)


@tagged("post_install", "-at_install")
class TestWalk(TrackingCase):
    def test_random_walks(self):
        machine = type("Walk", (Walk,), {"case": self})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=WALKS or 12,
                stateful_step_count=14,
                deadline=None,
                derandomize=not WALKS,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
