from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.statement import Account, Line, amounts, assign

TYPES = ("income", "expense", "asset", "odd")
LINES = [
    Line("sales", -1, types=frozenset({"income"})),
    Line("tagged", -1, tags=frozenset({7})),
    Line("costs", -1, types=frozenset({"expense"})),
    Line("profit", terms=("sales", "tagged", "costs")),
    Line("assets", 1, types=frozenset({"asset"})),
]
accounts = st.lists(
    st.builds(
        Account,
        st.integers(1, 50),
        st.sampled_from(TYPES),
        st.sets(st.sampled_from([7, 8])).map(frozenset),
    ),
    unique_by=lambda account: account.id,
)
values = st.integers(-(10**9), 10**9).map(float)


@tagged("post_install", "-at_install")
class TestStatementEngine(BaseCase):
    @given(accounts, st.data())
    def test_nothing_is_dropped_or_counted_twice(self, chart, data):
        balances = {
            account.id: data.draw(st.lists(values, min_size=2, max_size=2)) for account in chart
        }
        result = amounts(LINES, assign(LINES, chart), balances, 2)
        nothing = [0.0, 0.0]
        for column in range(2):
            self.assertEqual(
                result["assets"][column]
                - result["profit"][column]
                + result.get(None, nothing)[column],
                sum(balance[column] for balance in balances.values()),
            )

    def test_a_tag_wins_over_the_type(self):
        chart = [Account(1, "income"), Account(2, "income", frozenset({7})), Account(3, "odd")]
        self.assertEqual(assign(LINES, chart), {1: "sales", 2: "tagged", 3: None})

    def test_a_total_of_itself_is_refused(self):
        lines = [Line("a", terms=("b",)), Line("b", terms=("a",))]
        with self.assertRaisesRegex(ValueError, "a > b > a"):
            amounts(lines, {}, {}, 1)

    def test_earnings_belong_to_no_account(self):
        lines = [Line("earned", -1), Line("claims", terms=("earned",))]
        self.assertEqual(amounts(lines, {}, {}, 1, {"earned": [-500.0]})["claims"], [500.0])
