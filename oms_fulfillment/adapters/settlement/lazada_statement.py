"""Lazada: statements of account, one row per fee; the newer and the older headings.

All rows of an order on a statement are its line; each is known by its own order line, fee and
day, so that a statement may come in pieces.
"""

from decimal import Decimal

from ..registry import register
from ..workbook import heading_key
from .families import fee_key
from .statement import FEE, ORDER, PENDING, Entry, StatementFormat

SALES = ("item price credit", "item price", "harga barang", "kredit harga barang",
         "shipping fee (paid by customer)", "shipping fee paid by customer",
         "biaya pengiriman (dibayar oleh pelanggan)")  # fmt: skip
REVERSALS = ("reversal", "pembatalan", "pengembalian", "refund")
VOUCHERS = ("voucher", "promotional charges vouchers", "seller voucher")
UNPAID = ("not paid", "unpaid", "belum dibayar", "belum dilepas", "belum dilepaskan", "no",
          "not released")  # fmt: skip
YES = ("yes", "ya", "y", "true")


@register
class LazadaStatement(StatementFormat):
    code = "lazada_statement"
    name = "Lazada: Statement"
    thousands = ","
    time_formats = ("%d %b %Y", "%d-%b-%Y", "%d %b %Y %H:%M", "%Y-%m-%d", "%d/%m/%Y",
                    "%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M:%S")  # fmt: skip
    texts = {
        "statement": ("Nomor Laporan", "Statement Number", "Statement"),
        "fee": ("Nama Biaya", "Fee Name"),
        "order": ("Nomor Pesanan", "Order Number", "Order No."),
        "item": ("ID Pesanan", "Order Line ID", "Order Item No."),
        "released": ("Status Pelepasan Dana", "Release Status", "Paid Status"),
        "included": ("WHT termasuk dalam jumlah", "WHT included in Amount"),
        "transaction": ("Transaction Number",),
        "label": ("Komentar", "Comment"),
        "sku": ("SKU Penjual", "Seller SKU"),
    }
    times = {
        "day": ("Tanggal Transaksi", "Transaction Date"),
        "released_at": ("Tanggal Dilepas", "Release Date"),
    }
    net = (
        "Jumlah (Termasuk Pajak)",
        "Amount(Include Tax)",
        "Est Release Amount(Include Tax)",
        "Amount",
    )
    families = {"WHT Amount": "withholding_tax"}
    ignored = ("VAT Amount", "VAT in Amount")
    required = (texts["fee"], net, texts["order"], texts["statement"])

    def entry(self, raw, columns):
        name = raw["fee"]
        if not name:
            return None
        roles = {columns.roles[index]: amount for index, amount in raw.amounts.items()}
        amount = roles.get("net", Decimal(0))
        statement, order = raw["statement"], raw["order"]
        paid = heading_key(raw["released"]) not in UNPAID
        entry = Entry(
            group=f"{statement or ''}|{order or name}",
            row="|".join(
                part or ""
                for part in (raw["item"], name, raw["day"], raw["transaction"], f"{amount:f}")
            ),
            number=raw.number,
            kind=(ORDER if order else FEE) if paid else PENDING,
            order=order,
            net=amount,
            paid_at=raw["released_at"] or raw["day"],
            payout=statement,
            label=name,
            issues=tuple(raw.issues),
        )
        self._sort(entry, name, amount, self._withheld(raw, roles))
        return entry

    def _withheld(self, raw, roles):
        """The tax that is inside the amount: ``WHT Amount`` is for information otherwise."""
        included = heading_key(raw["included"]) in YES
        return abs(roles.get("withholding_tax", Decimal(0))) if included else Decimal(0)

    def _sort(self, entry, name, amount, withheld):
        """Say what the amount is; ``withheld`` was taken off it."""
        text = heading_key(name)
        full = amount + withheld
        sale = any(text == one or text.endswith(one) for one in SALES)
        if withheld:
            entry.fees["withholding_tax"] = withheld
        if sale and entry.order:
            entry.gross = full
            if full < 0 or any(word in text for word in REVERSALS):
                entry.refund = -full
        elif full:
            key = fee_key(name)
            entry.fees[key] = entry.fees.get(key, Decimal(0)) - full
            if any(word in text for word in VOUCHERS) and full < 0:
                entry.voucher = -full
