"""Shopee Open API v2, ``payment/get_escrow_detail``: who paid which part of an order.

An order of ``get_order_detail`` says what the buyer paid, not why. Its escrow detail does::

    goods        = sum over the items of discounted price x quantity
    order        = goods + shipping paid by the buyer - voucher of the seller
    buyer paid   = order - voucher of Shopee - coins - card and payment promotions
                   + service fee of the buyer
                 = "total_amount" of the order

``order_income`` has the vouchers, the coins and the shipping, ``buyer_payment_info`` the same as
the buyer saw it, and the fee. What Shopee or the courier adds for shipping and what Shopee keeps
of the payout is between them and the seller: it changes nothing that the buyer paid.
Coins that the buyer gets back later (``seller_coin_cash_back``) are a cost of the payout as well.
"""

from dataclasses import dataclass
from decimal import Decimal

from .cells import to_decimal
from .order import ZERO
from .values import money

# code of the discount, who bears it, its names in "order_income" and "buyer_payment_info"
DISCOUNTS = (
    ("Voucher Seller", "seller", "voucher_from_seller", "seller_voucher"),
    ("Voucher Shopee", "platform", "voucher_from_shopee", "shopee_voucher"),
    ("Shopee Coins", "platform", "coins", "shopee_coins_redeemed"),
    ("Credit Card", "platform", "credit_card_promotion", "credit_card_promotion"),
    ("Payment Promotion", "platform", "payment_promotion", "payment_promotion"),
)


@dataclass(frozen=True)
class Escrow:
    """What the escrow detail adds to an order; ``fee`` is ``None`` where it doesn't say."""

    discounts: tuple
    shipping: Decimal
    fee: Decimal | None

    def as_discounts(self):
        return [
            {"code": code, "amount": money(amount), "borne_by": borne_by}
            for code, borne_by, amount in self.discounts
        ]


def read_escrow(item):
    """Return the :class:`Escrow` that came with an order, ``None`` without one.

    It is the answer of ``get_escrow_detail``, or its ``response``, under ``escrow_detail``; its two
    parts may also stand in the order itself.
    """
    detail = item.get("escrow_detail") or item
    detail = detail.get("response") or detail
    income = detail.get("order_income") or {}
    buyer = detail.get("buyer_payment_info") or {}
    if not income and not buyer:
        return None
    discounts = tuple(
        (code, borne_by, amount)
        for code, borne_by, ours, theirs in DISCOUNTS
        if (amount := _first(income, ours, buyer, theirs))
    )
    fee = to_decimal(str(buyer.get("buyer_service_fee") or 0)) if buyer else None
    return Escrow(discounts, _first(income, "buyer_paid_shipping_fee", buyer, "shipping_fee"), fee)


def _first(income, ours, buyer, theirs):
    """Shopee writes what is taken off with and without a minus: the amount is what counts."""
    value = income.get(ours)
    return abs(to_decimal(str((buyer.get(theirs) if value is None else value) or 0))) or ZERO
