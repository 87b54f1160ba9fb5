from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..engine.promise import Clock, Demand, Supply, allot, expected, renew

START = datetime(2030, 5, 6, 3, 0)  # a Monday, 10:00 in Jakarta
days = st.integers(0, 30).map(lambda n: START + timedelta(days=n))
units = st.integers(0, 20).map(float)


@st.composite
def supplies(draw):
    rows = draw(st.lists(st.tuples(units, st.none() | days), max_size=8))
    return [Supply(n, quantity, at) for n, (quantity, at) in enumerate(rows)]


@st.composite
def demands(draw):
    rows = draw(st.lists(st.tuples(units, st.integers(0, 9), st.none() | days), max_size=8))
    return [Demand(n, qty, (rank, n), at) for n, (qty, rank, at) in enumerate(rows)]


@tagged("-at_install", "post_install")
class TestPromiseEngine(TransactionCase):
    @given(supplies(), demands())
    def test_no_unit_is_promised_twice(self, known, wanted):
        answers = allot(known, wanted)
        given_out = dict.fromkeys((supply.key for supply in known), 0.0)
        for demand in wanted:
            answer = answers[demand.key]
            self.assertAlmostEqual(
                sum(share.units for share in answer.shares) + answer.short, demand.units
            )
            for share in answer.shares:
                given_out[share.supply] += share.units
        for supply in known:
            self.assertLessEqual(given_out[supply.key], supply.units + 1e-6)
        idle = sum(supply.units for supply in known) - sum(given_out.values())
        short = sum(answer.short for answer in answers.values())
        self.assertLess(min(idle, short), 1e-6, "units idle while somebody waits")

    @given(supplies(), demands())
    def test_the_oldest_promise_never_waits_for_a_younger_one(self, known, wanted):
        wanted = [Demand(d.key, d.units, d.rank) for d in wanted]
        answers = allot(known, wanted)
        for demand in wanted:
            alone = allot(known, [d for d in wanted if d.rank <= demand.rank])[demand.key]
            self.assertEqual(answers[demand.key], alone)

    @given(supplies(), demands(), units, st.none() | days)
    def test_more_stock_never_makes_a_promise_worse(self, known, wanted, more, at):
        before = allot(known, wanted)
        after = allot([*known, Supply("more", more, at)], wanted)
        for demand in wanted:
            old, new = before[demand.key], after[demand.key]
            self.assertLessEqual(new.short, old.short + 1e-6)
            if not old.short and old.ready is not None and new.ready is not None:
                self.assertLessEqual(new.ready, old.ready)

    @given(days, st.floats(0.5, 23.5), st.integers(0, 5))
    def test_goods_leave_on_a_working_day_and_never_before_they_are_there(self, ready, hour, road):
        clock = Clock(days=road, cutoff=hour, weekdays=frozenset(range(5)), zone="Asia/Jakarta")
        leaves = clock.leaves(ready)
        self.assertGreaterEqual(leaves, ready - timedelta(minutes=1))
        self.assertLess((leaves + timedelta(hours=7)).weekday(), 5)
        self.assertEqual(clock.arrives(ready) - leaves, timedelta(days=road))

    def test_after_the_cut_off_it_is_the_next_working_day(self):
        clock = Clock(
            cutoff=15.5,
            weekdays=frozenset(range(5)),
            closed=frozenset({datetime(2030, 5, 7).date()}),
            zone="Asia/Jakarta",
        )
        self.assertEqual(clock.leaves(START), datetime(2030, 5, 6, 8, 30))
        late = START + timedelta(hours=6)  # 16:00; Tuesday is a holiday
        self.assertEqual(clock.leaves(late), datetime(2030, 5, 8, 8, 30))
        friday = datetime(2030, 5, 10, 12, 0)
        self.assertEqual(clock.leaves(friday), datetime(2030, 5, 13, 8, 30))

    @given(days, days)
    def test_an_overdue_receipt_is_expected_in_the_future(self, at, now):
        soon = expected(at, now)
        self.assertGreaterEqual(soon, now)
        self.assertGreaterEqual(soon, at)
        self.assertEqual(soon.time(), at.time())

    @given(days, days, st.none() | days, st.booleans(), st.none() | days, st.booleans())
    def test_a_promise_is_never_earlier_than_the_first_one(
        self, first, later, arrival, unknown, here, early
    ):
        current = max(first, later)
        after = renew(first, current, arrival, unknown, here, early)
        self.assertGreaterEqual(after, first)
        if arrival is None and not early:
            self.assertLessEqual(after, current)
        elif arrival is not None:
            self.assertGreaterEqual(after, arrival)
