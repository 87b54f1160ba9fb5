"""Files of payouts in the layouts of the marketplaces and couriers, made as a test needs them."""

import csv
import io

import openpyxl

from ..adapters.settlement.files import open_statement

FEES_2026 = (
    "Ongkos Kirim yang Dibayarkan ke Jasa Kirim",
    "Potongan Ongkos Kirim dari Jasa Kirim",
    "Gratis Ongkir dari Shopee",
    "Voucher disponsor oleh Penjual",
    "Diskon Produk dari Shopee",
    "Biaya Administrasi",
    "Biaya Proses Pesanan",
    "Biaya Gratis Ongkir XTRA - Ukuran Biasa (Kategori F)",
    "Biaya Gratis Ongkir XTRA - Ukuran Biasa (Kategori F)",
    "Biaya Layanan Promo XTRA",
    "Biaya Komisi AMS",
    "Biaya Lainnya / Premi",
    "PPh 22",
)
HEADINGS_2026 = (
    "No.", "Lihat berdasarkan", "No. Pesanan", "No. Pengajuan", "ID Produk", "Nama Produk",
    "Waktu Pesanan Dibuat", "Tanggal Dana Dilepaskan", "Metode Pelepasan Dana", "Tipe Pesanan",
    "Harga Produk", "Jumlah Pengembalian Dana ke Pembeli", "Ongkir Dibayar Pembeli", *FEES_2026,
    "Username (Pembeli)", "Jumlah Dibayar Pembeli", "Jasa Kirim", "Nama Kurir",
)  # fmt: skip
TIKTOK = (
    "ID Pesanan/Penyesuaian", "Jenis transaksi", "Waktu pemesanan", "Waktu pembayaran pesanan",
    "Mata uang", "Jumlah penyelesaian pembayaran", "Total Pendapatan",
    "Subtotal setelah diskon penjual", "Subtotal sebelum diskon", "Diskon penjual",
    "Subtotal pengembalian dana setelah diskon penjual", "Total Biaya", "Biaya komisi platform",
    "Ongkir", "Ongkir yang ditalangi penyedia jasa logistik", "Ongkir yang ditanggung pembeli",
    "Subsidi ongkir", "Komisi dinamis", "Biaya pemrosesan pesanan", "PPh Pasal 22 dipungut",
    "Jumlah penyesuaian", "ID pesanan terkait", "Pembayaran oleh pembeli", "Sumber pesanan",
)  # fmt: skip
LAZADA = (
    "Periode Laporan", "Nomor Laporan", "Tanggal Transaksi", "Nama Biaya",
    "Jumlah (Termasuk Pajak)", "VAT Amount", "Status Pelepasan Dana", "Tanggal Dilepas",
    "Komentar", "Tanggal Pesanan Dibuat", "Nomor Pesanan", "ID Pesanan", "SKU Penjual",
    "Lazada SKU", "WHT Amount", "WHT termasuk dalam jumlah", "Status Pesanan", "Nama Produk",
    "Short Code",
)  # fmt: skip
SHOPIFY = (
    "Transaction Date", "Type", "Order", "Card Brand", "Card Source", "Payout Status",
    "Payout Date", "Payout ID", "Available On", "Amount", "Fee", "Net", "Checkout",
    "Payment Method Name", "Presentment Amount", "Presentment Currency", "Currency", "VAT",
)  # fmt: skip
SPX = (
    "Tracking Number", "Sender Name", "Receiver Name", "Delivered/Returned Time",
    "COD Amount (IDR)", "Total Fee (IDR)", "Actual Shipping Fee (IDR)", "Return Fee (IDR)",
    "Adjustment Transaction Amount (IDR)", "Escrow amount (IDR)",
)  # fmt: skip


def workbook(*sheets):
    """Return an xlsx of ``(title, rows)``."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text_file(headings, rows):
    """Return a csv with these rows (dicts or lists)."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([row.get(name, "") for name in headings] if isinstance(row, dict) else row)
    return stream.getvalue().encode()


def read(content, name="file.xlsx", **options):
    """Return the statement in a file."""
    return open_statement(name, content, **options).statement


def entries(content, **options):
    """Return ``{group: [entries]}`` of a file."""
    return {group.key: group.entries for group in read(content, **options)}


def shopee_2026(orders, summary=None, extra=()):
    """``Penghasilan`` with one row per order and its breakdown; ``orders`` is
    ``[(number, price, refund, shipping, {fee: amount})]``."""
    rows = [["Laporan Penghasilan"], ["Rincian Jumlah Pelepasan Dana"], list(HEADINGS_2026)]
    rows[2][-4:-4] = extra
    net = 0
    for index, (number, price, refund, shipping, fees) in enumerate(orders, 1):
        left = {name: [amount] * 2 for name, amount in fees.items()}
        amounts = [left[name].pop() if left.get(name) else "-" for name in (*FEES_2026, *extra)]
        net += price + refund + shipping + sum(cell for cell in amounts if cell != "-")
        common = [number, "", "", "", "2026-07-01", "2026-07-09", "", "Normal"]
        money = [price, refund, shipping, *amounts, "pembeli", price, "Reguler", "Budi"]
        rows.append([index, "Order", *common, *money])
        rows.append([index, "Sku", *common, *money])
    stated = net if summary is None else summary
    return workbook(
        ("Summary", [["Laporan Penghasilan"], ["3. Total yang Dilepas", None, None, stated]]),
        ("Penghasilan", rows),
    )


def lazada(rows):
    """``[(statement, fee, amount, order, item, wht)]``."""
    return text_file(
        LAZADA,
        [
            {
                "Nomor Laporan": statement,
                "Tanggal Transaksi": "05 Jul 2026",
                "Nama Biaya": fee,
                "Jumlah (Termasuk Pajak)": amount,
                "Status Pelepasan Dana": "Dilepas",
                "Tanggal Dilepas": "07 Jul 2026",
                "Nomor Pesanan": order,
                "ID Pesanan": item,
                "WHT Amount": wht,
                "WHT termasuk dalam jumlah": "Ya" if wht else "Tidak",
            }
            for statement, fee, amount, order, item, wht in rows
        ],
    )


def spx(rows):
    """``[(resi, cod, fee, shipping, back, adjustment, net)]``."""
    return workbook(
        (
            "Financial report",
            [
                ["Order", None, None, None, "Money"],
                list(SPX),
                *[
                    [resi, "Toko", "Siti", "2026-07-03 10:00", cod, fee, shipping, back, more, net]
                    for resi, cod, fee, shipping, back, more, net in rows
                ],
            ],
        )
    )
