"""What couriers remit for cash on delivery: SPX's report, and any table whose columns were named.

One row is one parcel. Couriers write fees as costs or as negative amounts, some in one file: a row
is read in the way in which it adds up.
"""

from decimal import Decimal

from ..registry import register
from ..workbook import heading_key
from .statement import FEE, ORDER, Entry, StatementFormat

ZERO = Decimal(0)
TEXTS = {
    "resi": ("Tracking Number", "No. Resi", "Nomor Resi", "Resi", "AWB", "No. Awb", "No Awb",
             "Waybill", "Airwaybill", "Tracking", "No. Waybill"),
    "order": ("Order ID", "No. Pesanan", "Nomor Pesanan", "No. Order", "Reference", "Referensi",
              "No. Referensi", "Order Number"),
    "payout": ("No. Remittance", "Remittance", "Settlement", "Nomor Pencairan", "No. Pencairan",
               "No. Invoice", "Invoice"),
}  # fmt: skip
TIMES = {
    "delivered_at": ("Delivered/Returned Time", "Tanggal Diterima", "Tgl. Diterima/Selesai",
                     "Delivered Time", "Tanggal Terkirim", "POD Date"),
    "paid_at": ("Tanggal Pencairan", "Tanggal Transfer", "Settlement Date", "Remittance Date",
                "Tanggal Bayar", "Payment Date"),
}  # fmt: skip
AMOUNTS = {
    "cod": ("COD Amount (IDR)", "COD Amount", "Nilai COD", "COD", "Jumlah COD", "Tagihan COD"),
    "total_fee": ("Total Fee (IDR)", "Total Fee", "Total Biaya", "Total Potongan"),
    "shipping": ("Actual Shipping Fee (IDR)", "Ongkir", "Ongkos Kirim", "Biaya Kirim",
                 "Shipping Fee", "Total Ongkir", "Freight"),
    "payment": ("Biaya COD", "COD Fee", "Fee COD", "Biaya Layanan COD"),
    "insurance": ("Asuransi", "Insurance", "Biaya Asuransi"),
    "return": ("Return Fee (IDR)", "Biaya Retur", "Rts Fee", "Return Fee", "Ongkir Retur"),
    "tax": ("PPN", "VAT", "Pajak"),
    "adjustment": ("Adjustment Transaction Amount (IDR)", "Penyesuaian", "Adjustment",
                   "Koreksi"),
    "net": ("Escrow amount (IDR)", "Pencairan COD", "Jumlah Dibayar", "Net", "Total Pencairan",
            "Net Amount", "Nilai Pencairan", "Jumlah Transfer", "Total Transfer"),
}  # fmt: skip
TARGETS = (*TEXTS, *TIMES, *AMOUNTS)
# What a fee of a courier is among the families of fees.
KEPT = {"shipping": "shipping", "payment": "payment", "insurance": "insurance",
        "return": "shipping", "tax": "tax"}  # fmt: skip
DAYS = {
    "dmy": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y", "%b %d %Y", "%B %d %Y"),
}
CLOCKS = ("", " %H:%M", " %H:%M:%S")


def guess(headings):
    """Return ``{target: heading}`` for the headings whose names are common; each heading once."""
    by_key = {heading_key(heading): heading for heading in reversed(headings) if heading}
    found = {}
    for target, names in {**TEXTS, **TIMES, **AMOUNTS}.items():
        known = (by_key.get(heading_key(name)) for name in names)
        heading = next((one for one in known if one and one not in found.values()), None)
        if heading:
            found[target] = heading
    return found


class Remittance(StatementFormat):
    """A table of parcels, read by a mapping.

    :param dict mapping: ``{target: heading}``, targets of :data:`TARGETS`; several headings are
        alternatives
    :param str dates: ``dmy`` or ``mdy`` where a date is written with numbers only
    :param str thousands: ``.`` or ``,`` where the amounts themselves give no clue
    """

    code = "remittance"
    name = "Courier: COD remittance"
    # a parcel is paid once per remittance: the same line in another one is paid twice
    per_payout = True
    closed = True
    repeats_count = True

    def __init__(self, mapping=None, dates="dmy", thousands="."):
        mapping = {
            target: (names,) if isinstance(names, str) else names
            for target, names in (mapping or {}).items()
        }
        self.mapping = mapping
        self.thousands = thousands
        days = (*DAYS[dates], "%Y-%m-%d", "%Y/%m/%d")
        self.time_formats = tuple(day + clock for day in days for clock in CLOCKS)
        self.texts = {key: mapping.get(key, ()) for key in TEXTS}
        self.times = {key: mapping.get(key, ()) for key in TIMES}
        self.families = {heading: key for key in AMOUNTS for heading in mapping.get(key, ())}
        named = [mapping.get(key, ()) for key in ("resi", "order")]
        self.required = [
            tuple(name for names in named for name in names),
            *[mapping[key] for key in ("cod", "net") if key in mapping][:1],
        ]

    def detect(self, sheets):
        return super().detect(sheets) if self.mapping else None

    def entry(self, raw, columns):
        resi, order = raw["resi"], raw["order"]
        if not raw.issues and not ((resi or order) and raw.amounts):
            return None
        if _is_total(resi or order):
            return None
        amounts = {}
        new = {}
        for index, amount in raw.amounts.items():
            role = columns.roles[index]
            known = amounts if role in AMOUNTS else new
            known[role] = known.get(role, ZERO) + amount
        entry = Entry(
            group=resi or order or f"row {raw.number}",
            row="1",
            number=raw.number,
            kind=ORDER if resi or order else FEE,
            order=order,
            resi=resi,
            gross=amounts.get("cod", ZERO),
            paid_at=raw["paid_at"] or raw["delivered_at"],
            payout=raw["payout"],
            issues=tuple(raw.issues),
        )
        self._fill(entry, amounts, new)
        return entry

    def _fill(self, entry, amounts, new):
        """Work out the fees: their sign is the one with which the row adds up."""
        parts = {key: amounts[key] for key in KEPT if amounts.get(key)}
        parts.update(new)
        whole = amounts.get("total_fee", ZERO)
        rest = abs(whole) - abs(sum(parts.values(), ZERO))
        if whole and rest > 0:
            # the total says more than its parts: the rest is what the courier takes for the cash
            parts["payment"] = parts.get("payment", ZERO) + (rest if whole > 0 else -rest)
        adjustment = amounts.get("adjustment", ZERO)
        fees = sum(parts.values(), ZERO)
        stated = amounts.get("net")
        has_net = "net" in self.mapping
        sign = 1
        if has_net:
            net = stated or ZERO
            if entry.gross - fees + adjustment != net and entry.gross + fees + adjustment == net:
                sign = -1
        elif fees < 0:
            sign = -1
        for key, amount in parts.items():
            family = KEPT.get(key, key)
            entry.fees[family] = entry.fees.get(family, ZERO) + sign * amount
        if adjustment:
            entry.fees["adjustment"] = -adjustment
        entry.net = (stated or ZERO) if has_net else entry.gross - entry.fee_total


def _is_total(text):
    return heading_key(text).startswith(("total", "jumlah", "grand total"))


@register
class SpxRemittance(Remittance):
    """SPX Express: the financial report, two rows of headings."""

    code = "spx_remittance"
    name = "SPX Express: COD financial report"

    def __init__(self):
        super().__init__(
            {
                "resi": "Tracking Number",
                "delivered_at": "Delivered/Returned Time",
                "cod": "COD Amount (IDR)",
                "total_fee": "Total Fee (IDR)",
                "shipping": "Actual Shipping Fee (IDR)",
                "return": "Return Fee (IDR)",
                "adjustment": "Adjustment Transaction Amount (IDR)",
                "net": "Escrow amount (IDR)",
            }
        )
        self.required = [("Tracking Number",), ("COD Amount (IDR)",), ("Escrow amount (IDR)",)]
        self.closed = False
        self.ignored = ("Sender Name", "Receiver Name", "Order status")
