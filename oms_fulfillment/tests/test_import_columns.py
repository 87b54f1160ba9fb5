import base64

from odoo.tests import new_test_user, tagged

from ..adapters.files import open_orders
from ..adapters.generic import GenericOrders, guess
from ..exceptions import OmsRefusal
from .adapter_common import FormatCase, book
from .intake_common import IntakeCase

HEADINGS = [
    "No. Order", "Tanggal Order", "Nama Pemesan", "No. WA", "Alamat", "Kota", "Kode Barang",
    "Nama Barang", "Qty", "Harga", "Ongkir", "Total", "Ekspedisi", "No. Resi", "Warna Favorit",
]  # fmt: skip
ROWS = [
    ["WA-001", "03/07/2026", "Budi", "081234567890", "Jl. Melati 1", "Bandung", "TEE-BLK-M",
     "Kaos", "2", "82.500", "10.000", "175.000", "JNE", "", "biru"],
    ["WA-001", "", "", "", "", "", "CAP-RED", "Topi", "1", "45.000", "", "", "", "", ""],
    ["WA-002", "04/07/2026 10:15", "Siti", "081234567891", "Jl. Mawar 2", "Solo", "0012345",
     "Botol", "1", "60.000", "0", "60.000", "", "", ""],
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestColumns(FormatCase, IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rupiah = cls.env.ref("base.IDR")
        rupiah.active = True
        cls.channel.pricelist_id = cls.env["product.pricelist"].create(
            {"name": "IDR", "currency_id": rupiah.id}
        )
        cls.agent = new_test_user(cls.env, "agent", "oms_fulfillment.group_oms_agent")
        ROWS[0][11] = "220.000"
        cls.content = book([["Rekap WhatsApp"], HEADINGS, *ROWS], "Juli")

    def wizard(self, content=None, name="rekap.xlsx"):
        return (
            self.env["oms.import"]
            .with_user(self.agent)
            .create(
                {
                    "channel_id": self.channel.id,
                    "file": base64.b64encode(self.content if content is None else content),
                    "file_name": name,
                    "scope": "all",
                }
            )
        )

    def test_columns_are_guessed_saved_and_used_again(self):
        wizard = self.wizard()
        wizard.action_preview()
        self.assertEqual(wizard.state, "columns")
        meaning = {column.heading: column.target for column in wizard.column_ids}
        self.assertEqual(meaning["No. Order"], "number")
        self.assertEqual(meaning["Kode Barang"], "sku")
        self.assertEqual(meaning["No. WA"], "phone")
        self.assertFalse(meaning["Warna Favorit"])
        examples = {column.heading: column.example for column in wizard.column_ids}
        self.assertEqual(examples["Alamat"], "Jl. Melati 1")
        wizard.action_save_columns()
        self.assertEqual((wizard.state, wizard.new_count), ("preview", 2))
        wizard.action_import()
        order = self.intakes("WA-001").order_id
        self.assertEqual(order.amount_total, 220000)
        self.assertEqual(str(order.date_order), "2026-07-02 17:00:00", "3 July, not 7 March")
        # the next file is read without asking, with its columns in another order
        later = book([HEADINGS[::-1], *([*row][::-1] for row in ROWS)], "Agustus")
        again = self.wizard(later, "rekap2.xlsx")
        again.action_preview()
        self.assertEqual((again.state, again.duplicate_count), ("preview", 2))
        self.assertEqual(again.template_id.channel_id, self.channel)

    def test_a_person_corrects_the_guess(self):
        odd = ["Kode Unik" if heading == "No. Order" else heading for heading in HEADINGS]
        wizard = self.wizard(book([odd, *ROWS]))
        wizard.action_preview()
        with self.assertRaises(OmsRefusal) as caught:
            wizard.action_save_columns()
        self.assertEqual(caught.exception.code, "incomplete_mapping")
        columns = {column.heading: column for column in wizard.column_ids}
        columns["Kode Unik"].target = "number"
        columns["Warna Favorit"].target = "number"
        with self.assertRaises(OmsRefusal) as caught:
            wizard.action_save_columns()
        self.assertEqual(caught.exception.code, "double_column")
        columns["Warna Favorit"].target = False
        wizard.action_save_columns()
        self.assertEqual((wizard.state, wizard.new_count), ("preview", 2))

    def test_mapping_of_other_channels_is_not_used(self):
        other = self.env["oms.channel"].create({"name": "Lain", "code": "LAIN", "kind": "file"})
        wizard = self.wizard()
        wizard.action_preview()
        wizard.action_save_columns()
        stranger = self.wizard()
        stranger.channel_id = other
        stranger.action_preview()
        self.assertEqual(stranger.state, "columns")

    def orders_of(self, headings, rows, mapping=None, **options):
        form = GenericOrders(mapping or guess(headings), **options)
        return list(open_orders("file", book([headings, *rows]), mappings=[form]).orders)

    def test_totals_of_lines_instead_of_prices(self):
        headings = ["Order ID", "Date", "Name", "Address", "City", "Item SKU", "Qty", "Line Total"]
        row = ["A1", "2026-07-01", "Ann", "1 Road", "Solo", "X", "3", "100000"]
        mapping = {**guess(headings), "name": "Name"}
        order = self.parsed(self.orders_of(headings, [row], mapping))["A1"]
        self.assertEqual(order.lines[0].amount, 100000, "33,333.33 thrice would not be")

    def test_month_first_and_cod(self):
        rows = [[*ROWS[0]], [*ROWS[2]]]
        rows[0][1], rows[0][11] = "12/31/2026", "175.000"
        headings = [*HEADINGS[:-1], "Metode Pembayaran"]
        rows[0][-1] = "COD"
        first = self.parsed(self.orders_of(headings, rows[:1], dates="mdy"))["WA-001"]
        self.assertEqual(str(first.ordered_at), "2026-12-30 17:00:00")
        self.assertEqual((first.payment.method, first.payment.cod_amount), ("cod", 175000))
        self.assertIsNone(first.paid_at)

    def test_statuses_are_known_and_unknown_ones_surface(self):
        headings = [*HEADINGS[:-1], "Status"]
        rows = [[*ROWS[0][:-1], "Selesai"], [*ROWS[2][:-1], "Entah"]]
        done, strange = self.orders_of(headings, rows)
        self.assertEqual(done.phase, "done")
        self.assertEqual([issue.code for issue in strange.issues], ["unknown_status"])
