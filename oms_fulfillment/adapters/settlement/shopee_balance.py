"""Shopee: the balance report. It moves no money of orders that the income file doesn't move.

What it is good for: the withdrawals, which are the lines on the bank statement; what was taken
from the balance without an order; and a running balance that shows when rows were deleted.
"""

from decimal import Decimal

from ..messages import _lt
from ..registry import register
from ..workbook import heading_key
from .families import fee_key
from .shopee_income import NUMBER
from .statement import CHECK, FEE, WITHDRAWAL, Entry, StatementFormat

RUNNING = _lt("Balance after the last row, less before the first one")
CAME_IN = _lt("Came in, by the summary of the file")
WENT_OUT = _lt("Went out, by the summary of the file")
WITHDRAWN = _lt("Withdrawn to the bank")
WITHDRAWALS = ("penarikan", "withdraw")


@register
class ShopeeBalance(StatementFormat):
    code = "shopee_balance"
    name = "Shopee: Balance"
    sheets = ("Transaction Report",)
    texts = {
        "type": ("Tipe Transaksi", "Transaction Type"),
        "label": ("Deskripsi", "Description"),
        "order": ("No. Pesanan", "Order ID"),
        "status": ("Status",),
    }
    times = {"paid_at": ("Tanggal Transaksi", "Date")}
    net = ("Jumlah", "Amount")
    gross = ("Saldo Akhir", "Balance After Transactions")
    required = (texts["type"], net, gross)

    def read_statement(self, sheets, table, zone=None):
        reading = type(self)()
        reading._balances = []
        return StatementFormat.read_statement(reading, sheets, table, zone)

    def entry(self, raw, columns):
        if not raw["paid_at"] or not raw["type"]:
            return None
        by_role = {columns.roles[index]: amount for index, amount in raw.amounts.items()}
        amount, balance = by_role.get("net", Decimal(0)), by_role.get("gross", Decimal(0))
        self._balances.append((amount, balance))
        kind = self._kind(raw)
        order = raw["order"] if raw["order"] and NUMBER.fullmatch(raw["order"]) else None
        entry = Entry(
            group=f"balance|{raw['paid_at']}|{order or ''}|{raw['label'] or raw['type']}",
            row=f"{amount:f}|{balance:f}",
            number=raw.number,
            kind=kind,
            order=order,
            net=amount,
            paid_at=raw["paid_at"],
            label=raw["label"] or raw["type"],
            issues=tuple(raw.issues),
        )
        if kind == FEE:
            key = fee_key(f"{raw['type']} {raw['label'] or ''}")
            entry.fees = {"adjustment" if key.startswith("other") else key: -amount}
        return entry

    def _kind(self, raw):
        words = heading_key(f"{raw['type']} {raw['label'] or ''}")
        if any(word in words for word in WITHDRAWALS):
            return WITHDRAWAL
        if raw["order"] and NUMBER.fullmatch(raw["order"]):
            return CHECK
        if "penghasilan dari pesanan" in words or "order income" in words:
            return CHECK
        return FEE

    def add_controls(self, statement, sheets, table):
        came = sum((amount for amount, _balance in self._balances if amount > 0), Decimal(0))
        went = sum((amount for amount, _balance in self._balances if amount < 0), Decimal(0))
        moved = self._moved()
        if moved is not None:
            statement.control("total", RUNNING, moved, came + went)
        for code, label, names, counted in (
            ("in", CAME_IN, ("total saldo masuk",), came),
            ("out", WENT_OUT, ("total saldo keluar",), went),
        ):
            stated = self._summed(table, names)
            if stated is not None:
                statement.control(code, label, stated, counted)
        statement.control("bank", WITHDRAWN, None, statement.withdrawn)

    def _moved(self):
        """How the balance moved from before the oldest row to after the newest, whichever is
        first; ``None`` where a re-sorted file doesn't tell."""
        if not self._balances:
            return None
        (first_amount, first), (last_amount, last) = self._balances[0], self._balances[-1]
        newest_first = first - (last - last_amount)
        oldest_first = last - (first - first_amount)
        return newest_first if self._in_sequence() else oldest_first

    def _in_sequence(self):
        """Whether the newest row comes first: its balance follows from the one below it."""
        pairs = list(zip(self._balances, self._balances[1:], strict=False))
        down = sum(above[1] - above[0] == below[1] for above, below in pairs)
        up = sum(below[1] - below[0] == above[1] for above, below in pairs)
        return down >= up

    @staticmethod
    def _summed(table, names):
        for cells in table.sheet.head[: table.header]:
            named = next((cell for cell in cells if cell not in (None, "")), None)
            if isinstance(named, str) and heading_key(named) in names:
                amounts = [cell for cell in cells if isinstance(cell, int | float)]
                return Decimal(str(amounts[0])) if amounts else None
        return None
