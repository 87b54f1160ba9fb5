import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine import manifest as engine

FACTS = st.builds(
    engine.Scan,
    matches=st.integers(0, 3),
    cancelled=st.booleans(),
    handed_over=st.booleans(),
    on_this=st.booleans(),
    on_other=st.booleans(),
    same_warehouse=st.booleans(),
    courier=st.sampled_from([None, 1, 2]),
    manifest_courier=st.just(1),
    held=st.booleans(),
    packed=st.booleans(),
)
IDS = st.sets(st.integers(1, 4))


class TestEngineManifest(unittest.TestCase):
    """Which parcel may go with the courier."""

    @given(FACTS)
    def test_only_a_faultless_parcel_goes(self, scan):
        verdict = engine.judge(scan)
        self.assertIn(verdict, engine.VERDICTS)
        if verdict == "ok":
            self.assertEqual(scan.matches, 1)
            self.assertTrue(scan.packed and scan.same_warehouse)
            self.assertIn(scan.courier, (None, 1))
            for fault in ("cancelled", "handed_over", "on_this", "on_other", "held"):
                self.assertFalse(getattr(scan, fault), fault)

    @given(IDS, IDS)
    def test_half_an_order_never_leaves(self, scanned, parcels):
        if engine.is_complete(scanned, parcels) and scanned:
            self.assertLessEqual(parcels, scanned)

    def test_order_scanned_stands_for_its_only_parcel(self):
        self.assertTrue(engine.is_complete([], []))
        self.assertTrue(engine.is_complete([], [7]))
        self.assertFalse(engine.is_complete([], [7, 8]))
