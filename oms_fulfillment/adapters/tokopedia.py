"""Tokopedia before the merger, "Laporan Penjualan": headings in row 5, one row per product.

How the money of an order ties together (columns in quotes)::

    goods        = "Harga Jual (IDR)" x "Jumlah Produk Dibeli", summed
    buyer paid   = goods + "Biaya Pengiriman Tunai (IDR)" + "Biaya Asuransi Pengiriman (IDR)"
                   - "Nilai Kupon Toko Terpakai (IDR)" - "Diskon Penawaran Terpakai (IDR)"
                 = "Total Penjualan (IDR)"

The file knows no time of the order, so the time of payment stands for it. Further products of an
invoice may leave the order's columns blank. An older English file names the same things.
"""

from .cells import to_decimal
from .registry import register
from .rows import TableFormat, filled, item_lines
from .values import is_cod, money, total

DISCOUNTS = {"coupon": "seller", "offer": "seller"}


@register
class TokopediaOrders(TableFormat):
    code = "tokopedia_order"
    name = "Tokopedia (before 2024): Laporan Penjualan"
    sheets = ("Laporan Penjualan",)
    time_formats = ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d/%m/%Y %H:%M:%S")
    continued = True
    required = ("number", "status", "quantity", "price")
    expected = ("resi", "ordered_at", "sku", "total", "shipping", "street")

    texts = {
        "number": ("Nomor Invoice", "Invoice"),
        "status": ("Status Terakhir", "Order Status"),
        "product": ("Nama Produk", "Product Name"),
        "product_id": ("Product ID",),
        "sku": ("Nomor SKU", "Stock Keeping Unit (SKU)"),
        "note": ("Catatan Produk Pembeli", "Notes"),
        "seller_note": ("Catatan Produk Penjual",),
        "coupon_code": ("Kode Kupon Toko Yang Digunakan",),
        "buyer": ("Nama Pembeli", "Customer Name"),
        "buyer_phone": ("No Telp Pembeli", "Customer Phone"),
        "name": ("Nama Penerima", "Recipient"),
        "phone": ("No Telp Penerima", "Recipient Number"),
        "street": ("Alamat Pengiriman", "Recipient Address"),
        "city": ("Kota",),
        "province": ("Provinsi",),
        "courier": ("Nama Kurir", "Courier"),
        "service": ("Tipe Pengiriman (regular, same day, etc)", "Jenis Layanan"),
        "resi": ("No Resi / Kode Booking", "AWB"),
        "warehouse": ("Gudang Pengiriman", "Warehouse Origin"),
        "cod": ("COD",),
    }
    times = {"ordered_at": ("Tanggal Pembayaran", "Payment Date")}
    quantities = {
        "quantity": ("Jumlah Produk Dibeli", "Quantity"),
        "reduced": ("Jumlah Produk Yang Dikurangkan",),
    }
    amounts = {
        "price": ("Harga Jual (IDR)", "Harga Jual (Rp)", "Price (Rp)", "Price (Rp.)"),
        "subsidy": ("Jumlah Subsidi Tokopedia (IDR)", "Subsidi Amount (Rp)"),
        "coupon": ("Nilai Kupon Toko Terpakai (IDR)",),
        "offer": ("Diskon Penawaran Terpakai (IDR)",),
        "shipping": ("Biaya Pengiriman Tunai (IDR)", "Shipping Price + fee (Rp)"),
        "insurance": ("Biaya Asuransi Pengiriman (IDR)", "Insurance (Rp)"),
        "total": ("Total Penjualan (IDR)", "Total Amount (Rp)"),
    }
    ignored = (
        "Nomor",
        "Count",
        "Tanggal Pesanan Selesai",
        "Waktu Pesanan Selesai",
        "Tanggal Pesanan Dibatalkan",
        "Waktu Pesanan Dibatalkan",
        "Tipe Produk",
        "Harga Awal (IDR)",
        "Harga Satuan Bundling (IDR)",
        "Diskon Produk (IDR)",
        "Discount Amount (Rp)",
        "Jenis Kupon Toko Terpakai",
        "Total Biaya Pengiriman (IDR)",
        "Total Shipping Fee (Rp)",
        "Tanggal Pengiriman Barang",
        "Waktu Pengiriman Barang",
        "Nama Campaign",
        "Campaign Name",
        "Nama Bundling",
        "Tipe Bebas Ongkir (Bebas Ongkir, Bebas Ongkir DT)",
        "Bebas Ongkir",
        "Total Pengurangan (IDR)",
        "Nama Penawaran Terpakai",
        "Tingkatan Promosi Terpakai",
    )
    phases = {
        "menunggu pembayaran": "unpaid",
        "pesanan baru": "to_ship",
        "pesanan diproses": "to_ship",
        "pesanan sedang diproses": "to_ship",
        "perlu dikirim": "to_ship",
        "siap dikirim": "to_ship",
        "menunggu pickup": "to_ship",
        "menunggu kurir": "to_ship",
        "pesanan dikirim": "shipped",
        "sedang dikirim": "shipped",
        "dalam pengiriman": "shipped",
        "pesanan tiba": "delivered",
        "tiba di tujuan": "delivered",
        "sampai tujuan": "delivered",
        "pesanan selesai": "done",
        "transaksi selesai": "done",
        "selesai": "done",
        "dibatalkan": "cancelled",
        "pesanan dibatalkan": "cancelled",
        "transaksi dibatalkan": "cancelled",
        "batal": "cancelled",
        "dikomplain": "delivered",
    }

    def status(self, rows):
        return filled(rows, "status") or ""

    def payload(self, rows, phase):
        first = rows[0]
        cod = (first["cod"] or "").casefold() in ("ya", "yes", "y") or is_cod(first["cod"])
        paid_at = filled(rows, "ordered_at")
        paid = first["total"]
        return {
            "external_id": first["number"],
            "ordered_at": paid_at,
            "paid_at": None if cod or phase == "unpaid" else paid_at,
            "currency": "IDR",
            "buyer": {"name": first["buyer"], "phone": first["buyer_phone"] or first["phone"]},
            "ship_to": {
                **{key: first[key] for key in ("name", "phone", "street", "city", "province")},
                "country": "ID",
            },
            "lines": item_lines(rows, _sku, "product"),
            "discounts": [
                {
                    "code": first["coupon_code"] if key == "coupon" else self.amounts[key][0],
                    "amount": first[key],
                    "borne_by": borne_by,
                }
                for key, borne_by in DISCOUNTS.items()
                if to_decimal(first[key])
            ],
            "shipping": {
                "courier": first["courier"],
                "service": first["service"],
                "amount": first["shipping"],
                "insurance": first["insurance"],
                "resi": filled(rows, "resi"),
            },
            "payment": {"method": "cod" if cod else "escrow", "cod_amount": paid if cod else None},
            "totals": {"total": paid if to_decimal(paid) else None},
            "note": first["note"],
            "extra": {
                "warehouse": first["warehouse"],
                "seller_note": first["seller_note"],
                "masked": "*" in (first["phone"] or "") or None,
                "cancel_reason": self.status(rows) if phase == "cancelled" else None,
                "subsidy": money(total(rows, "subsidy")),
                "reduced_quantity": money(total(rows, "reduced")),
            },
        }


def _sku(row):
    return (row["sku"] or row["product_id"] or row["product"] or "?")[:128]
