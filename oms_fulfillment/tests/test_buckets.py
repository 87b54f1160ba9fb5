import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine.buckets import Buckets, MoveFact, derive, derive_kit


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

    # WHAT A VENDOR SENDS

    def test_units_that_a_vendor_was_asked_for_wait(self):
        units = derive(5, 1, [MoveFact(1, 1, True, True)], awaited=3)
        self.assertEqual((units.unallocated, units.unplanned), (3, 0))

    def test_more_than_is_missing_waits_for_no_vendor(self):
        units = derive(5, 0, [MoveFact(5, 5, False, True)], awaited=5)
        self.assertEqual((units.unallocated, units.reserved, units.total), (0, 5, 5))

    # KITS

    def test_kit_is_as_far_as_its_last_part(self):
        shipped, waiting = MoveFact(3, 3, True, True), MoveFact(3, 1, False, True)
        units = derive_kit(3, 0, [([shipped], 0), ([waiting], 0)])
        self.assertEqual((units.shipped, units.reserved, units.unallocated), (0, 1, 2))

    def test_half_a_kit_is_no_kit(self):
        units = derive_kit(
            2, 0, [([MoveFact(2, 1.5, False, True)], 0), ([MoveFact(2, 2, False, True)], 0)]
        )
        self.assertEqual((units.reserved, units.unallocated), (1, 1))

    def test_kit_whose_part_nothing_brings_is_seen(self):
        units = derive_kit(3, 0, [([MoveFact(3, 3, False, True)], 0), ([], 0)])
        self.assertEqual(units.unplanned, 3)

    @given(
        st.integers(1, 20),
        st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=1, max_size=4),
    )
    def test_kits_are_conserved(self, ordered, parts):
        """However far each part is, every kit is somewhere, and no further than its parts."""
        facts = []
        for numbers in parts:
            shipped = min(numbers[0], ordered)
            held = min(numbers[1], ordered - shipped)
            facts.append(
                [
                    MoveFact(shipped, shipped, True, True),
                    MoveFact(ordered - shipped, held, False, True),
                ]
            )
        kits = derive_kit(ordered, 0, [(moves, 0) for moves in facts])
        self.assertEqual((kits.total, kits.unplanned), (ordered, 0))
        for moves in facts:
            part = derive(ordered, 0, moves)
            self.assertLessEqual(kits.shipped, part.shipped)
            self.assertLessEqual(kits.shipped + kits.reserved, part.shipped + part.reserved)
