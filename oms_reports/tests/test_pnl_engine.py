from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.oms_reports.engine import pnl

AMOUNTS = st.dictionaries(
    st.sampled_from(pnl.COMPONENTS), st.integers(-(10**9), 10**9), max_size=len(pnl.COMPONENTS)
)


class TestPnlEngine(BaseCase):
    @given(AMOUNTS)
    def test_contribution_is_all_but_other(self, amounts):
        self.assertEqual(pnl.contribution(amounts) + amounts.get("other", 0), sum(amounts.values()))

    @given(AMOUNTS, st.integers(0, 10**9), st.integers(0, 30), st.integers(0, 10**6))
    def test_what_is_posted_is_not_expected_again(self, posted, sold, fee, courier):
        expected = pnl.expected(posted, {"sales": sold}, [(2, 10)], fee, courier)
        self.assertEqual(bool(posted.get("channel_fee")), "channel_fee" not in expected)
        self.assertEqual(bool(posted.get("courier")), "courier" not in expected)
        self.assertEqual(expected["cogs"], -20)

    def test_no_family_is_two_things(self):
        families = [family for names in pnl.FEE_FAMILIES.values() for family in names]
        self.assertEqual(len(families), len(set(families)))

    def test_percent_of_nothing_is_unknown(self):
        self.assertIsNone(pnl.percent(5, 0))
        self.assertEqual(pnl.percent(-5, 20), -25)
