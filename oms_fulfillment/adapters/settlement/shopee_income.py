"""Shopee: income that was released, ``Income.sudah dilepas`` (2023 to 2025, 2026, English).

One row is one order; its columns from the price of the goods to the last fee add up to what was
released. The sheet ``Adjustment`` holds what came or went later, often for orders of another
month.
"""

import re
from decimal import Decimal

from ..messages import _lt
from ..registry import register
from ..workbook import find_table, heading_key
from .columns import AmountColumns, RawRows
from .families import fee_key
from .statement import ADJUSTMENT, ORDER, Entry, StatementFormat

RELEASED = _lt("Released, by the summary of the file")
COLUMN_TOTALS = _lt("Released, by the totals above the columns")
ADJUSTED = _lt("Adjustments, by the file")
NUMBER = re.compile(r"[0-9A-Z]{10,20}")
PER_ORDER = ("", "order", "pesanan")


class ShopeeIncome(StatementFormat):
    """What the generations share."""

    sheets = ("Income", "Penghasilan")
    patterns = (
        r"(biaya )?(layanan )?gratis ongkir xtra.*",
        r"(biaya )?layanan promo xtra.*",
        r"biaya campaign .*",
        r"ps_finance_pdf_income_.*",
    )
    made_of = ((r"biaya layanan(?: \(.*\))?", r"(biaya )?(layanan )?(gratis ongkir|promo) xtra.*"),)
    summary = ("3. total yang dilepas", "total yang dilepas", "3. total released amount",
               "total released amount")  # fmt: skip
    block_end = ("Kode Voucher", "Username (Pembeli)", "Username (Buyer)", "Voucher Code")

    def entries(self, sheets, table, columns, zone):
        yield from super().entries(sheets, table, columns, zone)
        for sheet in sheets:
            found = find_table(sheet, adjustments.required)
            if found:
                own = AmountColumns(adjustments, found)
                for raw in RawRows(adjustments, found, own, zone):
                    entry = adjustments.entry(raw, own)
                    if entry:
                        yield entry

    def entry(self, raw, columns):
        number = raw["order"]
        if not number and not raw.issues:
            return None
        if number and not NUMBER.fullmatch(number):
            return None
        if heading_key(raw["view"]) not in PER_ORDER:
            # a breakdown of the row of the order
            return None
        day = (raw["paid_at"] or "")[:10]
        return self.make(
            raw,
            columns,
            group=f"income|{number or f'row {raw.number}'}|{day}|{raw['request'] or ''}",
            row="1",
            kind=ORDER,
            order=number,
            paid_at=raw["paid_at"],
        )

    def add_controls(self, statement, sheets, table):
        orders = adjusted = Decimal(0)
        for group in statement:
            for entry in group.entries:
                if not entry.issues:
                    orders += entry.net if entry.kind == ORDER else 0
                    adjusted += entry.net if entry.kind == ADJUSTMENT else 0
        stated = _beside(sheets, self.summary)
        if stated is not None:
            statement.control("total", RELEASED, stated, orders)
        above = _above(table, self.net)
        if above is not None:
            statement.control("total", COLUMN_TOTALS, above, orders)
        stated = _beside(sheets, ("total penyesuaian", "total biaya"))
        if stated is not None:
            statement.control("adjustments", ADJUSTED, stated, adjusted)


class Adjustments(StatementFormat):
    """The sheet of that name: refunds and compensations after the release."""

    code = "shopee_adjustment"
    texts = {
        "type": ("Tipe Penyesuaian | Deskripsi", "Tipe Penyesuaian",
                 "Adjustment Type | Description"),
        "reason": ("Alasan Penyesuaian", "Adjustment Reason"),
        "order": ("No. Pesanan Terhubung", "Related Order ID", "Linked Order ID"),
    }  # fmt: skip
    times = {
        "made_at": ("Tanggal Penyesuaian Dibuat", "Adjustment Creation Date"),
        "paid_at": ("Tanggal Dana Dilepaskan", "Payout Completed Date"),
    }
    net = ("Biaya Penyesuaian", "Adjustment Amount")
    required = (texts["type"], net, texts["order"])

    def entry(self, raw, columns):
        if not raw["made_at"] or (not raw.amounts and not raw.issues):
            return None
        amount = next(iter(raw.amounts.values()), Decimal(0))
        order = raw["order"] if raw["order"] and NUMBER.fullmatch(raw["order"]) else None
        label = raw["type"] or raw["reason"] or ""
        return late_amount(
            Entry(
                group=f"adjustment|{order or ''}|{raw['made_at'][:10]}|{label}",
                row=f"{amount:f}",
                number=raw.number,
                kind=ADJUSTMENT,
                order=order,
                paid_at=raw["made_at"],
                label=label,
                issues=tuple(raw.issues),
            ),
            amount,
        )


def late_amount(entry, amount):
    """Fill in what came or went later: money given back to a buyer is no fee."""
    key = fee_key(entry.label or "")
    entry.net = amount
    if entry.order and key == "refund" and amount < 0:
        entry.gross = amount
        entry.refund = -amount
    else:
        entry.fees = {"adjustment" if key.startswith("other") else key: -amount}
    return entry


def _beside(sheets, labels):
    """The amount in the row that begins with one of ``labels``, in any sheet's first rows."""
    for label in labels:
        for sheet in sheets:
            for cells in _short_rows(sheet):
                named = next((cell for cell in cells if cell not in (None, "")), None)
                if isinstance(named, str) and heading_key(named) == label:
                    amounts = [cell for cell in cells if _is_number(cell)]
                    if amounts:
                        return Decimal(str(amounts[-1]))
    return None


def _short_rows(sheet):
    """The rows of a summary: a sheet of orders has more than these."""
    for number, cells in enumerate(sheet.rows):
        if number >= 80:
            return
        yield cells


def _above(table, headings):
    """The total that stands above the column of net amounts, ``None`` where there is none."""
    column = next(iter(table.columns(*headings)), None)
    if column is None:
        return None
    for cells in reversed(table.sheet.head[: table.header]):
        first = next((cell for cell in cells if cell not in (None, "")), None)
        if isinstance(first, str) and heading_key(first).startswith("total"):
            value = cells[column] if column < len(cells) else None
            return Decimal(str(value)) if _is_number(value) else None
    return None


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


adjustments = Adjustments()


@register
class ShopeeIncomeIndonesian(ShopeeIncome):
    code = "shopee_income"
    name = "Shopee: Income (2023-2025)"
    texts = {
        "order": ("No. Pesanan",),
        "request": ("No. Pengajuan",),
        "view": ("Lihat berdasarkan",),
    }
    times = {"paid_at": ("Tanggal Dana Dilepaskan",), "ordered_at": ("Waktu Pesanan Dibuat",)}
    gross = (
        "Harga Asli Produk",
        "Total Diskon Produk",
        "Diskon Voucher Ditanggung Penjual",
        "Voucher disponsor oleh Penjual",
        "Voucher co-fund disponsor oleh Penjual",
        "Ongkir Dibayar Pembeli",
    )
    voucher = gross[2:5]
    refund = ("Jumlah Pengembalian Dana ke Pembeli",)
    net = ("Total Penghasilan",)
    fees = (
        "Diskon Produk dari Shopee",
        "Cashback Koin yang Ditanggung Penjual",
        "Cashback Koin disponsori Penjual",
        "Cashback Koin Co-fund disponsori Penjual",
        "Diskon Ongkir Ditanggung Jasa Kirim",
        "Gratis Ongkir dari Shopee",
        "Ongkir yang Diteruskan oleh Shopee ke Jasa Kirim",
        "Ongkos Kirim Pengembalian Barang",
        "Pengembalian Biaya Kirim",
        "Kembali ke Biaya Pengiriman Pengirim",
        "Biaya Komisi AMS",
        "Biaya Administrasi",
        "Biaya Administrasi (termasuk PPN 11%)",
        "Biaya Layanan",
        "Biaya Layanan (termasuk PPN 11%)",
        "Biaya Proses Pesanan",
        "Biaya Program Hemat Biaya Kirim",
        "Biaya Transaksi",
        "Biaya Kampanye",
        "Biaya Isi Saldo Otomatis (dari Penghasilan)",
        "Premi",
        "Biaya Program",
        "Biaya Kartu Kredit",
        "Bea Masuk, PPN & PPh",
    )
    ignored = ("Username (Pembeli)", "Metode pembayaran pembeli")
    required = (texts["order"], ("Harga Asli Produk",), net)


@register
class ShopeeIncome2026(ShopeeIncome):
    """``Harga Produk`` is after the discount, and there may be no column with the total."""

    code = "shopee_income_2026"
    name = "Shopee: Income (2026)"
    texts = {
        **ShopeeIncomeIndonesian.texts,
        "product": ("ID Produk",),
        "title": ("Nama Produk",),
    }
    times = ShopeeIncomeIndonesian.times
    gross = (
        "Harga Produk",
        "Ongkir Dibayar Pembeli",
        "Voucher disponsor oleh Penjual",
        "Voucher co-fund disponsor oleh Penjual",
    )
    voucher = gross[2:]
    refund = ("Jumlah Pengembalian Dana ke Pembeli",)
    net = ("Total Penghasilan",)
    fees = (
        *ShopeeIncomeIndonesian.fees,
        "Ongkos Kirim yang Dibayarkan ke Jasa Kirim",
        "Potongan Ongkos Kirim dari Jasa Kirim",
        "Return to Seller Fee",
        "AMS Service Fee",
        "Biaya Lainnya / Premi",
        "FBS Fee",
        "PPh 22",
    )
    families = {"Biaya Lainnya / Premi": "insurance"}
    required = (texts["order"], ("Harga Produk",), ("Tanggal Dana Dilepaskan",))


@register
class ShopeeIncomeEnglish(ShopeeIncome):
    code = "shopee_income_english"
    name = "Shopee: Income (English)"
    thousands = ","
    texts = {
        "order": ("Order ID",),
        "request": ("Refund ID",),
        "view": ("View By",),
        "title": ("Product Name",),
    }
    times = {"paid_at": ("Payout Completed Date",), "ordered_at": ("Order Creation Date",)}
    gross = (
        "Product Price",
        "Voucher Sponsored by Seller",
        "Cofund Voucher Sponsored by Seller",
        "Shipping Fee Paid by Buyer",
        "Shipping Fee Paid by Buyer (excl. SST)",
    )
    voucher = gross[1:3]
    refund = ("Refund Amount",)
    net = (
        "Total Released Amount",
        "Total Released Amount (S$)",
        "Total Released Amount (RM)",
        "Total Released Amount (₱)",
        "Total Released Amount (Rp)",
    )
    fees = (
        "Rebate Provided by Shopee",
        "Coin Cashback Sponsored by Seller",
        "Shipping Fee Charged by Logistic Provider",
        "Shipping Rebate From Shopee",
        "Reverse Shipping Fee",
        "Return to Seller Fee",
        "Commission Fee",
        "Commission Fee (incl. SST)",
        "Commission Fee (incl. GST)",
        "Service Fee",
        "Service Fee (incl. SST)",
        "Service Fee (incl. GST)",
        "Transaction Fee",
        "AMS Commission Fee",
        "Lost Compensation",
    )
    required = (texts["order"], ("Product Price",), ("Payout Completed Date",))
