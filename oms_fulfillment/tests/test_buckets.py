import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine.buckets import Buckets, MoveFact, derive


class TestBuckets(unittest.TestCase):
    """The arithmetic of units, without a database."""

    def test_unconfirmed_order_waits_with_everything(self):
        self.assertEqual(derive(5, 0, (), confirmed=False), Buckets(ordered=5, unallocated=5))

    def test_partial_shipment_splits_the_line(self):
        units = derive(
            5,
            0,
            [
                MoveFact(2, 2, True, True, end="delivered"),
                MoveFact(3, 1, False, True),
            ],
        )
        self.assertEqual((units.delivered, units.reserved, units.unallocated), (2, 1, 2))
        self.assertEqual(units.total, 5)

    def test_two_step_delivery_counts_each_unit_once(self):
        pick = MoveFact(5, 5, True, False)
        ship = MoveFact(5, 5, False, True, chained=True)
        units = derive(5, 0, [pick, ship])
        self.assertEqual((units.picked, units.total, units.unplanned), (5, 5, 0))

    def test_missing_transfer_is_seen(self):
        units = derive(5, 0, [MoveFact(3, 3, False, True)])
        self.assertEqual(units.unplanned, 2)

    def test_transfer_for_too_many_units_is_seen(self):
        units = derive(5, 0, [MoveFact(7, 7, False, True)])
        self.assertEqual(units.unplanned, -2)

    @given(st.lists(st.tuples(st.integers(1, 50), st.booleans(), st.integers(0, 50)), max_size=6))
    def test_what_transfers_carry_is_what_the_buckets_hold(self, moves):
        facts = [
            MoveFact(demand, demand if done else min(held, demand), done, True)
            for demand, done, held in moves
        ]
        ordered = sum(demand for demand, _done, _held in moves)
        units = derive(ordered, 0, facts)
        self.assertEqual(units.unplanned, 0)
        self.assertEqual(units.total, ordered)

    @given(st.integers(0, 50), st.integers(0, 50))
    def test_cancelled_order_keeps_only_what_left(self, shipped, rest):
        facts = [MoveFact(shipped, shipped, True, True)] if shipped else []
        units = derive(shipped + rest, 0, facts, order_cancelled=True)
        self.assertEqual((units.handed_over, units.cancelled), (shipped, rest))
        self.assertEqual(units.unplanned, 0)
