import json

from odoo.tests import BaseCase, tagged

from ..adapters import registry
from ..adapters.canonical import parse
from .adapter_common import (
    FormatCase,
    book,
    open_orders,
    read_orders,
    read_rows,
    rewrite,
    split_rows,
)
from .intake_common import FIXTURES


def fixture(name):
    return (FIXTURES / name).read_bytes()


@tagged("post_install", "-at_install")
class TestTikTok(FormatCase, BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.content = fixture("tiktok_orders.xlsx")
        cls.files = {item.payload["external_id"]: item for item in read_orders(cls.content)}

    def test_orders(self):
        orders = self.parsed(self.files.values())
        phases = {name[-1]: item.phase for name, item in self.files.items()}
        self.assertEqual(
            phases,
            {
                "1": "done",
                "2": "shipped",
                "3": "to_ship",
                "4": "cancelled",
                "5": "returned",
                "6": "to_ship",
            },
        )
        first = orders["580000000000000001"]
        self.assertEqual(first.goods, 90000, "without the seller's discount")
        self.assertEqual(first.discounted("platform"), 5000)
        self.assertEqual((first.shipping.amount, first.totals.total), (2000, 87000))
        self.assertEqual(str(first.ordered_at), "2026-06-30 07:50:08", "day first, Jakarta")
        self.assertEqual((first.payment.method, first.payment.cod_amount), ("cod", 87000))
        self.assertIsNone(first.paid_at)
        self.assertIsNone(first.buyer.external_id, "a masked user name is nobody")
        self.assertTrue(first.masked)
        second = orders["580000000000000002"]
        self.assertEqual([line.sku for line in second.lines], ["TEE-BLK-M", "CAP-RED"])
        self.assertEqual(second.totals.total, 245000, "repeated on both rows, counted once")
        self.assertEqual(second.extra["invoice"], "INV/20260701/MPL/0000000001")
        self.assertEqual(second.shipping.resi, "JX0000000002")
        self.assertEqual(orders["580000000000000003"].lines[0].sku, "0012345")
        self.assertEqual(orders["580000000000000005"].extra["returned_quantity"], "1")
        self.assertTrue(orders["580000000000000006"].lines[0].gift)

    def test_every_way_the_file_is_written(self):
        expected = [item.payload for item in self.files.values()]
        for name, content in {
            "csv with BOM, tabs and CRLF": fixture("tiktok_orders.csv"),
            "a row element per cell": rewrite(self.content, split_rows),
            "wrong size": rewrite(self.content, lambda xml: xml.replace("A1:BK9", "A1:A1")),
        }.items():
            orders = read_orders(content)
            self.assertEqual([item.payload for item in orders], expected, name)

    def test_heading_with_commas_above_rows_with_tabs(self):
        headings, _descriptions, *rows = read_rows(self.content)
        lines = [",".join(headings), *("\t".join(str(cell or "") for cell in row) for row in rows)]
        orders = read_orders("\r\n".join(lines).encode())
        self.assertEqual(
            [item.payload for item in orders], [item.payload for item in self.files.values()]
        )

    def test_american_dates(self):
        headings, _descriptions, *rows = read_rows(self.content)
        rows[0][headings.index("Created Time")] = "07/03/2026 10:00:00 PM"
        orders = read_orders(book([headings, *rows]))
        self.assertEqual(orders[0].payload["ordered_at"], "2026-07-03T22:00:00+07:00")

    def test_order_number_that_excel_rounded(self):
        headings, _descriptions, *rows = read_rows(self.content)
        rows[0][0] = 5.8e17
        bad = read_orders(book([headings, *rows]))[0]
        self.assertEqual([issue.code for issue in bad.issues], ["rounded_id"])
        self.assertIn("Excel", bad.issues[0].message)

    def test_drift_is_reported(self):
        headings, *rows = read_rows(self.content)
        headings[headings.index("Tracking ID")] = "AWB Number"
        _format, orders = open_orders(book([headings, *rows], "OrderSKUList"))
        self.assertEqual(
            [(note.code, note.field) for note in orders.notes],
            [("lost_heading", "Tracking ID"), ("unknown_heading", "AWB Number")],
        )
        self.assertIn("AWB Number", orders.notes[1].message)

    def test_several_parcels(self):
        headings, _descriptions, *rows = read_rows(self.content)
        rows[2][headings.index("Tracking ID")] = "JX0000000099"
        order = read_orders(book([headings, *rows]))[1]
        numbers = [parcel["resi"] for parcel in order.payload["extra"]["parcels"]]
        self.assertEqual(sorted(numbers), ["JX0000000002", "JX0000000099"])


@tagged("post_install", "-at_install")
class TestShopeeHeadings(FormatCase, BaseCase):
    """The export of each generation, made from the newest by what is known to have changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.content = fixture("shopee_order_all.xlsx")
        cls.expected = [item.payload for item in read_orders(cls.content)]

    def renamed(self, names=None, without=(), extra=()):
        headings, *rows = read_rows(self.content)
        rows = [[*row, *([None] * (len(headings) - len(row)))] for row in rows]
        keep = [index for index, heading in enumerate(headings) if heading not in without]
        headings = [(names or {}).get(headings[index], headings[index]) for index in keep]
        rows = [[row[index] for index in keep] for row in rows]
        return open_orders(
            book([[*headings, *extra], *([*row, *([None] * len(extra))] for row in rows)])
        )

    def same(self, orders, without=()):
        for payload, known in zip((item.payload for item in orders), self.expected, strict=True):
            for key in without:
                payload["extra"].pop(key, None)
                known = {**known, "extra": {k: v for k, v in known["extra"].items() if k != key}}
            self.assertEqual(payload, known)

    def test_2026(self):
        adapter, orders = open_orders(self.content)
        self.assertEqual(adapter.code, "shopee_order")
        self.assertFalse(orders.notes)
        self.parsed(orders)

    def test_2024(self):
        _format, orders = self.renamed(
            {"Subtotal Pesanan": "Total Harga Produk"}, ["Tipe Pesanan"], ["Nama Gudang"]
        )
        self.assertFalse(orders.notes)
        self.same(orders, ["kind"])

    def test_2023(self):
        _format, orders = self.renamed(
            {"Harga Awal": "Harga Sebelum Diskon", "Total Pembayaran": "Dibayar Pembeli"},
            ["Alasan Pembatalan", "Tipe Pesanan", "Returned quantity"],
        )
        self.assertFalse(orders.notes)
        self.parsed(orders)

    def test_english(self):
        names = {
            "No. Pesanan": "Order ID",
            "Status Pesanan": "Order Status",
            "Alasan Pembatalan": "Cancel reason",
            "Status Pembatalan/ Pengembalian": "Return / Refund Status",
            "No. Resi": "Tracking Number*",
            "Opsi Pengiriman": "Shipping Option",
            "Antar ke counter/ pick-up": "Shipment Method",
            "Pesanan Harus Dikirimkan Sebelum (Menghindari keterlambatan)": (
                "Estimated Ship Out Date"
            ),
            "Waktu Pengiriman Diatur": "Ship Time",
            "Waktu Pesanan Dibuat": "Order Creation Date",
            "Waktu Pembayaran Dilakukan": "Order Paid Time",
            "Tipe Pesanan": "Order Type",
            "SKU Induk": "Parent SKU Reference No.",
            "Nama Produk": "Product Name",
            "Nomor Referensi SKU": "SKU Reference No.",
            "Nama Variasi": "Variation Name",
            "Harga Awal": "Original Price",
            "Harga Setelah Diskon": "Deal Price",
            "Jumlah": "Quantity",
            "Diskon Dari Penjual": "Price Discount(from Seller)(MYR)",
            "Diskon Dari Shopee": "Shopee Rebate(MYR)",
            "Jumlah Produk di Pesan": "No of product in order",
            "Voucher Ditanggung Penjual": "Seller Voucher(MYR)",
            "Voucher Ditanggung Shopee": "Shopee Voucher(MYR)",
            "Potongan Koin Shopee": "Shopee Coins Offset(MYR)",
            "Diskon Kartu Kredit": "Credit Card Discount Total(MYR)",
            "Ongkos Kirim Dibayar oleh Pembeli": "Buyer Paid Shipping Fee",
            "Total Pembayaran": "Grand Total",
            "Username (Pembeli)": "Username (Buyer)",
            "Nama Penerima": "Receiver Name",
            "No. Telepon": "Phone Number",
            "Alamat Pengiriman": "Delivery Address",
            "Kota/Kabupaten": "City",
            "Provinsi": "Province",
        }
        headings, *rows = read_rows(self.content)
        keep = [index for index, heading in enumerate(headings) if heading in names]
        status = headings.index("Status Pesanan")
        rows = [row for row in rows if row[status] in ("Selesai", "Perlu Dikirim", "Batal")]
        words = {"Selesai": "Completed", "Perlu Dikirim": "To ship", "Batal": "Cancelled"}
        table = [[names[headings[index]] for index in keep]]
        for row in rows:
            row[status] = words[row[status]]
            row[headings.index("Ongkos Kirim Dibayar oleh Pembeli")] = "4.90"
            row[headings.index("Harga Setelah Diskon")] = "1,011.70"
            row[headings.index("Total Pembayaran")] = None
            table.append([row[index] if index < len(row) else None for index in keep])
        adapter, orders = open_orders(book(table))
        self.assertEqual(adapter.code, "shopee_order_en")
        parsed = self.parsed(orders)
        order = parsed["260704SYN0GGG7"]
        self.assertEqual((order.currency, order.ship_to.country), ("MYR", "MY"))
        self.assertEqual(str(order.lines[0].unit_price), "1011.700000")
        self.assertEqual(str(order.shipping.amount), "4.900000")


@tagged("post_install", "-at_install")
class TestTokopedia(FormatCase, BaseCase):
    def test_orders(self):
        adapter, orders = open_orders(fixture("tokopedia_orders.xlsx"))
        self.assertEqual(adapter.code, "tokopedia_order")
        self.assertFalse(orders.notes)
        orders = list(orders)
        self.assertEqual([item.phase for item in orders], ["done", "cancelled"])
        self.assertEqual(orders[0].rows, (6,), "below four rows of titles")
        order = self.parsed(orders)["INV/20240105/MPL/0000000001"]
        self.assertEqual(str(order.ordered_at), "2024-01-05 03:00:00")
        self.assertEqual((order.goods, order.shipping.amount), (165000, 9000))
        self.assertEqual(order.shipping.courier, "JNE")

    def test_further_products_leave_the_order_blank(self):
        *above, headings, first, second = read_rows(fixture("tokopedia_orders.xlsx"))
        number, status = headings.index("Nomor Invoice"), headings.index("Status Terakhir")
        second[number] = second[status] = None
        first[headings.index("Total Penjualan (IDR)")] = 219000
        second[headings.index("Total Penjualan (IDR)")] = None
        orders = read_orders(book([*above, headings, first, second], "Laporan Penjualan"))
        order = self.parsed(orders)["INV/20240105/MPL/0000000001"]
        self.assertEqual({line.sku for line in order.lines}, {"TEE-BLK-M", "CAP-RED"})


@tagged("post_install", "-at_install")
class TestLazada(FormatCase, BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.content = fixture("lazada_orders.xlsx")

    def test_rows_are_units(self):
        _format, orders = open_orders(self.content)
        self.assertFalse(orders.notes)
        files = list(orders)
        self.assertEqual([item.phase for item in files], ["shipped", "cancelled"])
        order = self.parsed(files)["2600000000000000"]
        quantities = {line.sku: line.quantity for line in order.lines}
        self.assertEqual(quantities, {"TEE-BLK-M": 2, "CAP-RED": 1})
        self.assertEqual(order.goods, 210000)
        self.assertEqual(order.totals.pieces, 3)
        self.assertEqual(str(order.ordered_at), "2026-07-05 03:00:00")
        self.assertEqual(
            [parcel["resi"] for parcel in order.extra["parcels"]], ["LXAD-0000001", "LXAD-0000002"]
        )

    def test_a_cancelled_unit_is_left_out(self):
        headings, *rows = read_rows(self.content)
        rows[1][headings.index("status")] = "canceled"
        item = read_orders(book([headings, *rows], "sheet1"))[0]
        order = self.parsed([item])["2600000000000000"]
        self.assertEqual({line.sku: line.quantity for line in order.lines}["TEE-BLK-M"], 1)
        self.assertEqual(order.extra["cancelled_items"], ["2600000000000002"])

    def test_random_row_order(self):
        headings, *rows = read_rows(self.content)
        expected = {item.payload["external_id"]: item.payload for item in read_orders(self.content)}
        for item in read_orders(book([headings, *reversed(rows)], "sheet1")):
            self.assertEqual(item.payload, expected[item.payload["external_id"]])


@tagged("post_install", "-at_install")
class TestShopify(FormatCase, BaseCase):
    def test_csv(self):
        adapter, orders = open_orders(fixture("shopify_orders_export.csv"))
        self.assertEqual(adapter.code, "shopify_order")
        self.assertFalse(orders.notes)
        files = list(orders)
        self.assertEqual([item.phase for item in files], ["to_ship", "unpaid", "cancelled"])
        parsed = self.parsed(files)
        first = parsed["#1001"]
        self.assertEqual(len(first.lines), 2, "the second row belongs to the first order")
        self.assertEqual((first.discounted("seller"), first.totals.total), (10000, 247500))
        self.assertEqual(first.ship_to.postal_code, "40132", "without the quote")
        self.assertEqual(str(first.paid_at), "2026-07-01 02:13:00")
        self.assertEqual(first.tags, ("vip", "ulang"))
        second = parsed["#1002"]
        self.assertFalse(second.lines[0].tax_included, "the taxes come on top")
        self.assertEqual((second.payment.method, second.payment.cod_amount), ("cod", 120000))
        self.assertEqual(str(second.ordered_at), "2026-07-02 01:12:00")
        self.assertEqual(parsed["#1003"].discounted("seller"), 0, "named twice, given once")
        self.assertEqual(parsed["#1003"].goods, 95000)

    def test_json(self):
        item = registry.read_json(json.loads(fixture("shopify_order.json")))[0]
        order = self.parsed([item])["#1001"]
        self.assertEqual(item.payload["extra"]["format"], "shopify_api")
        self.assertEqual((order.goods, order.totals.total), (237500, 247500))
        self.assertEqual(order.revision, 1782874800)
        self.assertEqual(order.shipping.resi, "JNE000000001")

    def test_json_with_units_taken_off(self):
        data = json.loads(fixture("shopify_order.json"))["orders"][0]
        data["refunds"] = [
            {
                "refund_line_items": [
                    {"line_item_id": 14000000002, "quantity": 1, "restock_type": "cancel"}
                ]
            }
        ]
        data["current_total_price"] = "201919.00"
        data["total_discounts"] = "8081.00"
        order = self.parsed(registry.read_json(data))["#1001"]
        self.assertEqual([line.sku for line in order.lines], ["TEE-BLK-M"])


@tagged("post_install", "-at_install")
class TestApis(FormatCase, BaseCase):
    def load(self, name):
        return json.loads(fixture(name))

    def test_woocommerce(self):
        item = registry.read_json(self.load("woocommerce_order.json"))[0]
        order = self.parsed([item])["727"]
        self.assertEqual(item.payload["extra"]["format"], "woocommerce_api")
        self.assertEqual((order.goods, order.shipping.amount), (235000, 14500))
        self.assertEqual(order.totals.total, 249500)
        self.assertEqual(order.ship_to.name, "Ani Contoh")
        self.assertEqual(str(order.paid_at), "2026-07-01 02:13:00")
        self.assertEqual((order.shipping.courier, order.shipping.resi), ("jne", "JNE000000727"))

    def test_woocommerce_price_that_no_decimals_can_say(self):
        data = self.load("woocommerce_order.json")[0]
        data["line_items"][0].update(quantity=3, subtotal="100000", total="100000")
        data["total"] = "159500"
        order = self.parsed(registry.read_json(data))["727"]
        self.assertEqual(order.lines[0].amount, 100000)

    def test_shopee(self):
        item = registry.read_json(self.load("shopee_order_detail.json"))[0]
        order = self.parsed([item])["260701SYN0AAA1"]
        self.assertEqual(item.phase, "to_ship")
        self.assertEqual((order.goods, order.totals.platform_fee), (82500, 1500))
        self.assertEqual(order.ship_to.district, "Cilandak")
        file = next(iter(read_orders(fixture("shopee_order_all.xlsx"))))
        self.assertEqual(
            [(line.line_id, line.sku, line.quantity, line.unit_price) for line in order.lines],
            [
                (line.line_id, line.sku, line.quantity, line.unit_price)
                for line in parse(file.payload)[0].lines
            ],
            "file and API speak of the same lines",
        )

    def test_tiktok(self):
        item = registry.read_json(self.load("tiktok_order.json"))[0]
        order = self.parsed([item])["580000000000000002"]
        lines = {line.line_id: line.quantity for line in order.lines}
        self.assertEqual(lines, {"1730000000000000011": 2, "1730000000000000022": 1})
        file = read_orders(fixture("tiktok_orders.xlsx"))[1].payload
        self.assertEqual({line["line_id"] for line in file["lines"]}, set(lines))
        self.assertEqual(order.ship_to.city, "South Jakarta")

    def test_orders_from_json(self):
        everything = [
            *self.load("shopify_order.json")["orders"],
            *self.load("woocommerce_order.json"),
            *self.load("tiktok_order.json")["data"]["orders"],
            *self.load("shopee_order_detail.json")["response"]["order_list"],
            {"external_id": "A-1", "lines": []},
        ]
        numbers = [order["external_id"] for order in registry.orders_from_json(everything)]
        self.assertEqual(numbers, ["#1001", "727", "580000000000000002", "260701SYN0AAA1", "A-1"])
        single = registry.orders_from_json(everything[0], "shopify_api")
        self.assertEqual(single[0]["external_id"], "#1001")
        self.assertEqual(registry.orders_from_json(everything[0], "shopify"), single)
        for code in ("unheard-of", "shopee_order"):
            with self.assertRaises(KeyError):
                registry.orders_from_json(everything[0], code)

    def test_what_nobody_understands_comes_back(self):
        for item in (None, 7, "x", [], {}, {"line_items": 3, "financial_status": []}):
            orders = registry.orders_from_json([item])
            self.assertEqual(len(orders), 1)
            self.assertTrue(parse(orders[0])[1], item)

    def test_unknown_status_surfaces(self):
        data = self.load("tiktok_order.json")
        data["data"]["orders"][0]["status"] = "TELEPORTED"
        item = registry.read_json(data)[0]
        self.assertEqual([issue.code for issue in item.issues], ["unknown_status"])
        self.assertEqual([issue.field for issue in parse(item.payload)[1]], ["status"])
