import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine.packing import Scan, assign, fold, judge, last_standing, missing, weight_off

PRODUCTS = st.integers(1, 3)
UNITS = st.integers(1, 4)
SCANS = st.lists(
    st.one_of(
        st.builds(lambda product, units: ("unit", product, units), PRODUCTS, UNITS),
        st.just(("carton", 0, 0)),
        st.just(("undo", 0, 0)),
    ),
    max_size=30,
)


class TestPackingEngine(unittest.TestCase):
    @given(st.dictionaries(PRODUCTS, st.integers(1, 6)), SCANS)
    def test_parcel_never_holds_more_than_asked_and_nothing_gets_lost(self, expected, scans):
        log = []
        for kind, product, units in scans:
            tally = fold(log)
            if kind == "unit" and judge(expected, tally, product, units):
                continue
            log.append(Scan(kind, product, 0, units, tally.carton))
        tally = fold(log)
        for product in (1, 2, 3):
            self.assertLessEqual(tally.of_product(product), expected.get(product, 0))
        left = missing(expected, tally)
        self.assertEqual(sum(expected.values()), tally.total + sum(left.values()))

    @given(SCANS)
    def test_undo_takes_back_exactly_the_last_scan(self, scans):
        log = [Scan(kind, product, 0, units) for kind, product, units in scans]
        before = fold(log)
        after = fold([*log, Scan("unit", 9, 0, 1), Scan("undo")])
        self.assertEqual(before, after)
        self.assertEqual(bool(last_standing(log)), bool(before.units) or before.carton > 1)

    def test_weight_is_void_when_the_carton_changes(self):
        log = [Scan("unit", 1, 0, 1), Scan("weight", quantity=0.5)]
        self.assertEqual(fold(log).weights, {1: 0.5})
        self.assertEqual(fold([*log, Scan("unit", 1, 0, 1)]).weights, {})

    def test_tolerance_has_a_floor(self):
        self.assertEqual(weight_off(0.1, 0.14, 5), 0)
        self.assertAlmostEqual(weight_off(10, 10.6, 5), 0.6)
        self.assertAlmostEqual(weight_off(10, 9.4, 5), -0.6)

    @given(
        st.lists(st.tuples(st.integers(0, 3), UNITS), max_size=5),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 2), UNITS), max_size=5),
    )
    def test_assignment_keeps_every_unit(self, reserved, groups):
        lines = [(number, lot, units) for number, (lot, units) in enumerate(reserved)]
        parts, left = assign(lines, groups)
        for number, _lot, units in lines:
            self.assertLessEqual(sum(part[2] for part in parts[number]), units)
        assigned = [part for own in parts.values() for part in own]
        self.assertEqual(
            sum(part[2] for part in assigned) + sum(group[2] for group in left),
            sum(group[2] for group in groups),
        )
        room = sum(units for _number, _lot, units in lines)
        self.assertEqual(bool(left), sum(group[2] for group in groups) > room)
