"""Files that somebody damaged, on purpose or not: a reason for every order, never a traceback.

OMS_EXAMPLES=10000 scripts/test oms_fulfillment/tests/test_hostile_files.py
"""

import io
import json
import os
import unittest
import zipfile
from datetime import datetime
from xml.sax.saxutils import escape

from odoo.tests import BaseCase, tagged

from ..adapters.canonical import parse
from ..adapters.files import open_orders
from ..adapters.generic import GenericOrders, guess
from ..adapters.messages import WorkbookError
from ..adapters.payload import read_envelope
from .adapter_common import read_rows, rewrite
from .intake_common import FIXTURES

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:  # a development tool, absent on production servers
    st = None

EXAMPLES = int(os.environ.get("OMS_EXAMPLES", "150"))
NAMES = sorted(
    path.name for path in FIXTURES.iterdir() if path.suffix in (".xlsx", ".csv", ".json")
)
TABLES = [name for name in NAMES if not name.endswith(".json")]
CONTENTS = {name: (FIXTURES / name).read_bytes() for name in NAMES}
# What people, spreadsheets and attackers put into cells.
CELLS = [
    "", " ", "=1+1", "=HYPERLINK(\"http://x\",\"y\")", "@SUM(1)", "+1", "-", "-1", "0", "1e400",
    "NaN", "inf", "5.84697E+17", "99999999999999999999", "82.500", "82,500",
    "Rp 82.500,50", "(5.000)",
    "#REF!", "#N/A", "TRUE", "None", "null", "../../etc/passwd", "\u0660\u0661", "\u202e", "\ufeff",
    "a\u0000b", "\ud800", "<x>&amp;", "' OR 1=1 --", "%(file)s", "{0}", "A" * 300, "1" * 200,
    "30/02/2026 10:00:00", "2026-07-01T10:00:00Z", "0000-00-00", 0, -1, 1.5, 1e300, float("nan"),
    float("inf"), 2**70, True, datetime(2026, 7, 1), datetime(1, 1, 1),
]  # fmt: skip


def quick_book(rows, title="orders"):
    """A small xlsx, written by hand: anything may stand in it."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(value) for value in row)
        lines.append(f'<row r="{number}">{cells}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">'
        f'<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>'
        f"{''.join(lines)}</sheetData></worksheet>",
    }
    return archive(parts)


def archive(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in parts.items():
            data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
            target.writestr(name, data)
    return stream.getvalue()


def _cell(value):
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, str) and value.startswith("="):
        return f"<c><f>{escape(value[1:])}</f></c>"
    text = "" if value is None else str(value)
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def quick_csv(rows, delimiter, encoding):
    lines = [
        delimiter.join(
            '"' + str("" if cell is None else cell).replace('"', '""') + '"' for cell in row
        )
        for row in rows
    ]
    return "\r\n".join(lines).encode(encoding, "replace")


class HostileCase(BaseCase):
    def examine(self, content, mappings=()):
        """Read ``content`` as the wizard does; return the number of orders, ``None`` if refused."""
        try:
            opened = open_orders("file", content, "Asia/Jakarta", mappings)
            if opened.orders is None:
                return None
            orders = list(opened.orders)
        except WorkbookError as error:
            self.assertTrue(str(error))
            self.assertNotIn("%(", str(error).replace("%(file)s", "", 1))
            return None
        for note in opened.orders.notes:
            self.assertTrue(note.code and note.field and note.message)
        self.assertEqual(len(orders), len(opened.orders))
        for order in orders:
            self.examine_order(order)
        return len(orders)

    def examine_order(self, item):
        json.loads(read_envelope(item.payload).text)
        order, errors, warnings = parse(item.payload)
        self.assertEqual(order is None, bool(errors))
        for issue in (*item.issues, *errors, *warnings):
            self.assertTrue(issue.code and issue.message, issue)
            issue.message.encode()
        for issue in errors:
            self.assertTrue(issue.field or not isinstance(item.payload, dict), issue)


@unittest.skipUnless(st, "hypothesis is not installed")
@tagged("post_install", "-at_install")
class TestMutatedFiles(HostileCase):
    def run_examples(self, check, *strategies):
        settings(
            max_examples=max(EXAMPLES // 4, 1),
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(given(*strategies)(check))()

    def test_bytes(self):
        def check(name, flips, cut, junk, at):
            data = bytearray(CONTENTS[name])
            for position, value in flips:
                data[position % len(data)] ^= value
            at = at % (len(data) + 1)
            data[at:at] = junk
            self.examine(bytes(data[: len(data) - cut]))

        byte = st.integers(1, 255)
        self.run_examples(
            check,
            st.sampled_from(NAMES),
            st.lists(st.tuples(st.integers(0, 10**6), byte), max_size=8),
            st.sampled_from([0, 0, 0, 1, 100, 3000]),
            st.binary(max_size=20),
            st.integers(0, 10**6),
        )

    def test_xml(self):
        def check(name, part, flips):
            def change(text):
                letters = list(text)
                for position, letter in flips:
                    letters[position % len(letters)] = letter
                return "".join(letters)

            self.examine(rewrite(CONTENTS[name], change, part))

        self.run_examples(
            check,
            st.sampled_from([name for name in NAMES if name.endswith(".xlsx")]),
            st.sampled_from(
                [
                    "xl/worksheets/sheet1.xml",
                    "xl/sharedStrings.xml",
                    "xl/workbook.xml",
                    "xl/_rels/workbook.xml.rels",
                    "xl/styles.xml",
                ]
            ),
            st.lists(
                st.tuples(st.integers(0, 10**6), st.sampled_from('<>/"= 0129AZ&;\u00e9')),
                max_size=6,
            ),
        )

    def test_cells(self):
        tables = {name: read_rows(content) for name, content in CONTENTS.items() if name in TABLES}

        def check(name, changes, shuffled, written, columns):
            rows = [[*row] for row in tables[name]]
            for row, column, value in changes:
                cells = rows[row % len(rows)]
                if cells:
                    cells[column % len(cells)] = value
            head, body = rows[:1], rows[1:]
            shuffled.shuffle(body)
            rows = head + body
            if columns:
                order = list(range(max(map(len, rows))))
                shuffled.shuffle(order)
                rows = [[row[i] if i < len(row) else None for i in order] for row in rows]
            if written == "xlsx":
                content = quick_book(rows)
            else:
                content = quick_csv(rows, *written)
            self.examine(content)
            self.examine(content, [GenericOrders(guess([str(cell) for cell in rows[0]]))])

        cell = st.tuples(st.integers(0, 30), st.integers(0, 90), st.sampled_from(CELLS))
        self.run_examples(
            check,
            st.sampled_from(TABLES),
            st.lists(cell, max_size=12),
            st.randoms(use_true_random=False),
            st.sampled_from(
                ["xlsx", (",", "utf-8"), (";", "utf-16"), ("\t", "cp1252"), ("|", "latin-1"),
                 (",", "utf-32"), (",", "shift_jis"), (",", "utf-8-sig")]
            ),
            st.booleans(),
        )  # fmt: skip

    def test_json(self):
        documents = {
            name: json.loads(content) for name, content in CONTENTS.items() if name not in TABLES
        }
        values = st.recursive(
            st.sampled_from([None, True, 0, -1, 1.5, 1e300, 2**70, "", "x", "\x00", "IDR", "1e9"]),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
            ),
            max_leaves=6,
        )

        def check(name, path, value):
            document = json.loads(json.dumps(documents[name]))
            place, key = document, None
            holder = None
            for step in path:
                if isinstance(place, dict) and place:
                    key = sorted(place)[step % len(place)]
                elif isinstance(place, list) and place:
                    key = step % len(place)
                else:
                    break
                holder, place = place, place[key]
            if holder is None:
                document = value
            else:
                holder[key] = value
            self.examine(json.dumps(document).encode())

        self.run_examples(
            check,
            st.sampled_from(sorted(documents)),
            st.lists(st.integers(0, 60), max_size=7),
            values,
        )


@tagged("post_install", "-at_install")
class TestHostileFiles(HostileCase):
    def setUp(self):
        super().setUp()
        self.shopee = CONTENTS["shopee_order_all.xlsx"]

    def refused(self, content, word):
        with self.assertRaises(WorkbookError) as caught:
            list(open_orders("file.xlsx", content).orders)
        self.assertIn(word, str(caught.exception))

    def test_zip_bombs(self):
        self.refused(archive({"xl/workbook.xml": b"\0" * 60 * 2**20}), "unpacks")
        nested = archive({f"xl/part{index}.xml": "x" for index in range(2001)})
        self.refused(nested, "parts")

    def test_the_size_in_the_archive_is_a_lie(self):
        content = bytearray(self.shopee)
        with zipfile.ZipFile(io.BytesIO(self.shopee)) as source:
            info = source.getinfo("xl/worksheets/sheet1.xml")
        start = bytes(content).rindex(b"xl/worksheets/sheet1.xml") - 46 + 24
        content[start : start + 4] = (info.file_size * 50).to_bytes(4, "little")
        self.examine(bytes(content))
        content[start : start + 4] = (10).to_bytes(4, "little")
        self.examine(bytes(content))

    def test_50_megabytes(self):
        self.refused(b"PK\x03\x04" + b"x" * 50 * 2**20, "limit")
        self.refused(b"a,b,c\n" * 9 * 2**20, "limit")
        self.refused(b'{"orders": [' + b"1," * 25 * 2**20, "limit")

    def test_entities(self):
        external = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
        for part in ("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"):
            for definition in (external, laughs):

                def define(xml, definition=definition):
                    declaration, mark, rest = xml.rpartition("?>")
                    return declaration + mark + definition + rest

                self.refused(rewrite(self.shopee, define, part), "definitions")

    def test_path_names(self):
        with zipfile.ZipFile(io.BytesIO(self.shopee)) as source:
            parts = {info.filename: source.read(info) for info in source.infolist()}
        parts["../../../../tmp/oms-was-here"] = "x"
        parts["/etc/oms-was-here"] = "x"
        self.assertEqual(self.examine(archive(parts)), 9)
        self.assertFalse(os.path.exists("/tmp/oms-was-here"))
        parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
            b"worksheets/sheet1.xml", b"../../../../../etc/passwd"
        )
        self.refused(archive(parts), "no sheet")

    def test_formulas_are_not_computed(self):
        rows = read_rows(self.shopee)
        rows[1][0] = '=HYPERLINK("http://example.com","260701SYN0AAA1")'
        rows[1] += [None] * (50 - len(rows[1]))
        opened = open_orders("file", quick_book(rows))
        numbers = [order.number for order in opened.orders]
        self.assertNotIn("260701SYN0AAA1", numbers, "the saved value is missing: no number")
        self.assertIn(None, numbers)

    def test_a_row_at_the_end_of_the_sheet(self):
        content = rewrite(self.shopee, lambda xml: xml.replace('<row r="12"', '<row r="1048576"'))
        self.refused(content, "rows")

    def test_wide_rows_and_long_cells(self):
        self.refused(quick_book([["x"] * 500]), "columns")
        self.refused(quick_book([["a", "b"], ["x" * 200_000, "y"]]), "characters")

    def test_protected_and_old_files(self):
        self.refused(b"\xd0\xcf\x11\xe0" + b"x" * 1000, "password")
        self.refused(b"PK\x05\x06" + b"\0" * 18, "no sheet")
        self.refused(b"%PDF-1.7 ...", "no table")

    def test_deep_json(self):
        self.refused(b"[" * 100_000, "JSON")
        self.examine(b'[{"a":' * 200 + b"1" + b"}]" * 200)
