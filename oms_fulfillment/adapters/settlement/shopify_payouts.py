"""Shopify Payments: ``payment_transactions_export``, one row per charge, refund or adjustment."""

from decimal import Decimal

from ..registry import register
from ..workbook import heading_key
from .families import fee_key
from .statement import FEE, ORDER, PENDING, WITHDRAWAL, Entry, StatementFormat


@register
class ShopifyPayouts(StatementFormat):
    code = "shopify_payouts"
    name = "Shopify: Payments transactions"
    zone = "UTC"
    thousands = ","
    time_formats = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
    texts = {
        "type": ("Type",),
        "order": ("Order",),
        "status": ("Payout Status",),
        "payout": ("Payout ID",),
        "checkout": ("Checkout",),
    }
    times = {"at": ("Transaction Date",), "paid_at": ("Payout Date",)}
    gross = ("Amount",)
    net = ("Net",)
    families = {"Fee": "payment"}
    block_end = ("Checkout",)
    required = (texts["type"], ("Payout Status",), gross, net, ("Fee",))

    def entry(self, raw, columns):
        kind = heading_key(raw["type"])
        if not kind:
            return None
        roles = {columns.roles[index]: amount for index, amount in raw.amounts.items()}
        amount, fee = roles.get("gross", Decimal(0)), roles.get("payment", Decimal(0))
        net = roles.get("net", Decimal(0))
        entry = Entry(
            group=f"{raw['order'] or kind}|{kind}|{raw['at'] or ''}",
            row=raw["checkout"] or "1",
            number=raw.number,
            kind=self._kind(kind, raw),
            order=raw["order"] if kind != "payout" else None,
            net=net,
            paid_at=raw["paid_at"] or raw["at"],
            payout=raw["payout"],
            label=raw["type"],
            issues=tuple(raw.issues),
        )
        if fee:
            entry.fees["payment"] = fee
        if entry.order:
            entry.gross = amount
            entry.refund = -amount if amount < 0 else Decimal(0)
        elif amount and kind != "payout":
            key = fee_key(raw["type"])
            key = "adjustment" if key.startswith("other") else key
            entry.fees[key] = entry.fees.get(key, Decimal(0)) - amount
        return entry

    @staticmethod
    def _kind(kind, raw):
        if kind == "payout":
            return WITHDRAWAL
        if heading_key(raw["status"]) != "paid":
            return PENDING
        return ORDER if raw["order"] else FEE
