from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..engine.availability import Stock
from ..engine.promise import Demand, Supply, allot
from ..engine.share import Pool, Share, Shares, claims, pool_of

A, B, VIP = ("channel", 1), ("channel", 2), ("class", 1)
HOLDERS = (A, B, VIP)
who = st.sets(st.sampled_from(HOLDERS)).map(frozenset)
units = st.integers(0, 40).map(float)
amounts = st.builds(Share, units=units) | st.builds(Share, percent=st.floats(0, 100))
shares = st.dictionaries(st.sampled_from(HOLDERS), amounts).map(lambda known: tuple(known.items()))
used = st.lists(st.tuples(who, units), max_size=5)


@st.composite
def stocks(draw):
    """A stock in which orders have no more than there is."""
    known = Stock(shares=draw(shares), used=draw(used))
    known.reserved = sum(taken for _who, taken in known.used) + draw(units)
    known.on_hand = known.reserved + draw(units)
    known.incoming, known.waiting = draw(units), draw(units)
    return known


@tagged("-at_install", "post_install")
class TestShareEngine(TransactionCase):
    @given(stocks(), st.lists(st.tuples(who, units), max_size=8))
    def test_all_together_never_take_more_than_there_is(self, stock, wishes):
        pool = pool_of(stock)
        there = max(stock.free + stock.incoming - stock.waiting, 0.0)
        given_out = 0.0
        for holders, wanted in wishes:
            self.assertLessEqual(sum(pool.kept.values()), pool.free + 1e-6)
            self.assertTrue(all(kept >= 0 for kept in pool.kept.values()))
            taken = min(wanted, pool.open_to(holders))
            self.assertGreaterEqual(taken, 0)
            pool.take(holders, taken)
            given_out += taken
        self.assertLessEqual(given_out, there + 1e-6)

    @given(stocks(), st.lists(st.tuples(who, units), max_size=8), st.sampled_from(HOLDERS))
    def test_a_rush_of_others_leaves_a_share_alone(self, stock, rush, holder):
        pool = pool_of(stock)
        kept = pool.kept.get(holder, 0.0)
        for holders, wanted in rush:
            others = holders - {holder}
            pool.take(others, min(wanted, pool.open_to(others)))
        self.assertGreaterEqual(pool.open_to({holder}), kept - 1e-6)

    @given(stocks(), st.sampled_from(HOLDERS))
    def test_what_is_open_is_what_is_free_and_kept_for_nobody_else(self, stock, holder):
        pool = pool_of(stock)
        common = pool.open_to(frozenset())
        self.assertAlmostEqual(
            pool.open_to({holder}), common + pool.kept.get(holder, 0.0), places=6
        )
        self.assertAlmostEqual(pool.open_to(frozenset(HOLDERS)), pool.free, places=6)

    @given(stocks(), units, st.sampled_from(HOLDERS))
    def test_an_order_uses_its_own_share_first(self, stock, wanted, holder):
        pool = pool_of(stock)
        common, own = pool.open_to(frozenset()), pool.kept.get(holder, 0.0)
        taken = min(wanted, pool.open_to({holder}))
        pool.take({holder}, taken)
        self.assertAlmostEqual(pool.open_to(frozenset()), common - max(taken - own, 0.0), places=6)

    @given(stocks(), units, who)
    def test_the_promise_gives_out_what_the_shelf_gives_out(self, stock, wanted, holders):
        """One rule: what an order is promised from the shelf is what the allocator gives it."""
        stock.incoming = stock.waiting = 0.0
        pool = pool_of(stock)
        kept = claims(stock.shares, stock.reserved, stock.free, stock.used)
        answer = allot([Supply(None, stock.free)], [Demand("me", wanted, holders=holders)], kept)[
            "me"
        ]
        there = min(wanted, pool.open_to(holders))
        self.assertAlmostEqual(sum(share.units for share in answer.shares), there, places=6)

    def test_shares_are_filled_in_their_order_where_there_is_not_enough(self):
        known = Shares([(B, Share(units=8.0, rank=(1,))), (A, Share(units=8.0, rank=(0,)))]).find(
            1, (), 1
        )
        pool = Pool(10.0, claims(known, 0.0, 10.0, ()))
        self.assertEqual(pool.kept, {A: 8.0, B: 2.0})
        self.assertEqual(pool.open_to({B}), 2.0)

    def test_the_most_specific_share_of_each_holder_counts(self):
        shares = Shares(
            [
                (A, Share(units=9.0)),
                (A, Share(units=5.0, category=4)),
                (A, Share(units=3.0, product=1, warehouse=2)),
                (VIP, Share(percent=50.0, product=1)),
            ]
        )
        sizes = {
            place: {holder: share.of(7.0) for holder, share in shares.find(1, (4,), place)}
            for place in (1, 2)
        }
        self.assertEqual(sizes, {1: {A: 5.0, VIP: 3.0}, 2: {A: 3.0, VIP: 3.0}})

    def test_part_of_a_receipt_is_kept_as_far_as_the_share_is_not_full(self):
        known = claims([(A, Share(units=6.0))], 0.0, 14.0, ())
        supplies = [Supply(None, 4.0), Supply("receipt", 10.0, 5)]
        answer = allot(supplies, [Demand("other", 9.0)], known)["other"]
        self.assertEqual(
            [(share.supply, share.units) for share in answer.shares], [("receipt", 8.0)]
        )
        self.assertEqual(answer.short, 1.0)
