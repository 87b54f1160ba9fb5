from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import distance, sourcing
from ..engine.sourcing import Candidate, Item, Order

PLACES, GOODS = "ABC", "xy"


def exhaustive(orders, stock, slots):
    """The optimum, found by trying everything; written without the engine's own arithmetic."""
    ranked = sorted(orders, key=lambda order: order.rank)
    best = None

    def visit(index, left, open_slots, missing, late, parcels, cost):
        nonlocal best
        if index == len(ranked):
            value = (tuple(missing), late, parcels, cost)
            best = value if best is None else min(best, value)
            return
        order = ranked[index]
        known = {candidate.warehouse: candidate for candidate in order.candidates}
        for places in product(known, repeat=len(order.items)):
            used = set(places)
            if len(used) > order.limit:
                continue
            rest, short = dict(left), 0
            for item, place in zip(order.items, places, strict=True):
                for wanted, units in item.needs:
                    short += max(units - max(rest[place, wanted], 0), 0)
                    rest[place, wanted] -= units
            if order.complete and short and len(used) > 1:
                continue
            hurry = sum(known[p].late or open_slots.get(p, 1) < 1 for p in used)
            slots_left = {p: n - (p in used) for p, n in open_slots.items()}
            visit(
                index + 1,
                rest,
                slots_left,
                [*missing, short],
                late + hurry,
                parcels + len(used),
                cost + sum(known[p].cost for p in used),
            )

    visit(0, stock, slots, [], 0, 0, 0)
    return best


@st.composite
def batches(draw):
    """A few orders, three warehouses, two products, never quite enough of them."""
    stock = {(p, g): draw(st.integers(0, 4)) for p in PLACES for g in GOODS}
    slots = draw(st.dictionaries(st.sampled_from(PLACES), st.integers(0, 2)))
    orders = []
    for number in range(draw(st.integers(1, 4))):
        items = tuple(
            Item(key, ((draw(st.sampled_from(GOODS)), draw(st.integers(1, 3))),))
            for key in range(draw(st.integers(1, 2)))
        )
        places = draw(st.permutations(PLACES))[: draw(st.integers(1, 3))]
        candidates = tuple(
            Candidate(place, draw(st.integers(1, 9)), draw(st.integers(0, 6)) == 0)
            for place in places
        )
        rank = (draw(st.integers(0, 2)), number)
        limit = draw(st.sampled_from((1, 2, 99)))
        orders.append(Order(number, rank, items, candidates, limit, draw(st.booleans())))
    return orders, stock, slots


@tagged("post_install", "-at_install")
class TestSourcingEngine(BaseCase):
    """Batches solved together, against the optimum and case by case."""

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(batches())
    def test_small_batches_reach_the_optimum(self, batch):
        orders, stock, slots = batch
        verdicts = sourcing.solve(orders, stock, slots)
        missing, _hopeless, *rest = sourcing.total(
            orders, {key: verdict.choice for key, verdict in verdicts.items()}
        )
        self.assertEqual((missing, *rest), exhaustive(orders, stock, slots))

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(batches(), st.randoms(use_true_random=False))
    def test_order_of_what_is_given_does_not_matter(self, batch, rng):
        orders, stock, slots = batch
        shuffled = list(orders)
        rng.shuffle(shuffled)
        self.assertEqual(
            sourcing.solve(orders, stock, slots), sourcing.solve(shuffled, stock, slots)
        )

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(batches())
    def test_every_unit_is_asked_of_one_warehouse(self, batch):
        orders, stock, slots = batch
        for order in orders:
            verdict = sourcing.solve(orders, stock, slots)[order.key]
            for item in order.items:
                shares = [units for key, _p, units in verdict.choice.shares if key == item.key]
                self.assertAlmostEqual(sum(shares), item.units)
            self.assertLessEqual(verdict.choice.parcels, order.limit)
            places = {reason.warehouse for reason in verdict.reasons}
            self.assertEqual(places, {candidate.warehouse for candidate in order.candidates})

    # CASE BY CASE

    def _solve(self, *orders, stock, **kwargs):
        return sourcing.solve(orders, stock, **kwargs)

    def _order(self, key, *items, places="AB", **values):
        candidates = tuple(Candidate(place, cost) for cost, place in enumerate(places, 1))
        items = tuple(
            Item(number, ((goods, units),)) for number, (goods, units) in enumerate(items)
        )
        return Order(key, (key,), items, candidates, **values)

    def _codes(self, verdict):
        return {reason.warehouse: reason.code for reason in verdict.reasons}

    def test_first_order_steps_aside_for_one_that_has_no_other_place(self):
        first = self._order(1, ("x", 1))
        second = self._order(2, ("x", 1), places="A")
        found = self._solve(first, second, stock={("A", "x"): 1, ("B", "x"): 1})
        self.assertEqual(found[1].choice.warehouses, {"B"})
        self.assertEqual(found[2].choice.missing, 0)
        self.assertEqual(self._codes(found[1]), {"B": "best", "A": "given"})
        self.assertEqual(found[1].rivals, (2,))

    def test_later_order_never_takes_units_from_an_earlier_one(self):
        first = self._order(1, ("x", 3), places="A")
        second = self._order(2, ("x", 1), places="A")
        third = self._order(3, ("x", 1), places="A")
        found = self._solve(first, second, third, stock={("A", "x"): 3})
        self.assertEqual([found[key].choice.missing for key in (1, 2, 3)], [0, 1, 1])

    def test_split_when_needed_and_not_to_save_money(self):
        stock = {("A", "x"): 1, ("B", "y"): 1, ("C", "x"): 1, ("C", "y"): 1}
        lines = ("x", 1), ("y", 1)
        whole = self._solve(self._order(1, *lines, places="ABC"), stock=stock)[1]
        self.assertEqual(whole.choice.warehouses, {"C"}, "one parcel, though the dearest")
        needed = self._solve(self._order(1, *lines, places="AB"), stock=stock)[1]
        self.assertEqual(needed.choice.warehouses, {"A", "B"})
        self.assertEqual(set(self._codes(needed).values()), {"together"})
        never = self._solve(self._order(1, *lines, places="AB", limit=1), stock=stock)[1]
        self.assertEqual((never.choice.parcels, never.choice.missing), (1, 1))
        self.assertEqual(self._codes(never), {"A": "waits", "B": "short"})

    def test_units_of_one_line_from_two_places_where_the_rule_allows(self):
        stock = {("A", "x"): 3, ("B", "x"): 2}
        candidates = Candidate("A", 1), Candidate("B", 2)
        order = Order(1, (1,), (Item(1, (("x", 5),), divisible=True),), candidates)
        found = self._solve(order, stock=stock)[1].choice
        self.assertEqual(sorted(found.shares), [(1, "A", 3), (1, "B", 2)])
        self.assertEqual(found.missing, 0)

    def test_sets_stay_together(self):
        stock = {("A", "cup"): 1, ("B", "cup"): 1, ("B", "saucer"): 1}
        candidates = Candidate("A", 1), Candidate("B", 2)
        order = Order(1, (1,), (Item("set", (("cup", 1), ("saucer", 1))),), candidates)
        self.assertEqual(self._solve(order, stock=stock)[1].choice.warehouses, {"B"})

    def test_complete_order_waits_whole_in_one_place(self):
        stock = {("A", "x"): 1, ("B", "y"): 1}
        order = self._order(1, ("x", 1), ("y", 2), complete=True)
        found = self._solve(order, stock=stock)[1].choice
        self.assertEqual(found.parcels, 1)

    def test_what_is_nowhere_waits_where_more_comes(self):
        order = self._order(1, ("x", 2))
        found = self._solve(order, stock={}, incoming={("B", "x"): 5})[1]
        self.assertEqual(found.choice.warehouses, {"B"})

    def test_full_warehouse_and_cut_off(self):
        stock = {("A", "x"): 9, ("B", "x"): 9}
        orders = [self._order(key, ("x", 1)) for key in (1, 2, 3)]
        found = self._solve(*orders, stock=stock, slots={"A": 2})
        places = [min(found[key].choice.warehouses) for key in (1, 2, 3)]
        self.assertEqual(places.count("A"), 2)
        self.assertEqual(places.count("B"), 1)
        late = Order(1, (1,), orders[0].items, (Candidate("A", 1, late=True), Candidate("B", 2)))
        found = self._solve(late, stock=stock)[1]
        self.assertEqual(self._codes(found), {"B": "best", "A": "late"})

    def test_large_groups_are_no_worse_than_one_after_another(self):
        stock = {(place, "x"): 12 for place in "AB"}
        orders = [self._order(key, ("x", 1)) for key in range(12)]
        orders += [self._order(key, ("x", 1), places="A") for key in range(12, 24)]
        found = self._solve(*orders, stock=stock)
        self.assertEqual(sum(verdict.choice.missing for verdict in found.values()), 0)

    def test_many_lines(self):
        stock = {(place, f"g{n}"): n % 3 for place in "ABCDE" for n in range(12)}
        order = self._order(1, *((f"g{n}", 1) for n in range(12)), places="ABCDE")
        found = self._solve(order, stock=stock)[1].choice
        self.assertEqual((found.missing, found.parcels), (4, 1))

    def test_distance(self):
        jakarta = distance.province_position("jakarta")
        self.assertEqual(round(distance.kilometres(jakarta, (-6.92, 107.61))), 118)
        self.assertIsNone(distance.kilometres(jakarta, None))
        self.assertEqual(len(distance.PROVINCES), 38)
