"""Shopee Indonesia, ``Order.all.YYYYMMDD_YYYYMMDD.xlsx``: one row per item, all cells text.

How the money of an order ties together (columns in quotes)::

    unit price   = "Harga Setelah Diskon"     after "Diskon Dari Penjual" and "Diskon Dari Shopee"
    goods        = sum over the rows of unit price x "Jumlah"
    order        = goods + "Ongkos Kirim Dibayar oleh Pembeli"
                   - "Voucher Ditanggung Penjual" - "Paket Diskon (Diskon dari Penjual)"
    buyer paid   = order - "Voucher Ditanggung Shopee" - "Paket Diskon (Diskon dari Shopee)"
                   - "Potongan Koin Shopee" - "Diskon Kartu Kredit" + service fee
                 = "Total Pembayaran"

Only item columns are summed; order-level money repeats on every row and is taken once. The file
has no column for the service fee that Shopee charges the buyer and keeps, so a small positive
rest is taken for it (``totals.platform_fee``); a larger or negative rest is left to be seen.
"Total Pembayaran" is 0 on cancelled and refunded orders and is then not passed on.
"Cashback Koin" costs the seller at payout, not the buyer at order time: it is kept in ``extra``.
"""

from decimal import Decimal

from .canonical import plain_number
from .cells import Money, as_text, compact, local_time, to_decimal, whole
from .reader import Issue
from .registry import FileOrder, register
from .workbook import find_table

ZERO = Decimal(0)
# The fee was 1,000 to 2,500 rupiah when this was written; beyond this it is no fee.
FEE_LIMIT = Decimal(10_000)
FEE_SHARE = Decimal("0.1")

# The 2026 heading first, then what it was called before.
TEXTS = {
    "number": ("No. Pesanan",),
    "status": ("Status Pesanan",),
    "cancel_reason": ("Alasan Pembatalan",),
    "return_status": ("Status Pembatalan/Pengembalian",),
    "resi": ("No. Resi",),
    "option": ("Opsi Pengiriman",),
    "kind": ("Tipe Pesanan",),
    "payment": ("Metode Pembayaran",),
    "parent_sku": ("SKU Induk",),
    "product": ("Nama Produk",),
    "sku": ("Nomor Referensi SKU",),
    "variation": ("Nama Variasi",),
    "warehouse": ("Nama Gudang",),
    "note": ("Catatan dari Pembeli",),
    "seller_note": ("Catatan",),
    "username": ("Username (Pembeli)",),
    "name": ("Nama Penerima",),
    "phone": ("No. Telepon",),
    "street": ("Alamat Pengiriman",),
    "city": ("Kota/Kabupaten",),
    "province": ("Provinsi",),
}
TIMES = {
    "ship_by": (
        "Pesanan Harus Dikirimkan Sebelum (Menghindari keterlambatan)",
        "Pesanan Harus Dikirimkan Sebelum",
    ),
    "ordered_at": ("Waktu Pesanan Dibuat",),
    "paid_at": ("Waktu Pembayaran Dilakukan",),
    "completed_at": ("Waktu Pesanan Selesai",),
}
QUANTITIES = {
    "quantity": ("Jumlah",),
    "returned": ("Returned quantity",),
    "pieces": ("Jumlah Produk di Pesan",),
}
AMOUNTS = {
    "original_price": ("Harga Awal", "Harga Sebelum Diskon"),
    "price": ("Harga Setelah Diskon",),
    "seller_item_discount": ("Diskon Dari Penjual",),
    "platform_item_discount": ("Diskon Dari Shopee",),
    "seller_voucher": ("Voucher Ditanggung Penjual",),
    "coin_cashback": ("Cashback Koin",),
    "platform_voucher": ("Voucher Ditanggung Shopee",),
    "platform_bundle": ("Paket Diskon (Diskon dari Shopee)",),
    "seller_bundle": ("Paket Diskon (Diskon dari Penjual)",),
    "coins": ("Potongan Koin Shopee",),
    "card": ("Diskon Kartu Kredit",),
    "shipping": ("Ongkos Kirim Dibayar oleh Pembeli",),
    "total": ("Total Pembayaran", "Dibayar Pembeli"),
}
REQUIRED = [TEXTS["number"], TEXTS["status"], AMOUNTS["price"], QUANTITIES["quantity"]]
DISCOUNTS = {
    "seller_voucher": "seller",
    "seller_bundle": "seller",
    "platform_voucher": "platform",
    "platform_bundle": "platform",
    "coins": "platform",
    "card": "platform",
}
# Prefixes: one status is a whole sentence with a date in it.
PHASES = {
    "belum bayar": "unpaid",
    "perlu dikirim": "to_ship",
    "sedang dikirim": "shipped",
    "telah dikirim": "delivered",
    "pesanan diterima": "delivered",
    "selesai": "done",
    "batal": "cancelled",
    "dibatalkan": "cancelled",
    "pengembalian": "returned",
}
TIME_FORMATS = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]


@register
class ShopeeOrders:
    code = "shopee_order"
    name = "Shopee: Order.all"
    kind = "orders"
    zone = "Asia/Jakarta"

    def detect(self, sheets):
        """Return the order table: the sheet called ``orders`` first, then any that looks so."""
        for sheet in sorted(sheets, key=lambda sheet: sheet.name.casefold() != "orders"):
            table = find_table(sheet, REQUIRED)
            if table:
                return table
        return None

    def read_orders(self, table, zone=None):
        """Return one :class:`FileOrder` per order number, in the order of the file."""
        reader = _Rows(table, zone or self.zone)
        groups = {}
        for row in reader.rows():
            groups.setdefault(row["number"] or f"row {row['row']}", []).append(row)
        return [_file_order(rows) for rows in groups.values()]


class _Rows:
    """The rows of one file as dicts of plain values."""

    def __init__(self, table, zone):
        self.table = table
        self.zone = zone
        fields = {**TEXTS, **TIMES, **QUANTITIES, **AMOUNTS}
        self.columns = {key: table.columns(*aliases)[:1] for key, aliases in fields.items()}
        amounts = [column for key in AMOUNTS for column in self.columns[key]]
        self.money = Money(table, amounts, default=".")

    def rows(self):
        for number, cells in self.table.rows():
            row = {"row": number, "issues": []}
            for key, columns in self.columns.items():
                column = columns[0] if columns else None
                value = cells[column] if column is not None and column < len(cells) else None
                row[key] = self._read(row, key, value, column)
            # totals and remarks below the table carry neither a number nor an item
            if row["number"] or row["issues"] or (row["sku"] and row["quantity"]):
                yield row

    def _read(self, row, key, value, column):
        if key in AMOUNTS:
            return self.money.amount(value, column)
        if key in TIMES:
            return local_time(value, TIME_FORMATS, self.zone)
        if key in QUANTITIES:
            return whole(value)
        try:
            return as_text(value)
        except ValueError as error:
            message = (
                f"Row {row['row']}: {error}. Export the file again and don't save it in Excel."
            )
            row["issues"].append(Issue("rounded_id", key, message))
            return None


def _file_order(rows):
    first = rows[0]
    status = first["status"] or ""
    phase = next(
        (phase for text, phase in PHASES.items() if status.casefold().startswith(text)), None
    )
    issues = [issue for row in rows for issue in row["issues"]]
    if phase is None:
        message = f'Row {first["row"]}: the status "{status}" is not known.'
        issues.append(Issue("unknown_status", "status", message))
    payload = _payload(rows, status, phase)
    numbers = tuple(row["row"] for row in rows)
    return FileOrder(compact(payload), numbers, status, phase, tuple(issues))


def _payload(rows, status, phase):
    """Return the canonical order; what can't be understood is passed on to be refused there."""
    first = rows[0]
    cod = "cod" in (first["payment"] or "").casefold().replace("bayar di tempat", "cod")
    total = first["total"] if to_decimal(first["total"]) > 0 else None
    lines = _lines(rows)
    discounts = [
        {"code": AMOUNTS[key][0], "amount": first[key], "borne_by": borne_by}
        for key, borne_by in DISCOUNTS.items()
        if to_decimal(first[key]) != 0
    ]
    service, _dash, courier = (first["option"] or "").partition("-")
    return {
        "external_id": first["number"],
        "status": "cancelled" if phase == "cancelled" else "placed" if phase else status or "?",
        "ordered_at": first["ordered_at"],
        # The file fills the column for COD as well, long before anybody has paid.
        "paid_at": None if cod else first["paid_at"],
        "currency": "IDR",
        "buyer": {"external_id": first["username"], "name": first["name"], "phone": first["phone"]},
        "ship_to": {
            **{key: first[key] for key in ("name", "phone", "street", "city", "province")},
            "country": "ID",
        },
        "lines": lines,
        "discounts": discounts,
        "shipping": {
            "courier": courier or service,
            "service": service if courier else None,
            "amount": first["shipping"],
            "resi": first["resi"],
            "ship_by": first["ship_by"],
        },
        "payment": {"method": "cod" if cod else "escrow", "cod_amount": total if cod else None},
        "totals": {
            "total": total,
            "platform_fee": _platform_fee(total, lines, discounts, first["shipping"]),
            "pieces": first["pieces"],
        },
        "note": first["note"],
        "extra": _extra(rows, status, phase),
    }


def _lines(rows):
    """Number the lines: the file has no line id, and equal rows are legitimate.

    The id is the SKU, with ``#2``, ``#3`` for repeats; repeats are counted in the order of
    variation and price, so a re-sorted file gives the same ids.
    """
    seen = {}
    ids = {}
    for row in sorted(rows, key=lambda row: (row["variation"] or "", row["price"] or "")):
        sku = _sku(row)
        seen[sku] = seen.get(sku, 0) + 1
        ids[row["row"]] = sku if seen[sku] == 1 else f"{sku}#{seen[sku]}"
    return [
        {
            "line_id": ids[row["row"]][:128],
            "sku": _sku(row),
            "name": " - ".join(filter(None, (row["product"], row["variation"]))),
            "quantity": row["quantity"],
            "unit_price": row["price"],
            "gift": True if row["price"] is not None and to_decimal(row["price"]) == 0 else None,
        }
        for row in rows
    ]


def _sku(row):
    """Shops that never filled in a SKU are known by the product's title."""
    title = " - ".join(filter(None, (row["product"], row["variation"])))
    return (row["sku"] or row["parent_sku"] or title)[:128]


def _platform_fee(total, lines, discounts, shipping):
    if total is None:
        return None
    goods = sum(
        (to_decimal(line["quantity"]) * to_decimal(line["unit_price"]) for line in lines), ZERO
    )
    discounted = sum((to_decimal(item["amount"]) for item in discounts), ZERO)
    rest = to_decimal(total) - (goods + to_decimal(shipping) - discounted)
    if 0 < rest <= max(FEE_LIMIT, to_decimal(total) * FEE_SHARE):
        return plain_number(rest)
    return None


def _extra(rows, status, phase):
    first = rows[0]
    reason = first["cancel_reason"] or ""
    masked = any("**" in (first[key] or "") for key in ("name", "phone", "street"))
    keys = ("cancel_reason", "return_status", "kind", "warehouse", "seller_note", "username")
    platform = sum((to_decimal(row["platform_item_discount"]) for row in rows), ZERO)
    seller = sum((to_decimal(row["seller_item_discount"]) for row in rows), ZERO)
    returned = sum((to_decimal(row["returned"]) for row in rows), ZERO)
    return {
        **{key: first[key] for key in keys},
        "format": ShopeeOrders.code,
        "channel_status": status,
        "phase": phase,
        "masked": masked or None,
        "payment_method": first["payment"],
        "completed_at": first["completed_at"],
        "failed_delivery": bool(first["resi"] and "Pengiriman gagal" in reason) or None,
        "lost": "Paket hilang" in reason or None,
        "coin_cashback": first["coin_cashback"] if to_decimal(first["coin_cashback"]) else None,
        "seller_item_discount": plain_number(seller) if seller else None,
        "platform_item_discount": plain_number(platform) if platform else None,
        "returned_quantity": plain_number(returned) if returned else None,
        # keeps rows without a usable number apart
        "row": None if first["number"] else first["row"],
    }
