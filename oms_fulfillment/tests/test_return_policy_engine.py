from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import return_policy as engine
from ..engine.return_policy import Policy

NOW = datetime(2026, 7, 20)
RUPIAH = Decimal(1)


@tagged("post_install", "-at_install", "oms_engine")
class TestReturnPolicyEngine(BaseCase):
    def test_the_most_specific_holds(self):
        policies = [
            Policy(key=1),
            Policy(key=2, category=10),
            Policy(key=3, category=11),
            Policy(key=4, channel=5),
            Policy(key=5, category=10, channel=5),
        ]
        for path, channel, expected in (
            ((), 6, 1),
            ((), 5, 4),
            ((10,), 6, 2),
            ((10,), 5, 5),
            ((10, 11), 5, 3),
            ((99, 10), 6, 2),
        ):
            found = engine.find(policies, path, channel)
            self.assertEqual(found.key, expected, (path, channel))
        self.assertIsNone(engine.find(policies[1:2], (), 5))

    def test_what_speaks_against_it(self):
        week_ago = NOW - timedelta(days=7)
        for policy, accepted, reason, photos, expected in (
            (Policy(days=7), None, 1, 0, None),
            (Policy(days=6), None, 1, 0, "window_closed"),
            (Policy(days=6, start="acceptance"), NOW - timedelta(days=1), 1, 0, None),
            (Policy(days=6, start="acceptance"), None, 1, 0, "window_closed"),
            (Policy(days=9, allowed=False), None, 1, 0, "not_returnable"),
            (Policy(days=9, reasons=frozenset({2})), None, 1, 0, "reason_refused"),
            (Policy(days=9, reasons=frozenset({2})), None, None, 0, None),
            (Policy(days=9, photo=True), None, 1, 0, "photo_needed"),
            (Policy(days=9, photo=True), None, 1, None, None),
        ):
            found = engine.judge(policy, week_ago, accepted, NOW, reason, photos)
            self.assertEqual(found, expected, policy)

    def test_who_pays(self):
        for payer, fault, expected in (
            ("fault", "customer", (10, 5)),
            ("fault", "carrier", (0, 0)),
            ("customer", "merchant", (10, 5)),
            ("shop", "customer", (0, 0)),
        ):
            policy = Policy(restocking=Decimal(10), shipping=Decimal(5), payer=payer)
            self.assertEqual(engine.fees([(policy, fault, Decimal(100))], RUPIAH), expected)

    @given(
        st.lists(
            st.tuples(st.integers(0, 100), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=5
        )
    )
    def test_never_more_than_the_refund(self, parts):
        parts = [
            (
                Policy(restocking=Decimal(percent), shipping=Decimal(shipping), payer="customer"),
                "customer",
                Decimal(worth),
            )
            for percent, shipping, worth in parts
        ]
        restocking, shipping = engine.fees(parts, RUPIAH)
        self.assertGreaterEqual(min(restocking, shipping), 0)
        self.assertLessEqual(restocking + shipping, sum(worth for _p, _f, worth in parts))
