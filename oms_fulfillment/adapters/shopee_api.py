"""Shopee Open API v2, ``order/get_order_detail``: ``response.order_list[]``.

Numbers are JSON numbers, times Unix seconds. The message names neither vouchers nor what the
buyer paid for shipping: they come with the escrow detail (``shopee_escrow.py``). Without one a
positive rest of ``total_amount`` over the goods is the platform's fee when it is small and else the
shipping fee; a negative one is left to be seen, since nobody can say who bears it.
"""

from decimal import Decimal

from .cells import to_decimal
from .documents import JsonFormat, amount_of, revision_of, text_of, unix_time
from .order import ZERO
from .registry import register
from .rows import number_lines
from .shopee_escrow import read_escrow
from .values import is_zero, money

FEE_LIMIT = Decimal(2_500)


@register
class ShopeeApi(JsonFormat):
    code = "shopee_api"
    name = "Shopee Open API"
    keys = frozenset({"order_sn", "item_list"})
    status_key = "order_status"
    phases = {
        "UNPAID": "unpaid",
        "INVOICE_PENDING": "to_ship",
        "READY_TO_SHIP": "to_ship",
        "PROCESSED": "to_ship",
        "RETRY_SHIP": "to_ship",
        "IN_CANCEL": "to_ship",
        "SHIPPED": "shipped",
        "TO_CONFIRM_RECEIVE": "delivered",
        "COMPLETED": "done",
        "TO_RETURN": "returned",
        "CANCELLED": "cancelled",
    }

    def payload(self, item, phase):
        address = item.get("recipient_address") or {}
        packages = item.get("package_list") or []
        cod = item.get("cod") is True
        lines = _lines(item.get("item_list") or [])
        total = amount_of(item.get("total_amount"))
        escrow = read_escrow(item)
        shipping, fee = _rest(item, total, lines, escrow)
        resi = text_of(item.get("tracking_no") or item.get("tracking_number"))
        return {
            "external_id": text_of(item.get("order_sn")),
            "revision": revision_of(item.get("update_time")),
            "ordered_at": unix_time(item.get("create_time")),
            "paid_at": None if cod else unix_time(item.get("pay_time")),
            "currency": text_of(item.get("currency")),
            "buyer": {
                "external_id": text_of(item.get("buyer_username")),
                "name": text_of(address.get("name")),
                "phone": text_of(address.get("phone")),
            },
            "ship_to": {
                "name": text_of(address.get("name")),
                "phone": text_of(address.get("phone")),
                "street": text_of(address.get("full_address")),
                "village": text_of(address.get("town")),
                "district": text_of(address.get("district")),
                "city": text_of(address.get("city")),
                "province": text_of(address.get("state")),
                "postal_code": text_of(address.get("zipcode")),
                "country": text_of(address.get("region") or item.get("region")),
            },
            "lines": lines,
            "discounts": escrow.as_discounts() if escrow else [],
            "shipping": {
                "courier": text_of(item.get("shipping_carrier")),
                "amount": money(shipping),
                "resi": resi or next(filter(None, map(_resi, packages)), None),
                "ship_by": unix_time(item.get("ship_by_date")),
            },
            "payment": {"method": "cod" if cod else "escrow", "cod_amount": total if cod else None},
            "totals": {"total": total if to_decimal(total) else None, "platform_fee": money(fee)},
            "note": text_of(item.get("message_to_seller")),
            "extra": {
                "payment_method": text_of(item.get("payment_method")),
                "cancel_reason": text_of(
                    item.get("cancel_reason") or item.get("buyer_cancel_reason")
                ),
                "cancel_by": text_of(item.get("cancel_by")),
                "cancel_requested": True if self.status(item) == "IN_CANCEL" else None,
                "seller_note": text_of(item.get("note")),
                "username": text_of(item.get("buyer_username")),
                "packages": [
                    {
                        "package": text_of(package.get("package_number")),
                        "courier": text_of(package.get("shipping_carrier")),
                        "resi": _resi(package),
                    }
                    for package in packages
                ]
                if len(packages) > 1
                else None,
            },
        }


def _resi(package):
    return text_of(package.get("tracking_number") or package.get("tracking_no"))


def _lines(items):
    """The line id is the SKU, as in the file: the API's own id isn't unique per variation."""
    ids = number_lines(
        items,
        _sku,
        lambda item: (str(item.get("model_name")), str(item.get("model_discounted_price"))),
    )
    lines = []
    for line_id, item in zip(ids, items, strict=True):
        price = amount_of(item.get("model_discounted_price"))
        if price is None:
            price = amount_of(item.get("model_original_price"))
        lines.append(
            {
                "line_id": line_id,
                "sku": _sku(item),
                "name": " - ".join(
                    filter(None, (text_of(item.get("item_name")), text_of(item.get("model_name"))))
                ),
                "quantity": item.get("model_quantity_purchased"),
                "unit_price": price,
                "gift": True if is_zero(price) else None,
            }
        )
    return lines


def _sku(item):
    names = (item.get("model_sku"), item.get("item_sku"), item.get("model_id"), item.get("item_id"))
    return next(filter(None, map(text_of, names)), "?")[:128]


def _rest(item, total, lines, escrow):
    """What the buyer paid beyond the goods, as ``(shipping fee, platform's fee)``."""
    if escrow and escrow.fee is not None:
        return escrow.shipping, escrow.fee
    rest = to_decimal(total) - _goods(lines)
    if escrow:
        rest += sum((amount for _code, _borne_by, amount in escrow.discounts), ZERO)
        fee = rest - escrow.shipping
        return escrow.shipping, fee if ZERO < fee <= FEE_LIMIT else ZERO
    if rest <= 0:
        return ZERO, ZERO
    if rest <= FEE_LIMIT:
        return ZERO, rest
    shipping = min(rest, max(to_decimal(str(item.get("estimated_shipping_fee") or 0)), ZERO))
    fee = rest - shipping
    return (shipping, fee) if fee <= FEE_LIMIT else (ZERO, ZERO)


def _goods(lines):
    return sum(
        (to_decimal(str(line["quantity"])) * to_decimal(line["unit_price"]) for line in lines), ZERO
    )
