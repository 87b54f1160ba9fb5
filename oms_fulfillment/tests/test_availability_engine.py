from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..engine.availability import Rule, Rules, Stock

PATH = (1, 4, 7)
maybe = st.none() | st.integers(1, 2)
rules = st.lists(
    st.builds(
        Rule,
        units=st.integers(0, 9).map(float),
        product=st.none() | st.integers(1, 2),
        channel=maybe,
        warehouse=maybe,
    )
    | st.builds(
        Rule,
        percent=st.floats(0, 100),
        category=st.none() | st.sampled_from(PATH),
        channel=maybe,
        warehouse=maybe,
    ),
    max_size=12,
    unique_by=lambda rule: rule.scope,
)
units = st.integers(0, 50).map(float)
stocks = st.builds(Stock, units, units, units, units, units, units)


def matches(rule, product, channel, warehouse):
    return (
        rule.product in (None, product)
        and (rule.category is None or rule.category in PATH)
        and rule.channel in (None, channel)
        and rule.warehouse in (None, warehouse)
    )


def specificity(rule):
    depth = PATH.index(rule.category) + 1 if rule.category else 0
    return rule.product is not None, depth, rule.channel is not None, rule.warehouse is not None


@tagged("-at_install", "post_install")
class TestAvailabilityEngine(TransactionCase):
    @given(rules, st.integers(1, 3), maybe, maybe, st.randoms())
    def test_the_most_specific_rule_holds_whatever_the_order(
        self, known, product, channel, warehouse, random
    ):
        fitting = [rule for rule in known if matches(rule, product, channel, warehouse)]
        expected = max(fitting, key=specificity, default=None)
        shuffled = list(known)
        random.shuffle(shuffled)
        for order in (known, shuffled):
            self.assertEqual(Rules(order).find(product, PATH, channel, warehouse), expected)

    @given(stocks, units)
    def test_more_on_the_shelf_never_means_less_available(self, stock, more):
        for name, sign in (("on_hand", 1), ("incoming", 1), ("reserved", -1), ("safety", -1)):
            changed = replace(stock, **{name: getattr(stock, name) + more})
            self.assertGreaterEqual(sign * (changed.available - stock.available), 0)
        self.assertGreaterEqual(stock.available, 0)

    @given(st.integers(0, 1000).map(float), st.floats(0, 100))
    def test_a_share_is_rounded_up_and_never_more_than_there_is(self, on_hand, percent):
        kept = Rule(percent=percent).of(on_hand)
        self.assertEqual(kept, int(kept))
        self.assertLessEqual(kept, on_hand)
        self.assertGreaterEqual(kept, on_hand * percent / 100 - 1e-6)

    def test_a_tenth_of_thirty_is_three(self):
        self.assertEqual(Rule(percent=10.0).of(30.0), 3.0)
        self.assertEqual(Rule(percent=10.0).of(31.0), 4.0)
        self.assertEqual(Rule(percent=10.0).of(-5.0), 0.0)
