import io
import zipfile
from datetime import datetime
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..adapters import registry
from ..adapters.amounts import price_line, share
from ..adapters.canonical import parse
from ..adapters.cells import Money, as_text, local_time, vote
from ..adapters.workbook import Table, WorkbookError, heading_key, open_workbook
from .adapter_common import book, read_orders, read_rows
from .intake_common import FIXTURES

SHOPEE = FIXTURES / "shopee_order_all.xlsx"


@tagged("post_install", "-at_install")
class TestShopee(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.content = SHOPEE.read_bytes()
        cls.files = {order.payload["external_id"]: order for order in read_orders(cls.content)}
        cls.orders = {name: parse(item.payload)[0] for name, item in cls.files.items()}

    def changed(self, change):
        """Read the sample after ``change(headings, rows)``."""
        headings, *rows = read_rows(self.content)
        change(headings, rows)
        return read_orders(book([headings, *rows]))

    def test_orders_and_totals(self):
        expected = {
            # number: goods, total of the channel, fee kept by Shopee, phase
            "260701SYN0AAA1": (82500, 84000, 1500, "done"),
            "260701SYN0BBB2": (210000, 221000, 1000, "done"),
            "260702SYN0CCC3": (82500, None, 0, "cancelled"),
            "260702SYN0DDD4": (82500, None, 0, "cancelled"),
            "260703SYN0EEE5": (165000, None, 0, "done"),
            "260703SYN0FFF6": (60000, 75000, 0, "delivered"),
            "260704SYN0GGG7": (180000, 181500, 1500, "to_ship"),
            "260704SYN0HHH8": (82500, 84000, 1500, "shipped"),
            "260704SYN0III9": (82500, 84000, 1500, "unpaid"),
        }
        self.assertEqual(set(self.orders), set(expected))
        for name, (goods, total, fee, phase) in expected.items():
            order = self.orders[name]
            self.assertEqual(order.goods, goods, name)
            self.assertEqual(order.totals.total, total, name)
            self.assertEqual(order.totals.platform_fee, fee, name)
            self.assertEqual(self.files[name].phase, phase, name)
            if total:
                paid = order.goods + order.shipping.amount + order.totals.platform_fee
                self.assertEqual(paid - order.discounted("platform"), total, name)

    def test_order_money_is_taken_once(self):
        order = self.orders["260701SYN0BBB2"]
        self.assertEqual(order.shipping.amount, 10000, "three rows, one shipping fee")
        lines = {line.sku: line for line in order.lines}
        self.assertEqual(lines["TEE-BLK-M"].quantity, 2)
        self.assertEqual([sku for sku, line in lines.items() if line.gift], ["GIFT-STK"])
        self.assertEqual(lines["GIFT-STK"].unit_price, 0)

    def test_ids_keep_leading_zeros(self):
        order = self.orders["260703SYN0FFF6"]
        self.assertEqual(order.lines[0].sku, "0012345")
        self.assertEqual(order.shipping.resi, "00000000000006")
        self.assertEqual(order.shipping.courier, "GoSend Instant")
        self.assertEqual(order.shipping.service, "Instant")

    def test_times_are_jakarta(self):
        order = self.orders["260701SYN0AAA1"]
        self.assertEqual(str(order.ordered_at), "2026-07-01 02:10:00")
        self.assertEqual(str(order.shipping.ship_by), "2026-07-01 16:59:00")

    def test_unpaid_cod_cancelled_masked(self):
        self.assertIsNone(self.orders["260704SYN0III9"].paid_at)
        cod = self.orders["260702SYN0DDD4"]
        self.assertEqual(cod.payment.method, "cod")
        self.assertIsNone(cod.paid_at, "the file fills the payment time of COD too early")
        self.assertTrue(cod.extra["failed_delivery"])
        self.assertEqual(cod.status, "cancelled")
        self.assertTrue(all(order.masked for order in self.orders.values()))

    def test_reading_twice_is_the_same(self):
        again = {order.payload["external_id"]: order for order in read_orders(self.content)}
        self.assertEqual(again, self.files)

    def test_resorted_file_is_no_news(self):
        orders = self.changed(lambda _headings, rows: rows.reverse())
        for order in orders:
            self.assertEqual(order.payload, self.files[order.payload["external_id"]].payload)

    def test_equal_rows_are_two_lines(self):
        def repeat(headings, rows):
            rows[0][headings.index("Jumlah Produk di Pesan")] = "2"
            rows.insert(1, list(rows[0]))

        order = self.changed(repeat)[0]
        self.assertEqual(
            [line["line_id"] for line in order.payload["lines"]], ["TEE-BLK-M", "TEE-BLK-M#2"]
        )
        self.assertFalse(parse(order.payload)[1])

    def test_deleted_row_is_noticed(self):
        order = self.changed(lambda _headings, rows: rows.pop(2))[1]
        self.assertEqual([issue.code for issue in parse(order.payload)[1]], ["pieces_differ"])

    def test_unknown_status_is_an_issue(self):
        def rename(headings, rows):
            rows[0][headings.index("Status Pesanan")] = "Dalam Peninjauan"

        order = self.changed(rename)[0]
        self.assertEqual([issue.code for issue in order.issues], ["unknown_status"])
        issues = [(issue.code, issue.field) for issue in parse(order.payload)[1]]
        self.assertEqual(issues, [("bad_choice", "status")])

    def test_rounded_number_is_refused(self):
        def round_up(headings, rows):
            rows[0][headings.index("No. Pesanan")] = "5.84697E+17"

        order = self.changed(round_up)[0]
        self.assertEqual([issue.code for issue in order.issues], ["rounded_id"])
        self.assertEqual([issue.field for issue in parse(order.payload)[1]], ["external_id"])

    def test_older_headings(self):
        def age(headings, _rows):
            headings[headings.index("Harga Awal")] = "Harga Sebelum Diskon"
            headings[headings.index("Status Pembatalan/ Pengembalian")] = (
                "Status  Pembatalan/Pengembalian"
            )
            headings[headings.index("Total Pembayaran")] = "Dibayar\u00a0Pembeli"
            headings[headings.index("Tipe Pesanan")] = "Unbekannt"

        orders = self.changed(age)
        self.assertEqual(orders[0].payload["totals"]["total"], "84000")
        self.assertEqual(orders[4].payload["extra"]["return_status"], "Permintaan Disetujui")

    def test_vouchers_by_bearer(self):
        def give(headings, rows):
            rows[0][headings.index("Voucher Ditanggung Penjual")] = "5.000"
            rows[0][headings.index("Potongan Koin Shopee")] = "2.500"
            rows[0][headings.index("Total Pembayaran")] = "76.500"

        order = parse(self.changed(give)[0].payload)[0]
        self.assertEqual(order.discounted("seller"), 5000)
        self.assertEqual(order.discounted("platform"), 2500)
        self.assertEqual(order.totals.platform_fee, 1500)


@tagged("post_install", "-at_install")
class TestWorkbook(BaseCase):
    def refused(self, content, word):
        with self.assertRaises(WorkbookError) as caught:
            open_workbook("file", content)
        self.assertIn(word, str(caught.exception))

    def test_refusals_say_what_to_do(self):
        self.refused(b"", "empty")
        self.refused(b"\xd0\xcf\x11\xe0" + b"x" * 100, ".xlsx")
        self.refused(b"PK\x03\x04 broken", "damaged")
        self.refused(b"just a letter to nobody", "no table")
        self.refused(bytes(range(256)) * 4, "neither")

    def test_zip_bomb(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for index in range(11):
                archive.writestr(f"xl/part{index}.bin", b"\0" * 20 * 2**20)
        self.refused(stream.getvalue(), "unpacks")

    def test_entity_trick(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
        self.refused(stream.getvalue(), "definitions")

    def test_header_below_titles(self):
        headings, *rows = read_rows(SHOPEE.read_bytes())
        above = [["Laporan"], [], ["Periode", "Juli"]]
        orders = read_orders(book([*above, headings, *rows], title="Sheet1"))
        self.assertEqual(len(orders), 9)
        self.assertEqual(orders[0].rows, (5,), "rows are counted as the user sees them")

    def test_csv_with_bom_and_tabs(self):
        headings, *rows = read_rows(SHOPEE.read_bytes())
        lines = [";".join(str(cell or "") for cell in row) for row in [headings, *rows]]
        lines[1] = lines[1].replace("260701SYN0AAA1", "260701SYN0AAA1\t")
        orders = read_orders(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
        self.assertEqual(orders[0].payload["external_id"], "260701SYN0AAA1")
        self.assertEqual(orders[1].payload["totals"]["total"], "221000")

    def test_unknown_file(self):
        self.assertEqual(
            registry.detect(open_workbook("file", book([["A", "B"], [1, 2]]))), (None, None)
        )

    def test_headings(self):
        self.assertEqual(heading_key("  Tracking\u00a0Number* "), "tracking number")

    def money(self, *columns, default="."):
        """Read columns of equal length as the money of one file."""
        headings = [f"c{index}" for index in range(len(columns))]
        content = book([headings, *zip(*columns, strict=True)])
        table = Table(open_workbook("file", content)[0], 0)
        rows = [cells for _number, cells in table.rows()]
        votes = {index: vote(row[index] for row in rows) for index in range(len(columns))}
        money = Money(votes, default)
        return [
            [money.amount(value, index) for value in column] for index, column in enumerate(columns)
        ]

    def test_money_is_voted_per_column(self):
        self.assertEqual(self.money(["1.500", "82.500"]), [["1500", "82500"]])
        self.assertEqual(self.money(["1,500", "150,000.50"]), [["1500", "150000.50"]])
        self.assertEqual(self.money(["1.500", "Rp 2.866.250"]), [["1500", "2866250"]])
        self.assertEqual(self.money(["11.7", "2.500"]), [["11.7", "2.500"]], "Malaysian decimals")
        self.assertEqual(self.money(["(5.000)", "-"]), [["-5000", None]])
        self.assertEqual(self.money([82500, 0.1 + 0.2]), [["82500", "0.3"]])
        self.assertEqual(self.money(["abc", "1.500"]), [["abc", "1500"]])
        # an ambiguous column follows the file
        self.assertEqual(self.money(["1,500"], ["1,250,000"])[0], ["1500"])

    def test_ids(self):
        self.assertEqual(as_text("\t00123 "), "00123")
        self.assertEqual(as_text(1234.0), "1234")
        for value in ("5.84697E+17", 5.84697e17, 1.5):
            with self.assertRaises(ValueError):
                as_text(value)

    def test_times(self):
        formats = ["%Y-%m-%d %H:%M"]
        self.assertEqual(
            local_time("2026-07-01 09:10", formats, "Asia/Jakarta"), "2026-07-01T09:10:00+07:00"
        )
        self.assertEqual(
            local_time(datetime(2026, 7, 1, 9, 10), formats, "Asia/Makassar"),
            "2026-07-01T09:10:00+08:00",
        )
        self.assertEqual(local_time("besok", formats, "Asia/Jakarta"), "besok")
        self.assertIsNone(local_time(" ", formats, "Asia/Jakarta"))


@tagged("post_install", "-at_install")
class TestAmounts(BaseCase):
    def price(self, gross, net, quantity):
        cent = Decimal("0.01")
        values = (Decimal(gross), Decimal(net), Decimal(quantity))
        return price_line(*values, rounding=cent, price_step=cent, percent_step=cent)

    def test_price_and_discount_give_the_amount(self):
        for gross, net, quantity in (
            ("165000", "165000", "2"),
            ("100000", "82500", "1"),
            ("100000", "66667", "1"),
            ("100000", "33333.33", "3"),
            ("99999", "0", "3"),
            ("100", "99.99", "7"),
            ("0", "0", "1"),
        ):
            price = self.price(gross, net, quantity)
            worth = price.unit_price * Decimal(quantity) * (1 - price.percent / 100)
            worth = worth.quantize(Decimal("0.01"))
            self.assertEqual(worth - price.residual, Decimal(net), (gross, net, quantity))
            self.assertGreaterEqual(price.residual, 0)

    def test_exact_percentage_leaves_nothing(self):
        price = self.price("100000", "82500", "1")
        self.assertEqual((price.percent, price.residual), (Decimal("17.5"), 0))

    def test_shares_add_up(self):
        parts = share(Decimal("100"), [Decimal(1)] * 3, Decimal("0.01"))
        self.assertEqual(parts, [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")])
        self.assertEqual(share(Decimal(7), [Decimal(0)] * 2, Decimal(1)), [4, 3])
