from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine import verification as engine
from ..engine.verification import Exposure, LineInput, OrderInput, Rule, Twin

NOW = datetime(2026, 7, 1, 12)
MONEY = st.floats(0, 1e9, allow_nan=False)
ADDRESS = {"name": "Siti", "street": "Jl. A", "city": "Bandung", "country": "ID", "phone": "0812"}
CLEAN = OrderInput(
    lines=(LineInput(1, "MUG", 2, 50000, True, revenue=100000, cost=50000),),
    address=ADDRESS,
    payment_policy="on_acceptance",
    paid=False,
    total=100000.0,
    company_total=100000.0,
    cod_amount=0.0,
    channel_total=None,
    platform_discount=0.0,
    rounding=1.0,
    now=NOW,
)


def reasons(order, *rules):
    return [finding.reason for finding in engine.verify(order, rules)]


@tagged("post_install", "-at_install")
class TestVerificationEngine(BaseCase):
    """The checks as decisions on plain values."""

    def test_clean_order_passes_every_check(self):
        rules = [Rule(code, limit=20, amount=1e12, hours=24, days=3) for code in engine.CHECKS]
        self.assertEqual(engine.verify(CLEAN, rules), [])

    @given(MONEY, MONEY, MONEY, MONEY, st.floats(0, 100))
    def test_credit_is_what_is_owed_with_open_orders_and_this_one(
        self, limit, invoiced, open_orders, total, tolerance
    ):
        order = replace(
            CLEAN, company_total=total, exposure=Exposure(limit, invoiced, open_orders), rounding=0
        )
        over = invoiced + open_orders + total > limit * (1 + tolerance / 100)
        self.assertEqual(bool(reasons(order, Rule("credit", limit=tolerance))), over)
        paid = replace(order, payment_policy="prepaid")
        self.assertEqual(reasons(paid, Rule("credit", limit=tolerance)), [])

    def test_no_limit_is_no_finding(self):
        order = replace(CLEAN, exposure=Exposure(None, 1e9, 1e9))
        self.assertEqual(reasons(order, Rule("credit")), [])

    @given(st.lists(st.floats(0, 100), max_size=5), st.integers(1, 72))
    def test_twins_count_within_the_hours(self, apart, hours):
        twins = tuple(Twin(f"S{i}", value) for i, value in enumerate(apart))
        found = engine.verify(replace(CLEAN, twins=twins), [Rule("duplicate", hours=hours)])
        near = [twin.name for twin in twins if twin.hours <= hours]
        self.assertEqual(bool(found), bool(near))
        for finding in found:
            self.assertEqual(finding.values["orders"], ", ".join(near))

    @given(MONEY, MONEY, st.integers(0, 5), st.integers(0, 5))
    def test_cod_limit_and_history(self, cash, amount, refused, times):
        order = replace(CLEAN, payment_policy="cod", cod_amount=cash, total=cash)
        order = replace(order, refused_cod=refused)
        expected = []
        if amount and cash and cash > amount:
            expected = ["cod_over_limit"]
        elif times and refused >= times:
            expected = ["cod_refused_before"]
        self.assertEqual(reasons(order, Rule("cod_limit", amount=amount, times=times)), expected)

    @given(st.integers(0, 5), st.integers(0, 2), st.integers(0, 5), st.booleans())
    def test_who_is_called_about_cod(self, taken, refused, times, confirmed):
        order = replace(
            CLEAN,
            payment_policy="cod",
            taken_cod=taken,
            refused_cod=refused,
            cod_confirmed=confirmed,
        )
        known = bool(times) and taken >= times and not refused
        self.assertEqual(
            reasons(order, Rule("cod_confirmation", times=times)),
            [] if confirmed or known else ["cod_to_confirm"],
        )

    @given(st.floats(0, 100), st.floats(0, 100))
    def test_discount(self, discount, limit):
        line = replace(CLEAN.lines[0], discount=discount)
        found = reasons(replace(CLEAN, lines=(line,)), Rule("discount", limit=limit))
        self.assertEqual(bool(found), discount > limit + 1e-9)

    def test_margin_is_of_the_whole_order(self):
        poor = LineInput(1, "A", 1, 100, True, cost=95, revenue=100)
        rich = LineInput(2, "B", 1, 100, True, cost=50, revenue=100)
        rule = Rule("margin", limit=20)
        self.assertEqual(reasons(replace(CLEAN, lines=(poor,)), rule), ["margin_below_limit"])
        self.assertEqual(reasons(replace(CLEAN, lines=(poor, rich)), rule), [])
        gift = replace(poor, cost=0.0, revenue=0.0)
        self.assertEqual(reasons(replace(CLEAN, lines=(gift,)), rule), [])

    def test_strict_address(self):
        self.assertEqual(reasons(CLEAN, Rule("address")), [])
        found = engine.verify(CLEAN, [Rule("address", strict=True)])
        self.assertEqual(found[0].values["missing"], "province, postal_code")

    def test_blacklist_without_a_reason_is_a_blacklist(self):
        self.assertEqual(
            reasons(replace(CLEAN, blacklisted=""), Rule("blacklist")), ["blacklisted"]
        )

    @given(st.integers(-10, 30), st.integers(1, 10))
    def test_requested_date(self, ahead, days):
        wanted = NOW + timedelta(days=ahead)
        found = engine.verify(replace(CLEAN, requested=wanted), [Rule("requested", days=days)])
        if ahead < 0:
            self.assertEqual(found[0].reason, "date_passed")
        elif ahead > days:
            self.assertEqual(found[0].until, wanted - timedelta(days=days))
        else:
            self.assertEqual(found, [])

    def test_rule_of_the_channel_replaces_the_general_one(self):
        general, own = Rule("quantity", limit=10), Rule("quantity", limit=99)
        other = Rule("address")
        rules = [(general, ()), (other, ()), (own, (7,))]
        self.assertEqual(engine.applicable(rules, 7), [other, own])
        self.assertEqual(engine.applicable(rules, 8), [general, other])

    @given(st.permutations(["a", "b", "c"]))
    def test_evidence_does_not_depend_on_the_order_of_facts(self, names):
        values = {name: 1 for name in names}
        finding = engine.Finding("x", "why", None, values)
        self.assertEqual(finding.evidence, "why; a=1; b=1; c=1")
