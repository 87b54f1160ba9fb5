from datetime import datetime

import pytz
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..engine.message import (
    BadMessage,
    clean_resi,
    code_key,
    courier_key,
    parse,
    parse_time,
)

NOW = datetime(2026, 7, 2)
GOOD = {"courier": "JNE", "resi": "0101", "code": "D01", "occurred_at": "2026-07-01T10:00:00+07:00"}


@tagged("post_install", "-at_install", "oms_engine")
class TestMessage(BaseCase):
    def test_spellings_fold(self):
        self.assertEqual(code_key("pickingUp"), code_key("Picking up"))
        self.assertEqual(code_key(" PICKING-UP "), "picking_up")
        self.assertEqual(code_key("D01"), "d01")
        self.assertEqual(courier_key("J&T Express"), courier_key("jt-express"))
        self.assertEqual(clean_resi(" jx 80\u200b09\n"), "JX8009")

    def test_times(self):
        self.assertEqual(parse(GOOD, NOW).occurred_at, datetime(2026, 7, 1, 3))
        self.assertEqual(parse_time("2026-07-01T03:00:00Z"), datetime(2026, 7, 1, 3))
        jayapura = pytz.timezone("Asia/Jayapura")
        self.assertEqual(parse_time("2026-07-01 12:00", jayapura), datetime(2026, 7, 1, 3))

    def test_refusals(self):
        for change, code, field in (
            ({"resi": " "}, "missing", "resi"),
            ({"resi": ["a"]}, "not_text", "resi"),
            ({"resi": "9" * 41}, "too_long", "resi"),
            ({"code": ""}, "missing", "code"),
            ({"status": "teleported"}, "unknown_status", "status"),
            ({"occurred_at": None}, "bad_time", "occurred_at"),
            ({"occurred_at": "yesterday"}, "bad_time", "occurred_at"),
            ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "bad_time", "occurred_at"),
            ({"occurred_at": "2026-07-09T00:00:00Z"}, "future", "occurred_at"),
            ({"raw": {"a": "x" * 70000}}, "too_large", "raw"),
            ({"raw": float("nan")}, "not_json", "raw"),
        ):
            with self.assertRaises(BadMessage) as caught:
                parse({**GOOD, **change}, NOW)
            self.assertEqual((caught.exception.code, caught.exception.field), (code, field))

    def test_raw_keeps_what_postgresql_can_keep(self):
        message = parse({**GOOD, "raw": {"a": "x\x00\ud800😀"}, "text": "a\x00b"}, NOW)
        self.assertEqual(message.raw, {"a": "x😀"})
        self.assertEqual(message.text, "ab")

    def test_unknown_keys_are_named_and_kept(self):
        message = parse({**GOOD, "driver": "Budi", "raw": {}}, NOW)
        self.assertEqual(message.unknown_keys, ("driver",))
        self.assertEqual(message.raw["driver"], "Budi")

    def test_same_fact_same_key(self):
        again = {**GOOD, "resi": " 01 01 ", "code": "d01", "occurred_at": "2026-07-01T03:00:00Z"}
        self.assertEqual(parse(GOOD, NOW).key, parse(again, NOW).key)
        for change in ({"place": "Bandung"}, {"source_id": "7"}, {"code": "D02"}):
            self.assertNotEqual(parse(GOOD, NOW).key, parse({**GOOD, **change}, NOW).key)

    def test_a_kept_message_reads_back_to_the_same_key(self):
        message = parse({**GOOD, "source_id": "x1", "raw": {"a": 1}}, NOW)
        self.assertEqual(parse(message.as_item(), NOW), message)

    @settings(max_examples=300, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([*GOOD, "status", "text", "place", "raw", "source_id"]),
            st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.just([""]),
        )
    )
    def test_garbage_is_refused_in_order(self, item):
        try:
            parse({**GOOD, **item}, NOW)
        except BadMessage as error:
            self.assertTrue(error.code)
