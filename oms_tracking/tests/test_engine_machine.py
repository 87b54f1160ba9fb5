import os
import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.tests import BaseCase, tagged

from ..engine.matching import Candidate, choose
from ..engine.status import FINAL, RANK, STATUSES, Event, derive
from .common import START, timedelta

# OMS_MACHINES=5000 runs that many random ones; otherwise a few hundred, the same every time.
MACHINES = int(os.environ.get("OMS_MACHINES") or 0)
# What a parcel that was delivered once may be afterwards: there, or on the way back.
AFTER_DELIVERY = {"delivered", "returning", "returned", "lost", "damaged"}
REPORTED = [status for status in STATUSES if status != "label_created"]
NUMBERS = ("A1", "A2", "A3", "A4")
hours = st.integers(0, 60)


class Parcel:
    """A parcel as the models keep it: numbers with the time since when, and a set of facts."""

    def __init__(self, name, number, since, back_of=None):
        self.name = name
        self.numbers = [(number, since)]
        self.active = True
        self.back_of = back_of
        self.facts = set()
        self.was_delivered = False

    @property
    def number(self):
        return self.numbers[-1][0]

    def state(self):
        return derive(self.facts, going_back=self.back_of is not None)

    def candidate(self, number):
        since = max((since for own, since in self.numbers if own == number), default=None)
        state = self.state()
        rested = state.since if state.final else None
        return since and Candidate(self.name, since, rested)


class Journeys(RuleBasedStateMachine):
    """Events in any order and any number of times, cancellations, new numbers, ways back and
    numbers that the courier gives out again."""

    told = Bundle("told")

    def __init__(self):
        super().__init__()
        self.parcels = []
        self.waiting = set()
        self.heard = set()
        self.ship("A1")

    def at(self, hour):
        return START + timedelta(hours=hour)

    def is_free(self, number):
        return all(not p.active or p.number != number for p in self.parcels)

    # WHAT HAPPENS

    @rule(number=st.sampled_from(NUMBERS))
    def ship(self, number):
        if self.is_free(number) and len(self.parcels) < 6:
            self.parcels.append(Parcel(len(self.parcels), number, self.at(0)))
            self.hear_again()

    @rule(
        target=told, number=st.sampled_from(NUMBERS), status=st.sampled_from(REPORTED), hour=hours
    )
    def tell(self, number, status, hour):
        message = (number, Event(status, self.at(hour), key=f"{number} {status} {hour}"))
        self.hear(message)
        return message

    @rule(message=told)
    def tell_again(self, message):
        before = [(parcel.state(), len(parcel.facts)) for parcel in self.parcels]
        known = any(message[1] in parcel.facts for parcel in self.parcels)
        self.hear(message)
        if known and message not in self.waiting:
            again = [parcel for parcel in self.parcels if message[1] in parcel.facts]
            if len(again) == 1:
                assert before == [(p.state(), len(p.facts)) for p in self.parcels]

    @rule(which=st.integers(0, 5), number=st.sampled_from(NUMBERS), hour=hours)
    def renumber(self, which, number, hour):
        parcel = self.parcels[which % len(self.parcels)]
        if self.is_free(number):
            parcel.numbers.append((number, self.at(hour)))
            parcel.active = True
            self.settle(parcel)
            self.hear_again()

    @rule(which=st.integers(0, 5), hour=hours)
    def void(self, which, hour):
        parcel = self.parcels[which % len(self.parcels)]
        if RANK[parcel.state().current] <= RANK["pickup_requested"]:
            self.add(parcel, Event("cancelled", self.at(hour), key=f"own {hour}"))

    @precondition(lambda self: len(self.parcels) < 6)
    @rule(which=st.integers(0, 5), hour=hours)
    def bring_back(self, which, hour):
        first = self.parcels[which % len(self.parcels)]
        free = next((number for number in NUMBERS if self.is_free(number)), None)
        if first.back_of or not first.state().picked_up_at or not free:
            return
        if any(parcel.back_of is first for parcel in self.parcels):
            return
        back = Parcel(len(self.parcels), free, self.at(hour), back_of=first)
        self.parcels.append(back)
        if first.state().current not in ("returning", "returned"):
            self.add(first, Event("returning", self.at(hour), key=f"back {back.name}"))
        self.hear_again()

    # AS THE MODELS DO IT

    def hear(self, message):
        number, event = message
        self.heard.add(message)
        candidates = [c for parcel in self.parcels if (c := parcel.candidate(number))]
        chosen = choose(candidates, event.occurred_at)
        if chosen is None:
            self.waiting.add(message)
            return
        parcel = self.parcels[chosen]
        assert number in {own for own, _since in parcel.numbers}, "never somebody else's"
        self.waiting.discard(message)
        self.add(parcel, event)

    def hear_again(self):
        for message in sorted(self.waiting, key=str):
            self.hear(message)

    def add(self, parcel, event):
        parcel.facts.add(event)
        self.settle(parcel)
        state = parcel.state()
        if parcel.back_of and state.current == "returned":
            first = parcel.back_of
            if first.state().current != "returned":
                self.add(first, Event("returned", state.returned_at, key=f"in {parcel.name}"))

    def settle(self, parcel):
        state = parcel.state()
        parcel.was_delivered |= state.current == "delivered"
        if state.final:
            parcel.active = False

    # WHAT ALWAYS HOLDS

    @invariant()
    def nothing_is_lost(self):
        kept = {event for parcel in self.parcels for event in parcel.facts}
        for message in self.heard:
            assert message in self.waiting or message[1] in kept, message

    @invariant()
    def a_parcel_is_what_the_set_of_its_facts_says(self):
        for parcel in self.parcels:
            facts = [*parcel.facts, *list(parcel.facts)[:3]]
            random.Random(len(facts)).shuffle(facts)
            assert derive(facts, going_back=parcel.back_of is not None) == parcel.state()

    @invariant()
    def nothing_is_undelivered(self):
        for parcel in self.parcels:
            if parcel.was_delivered:
                assert parcel.state().current in AFTER_DELIVERY, parcel.facts

    @invariant()
    def the_end_is_reached_by_rule(self):
        for parcel in self.parcels:
            current = parcel.state().current
            if current in FINAL:
                reasons = {current, "delivered"} if current == "returned" else {current}
                assert reasons & {event.status for event in parcel.facts}, parcel.facts

    @invariant()
    def a_way_back_delivers_nothing(self):
        for parcel in self.parcels:
            if parcel.back_of:
                state = parcel.state()
                assert state.current != "delivered" and not state.delivered_at

    @invariant()
    def a_number_is_one_open_parcels(self):
        numbers = [parcel.number for parcel in self.parcels if parcel.active]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def what_came_back_is_back(self):
        for parcel in self.parcels:
            if parcel.back_of and parcel.state().current == "returned":
                assert parcel.back_of.state().current == "returned"


@tagged("post_install", "-at_install", "oms_engine")
class TestJourneyMachine(BaseCase):
    def test_whatever_happens_the_rules_hold(self):
        run_state_machine_as_test(
            Journeys,
            settings=settings(
                max_examples=MACHINES or 150,
                stateful_step_count=40 if MACHINES else 25,
                deadline=None,
                derandomize=not MACHINES,
                database=None,
            ),
        )
