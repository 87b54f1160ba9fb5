import json
import unittest
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..adapters.canonical import parse
from ..adapters.order import as_plain
from ..adapters.payload import KEPT_BYTES, read_envelope
from ..adapters.phone import normalise_phone
from ..adapters.region import normalise_province
from .intake_common import make_order

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:  # a development tool, absent on production servers
    st = None


@tagged("post_install", "-at_install")
class TestCanonical(BaseCase):
    def errors_of(self, payload):
        order, errors, _warnings = parse(payload)
        self.assertEqual(order is None, bool(errors))
        return [(issue.code, issue.field) for issue in errors]

    def test_complete_order(self):
        order, errors, warnings = parse(make_order(shipping={"amount": "9000.50"}))
        self.assertFalse(errors)
        self.assertFalse(warnings)
        self.assertEqual(order.goods, Decimal(165000))
        self.assertEqual(order.shipping.amount, Decimal("9000.5"))
        self.assertEqual(str(order.ordered_at), "2026-07-01 02:12:00", "times become UTC")
        self.assertEqual(order.lines[0].line_id, "1")
        json.dumps(as_plain(order))

    def test_required(self):
        self.assertEqual(
            self.errors_of({}),
            [
                ("missing", field)
                for field in ("external_id", "ordered_at", "ship_to", "lines", "payment")
            ],
        )
        self.assertEqual(self.errors_of([]), [("wrong_type", "")])

    def test_refused_numbers(self):
        wrong = (True, float("nan"), float("inf"), -1, "1e3", "1,5", " 2", "٢", 10**400, [], "-0")
        for value in wrong:
            line = {"sku": "X", "quantity": 1, "unit_price": value}
            fields = [field for _code, field in self.errors_of(make_order(lines=[line]))]
            self.assertEqual(fields, ["lines[0].unit_price"], value)

    def test_refused_quantities(self):
        for value in (0, -3, "0.0", 100_001, 999_999_999, False, None, "seven", 1e-9):
            line = {"sku": "X", "quantity": value, "unit_price": 1}
            fields = [field for _code, field in self.errors_of(make_order(lines=[line]))]
            self.assertEqual(fields, ["lines[0].quantity"], value)

    def test_refused_times(self):
        wrong = (
            "2026-07-01",
            "2026-07-01T09:12:00",
            "2026-02-30T09:12:00Z",
            "0001-01-01T00:00:00+14:00",
            "2026-07-01T09:12:00+07:00\n",
            1751335920,
        )
        for value in wrong:
            self.assertEqual(
                self.errors_of(make_order(ordered_at=value)), [("bad_time", "ordered_at")], value
            )

    def test_refused_text(self):
        for value in ("a\x00b", "a\ud800b", "x" * 129, 7):
            fields = [field for _code, field in self.errors_of(make_order(number=value))]
            self.assertEqual(fields, ["external_id"], repr(value))

    def test_cross_field_rules(self):
        line = {"sku": "X", "quantity": 1, "unit_price": 100}
        self.assertEqual(
            self.errors_of(make_order(lines=[{**line, "discount": 101}])),
            [("discount_too_large", "lines[0].discount")],
        )
        self.assertEqual(
            self.errors_of(make_order(lines=[{**line, "line_id": "a"}] * 2)),
            [("duplicate_line", "lines[1].line_id")],
        )
        self.assertEqual(
            self.errors_of(make_order(lines=[line], discounts=[{"amount": 101}])),
            [("discount_too_large", "discounts")],
        )
        self.assertEqual(
            self.errors_of(make_order(totals={"pieces": 3})), [("pieces_differ", "totals.pieces")]
        )
        self.assertEqual(self.errors_of(make_order(lines=[line] * 501)), [("too_many", "lines")])

    def test_note_replaces_street(self):
        ship_to = {"name": "A", "city": "B", "country": "ID", "note": "Behind the mosque"}
        self.assertFalse(self.errors_of(make_order(ship_to=ship_to)))
        del ship_to["note"]
        self.assertEqual(
            self.errors_of(make_order(ship_to=ship_to)), [("missing", "ship_to.street")]
        )

    def test_unknown_keys_are_warnings(self):
        order = make_order(colour="red")
        order["lines"][0]["rack"] = 1
        parsed, errors, warnings = parse(order)
        self.assertFalse(errors)
        self.assertEqual([issue.field for issue in warnings], ["lines[0].rack", "colour"])
        self.assertEqual(parsed.external_id, "260701SYN0AAA1")

    def test_envelope_keeps_what_postgresql_can_not(self):
        for payload, code in (
            ({"external_id": "A", "note": "x" * 1_100_000}, "too_large"),
            ({"external_id": "A", "v": float("nan")}, "not_json"),
            ({"external_id": "A", "v": 10**5000}, "not_json"),
            ({"external_id": "A", "v": "a\x00"}, "bad_text"),
            ({"external_id": "A", "v": "\udfff"}, "bad_text"),
            ({"external_id": "A", "v": [[]]}, None),
            ({"external_id": "A", "v": "\\u0000"}, None),
        ):
            envelope = read_envelope(payload)
            self.assertEqual(envelope.issue and envelope.issue.code, code)
            self.assertEqual(envelope.external_id, "A")
            stored = json.loads(envelope.text)
            if code:
                self.assertLessEqual(len(stored["text"]), KEPT_BYTES)
                self.assertEqual(stored["sha256"], envelope.digest)
        deep = {}
        for _level in range(500):
            deep = {"external_id": "A", "v": deep}
        self.assertEqual(read_envelope(deep).issue.code, "too_deep")

    def test_hash_ignores_key_order(self):
        first = read_envelope({"a": 1, "b": {"c": 2, "d": 3}})
        second = read_envelope({"b": {"d": 3, "c": 2}, "a": 1})
        self.assertEqual(first.digest, second.digest)

    def test_phone(self):
        for text in ("0812-3456-7890", "+62 812 3456 7890", "(+62) 0812 34567890", "81234567890"):
            self.assertEqual(normalise_phone(text), "+6281234567890", text)
        self.assertEqual(normalise_phone("+60123456789", "MY"), "+60123456789")
        for text in ("******37", "", None, "12", "(+62)812******32"):
            self.assertIsNone(normalise_phone(text), text)

    def test_province(self):
        self.assertEqual(normalise_province("DKI JAKARTA"), normalise_province("Jakarta"))
        self.assertEqual(
            normalise_province("Sumatera Utara (Sumut)"), normalise_province("Sumatra Utara")
        )
        self.assertEqual(normalise_province("D.I. Yogyakarta"), normalise_province("Yogyakarta"))
        self.assertEqual(
            normalise_province("KEPULAUAN BANGKA BELITUNG"), normalise_province("Bangka Belitung")
        )
        self.assertNotEqual(normalise_province("Riau"), normalise_province("Kepulauan Riau"))


@unittest.skipUnless(st, "hypothesis is not installed")
@tagged("post_install", "-at_install")
class TestCanonicalFuzz(BaseCase):
    def test_never_raises_and_is_deterministic(self):
        scalars = st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=20),
            st.sampled_from(["ID", "IDR", "cod", "2026-07-01T09:12:00Z", "12.50", "\x00"]),
        )
        values = st.recursive(
            scalars,
            lambda inner: st.one_of(
                st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
            ),
            max_leaves=12,
        )
        names = list(make_order()) + ["totals", "discounts", "shipping", "tags", "extra", "bill_to"]
        changes = st.dictionaries(st.sampled_from(names), values, max_size=5)
        line = st.fixed_dictionaries({"sku": values, "quantity": values, "unit_price": values})

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(values, changes, st.lists(line, max_size=3))
        def check(anything, changed, lines):
            for payload in (anything, make_order(**changed), make_order(lines=lines)):
                first, second = parse(payload), parse(payload)
                self.assertEqual(repr(first), repr(second))
                order, errors, _warnings = first
                self.assertEqual(order is None, bool(errors))
                for issue in errors:
                    issue.message.encode()
                if order:
                    json.dumps(as_plain(order), allow_nan=True)
                json.loads(read_envelope(payload).text)

        check()
