import json
import unittest
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..adapters import registry
from ..adapters.canonical import parse
from ..adapters.workbook import open_workbook
from .intake_common import FIXTURES, make_order

try:
    import jsonschema
except ImportError:  # a development tool, absent on production servers
    jsonschema = None

SCHEMA = Path(__file__).parents[1] / "static" / "schemas" / "order.schema.json"
LINE = {"sku": "X", "quantity": 1, "unit_price": 100}
SHIP_TO = {"name": "A", "street": "B", "city": "C", "country": "ID"}

ACCEPTED = [
    {},
    {"revision": 3, "status": "cancelled", "currency": "IDR", "tags": ["vip"], "extra": {"a": 1}},
    {"paid_at": None, "buyer": None, "totals": None, "shipping": None, "unknown": 1},
    {"revision": 3.0},
    {"lines": [{**LINE, "quantity": "0.5", "unit_price": "82500.50", "discount": 0, "gift": True}]},
    {"lines": [{**LINE, "unit_price": 0}]},
    {"requested_date": "2026-07-03"},
    {"requested_date": "2026-07-03T10:00Z"},
    {"ship_to": {**SHIP_TO, "latitude": -6.2, "longitude": "106.8"}},
    {"ship_to": {"name": "A", "note": "Behind the mosque", "city": "C", "country": "ID"}},
    {"discounts": [{"code": "V", "amount": "10", "borne_by": "platform"}]},
    {"totals": {"total": 100.5, "platform_fee": "1500", "pieces": 2}},
    {"payment": {"method": "cod", "cod_amount": 200}},
]
REFUSED = [
    {"external_id": None},
    {"external_id": " "},
    {"external_id": 7},
    {"external_id": "a\x00"},
    {"external_id": "x" * 129},
    {"revision": -1},
    {"revision": 1.5},
    {"revision": "1"},
    {"revision": True},
    {"status": "shipped"},
    {"ordered_at": "2026-07-01T09:12:00"},
    {"ordered_at": "2026-13-01T09:12:00Z"},
    {"ordered_at": 5},
    {"paid_at": "yesterday"},
    {"currency": "idr"},
    {"currency": "RUPIAH"},
    {"buyer": "Budi"},
    {"ship_to": None},
    {"ship_to": {**SHIP_TO, "country": "Indonesia"}},
    {"ship_to": {"name": "A", "city": "C", "country": "ID"}},
    {"ship_to": {**SHIP_TO, "latitude": 91}},
    {"bill_to": {"country": "id"}},
    {"lines": None},
    {"lines": []},
    {"lines": {}},
    {"lines": ["X"]},
    {"lines": [LINE] * 501},
    {"lines": [{**LINE, "sku": ""}]},
    {"lines": [{**LINE, "quantity": 0}]},
    {"lines": [{**LINE, "quantity": "0.00"}]},
    {"lines": [{**LINE, "quantity": 100_001}]},
    {"lines": [{**LINE, "quantity": True}]},
    {"lines": [{**LINE, "unit_price": -1}]},
    {"lines": [{**LINE, "unit_price": "-1"}]},
    {"lines": [{**LINE, "unit_price": "1e3"}]},
    {"lines": [{**LINE, "unit_price": 1e14}]},
    {"lines": [{**LINE, "discount": "10%"}]},
    {"lines": [{**LINE, "gift": 1}]},
    {"discounts": [{"borne_by": "seller"}]},
    {"discounts": [{"amount": 1, "borne_by": "buyer"}]},
    {"shipping": {"amount": -1}},
    {"payment": None},
    {"payment": {"method": "barter"}},
    {"totals": {"total": "1.000,50"}},
    {"requested_date": "03/07/2026"},
    {"tags": ["x" * 65]},
    {"tags": [1]},
    {"extra": []},
    {"note": "x" * 4001},
]
# What only the parser can know: sums, calendars, equal ids.
BEYOND_SCHEMA = [
    {"ordered_at": "2026-02-30T09:12:00Z"},
    {"lines": [{**LINE, "discount": 101}]},
    {"lines": [{**LINE, "line_id": "a"}] * 2},
    {"lines": [{**LINE, "quantity": "100001"}]},
    {"lines": [LINE], "discounts": [{"amount": 101}]},
    {"lines": [LINE], "totals": {"pieces": 5}},
]


@unittest.skipUnless(jsonschema, "jsonschema is not installed")
@tagged("post_install", "-at_install")
class TestSchema(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def payload(self, changes):
        """Unlike ``make_order``, a ``None`` is kept as a null."""
        return {**make_order(), **changes}

    def agree(self, changes, valid):
        payload = self.payload(changes)
        messages = [error.message for error in self.validator.iter_errors(payload)]
        self.assertEqual(not messages, valid, (changes, messages))
        self.assertEqual(parse(payload)[0] is not None, valid, (changes, parse(payload)[1]))

    def test_accepted_by_both(self):
        for changes in ACCEPTED:
            self.agree(changes, True)

    def test_refused_by_both(self):
        for changes in REFUSED:
            self.agree(changes, False)

    def test_beyond_schema(self):
        for changes in BEYOND_SCHEMA:
            payload = self.payload(changes)
            self.assertTrue(self.validator.is_valid(payload), changes)
            self.assertTrue(parse(payload)[1], changes)

    def test_fixtures(self):
        sheets = open_workbook("file", (FIXTURES / "shopee_order_all.xlsx").read_bytes())
        adapter, table = registry.detect(sheets)
        orders = adapter.read_orders(table)
        self.assertEqual(len(orders), 9)
        for order in orders:
            self.validator.validate(order.payload)
            self.assertFalse(parse(order.payload)[1])
