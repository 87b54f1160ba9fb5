"""Orders of Shopify's Admin REST API: one object per order, amounts as text.

How the money ties together::

    line         = price x quantity - its discount allocations (or its total_discount)
    total        = lines + shipping_lines (+ taxes where prices are without them)

An order is known by its name (``#1001``), as in the csv export.
"""

from decimal import Decimal

from .cells import to_decimal
from .documents import JsonFormat, amount_of, iso_time, revision_of, text_of
from .order import ZERO, plain_number
from .registry import register
from .shopify import PAID, phase_of_states
from .values import country_code, is_cod, is_zero, money


@register
class ShopifyApi(JsonFormat):
    code = "shopify_api"
    name = "Shopify Admin API"
    keys = frozenset({"line_items", "financial_status"})

    def status(self, item):
        states = (item.get("financial_status"), item.get("fulfillment_status"))
        return " / ".join(filter(None, map(text_of, states)))

    def phase(self, item):
        return phase_of_states(
            item.get("financial_status"), item.get("fulfillment_status"), item.get("cancelled_at")
        )

    def payload(self, item, phase):
        gateways = item.get("payment_gateway_names") or [item.get("gateway")]
        cod = is_cod(*map(text_of, gateways))
        paid = item.get("financial_status") in PAID
        customer = item.get("customer") or {}
        address = item.get("shipping_address") or item.get("billing_address") or {}
        dropped = _dropped(item)
        lines = [
            line
            for entry in item.get("line_items") or []
            if (line := _line(entry, dropped, item.get("taxes_included") is not False))
        ]
        total = amount_of(item.get("current_total_price") if dropped else None) or amount_of(
            item.get("total_price")
        )
        shipping = item.get("shipping_lines") or []
        sent = [one for one in item.get("fulfillments") or [] if one.get("status") != "cancelled"]
        resi = [text_of(one.get("tracking_number")) for one in sent]
        name = (text_of(customer.get("first_name")), text_of(customer.get("last_name")))
        return {
            "external_id": text_of(item.get("name") or item.get("id")),
            "revision": revision_of(item.get("updated_at")),
            "ordered_at": iso_time(item.get("created_at")),
            "paid_at": iso_time(item.get("processed_at")) if paid and not cod else None,
            "currency": text_of(item.get("currency")),
            "buyer": {
                "external_id": text_of(customer.get("id")),
                "name": " ".join(filter(None, name)) or _full_name(address),
                "phone": text_of(item.get("phone") or customer.get("phone")),
                "email": text_of(item.get("email") or customer.get("email")),
            },
            "ship_to": _address(address, item),
            "lines": lines,
            "discounts": _order_discounts(item, lines),
            "shipping": {
                "courier": next((text_of(one.get("tracking_company")) for one in sent), None),
                "service": next((text_of(one.get("title")) for one in shipping), None),
                "amount": money(sum(map(_shipping_price, shipping), ZERO)),
                "resi": next(filter(None, resi), None),
            },
            "payment": {
                "method": "cod" if cod else "prepaid" if paid else "transfer",
                "cod_amount": total if cod else None,
            },
            "totals": {"total": total},
            "note": text_of(item.get("note")),
            "tags": [
                tag.strip()[:64] for tag in (item.get("tags") or "").split(",") if tag.strip()
            ],
            "extra": {
                "payment_method": ", ".join(filter(None, map(text_of, gateways))),
                "cancel_reason": text_of(item.get("cancel_reason")),
                "shopify_id": text_of(item.get("id")),
                "parcels": [{"resi": number} for number in resi if number]
                if len(resi) > 1
                else None,
                "returned": _refunded(item, "return"),
            },
        }


def _dropped(item):
    """Units that were taken off the order before they left."""
    return _refunded(item, "cancel")


def _refunded(item, kind):
    units = {}
    for refund in item.get("refunds") or []:
        for line in refund.get("refund_line_items") or []:
            if line.get("restock_type") == kind:
                key = text_of(line.get("line_item_id"))
                units[key] = units.get(key, 0) + int(line.get("quantity") or 0)
    return units


def _line(entry, dropped, included):
    """One line; ``None`` when nothing of it is wanted any more."""
    line_id = text_of(entry.get("id"))
    ordered = int(entry.get("quantity") or 0)
    quantity = ordered - dropped.get(line_id, 0)
    if quantity <= 0 and ordered:
        return None
    parts = entry.get("discount_allocations")
    if parts:
        discount = sum((to_decimal(amount_of(part.get("amount"))) for part in parts), ZERO)
    else:
        discount = to_decimal(amount_of(entry.get("total_discount")))
    if ordered and quantity != ordered:
        discount = (discount * quantity / ordered).quantize(Decimal("0.01"))
    name = (text_of(entry.get("title")), text_of(entry.get("variant_title")))
    names = (entry.get("sku"), entry.get("variant_id"), entry.get("title"))
    price = amount_of(entry.get("price"))
    return {
        "line_id": line_id or "?",
        "sku": next(filter(None, map(text_of, names)), "?")[:128],
        "name": " - ".join(filter(None, name)),
        "quantity": quantity,
        "unit_price": price,
        "discount": money(discount),
        "tax_included": None if included else False,
        "gift": True if is_zero(price) else None,
    }


def _order_discounts(item, lines):
    """What the order's discount is above that of its lines."""
    codes = ", ".join(
        filter(None, (text_of(one.get("code")) for one in item.get("discount_codes") or []))
    )
    rest = to_decimal(amount_of(item.get("total_discounts"))) - sum(
        (to_decimal(line["discount"]) for line in lines), ZERO
    )
    shipping = sum(
        (
            to_decimal(amount_of(one.get("price"))) - _shipping_price(one)
            for one in item.get("shipping_lines") or []
        ),
        ZERO,
    )
    rest -= shipping
    return [{"code": codes or None, "amount": plain_number(rest)}] if rest > 0 else []


def _shipping_price(entry):
    return to_decimal(amount_of(entry.get("discounted_price")) or amount_of(entry.get("price")))


def _full_name(address):
    names = (text_of(address.get("first_name")), text_of(address.get("last_name")))
    return text_of(address.get("name")) or " ".join(filter(None, names)) or None


def _address(address, item):
    street = (address.get("company"), address.get("address1"), address.get("address2"))
    return {
        "name": _full_name(address),
        "phone": text_of(address.get("phone") or item.get("phone")),
        "street": ", ".join(filter(None, map(text_of, street))),
        "city": text_of(address.get("city")),
        "province": text_of(address.get("province")),
        "postal_code": text_of(address.get("zip")),
        "country": country_code(text_of(address.get("country_code") or address.get("country"))),
    }
