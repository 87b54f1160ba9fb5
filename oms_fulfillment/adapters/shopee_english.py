"""Shopee's order export in English, as in Malaysia, Singapore, the Philippines and Thailand."""

import copy

from .registry import register
from .rows import filled
from .shopee import ShopeeFile
from .values import country_code

# What stands in brackets behind the English headings.
MARKS = {"PHP": "PH", "MYR": "MY", "RM": "MY", "SGD": "SG", "THB": "TH", "VND": "VN", "IDR": "ID"}


def _with_currency(*headings):
    """The headings as they are and with each currency in brackets behind them."""
    marks = ("", *(f"({mark})" for mark in MARKS))
    return tuple(f"{heading}{mark}" for heading in headings for mark in marks)


@register
class ShopeeOrdersEnglish(ShopeeFile):
    """The English headings of other countries; the currency stands in brackets behind some."""

    code = "shopee_order_en"
    name = "Shopee: Order.all (English)"
    thousands = ","

    texts = {
        "number": ("Order ID",),
        "status": ("Order Status",),
        "cancel_reason": ("Cancel reason",),
        "return_status": ("Return/Refund Status",),
        "resi": ("Tracking Number",),
        "option": ("Shipping Option",),
        "kind": ("Order Type",),
        "payment": ("Payment Method",),
        "parent_sku": ("Parent SKU Reference No.",),
        "product": ("Product Name",),
        "sku": ("SKU Reference No.",),
        "variation": ("Variation Name",),
        "warehouse": ("Warehouse Name",),
        "note": ("Remark from buyer",),
        "seller_note": ("Note",),
        "username": ("Username (Buyer)",),
        "name": ("Receiver Name",),
        "phone": ("Phone Number",),
        "street": ("Delivery Address",),
        "district": ("District",),
        "city": ("City", "Town"),
        "province": ("Province", "State"),
        "postal_code": ("Zip Code",),
        "country": ("Country",),
    }
    times = {
        "ship_by": ("Estimated Ship Out Date",),
        "ordered_at": ("Order Creation Date", "Order Creation Time"),
        "paid_at": ("Order Paid Time",),
        "completed_at": ("Order Complete Time",),
    }
    quantities = {
        "quantity": ("Quantity",),
        "returned": ("Returned quantity",),
        "pieces": ("No of product in order", "Number of product in order"),
    }
    amounts = {
        "original_price": _with_currency("Original Price"),
        "price": _with_currency("Deal Price"),
        "seller_item_discount": _with_currency(
            "Price Discount(from Seller)", "Seller Discount", "Seller Rebate"
        ),
        "platform_item_discount": _with_currency("Shopee Rebate"),
        "seller_voucher": _with_currency("Seller Voucher"),
        "coin_cashback": _with_currency(
            "Coin Cashback Voucher Amount Sponsored by Seller", "Seller Absorbed Coin Cashback"
        ),
        "platform_voucher": _with_currency("Shopee Voucher"),
        "platform_bundle": _with_currency("Shopee Bundle Discount"),
        "seller_bundle": _with_currency("Seller Bundle Discount"),
        "coins": _with_currency("Shopee Coins Offset"),
        "card": _with_currency("Credit Card Discount Total"),
        "shipping": _with_currency("Buyer Paid Shipping Fee"),
        "total": _with_currency("Grand Total"),
    }
    ignored = (
        "Hot Listing",
        "Shipment Method",
        "Ship Time",
        "Voucher Code",
        "SKU Total Weight",
        "Order Total Weight",
        "Bundle Deal Indicator",
        *_with_currency(
            "Product Subtotal",
            "Total Discount",
            "Products' Price Paid by Buyer",
            "Shipping Rebate Estimate",
            "Reverse Shipping Fee",
            "Service Fee",
            "Estimated Shipping Fee",
            "Transaction Fee",
            "Commission Fee",
        ),
    )
    phases = {
        "unpaid": "unpaid",
        "to ship": "to_ship",
        "shipping": "shipped",
        "shipped": "shipped",
        "delivered": "delivered",
        "order received": "delivered",
        "completed": "done",
        "cancelled": "cancelled",
        "return": "returned",
    }

    home = None

    def bound(self, table):
        """The country isn't written in every file, but the currency is."""
        form = copy.copy(self)
        text = " ".join(table.titles)
        form.home = next((code for mark, code in MARKS.items() if f"({mark})" in text), None)
        return form

    def country(self, rows):
        return country_code(filled(rows, "country")) or self.home or "MY"
