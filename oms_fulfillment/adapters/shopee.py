"""Shopee ``Order.all.YYYYMMDD_YYYYMMDD.xlsx``: one row per item, all cells text.

Indonesian seller centre, headings of 2023, 2024-25 and 2026; the English one of other countries
is ``shopee_english.py``. How the money of an order ties together (columns in quotes)::

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

from .cells import to_decimal
from .order import ZERO
from .registry import register
from .rows import TableFormat, filled, item_lines, title_of
from .values import CURRENCIES, is_cod, money, total

# The fee was 1,000 to 2,500 rupiah when this was written; beyond this it is no fee.
FEE_LIMIT = Decimal(10_000)
FEE_SHARE = Decimal("0.1")

DISCOUNTS = {
    "seller_voucher": "seller",
    "seller_bundle": "seller",
    "platform_voucher": "platform",
    "platform_bundle": "platform",
    "coins": "platform",
    "card": "platform",
}
EXTRA = (
    "cancel_reason",
    "return_status",
    "kind",
    "warehouse",
    "seller_note",
    "username",
    "completed_at",
)


class ShopeeFile(TableFormat):
    """What both languages of the file share."""

    sheets = ("orders",)
    time_formats = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
    required = ("number", "status", "price", "quantity")
    expected = ("resi", "ordered_at", "sku", "shipping", "total", "street", "city")

    def country(self, rows):
        return "ID"

    def payload(self, rows, phase):
        first = rows[0]
        cod = is_cod(filled(rows, "payment"))
        paid = first["total"] if to_decimal(first["total"]) > 0 else None
        lines = item_lines(rows, _sku, "variation")
        discounts = [
            {"code": self.amounts[key][0], "amount": first[key], "borne_by": borne_by}
            for key, borne_by in DISCOUNTS.items()
            if to_decimal(first[key]) != 0
        ]
        service, _dash, courier = (first["option"] or "").partition("-")
        country = self.country(rows)
        return {
            "external_id": first["number"],
            "ordered_at": first["ordered_at"],
            # The file fills the column for COD as well, long before anybody has paid.
            "paid_at": None if cod else first["paid_at"],
            "currency": CURRENCIES.get(country),
            "buyer": {
                "external_id": first["username"],
                "name": first["name"],
                "phone": first["phone"],
            },
            "ship_to": {
                **{key: first[key] for key in ("name", "phone", "street", "city", "province")},
                "district": first["district"],
                "postal_code": first["postal_code"],
                "country": country,
            },
            "lines": lines,
            "discounts": discounts,
            "shipping": {
                "courier": courier or service,
                "service": service if courier else None,
                "amount": first["shipping"],
                "resi": filled(rows, "resi"),
                "ship_by": first["ship_by"],
            },
            "payment": {"method": "cod" if cod else "escrow", "cod_amount": paid if cod else None},
            "totals": {
                "total": paid,
                "platform_fee": _platform_fee(paid, lines, discounts, first["shipping"]),
                "pieces": first["pieces"],
            },
            "note": first["note"],
            "extra": self.extra(rows),
        }

    def extra(self, rows):
        first = rows[0]
        reason = first["cancel_reason"] or ""
        masked = any("**" in (first[key] or "") for key in ("name", "phone", "street"))
        ids = [line["line_id"] for line in item_lines(rows, _sku, "variation")]
        returned = {
            line_id: row["returned"]
            for line_id, row in zip(ids, rows, strict=True)
            if to_decimal(row["returned"])
        }
        return {
            **{key: first[key] for key in EXTRA},
            "masked": masked or None,
            "payment_method": first["payment"],
            "failed_delivery": bool(first["resi"] and "Pengiriman gagal" in reason) or None,
            "lost": "Paket hilang" in reason or None,
            "coin_cashback": first["coin_cashback"] if to_decimal(first["coin_cashback"]) else None,
            "seller_item_discount": money(total(rows, "seller_item_discount")),
            "platform_item_discount": money(total(rows, "platform_item_discount")),
            "returned": returned,
            "returned_quantity": money(total(rows, "returned")),
            # keeps rows without a usable number apart
            "row": None if first["number"] else first["row"],
        }


@register
class ShopeeOrders(ShopeeFile):
    code = "shopee_order"
    name = "Shopee: Order.all"

    texts = {
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
        "district": ("Kecamatan",),
        "city": ("Kota/Kabupaten",),
        "province": ("Provinsi",),
        "postal_code": ("Kode Pos",),
    }
    times = {
        "ship_by": (
            "Pesanan Harus Dikirimkan Sebelum (Menghindari keterlambatan)",
            "Pesanan Harus Dikirimkan Sebelum",
        ),
        "ordered_at": ("Waktu Pesanan Dibuat",),
        "paid_at": ("Waktu Pembayaran Dilakukan",),
        "completed_at": ("Waktu Pesanan Selesai",),
    }
    quantities = {
        "quantity": ("Jumlah",),
        "returned": ("Returned quantity",),
        "pieces": ("Jumlah Produk di Pesan",),
    }
    amounts = {
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
    ignored = (
        "Antar ke counter/ pick-up",
        "Waktu Pengiriman Diatur",
        "Subtotal Pesanan",
        "Total Harga Produk",
        "Total Diskon",
        "Berat Produk",
        "Total Berat",
        "Paket Diskon",
        "Estimasi Potongan Biaya Pengiriman",
        "Ongkos Kirim Pengembalian Barang",
        "Perkiraan Ongkos Kirim",
        "Pesanan yang Dikelola Shopee",
    )
    # Prefixes: one status is a whole sentence with a date in it.
    phases = {
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


def _sku(row):
    """Shops that never filled in a SKU are known by the product's title."""
    return (row["sku"] or row["parent_sku"] or title_of(row))[:128]


def _platform_fee(paid, lines, discounts, shipping):
    """The rest of what the buyer paid, where it is small enough to be the platform's fee."""
    if paid is None:
        return None
    goods = sum(
        (to_decimal(line["quantity"]) * to_decimal(line["unit_price"]) for line in lines), ZERO
    )
    discounted = sum((to_decimal(item["amount"]) for item in discounts), ZERO)
    rest = to_decimal(paid) - (goods + to_decimal(shipping) - discounted)
    limit = max(FEE_LIMIT, to_decimal(paid) * FEE_SHARE)
    return money(rest) if 0 < rest <= limit else None
