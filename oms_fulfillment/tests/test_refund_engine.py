from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..engine import refund
from ..engine.refund import Line

CENT = Decimal("0.01")
RUPIAH = Decimal(1)

roundings = st.sampled_from([CENT, RUPIAH, Decimal("0.05"), Decimal(100)])
units = st.integers(min_value=0, max_value=10**9)


@st.composite
def orders(draw):
    """An order of goods, discounts and shipping, with one rounding."""
    rounding = draw(roundings)
    lines = []
    for index in range(draw(st.integers(1, 4))):
        lines.append(
            Line(
                key=f"g{index}",
                kind="goods",
                quantity=Decimal(draw(st.integers(1, 12))),
                amounts={
                    "untaxed": draw(units) * rounding,
                    "tax:1": draw(units) * rounding,
                },
            )
        )
    for index in range(draw(st.integers(0, 2))):
        amount = -draw(units) * rounding
        lines.append(Line(f"d{index}", "discount", Decimal(1), {"untaxed": amount}))
    lines.append(Line("s", "shipping", Decimal(1), {"untaxed": draw(units) * rounding}))
    return rounding, lines


@st.composite
def journeys(draw):
    """An order and the units that the buyer keeps after each return, down to none."""
    rounding, lines = draw(orders())
    kept = {line.key: line.quantity for line in lines if line.kind == "goods"}
    states = [dict(kept)]
    for _step in range(draw(st.integers(0, 4))):
        key = draw(st.sampled_from(sorted(kept)))
        kept[key] -= draw(st.integers(0, int(kept[key])))
        states.append(dict(kept))
    states.append(dict.fromkeys(kept, Decimal(0)))
    return rounding, lines, states


@tagged("post_install", "-at_install", "oms_engine")
class TestRefundEngine(TransactionCase):
    """Properties of the arithmetic; nothing here reads the database."""

    @given(units, st.lists(units, min_size=1, max_size=12), roundings, st.booleans())
    @settings(max_examples=200, deadline=None)
    def test_shares_add_up(self, total, weights, rounding, negative):
        total = total * rounding * (-1 if negative else 1)
        weights = [Decimal(weight) for weight in weights]
        shares = refund.shares(total, weights, rounding)
        self.assertEqual(sum(shares), total)
        whole = sum(weights) or Decimal(len(weights))
        for share, weight in zip(shares, weights, strict=True):
            self.assertEqual(share % rounding, 0)
            exact = total * (weight if sum(weights) else 1) / whole
            self.assertLessEqual(abs(share - exact), rounding)

    def test_shares_of_equal_weights(self):
        self.assertEqual(
            refund.shares(Decimal(100), [Decimal(1)] * 3, RUPIAH),
            [Decimal(34), Decimal(33), Decimal(33)],
        )
        self.assertEqual(refund.shares(Decimal(5), [], RUPIAH), [])

    @given(journeys())
    @settings(max_examples=200, deadline=None)
    def test_any_sequence_of_refunds_is_the_whole(self, journey):
        rounding, lines, states = journey
        refunded = Decimal(0)
        credited = {line.key: {} for line in lines}
        for before, after in zip(states, states[1:], strict=False):
            last = not any(after.values())
            facts = [
                Line(line.key, line.kind, line.quantity, line.amounts, dict(credited[line.key]))
                for line in lines
            ]
            step = refund.refund_lines(
                facts, before, after, rounding, any(before.values()), not last
            )
            refunded += refund.total(step)
            for key, amounts in step.items():
                for name, amount in amounts.items():
                    credited[key][name] = credited[key].get(name, Decimal(0)) + amount
        whole = sum((refund.total({line.key: line.amounts}) for line in lines), Decimal(0))
        if any(states[0].values()):
            self.assertEqual(refunded, whole)

    @given(journeys())
    @settings(max_examples=100, deadline=None)
    def test_never_more_than_the_line(self, journey):
        rounding, lines, states = journey
        goodwill = [
            Line(line.key, line.kind, line.quantity, line.amounts, dict(line.amounts))
            for line in lines
        ]
        self.assertFalse(
            refund.refund_lines(goodwill, states[0], states[-1], rounding, True, False)
        )

    def test_discount_follows_the_units(self):
        lines = [
            Line("a", "goods", Decimal(3), {"untaxed": Decimal(300)}),
            Line("b", "goods", Decimal(1), {"untaxed": Decimal(100)}),
            Line("d", "discount", Decimal(1), {"untaxed": Decimal(-10)}),
            Line("s", "shipping", Decimal(1), {"untaxed": Decimal(20)}),
        ]
        one = refund.refund_lines(lines, {}, {"a": Decimal(2)}, RUPIAH)
        # 8 of the discount belong to line a (largest remainder of 7.5 and 2.5): 3 per unit
        self.assertEqual(one, {"a": {"untaxed": Decimal(100)}, "d": {"untaxed": Decimal(-3)}})
        self.assertEqual(refund.total(one), Decimal(97))
        self.assertEqual(refund.total(refund.value(lines, {}, RUPIAH)), Decimal(410))
