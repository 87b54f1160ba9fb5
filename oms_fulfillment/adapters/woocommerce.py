"""WooCommerce REST API v3: one object per order, money as text, times in UTC (``*_gmt``).

How the money ties together, each amount with its tax where the shop's prices include it::

    line         = subtotal - (subtotal - total)      before and after coupons
    total        = lines + shipping_total + fee_lines (+ taxes where prices are without them)

Fees that the shop adds (for COD, for packing) are paid with the shipping; a negative fee is a
discount. Parcel numbers live in the meta data of plugins; the two common ones are read.
"""

from decimal import Decimal

from .cells import to_decimal
from .documents import JsonFormat, amount_of, iso_time, revision_of, text_of
from .order import ZERO, plain_number
from .registry import register
from .values import country_code, is_cod, money, unit_price

METHODS = {"bacs": "transfer", "cheque": "transfer", "cod": "cod"}
TRACKING = ("_wc_shipment_tracking_items", "_tracking_number", "tracking_number")


@register
class WooCommerceApi(JsonFormat):
    code = "woocommerce_api"
    name = "WooCommerce REST API"
    keys = frozenset({"id", "line_items", "billing", "status"})
    phases = {
        "pending": "unpaid",
        "checkout-draft": "unpaid",
        "on-hold": "unpaid",
        "processing": "to_ship",
        "completed": "done",
        "refunded": "returned",
        "cancelled": "cancelled",
        "failed": "cancelled",
        "trash": "cancelled",
    }

    def payload(self, item, phase):
        billing = item.get("billing") or {}
        shipping = item.get("shipping") or {}
        method = text_of(item.get("payment_method")) or ""
        cod = is_cod(method, text_of(item.get("payment_method_title")))
        included = item.get("prices_include_tax") is True
        paid_at = _time(item, "date_paid")
        fees = [_with_tax(fee, "total", included) for fee in item.get("fee_lines") or []]
        services = item.get("shipping_lines") or []
        total = amount_of(item.get("total"))
        courier, resi = _tracking(item.get("meta_data") or [])
        return {
            "external_id": text_of(item.get("number") or item.get("id")),
            "revision": revision_of(_time(item, "date_modified")),
            "ordered_at": _time(item, "date_created"),
            "paid_at": None if cod else paid_at,
            "currency": text_of(item.get("currency")),
            "buyer": {
                "external_id": text_of(item.get("customer_id") or None),
                "name": _name(billing),
                "phone": text_of(billing.get("phone")),
                "email": text_of(billing.get("email")),
            },
            "ship_to": _address(shipping if shipping.get("address_1") else billing, billing),
            "lines": [_line(entry, included) for entry in item.get("line_items") or []],
            "discounts": [{"code": "fee", "amount": plain_number(-fee)} for fee in fees if fee < 0],
            "shipping": {
                "courier": courier,
                "service": next((text_of(one.get("method_title")) for one in services), None),
                "amount": money(
                    sum((_with_tax(one, "total", included) for one in services), ZERO)
                    + sum((fee for fee in fees if fee > 0), ZERO)
                ),
                "resi": resi,
            },
            "payment": {
                "method": "cod" if cod else METHODS.get(method, "prepaid"),
                "reference": text_of(item.get("transaction_id")),
                "cod_amount": total if cod else None,
            },
            "totals": {"total": total},
            "note": text_of(item.get("customer_note")),
            "extra": {
                "payment_method": text_of(item.get("payment_method_title")) or method,
                "woocommerce_id": text_of(item.get("id")),
                "fees": money(sum(fees, ZERO)),
                "refunds": [
                    {"reason": text_of(one.get("reason")), "total": amount_of(one.get("total"))}
                    for one in item.get("refunds") or []
                ],
            },
        }


def _time(item, key):
    # the shop's own clock is written without an offset: last resort, and western Indonesia
    return iso_time(item.get(f"{key}_gmt")) or iso_time(item.get(key), "+07:00")


def _with_tax(entry, key, included):
    amount = to_decimal(amount_of(entry.get(key)))
    tax = to_decimal(amount_of(entry.get(f"{key}_tax"))) if included else Decimal(0)
    return amount + tax


def _line(entry, included):
    quantity = to_decimal(amount_of(entry.get("quantity")))
    before = _with_tax(entry, "subtotal", included)
    after = _with_tax(entry, "total", included)
    price, rounding = unit_price(before, quantity)
    names = (entry.get("sku"), entry.get("variation_id") or entry.get("product_id"))
    return {
        "line_id": text_of(entry.get("id")) or "?",
        "sku": next(filter(None, map(text_of, names)), "?")[:128],
        "name": text_of(entry.get("name")),
        "quantity": entry.get("quantity"),
        "unit_price": plain_number(price),
        "discount": money(before - after + rounding),
        "tax_included": None if included else False,
        "gift": True if not before else None,
    }


def _name(address):
    names = (text_of(address.get("first_name")), text_of(address.get("last_name")))
    return " ".join(filter(None, names)) or text_of(address.get("company"))


def _address(address, billing):
    street = (address.get("company"), address.get("address_1"), address.get("address_2"))
    return {
        "name": _name(address),
        "phone": text_of(address.get("phone") or billing.get("phone")),
        "street": ", ".join(filter(None, map(text_of, street))),
        "city": text_of(address.get("city")),
        "province": text_of(address.get("state")),
        "postal_code": text_of(address.get("postcode")),
        "country": country_code(text_of(address.get("country"))),
    }


def _tracking(meta):
    """Return ``(courier, parcel number)`` from the meta data of shipment plugins."""
    values = {entry.get("key"): entry.get("value") for entry in meta}
    for key in TRACKING:
        value = values.get(key)
        entry = value[0] if isinstance(value, list) and value else value
        if isinstance(entry, dict):
            courier = entry.get("tracking_provider") or entry.get("custom_tracking_provider")
            return text_of(courier), text_of(entry.get("tracking_number"))
        if entry:
            return text_of(values.get("_tracking_provider")), text_of(entry)
    return None, None
