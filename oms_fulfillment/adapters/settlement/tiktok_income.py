"""TikTok Shop / Tokopedia: income, in English and Indonesian.

Settlement = revenue + fees + adjustment, each made of columns of its own; the sub-totals beside
them are not added. A row that isn't an order is an adjustment or an advertisement; its number is
not an order's.
"""

import re
from decimal import Decimal

from ..messages import _lt
from ..registry import register
from ..workbook import heading_key
from .families import fee_key
from .statement import ADJUSTMENT, FEE, ORDER, WITHDRAWAL, Entry, StatementFormat

PAID_OUT = _lt("Withdrawn to the bank")
NUMBER = re.compile(r"[0-9]{12,20}")
ORDERS = ("order", "pesanan")


@register
class TikTokIncome(StatementFormat):
    code = "tiktok_income"
    name = "TikTok Shop / Tokopedia: Income"
    thousands = ","
    sheets = ("Order details", "Detail pesanan")
    texts = {
        "id": ("Order/adjustment ID", "ID Pesanan/Penyesuaian"),
        "type": ("Type", "Jenis transaksi"),
        "related": ("Related order ID", "ID pesanan terkait"),
        "currency": ("Currency", "Mata uang"),
    }
    times = {
        "paid_at": ("Order settled time", "Waktu pembayaran pesanan"),
        "ordered_at": ("Order created time", "Waktu pemesanan"),
    }
    gross = (
        "Subtotal before discounts",
        "Subtotal sebelum diskon",
        "Seller discounts",
        "Diskon penjual",
        "Shipping cost paid by the customer",
        "Ongkir yang ditanggung pembeli",
        "Ongkir yang dibayar pembeli",
    )
    voucher = ("Seller discounts", "Diskon penjual")
    refund = (
        "Refund subtotal after seller discounts",
        "Subtotal pengembalian dana setelah diskon penjual",
        "Refunded shipping cost paid by the customer",
        "Pengembalian ongkir yang ditanggung pembeli",
        "Pengembalian ongkir yang dibayar pembeli",
    )
    net = ("Total settlement amount", "Jumlah penyelesaian pembayaran")
    # (heading, heading...) that are sums of others
    ignored = (
        "Total Revenue",
        "Total Pendapatan",
        "Subtotal after seller discounts",
        "Subtotal setelah diskon penjual",
        "Refund subtotal before seller discounts",
        "Subtotal pengembalian dana sebelum diskon penjual",
        "Refund of seller discounts",
        "Pengembalian dana diskon penjual",
        "Total Fees",
        "Total Biaya",
        "Shipping cost",
        "Ongkir",
        "Biaya komisi sebelum diskon",
        "Diskon (dari belanja iklan)",
        "Diskon komisi lainnya",
    )
    fees = (
        "Distance item fee from Horizon+ Program",
        "Platform commission fee",
        "Biaya komisi platform",
        "Pre-order service fee",
        "Mall service fee",
        "Biaya layanan Mall",
        "Payment Fee",
        "Biaya Pembayaran",
        "Shipping costs passed on to the logistics provider",
        "Ongkir yang ditalangi penyedia jasa logistik",
        "Replacement shipping fee (passed on to the customer)",
        "Exchange shipping fee (passed on to the customer)",
        "Shipping cost borne by the platform",
        "Ongkir yang ditanggung platform",
        "Return shipping costs (passed on to the customer)",
        "Shipping cost subsidy",
        "Subsidi ongkir",
        "Distance shipping fee from Horizon+ Program",
        "Affiliate Commission",
        "Komisi Afiliasi",
        "Affiliate partner commission",
        "Komisi mitra afiliasi",
        "Affiliate Shop Ads commission",
        "Affiliate Partner shop ads commission",
        "Shipping Fee Program service fee",
        "Biaya layanan Program Bebas Ongkir",
        "Dynamic commission",
        "Komisi dinamis",
        "Bonus cashback service fee",
        "LIVE Specials service fee",
        "Voucher Xtra service fee",
        "Order processing fee",
        "Biaya pemrosesan pesanan",
        "EAMS Program service fee",
        "Brands Crazy Deals/Flash Sale service fee",
        "Dilayani Tokopedia fee",
        "Dilayani Tokopedia handling fee",
        "PayLater program fee",
        "Campaign resource fee",
        "Installation service fee",
        "Article 22 Income Tax withheld",
        "PPh Pasal 22 dipungut",
        "Platform special service fee",
        "GMV Max ad fee",
        "Biaya iklan GMV Max",
        "GMV Max Coupon",
        "Ajustment amount",
        "Adjustment amount",
        "Jumlah penyesuaian",
    )
    families = {
        "Bonus cashback service fee": "service",
        "Voucher Xtra service fee": "service",
        "LIVE Specials service fee": "service",
        "EAMS Program service fee": "affiliate",
        "Distance item fee from Horizon+ Program": "service",
    }
    block_end = (*texts["related"], "Customer payment", "Pembayaran oleh pembeli")
    required = (texts["id"], net, texts["type"])

    def entries(self, sheets, table, columns, zone):
        yield from super().entries(sheets, table, columns, zone)
        yield from _withdrawals(sheets)

    def entry(self, raw, columns):
        number = raw["id"]
        if not raw.issues and not (number and NUMBER.fullmatch(number)):
            return None
        kind = heading_key(raw["type"])
        if kind in ORDERS or not kind:
            return self.make(
                raw,
                columns,
                group=f"{number or f'row {raw.number}'}|order|{raw['paid_at'] or ''}",
                row="1",
                kind=ORDER,
                order=number,
                paid_at=raw["paid_at"],
            )
        return self._other(raw, columns, number)

    def _other(self, raw, columns, number):
        """An adjustment: all of it is one amount, named by its type."""
        related = raw["related"] if raw["related"] and NUMBER.fullmatch(raw["related"]) else None
        amount = sum(
            (amount for index, amount in raw.amounts.items() if columns.roles[index] == "net"),
            Decimal(0),
        )
        key = fee_key(raw["type"])
        return Entry(
            group=f"{number}|{heading_key(raw['type'])}|{raw['paid_at'] or ''}",
            row="1",
            number=raw.number,
            kind=ADJUSTMENT if related else FEE,
            order=related,
            fees={"adjustment" if key.startswith("other") else key: -amount} if amount else {},
            net=amount,
            paid_at=raw["paid_at"],
            label=raw["type"],
            issues=tuple(raw.issues),
        )

    def add_controls(self, statement, sheets, table):
        if statement.withdrawn:
            statement.control("bank", PAID_OUT, None, statement.withdrawn)


def _withdrawals(sheets):
    """The rows of the sheet of withdrawals: the lines on the bank statement."""
    for sheet in sheets:
        if heading_key(sheet.name) not in ("withdrawal records", "riwayat penarikan"):
            continue
        for number, cells in enumerate(sheet.rows, 1):
            if len(cells) < 5 or not isinstance(cells[3], int | float | str):
                continue
            try:
                amount = Decimal(str(cells[3]).replace(",", ""))
            except ArithmeticError:
                continue
            done = str(cells[5] if len(cells) > 5 and cells[5] else "")
            yield Entry(
                group=f"withdrawal|{cells[1]}",
                row="1",
                number=number,
                kind=WITHDRAWAL,
                net=-abs(amount),
                paid_at=None,
                label=f"{cells[1]} {done}".strip(),
            )
