from decimal import Decimal

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..adapters.messages import WorkbookError
from ..adapters.settlement.families import family_of
from ..adapters.settlement.files import open_statement
from ..adapters.settlement.remittance import Remittance, guess
from ..engine import settlement as engine
from . import settlement_files as files
from .intake_common import FIXTURES


def fixture(name):
    return (FIXTURES / name).read_bytes()


def control(statement, code="total"):
    return next(one for one in statement.controls if one.code == code)


def changed(name, change):
    """The fixture, after ``change(workbook)``."""
    book = openpyxl.load_workbook(FIXTURES / name)
    change(book)
    return files.workbook(
        *[(sheet.title, list(sheet.iter_rows(values_only=True))) for sheet in book]
    )


class StatementCase(BaseCase):
    def only(self, content, **options):
        """``{group: the one entry of it}``."""
        found = files.entries(content, **options)
        self.assertTrue(all(len(rows) == 1 for rows in found.values()), found)
        return {key: rows[0] for key, rows in found.items()}

    def by_order(self, content, **options):
        return {
            entry.order or entry.label: entry for entry in self.only(content, **options).values()
        }

    def assertAddsUp(self, statement):
        """Every rupiah of the file is in a class."""
        kept = sum(statement.families.values())
        self.assertEqual(statement.gross - kept, statement.net)


@tagged("post_install", "-at_install")
class TestShopeeIncome(StatementCase):
    def test_2025(self):
        content = fixture("shopee_income_2025.xlsx")
        statement = files.read(content)
        self.assertEqual(statement.code, "shopee_income")
        self.assertFalse(statement.notes, [note.message for note in statement.notes])
        self.assertEqual({one.difference for one in statement.controls}, {0})
        self.assertEqual(control(statement).stated, 242317)
        self.assertEqual(control(statement, "adjustments").counted, 43118)
        self.assertAddsUp(statement)
        rows = files.entries(content)
        first = rows["income|260701SYN0AAA1|2026-07-07|"][0]
        self.assertEqual((first.gross, first.net), (82500, 71569))
        self.assertEqual(
            {key: int(amount) for key, amount in first.fees.items() if amount},
            {"admin": 6806, "service": 4125},
            "what was kept is positive, the shipping that passed through is nothing",
        )
        second = rows["income|260701SYN0BBB2|2026-07-08|"][0]
        self.assertEqual((second.gross, second.voucher), (215000, 5000))
        back = rows["income|260703SYN0EEE5|2026-07-11|"][0]
        self.assertEqual((back.gross, back.refund, back.net), (0, 165000, 0))

    def test_adjustments_of_other_months(self):
        rows = {
            (entry.order, entry.kind): entry
            for group in files.read(fixture("shopee_income_2025.xlsx"))
            for entry in group.entries
        }
        lost = rows["260702SYN0DDD4", "adjustment"]
        self.assertEqual((lost.gross, lost.net), (0, 50000))
        given_back = rows["260701SYN0AAA1", "adjustment"]
        self.assertEqual(
            (given_back.gross, given_back.refund, given_back.net), (-6882, 6882, -6882)
        )

    def test_deleted_rows_show_in_the_control_total(self):
        content = changed("shopee_income_2025.xlsx", lambda book: book["Income"].delete_rows(8))
        total = control(files.read(content))
        self.assertEqual((total.stated, total.counted, total.difference), (242317, 71569, -170748))

    def test_renamed_and_new_fees(self):
        def rename(book):
            sheet = book["Income"]
            sheet["U6"] = "Biaya Administrasi Toko Baru"
            sheet["X6"] = "Biaya Ajaib"
            for cell, amount in (("X7", -1000), ("AB7", 70569)):
                sheet[cell] = amount

        statement = files.read(changed("shopee_income_2025.xlsx", rename))
        self.assertEqual(statement.families["admin"], 24131, "the kind is told from the name")
        self.assertEqual(statement.families["other: Biaya Ajaib"], 1000, "kept by its own name")
        self.assertEqual([note.code for note in statement.notes], ["new_fee", "new_fee"])
        self.assertAddsUp(statement)

    def test_a_row_that_does_not_add_up(self):
        def spoil(book):
            book["Income"]["AB7"] = 60000

        statement = files.read(changed("shopee_income_2025.xlsx", spoil))
        self.assertEqual([note.code for note in statement.notes], ["no_sum"])
        entry = next(iter(statement)).entries[0]
        self.assertEqual((entry.net, entry.unexplained), (60000, 11569))

    def test_2026_counts_orders_not_their_breakdown(self):
        fees = {
            "Ongkos Kirim yang Dibayarkan ke Jasa Kirim": -18000,
            "Gratis Ongkir dari Shopee": 18000,
            "Biaya Administrasi": -6806,
            "Biaya Proses Pesanan": -1250,
            "Biaya Gratis Ongkir XTRA - Ukuran Biasa (Kategori F)": -2000,
            "Biaya Layanan Promo XTRA": -3713,
            "Biaya Lainnya / Premi": -413,
        }
        content = files.shopee_2026([("260701SYN0AAA1", 82500, 0, 0, fees)], summary=None)
        statement = files.read(content)
        self.assertEqual(statement.code, "shopee_income_2026")
        entry = self.only(content)["income|260701SYN0AAA1|2026-07-09|"]
        self.assertEqual(entry.gross, 82500)
        self.assertEqual(entry.fees["insurance"], 413)
        self.assertEqual(entry.fees["processing"], 1250)
        self.assertEqual(entry.fees["service"], 2 * 2000, "one heading, two columns")
        self.assertEqual(entry.net, 66318)
        self.assertEqual(control(statement).difference, 0)
        self.assertAddsUp(statement)

    def test_withholding_tax_is_a_family_of_its_own(self):
        content = files.shopee_2026([("260701SYN0AAA1", 82500, 0, 0, {"PPh 22": -413})])
        entry = next(iter(self.only(content).values()))
        self.assertEqual(
            {key: fee for key, fee in entry.fees.items() if fee}, {"withholding_tax": 413}
        )

    def test_a_fee_and_its_parts_count_once(self):
        content = files.shopee_2026(
            [("260701SYN0AAA1", 82500, 0, 0, {"Biaya Layanan": -7838,
                                              "Biaya Layanan Promo XTRA": -7838})],
            extra=("Biaya Layanan",),
        )  # fmt: skip
        entry = next(iter(self.only(content).values()))
        self.assertEqual((entry.fees["service"], entry.net), (7838, 82500 - 7838))

    def test_balance(self):
        statement = files.read(fixture("shopee_balance.xlsx"))
        self.assertEqual(statement.code, "shopee_balance")
        self.assertEqual(
            {one.difference for one in statement.controls if one.stated is not None}, {0}
        )
        self.assertEqual(
            control(statement, "bank").counted, 66193, "the line on the bank statement"
        )
        self.assertEqual(statement.net, 0, "orders are paid by the income file, not again here")

    def test_balance_with_a_deleted_row(self):
        def spoil(book):
            sheet = book["Transaction Report"]
            sheet.append(["2026-07-06 08:00:00", "Isi Ulang Iklan", "Isi Ulang Saldo Iklan", "-",
                          "Transaksi Keluar", -9000, "Transaksi Selesai", 0])  # fmt: skip
            sheet.append(["2026-07-05 08:00:00", "Penghasilan", "x", "-", "Transaksi Masuk", 5000,
                          "Transaksi Selesai", 7000])  # fmt: skip

        statement = files.read(changed("shopee_balance.xlsx", spoil))
        self.assertNotEqual(control(statement).difference, 0)
        self.assertEqual(statement.families["ads"], 9000)


@tagged("post_install", "-at_install")
class TestTikTokIncome(StatementCase):
    def test_english(self):
        content = fixture("tiktok_income.xlsx")
        statement = files.read(content)
        self.assertFalse(statement.notes, [note.message for note in statement.notes])
        self.assertAddsUp(statement)
        self.assertEqual(statement.net, 73450 - 1250 - 250000 + 35000)
        rows = self.by_order(content)
        first = rows["580000000000000001"]
        self.assertEqual(
            (first.gross, first.net), (92000, 73450), "with the shipping that was paid"
        )
        back = rows["580000000000000005"]
        self.assertEqual((back.gross, back.refund, back.net), (0, 100000, -1250))
        ads = rows["GMV Payment for TikTok Ads"]
        self.assertEqual((ads.kind, ads.order, ads.fees["ads"]), ("fee", None, 250000))
        lost = rows["580000000000000004"]
        self.assertEqual((lost.kind, lost.fees["adjustment"]), ("adjustment", -35000))

    def test_indonesian_text_amounts_and_tabs(self):
        row = ["580000000000000001\t", "Pesanan", "2026/06/30", "2026/07/05", "IDR", "73,050",
               "90,000", "90,000", "100,000", "(10,000)", "0", "(16,950)", "(7,200)", "(2,000)",
               "(18,000)", "2,000", "16,000", "(8,100)", "(1,250)", "(400)", "0", "/", "0",
               "Tokopedia"]  # fmt: skip
        content = files.text_file(files.TIKTOK, [row])
        entry = self.by_order(content, name="income.csv")["580000000000000001"]
        self.assertEqual((entry.gross, entry.net, entry.unexplained), (92000, 73050, 0))
        self.assertEqual(entry.fees["withholding_tax"], 400)
        self.assertEqual(entry.fees["shipping"], 2000)

    def test_an_id_that_lost_its_digits_waits(self):
        row = ["5.8E+17", "Pesanan", "", "2026/07/05", "IDR", "100", *["0"] * 18]
        statement = files.read(files.text_file(files.TIKTOK, [row]), name="x.csv")
        entry = next(iter(statement)).entries[0]
        self.assertEqual([one.code for one in entry.issues], ["rounded_id"])
        self.assertEqual(statement.net, 0)


@tagged("post_install", "-at_install")
class TestLazadaAndShopify(StatementCase):
    rows = (
        ("ST-1", "Item Price Credit", "82,500.00", "900001", "1", 0),
        ("ST-1", "Item Price Credit", "82,500.00", "900001", "2", 0),
        ("ST-1", "Commission", "-4,125.00", "900001", "1", 0),
        ("ST-1", "Commission", "-4,125.00", "900001", "2", 0),
        ("ST-1", "Payment Fee", "-1,500.00", "900001", "1", 412),
        ("ST-1", "Reversal Item Price", "-50,000.00", "900002", "3", 0),
        ("ST-2", "Sponsored Product Fee Iklan", "-9,000.00", "", "", 0),
    )

    def test_lazada_sums_the_rows_of_an_order(self):
        statement = files.read(files.lazada(self.rows), name="statement.csv")
        self.assertEqual(statement.code, "lazada_statement")
        self.assertAddsUp(statement)
        found = {group.key: group.entries for group in statement}
        order = found["ST-1|900001"]
        self.assertEqual(len(order), 5)
        self.assertEqual(sum(row.gross for row in order), 165000)
        self.assertEqual(sum(row.fees.get("commission", 0) for row in order), 8250)
        self.assertEqual(sum(row.fees.get("withholding_tax", 0) for row in order), 412)
        self.assertEqual(sum(row.net for row in order), 155250)
        self.assertEqual(statement.payouts, {"ST-1": Decimal("105250"), "ST-2": Decimal(-9000)})
        self.assertEqual(found["ST-1|900002"][0].refund, 50000)

    def test_shopify(self):
        def row(kind, order, amount, fee, net, status="paid", payout="P1"):
            return {
                "Transaction Date": "2026-07-05 09:55:16 +0700",
                "Type": kind,
                "Order": order,
                "Payout Status": status,
                "Payout Date": "2026-07-08",
                "Payout ID": payout,
                "Amount": amount,
                "Fee": fee,
                "Net": net,
                "Currency": "IDR",
            }

        content = files.text_file(
            files.SHOPIFY,
            [
                row("charge", "#1001", "247500.00", "7425.50", "240074.50"),
                row("refund", "#1001", "-50000.00", "0.00", "-50000.00"),
                row("charge", "#1002", "100000.00", "3000.00", "97000.00", "pending", ""),
                row("adjustment", "", "-1000.00", "0.00", "-1000.00"),
            ],
        )
        statement = files.read(content, name="payment_transactions_export_1.csv")
        self.assertEqual(statement.payouts, {"P1": Decimal("189074.50")})
        self.assertEqual(statement.kinds["pending"], 1, "not paid out yet")
        self.assertAddsUp(statement)


@tagged("post_install", "-at_install")
class TestRemittance(StatementCase):
    def test_spx(self):
        content = files.spx(
            [
                ("SPXID000000000001", 150000, 13500, 9000, 0, 0, 136500),
                ("SPXID000000000002", 0, 13500, 9000, 4500, 0, -13500),
                ("SPXID000000000003", 90000, 9000, 9000, 0, -2500, 78500),
            ]
        )
        statement = files.read(content)
        self.assertEqual(statement.code, "spx_remittance")
        rows = self.only(content)
        first = rows["SPXID000000000001"]
        self.assertEqual((first.gross, first.net), (150000, 136500))
        self.assertEqual(dict(first.fees), {"shipping": 9000, "payment": 4500})
        self.assertEqual(rows["SPXID000000000002"].fees["shipping"], 13500, "there and back")
        self.assertEqual(rows["SPXID000000000003"].fees["adjustment"], 2500)
        self.assertAddsUp(statement)

    def test_own_columns_with_fees_as_negative_amounts(self):
        headings = ["No. Awb", "Tgl", "Nilai COD", "Ongkir", "Biaya COD", "PPN", "Total Transfer"]
        content = files.text_file(
            headings,
            [
                ["0012345", "03/07/2026", "150.000", "-9.000", "-3.000", "-330", "137.670"],
                ["0012346", "04/07/2026", "100.000", "9.000", "2.000", "220", "88.780"],
                ["TOTAL", "", "250.000", "", "", "", "226.450"],
            ],
        )
        self.assertIsNone(open_statement("jne.csv", content).statement)
        mapping = guess(headings)
        self.assertEqual(mapping["net"], "Total Transfer")
        statement = files.read(content, name="jne.csv", mappings=[Remittance(mapping)])
        rows = {group.key: group.entries[0] for group in statement}
        self.assertEqual(set(rows), {"0012345", "0012346"}, "leading zeros stay, totals are none")
        self.assertEqual(
            dict(rows["0012345"].fees), {"shipping": 9000, "payment": 3000, "tax": 330}
        )
        self.assertEqual(statement.net, 226450)
        self.assertAddsUp(statement)

    def test_dates_with_indonesian_months(self):
        days = ["03 Agu 2026", "4 Agustus 2026", "5 Mei 2026 10:30", "06-Des-2026", "kemarin"]
        headings = ["No. Awb", "Tanggal Transfer", "Nilai COD", "Total Transfer"]
        rows = [[f"00{place}", day, "1000", "1000"] for place, day in enumerate(days)]
        mappings = [Remittance(guess(headings))]
        statement = files.read(files.text_file(headings, rows), name="jne.csv", mappings=mappings)
        paid = [entry.paid_at for group in statement for entry in group.entries]
        self.assertEqual(
            [day[:16] for day in paid[:4]],
            ["2026-08-03T00:00", "2026-08-04T00:00", "2026-05-05T10:30", "2026-12-06T00:00"],
        )
        self.assertEqual(statement.last[:10], "2026-12-06")
        (note,) = [note for note in statement.notes if note.code == "undated"]
        self.assertIn("1 rows have a date that can't be read, such as kemarin", note.message)

    def test_a_parcel_that_stands_there_twice_is_two_payments(self):
        line = ("SPXID000000000001", 150000, 13500, 9000, 0, 0, 136500)
        (group,) = files.read(files.spx([line, line]))
        self.assertEqual([entry.row for entry in group.entries], ["1", "1#2"])


@tagged("post_install", "-at_install")
class TestHostileStatements(StatementCase):
    def test_no_amount_waits(self):
        def spoil(book):
            book["Income"]["H7"] = "seratus ribu"

        statement = files.read(changed("shopee_income_2025.xlsx", spoil))
        entry = next(iter(statement)).entries[0]
        self.assertEqual([one.code for one in entry.issues], ["no_amount"])
        self.assertEqual(control(statement).difference, -71569, "what waits isn't counted")

    def test_a_row_that_contradicts_itself_waits(self):
        fees = {"Biaya Administrasi": -6806}
        rows = [("260701SYN0AAA1", 82500, 0, 0, fees), ("260701SYN0AAA1", 92500, 0, 0, fees)]
        (group,) = files.read(files.shopee_2026(rows))
        self.assertEqual([one.code for one in group.entries[0].issues], ["contradiction"])
        (other,) = files.read(files.shopee_2026(rows[::-1]))
        self.assertTrue(other.entries[0].issues)

    def test_repeated_rows_count_once(self):
        row = ("260701SYN0AAA1", 82500, 0, 0, {"Biaya Administrasi": -6806})
        statement = files.read(files.shopee_2026([row, row]))
        self.assertEqual(statement.net, 75694)
        self.assertEqual([note.code for note in statement.notes], ["repeated"])
        self.assertEqual(control(statement).difference, -75694)

    def test_unknown_and_broken_files(self):
        self.assertIsNone(open_statement("x.csv", b"a,b\n1,2\n").statement)
        for content in (b"", b"PK\x03\x04rubbish", b"\xd0\xcf\x11\xe0old", b"no table"):
            with self.assertRaises(WorkbookError):
                open_statement("x.xlsx", content)

    def test_families(self):
        names = {
            "Biaya Administrasi (termasuk PPN 11%)": "admin",
            "Article 22 Income Tax withheld": "withholding_tax",
            "Bea Masuk, PPN & PPh": "tax",
            "Affiliate Shop Ads commission": "affiliate",
            "Dilayani Tokopedia handling fee": "fulfilment",
            "Kurs Ajaib": "other",
        }
        self.assertEqual({name: family_of(name) for name in names}, names)


AMOUNT = st.integers(-500_000, 500_000)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["900001", "900002", "900003"]),
        st.sampled_from(["Item Price Credit", "Commission", "Payment Fee", "Biaya Baru X"]),
        AMOUNT,
    ),
    min_size=1,
    max_size=12,
)


@tagged("post_install", "-at_install")
class TestAnyOrderAnyPieces(BaseCase):
    """Whatever the order of a file's rows and the files they come in: the same amounts."""

    def take_in(self, known, rows):
        content = files.lazada(
            [("ST-1", fee, str(amount), order, str(item), 0) for item, order, fee, amount in rows]
        )
        for group in files.read(content, name="statement.csv"):
            parts = {entry.row: engine.part(entry.amounts()) for entry in group.entries}
            before = known.get(group.key, {})
            known[group.key] = engine.merged(before, engine.news(before, parts))

    @settings(max_examples=40, deadline=None, database=None)
    @given(ROWS, st.randoms(use_true_random=False), st.integers(1, 4))
    def test_permutations_pieces_and_repeats(self, rows, chance, pieces):
        rows = [(item, *row) for item, row in enumerate(rows)]
        whole = {}
        self.take_in(whole, rows)
        mixed = rows + chance.choices(rows, k=len(rows) // 2)
        chance.shuffle(mixed)
        known = {}
        for start in range(pieces):
            self.take_in(known, mixed[start::pieces])
        self.assertEqual(known, whole)
        total = [engine.totals(parts) for parts in whole.values()]
        net = sum(one["net"] for one in total)
        classes = sum(one["gross"] for one in total) - sum(
            sum(one["fees"].values()) for one in total
        )
        self.assertEqual((net, classes), (sum(row[3] for row in rows),) * 2)
