from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import disposition as engine

DISPOSITIONS = st.sampled_from(sorted(engine.PLACES))
LOTS = st.sampled_from([None, "L1", "L2"])


@tagged("post_install", "-at_install", "oms_engine")
class TestDispositionEngine(BaseCase):
    def test_lots_get_their_own_verdict(self):
        items = [("a", "L1", 2), ("b", "L2", 1)]
        pieces = engine.spread([["scrap", "L2", 1], ["restock", None, 2]], items)
        self.assertEqual(sorted(pieces), [("a", "restock", 2), ("b", "scrap", 1)])

    def test_parts_without_their_kit_go_to_stock(self):
        self.assertEqual(engine.spread([], [("a", None, 3)]), [("a", "restock", 3)])

    @given(
        st.lists(st.tuples(DISPOSITIONS, LOTS, st.integers(1, 5)), max_size=6),
        st.lists(st.tuples(LOTS, st.integers(1, 5)), max_size=6),
    )
    def test_every_unit_goes_to_one_place(self, findings, items):
        numbered = [(number, lot, units) for number, (lot, units) in enumerate(items)]
        pieces = engine.spread([list(one) for one in findings], numbered)
        came = dict.fromkeys(range(len(items)), 0)
        for number, _disposition, units in pieces:
            came[number] += units
        self.assertEqual(came, {number: units for number, _lot, units in numbered})
        asked = {}
        for disposition, _lot, units in findings:
            asked[disposition] = asked.get(disposition, 0) + units
        for disposition in set(asked) - {"restock"}:
            given_ = sum(units for _item, one, units in pieces if one == disposition)
            self.assertLessEqual(given_, asked[disposition])
