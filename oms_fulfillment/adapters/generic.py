"""Any table of orders whose columns somebody has named once: the mapping is data.

``guess`` proposes what each heading means, from names that are common in Indonesian and English
exports; a person corrects it. One row is one product of an order, the order's own columns may be
filled on every row or on the first only.
"""

from .cells import to_decimal, unmasked
from .order import plain_number
from .registry import adapters, register
from .rows import TableFormat, filled, number_lines, phase_of, title_of
from .values import CURRENCIES, country_code, is_cod, is_zero, money, unit_price
from .workbook import Table, heading_key

# What a column can mean, and what it is often called.
TEXTS = {
    "number": (
        "No. Pesanan", "Nomor Pesanan", "No Pesanan", "Order Number", "Order No", "Order ID",
        "No. Order", "Order", "order_number", "order_id", "Invoice", "Nomor Invoice", "No Invoice",
    ),
    "status": ("Status", "Status Pesanan", "Order Status"),
    "sku": (
        "SKU", "Kode SKU", "Kode Barang", "Kode Produk", "SKU Merchant", "Merchant SKU",
        "Seller SKU", "Item SKU", "Product SKU", "Kode",
    ),
    "product": (
        "Nama Produk", "Produk", "Nama Barang", "Barang", "Product Name", "Product", "Item",
        "Item Name",
    ),
    "variation": ("Variasi", "Nama Variasi", "Variation", "Variant", "Varian"),
    "username": ("Username", "Username (Pembeli)", "Buyer ID", "Customer ID"),
    "buyer": ("Nama Pembeli", "Pembeli", "Nama Pemesan", "Buyer", "Buyer Name", "Customer Name"),
    "email": ("Email", "E-mail", "Email Pembeli", "Customer Email", "billing_email"),
    "name": ("Nama Penerima", "Penerima", "Recipient", "Recipient Name", "Receiver Name", "Nama"),
    "phone": (
        "No. Telepon", "No. HP", "No HP", "Telepon", "No. Tlp", "HP", "Phone", "Phone Number",
        "WhatsApp", "No. WA", "billing_phone",
    ),
    "street": ("Alamat", "Alamat Pengiriman", "Alamat Lengkap", "Address", "Shipping Address"),
    "village": ("Kelurahan", "Desa", "Kelurahan/Desa", "Village"),
    "district": ("Kecamatan", "District"),
    "city": ("Kota", "Kota/Kabupaten", "Kabupaten", "Kabupaten/Kota", "City"),
    "province": ("Provinsi", "Province", "State"),
    "postal_code": ("Kode Pos", "Postal Code", "Zip", "Zip Code", "Postcode"),
    "country": ("Negara", "Country"),
    "courier": ("Kurir", "Ekspedisi", "Jasa Kirim", "Courier", "Servis Logistik", "Expedisi"),
    "service": ("Layanan", "Service", "Opsi Pengiriman", "Shipping Method"),
    "resi": ("No. Resi", "Nomor Resi", "Resi", "AWB", "No. Awb", "Tracking Number", "Tracking"),
    "payment": ("Metode Pembayaran", "Pembayaran", "Payment Method", "Payment"),
    "reference": ("Referensi Pembayaran", "Payment Reference", "transaction_id"),
    "note": ("Catatan", "Catatan Pembeli", "Catatan produk", "Note", "Notes", "customer_note"),
}  # fmt: skip
TIMES = {
    "ordered_at": (
        "Tanggal Order", "Tanggal Pesanan", "Tanggal", "Waktu Pesanan Dibuat", "Waktu Pesanan",
        "Order Date", "Order Creation Time", "Order Time", "Date", "Created at", "order_date",
    ),
    "paid_at": ("Tanggal Bayar", "Tanggal Pembayaran", "Waktu Bayar", "Paid at", "paid_date"),
    "ship_by": ("Kirim Sebelum", "Batas Kirim", "Ship By"),
}  # fmt: skip
QUANTITIES = {"quantity": ("Jumlah", "Qty", "QTY", "Quantity", "Kuantitas", "Total Barang", "Pcs")}
AMOUNTS = {
    "price": ("Harga", "Harga Satuan", "Harga item pesanan", "Unit Price", "Price", "Harga Jual"),
    "line_total": (
        "Subtotal", "Subtotal Produk", "Jumlah Harga", "Total harga item pesanan", "Line Total",
    ),
    "line_discount": ("Diskon Produk", "Potongan Produk", "Item Discount"),
    "discount": ("Diskon", "Potongan", "Voucher", "Discount", "Discount Amount"),
    "shipping": ("Ongkir", "Ongkos Kirim", "Biaya Kirim", "Shipping", "Shipping Fee"),
    "insurance": ("Asuransi", "Insurance"),
    "total": ("Total", "Total Pembayaran", "Total Bayar", "Grand Total", "Order Total"),
    "cod_amount": ("COD", "Nilai COD", "COD Amount", "Tagihan COD"),
}  # fmt: skip
TARGETS = (*TEXTS, *TIMES, *QUANTITIES, *AMOUNTS)
NEEDED = ("number", "quantity")
DATES = {
    "dmy": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y", "%b %d %Y"),
}
ISO = ("%Y-%m-%d", "%Y/%m/%d")
COMPLETE = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
METHODS = ("escrow", "prepaid", "transfer", "cod", "terms")


def guess(headings):
    """Return ``{target: heading}`` for the headings whose names are common; each heading once."""
    wanted = {**TEXTS, **TIMES, **QUANTITIES, **AMOUNTS}
    by_key = {heading_key(heading): heading for heading in reversed(headings) if heading}
    found = {}
    for target, aliases in wanted.items():
        known = (by_key.get(heading_key(alias)) for alias in aliases)
        heading = next((one for one in known if one and one not in found.values()), None)
        if heading:
            found[target] = heading
    return found


def find_headings(sheets):
    """Return the :class:`~.workbook.Table` whose header row has most headings with a known name;
    the first row with several texts where none is known; ``None`` for an empty file."""
    best = None
    for sheet in sheets:
        for index, cells in enumerate(sheet.head):
            texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
            score = (len(guess(texts)), len(texts) > 2, -index)
            if len(texts) > 1 and (best is None or score > best[0]):
                best = (score, Table(sheet, index))
    return best[1] if best else None


@register
class GenericOrders(TableFormat):
    """A table read by a mapping.

    :param dict mapping: ``{target: heading}``, targets of :data:`TARGETS`
    :param str dates: ``dmy`` or ``mdy`` where a date is written with numbers only
    :param str thousands: ``.`` or ``,`` where the amounts themselves give no clue
    :param str method: one of :data:`METHODS`, where no column says how an order is paid
    """

    code = "generic"
    name = "Own columns"
    required = NEEDED

    def __init__(self, mapping=None, dates="dmy", thousands=".", method="prepaid"):
        mapping = mapping or {}
        self.mapping = mapping
        self.texts = self._named(TEXTS)
        self.times = self._named(TIMES)
        self.quantities = self._named(QUANTITIES)
        self.amounts = self._named(AMOUNTS)
        self.expected = tuple(mapping)
        self.thousands = thousands
        self.method = method
        days = (*DATES[dates], *ISO)
        local = tuple(day + clock for day in days for clock in CLOCKS)
        self.time_formats = local + COMPLETE

    def _named(self, targets):
        return {key: (self.mapping[key],) if key in self.mapping else () for key in targets}

    def detect(self, sheets):
        return super().detect(sheets) if self.mapping else None

    def drift(self, table):
        """Every mapped heading must be there; what isn't mapped was left out by a person."""
        return [note for note in super().drift(table) if note.code == "lost_heading"]

    def status(self, rows):
        return filled(rows, "status") or ""

    def phase(self, rows):
        """The words of all formats are known here; without a status there is work to do."""
        status = self.status(rows)
        if not status:
            return "to_ship"
        words = {}
        for form in adapters("orders", "table"):
            words.update(form.phases)
        return phase_of(status, words)

    def payload(self, rows, phase):
        first = rows[0]
        country = country_code(filled(rows, "country")) or "ID"
        total = filled(rows, "total")
        asked = to_decimal(filled(rows, "cod_amount"))
        cod = is_cod(filled(rows, "payment"), filled(rows, "cod_amount")) or asked > 0
        method = "cod" if cod else self.method
        ordered_at = filled(rows, "ordered_at")
        paid_at = filled(rows, "paid_at")
        if not self.times["paid_at"] and method == "prepaid" and phase != "unpaid":
            paid_at = ordered_at
        return {
            "external_id": first["number"],
            "ordered_at": ordered_at,
            "paid_at": None if cod else paid_at,
            "currency": CURRENCIES.get(country),
            "buyer": {
                "external_id": unmasked(filled(rows, "username")),
                "name": filled(rows, "buyer") or filled(rows, "name"),
                "phone": filled(rows, "phone"),
                "email": unmasked(filled(rows, "email")),
            },
            "ship_to": {
                **{
                    key: filled(rows, key)
                    for key in ("phone", "street", "village", "district", "city", "province")
                },
                "name": filled(rows, "name") or filled(rows, "buyer"),
                "postal_code": filled(rows, "postal_code"),
                "country": country,
            },
            "lines": self.lines(rows),
            "discounts": [
                {"code": self.mapping.get("discount"), "amount": amount.lstrip("-")}
                for amount in [filled(rows, "discount")]
                if to_decimal(amount)
            ],
            "shipping": {
                "courier": filled(rows, "courier"),
                "service": filled(rows, "service"),
                "amount": filled(rows, "shipping"),
                "insurance": filled(rows, "insurance"),
                "resi": filled(rows, "resi"),
                "ship_by": filled(rows, "ship_by"),
            },
            "payment": {
                "method": method,
                "reference": filled(rows, "reference"),
                "cod_amount": (money(asked) or total) if cod else None,
            },
            "totals": {"total": total},
            "note": filled(rows, "note"),
            "extra": {"payment_method": filled(rows, "payment")},
        }

    def lines(self, rows):
        ids = number_lines(rows, _sku, lambda row: (title_of(row), str(row["price"])))
        return [self._line(line_id, row) for line_id, row in zip(ids, rows, strict=True)]

    def _line(self, line_id, row):
        price, discount = row["price"], to_decimal(row["line_discount"])
        if price is None and row["line_total"] is not None:
            worth, rounding = unit_price(
                to_decimal(row["line_total"]) + abs(discount), to_decimal(row["quantity"])
            )
            price, discount = plain_number(worth), abs(discount) + rounding
        return {
            "line_id": line_id,
            "sku": _sku(row),
            "name": title_of(row),
            "quantity": row["quantity"],
            "unit_price": price,
            "discount": money(abs(discount)),
            "gift": True if is_zero(price) else None,
        }


def _sku(row):
    return (row["sku"] or title_of(row) or "?")[:128]
