"""TikTok Shop (and Tokopedia) API, Order 202309: ``data.orders[]``.

Money is text, times are Unix seconds, and there is one line item per unit. Units with the same
SKU and price make one line, whose id is the platform's SKU id as in the file. How the money ties
together::

    line         = (original_price - seller_discount) per unit
    buyer paid   = lines + payment.shipping_fee - platform discounts + buyer's fees
                 = payment.total_amount
"""

from .cells import to_decimal, unmasked
from .documents import JsonFormat, amount_of, revision_of, text_of, unix_time
from .order import ZERO
from .registry import register
from .rows import distinct
from .tiktok import line_ids
from .values import is_cod, is_zero, money

FEES = ("buyer_service_fee", "handling_fee", "shipping_insurance_fee", "item_insurance_fee", "tax")
LEVELS = {"L0": "country", "L1": "province", "L2": "city", "L3": "district", "L4": "village"}


@register
class TikTokApi(JsonFormat):
    code = "tiktok_api"
    name = "TikTok Shop API"
    keys = frozenset({"id", "line_items", "recipient_address", "create_time"})
    phases = {
        "UNPAID": "unpaid",
        "ON_HOLD": "unpaid",
        "AWAITING_SHIPMENT": "to_ship",
        "PARTIALLY_SHIPPING": "to_ship",
        "AWAITING_COLLECTION": "to_ship",
        "IN_TRANSIT": "shipped",
        "DELIVERED": "delivered",
        "COMPLETED": "done",
        "CANCELLED": "cancelled",
    }

    def payload(self, item, phase):
        payment = item.get("payment") or {}
        method = text_of(item.get("payment_method_name"))
        cod = item.get("is_cod") is True or is_cod(method)
        total = amount_of(payment.get("total_amount"))
        units = _units(item, phase)
        platform = sum((to_decimal(unit["platform_discount"]) for unit in units), ZERO)
        voucher = to_decimal(amount_of(payment.get("payment_platform_discount")))
        fees = sum((to_decimal(amount_of(payment.get(key))) for key in FEES), ZERO)
        resi = distinct(unit["resi"] for unit in units)
        return {
            "external_id": text_of(item.get("id")),
            "revision": revision_of(item.get("update_time")),
            "ordered_at": unix_time(item.get("create_time")),
            "paid_at": None if cod else unix_time(item.get("paid_time")),
            "currency": text_of(payment.get("currency")),
            "buyer": {
                "external_id": unmasked(text_of(item.get("user_id"))),
                "name": text_of((item.get("recipient_address") or {}).get("name")),
                "phone": text_of((item.get("recipient_address") or {}).get("phone_number")),
            },
            "ship_to": _address(item.get("recipient_address") or {}),
            "lines": _lines(units),
            "discounts": [
                {"code": code, "amount": money(amount), "borne_by": "platform"}
                for code, amount in (
                    ("SKU Platform Discount", platform),
                    ("Payment platform discount", voucher),
                )
                if amount
            ],
            "shipping": {
                "courier": text_of(item.get("shipping_provider")),
                "service": text_of(item.get("delivery_option_name")),
                "amount": amount_of(payment.get("shipping_fee")),
                "resi": text_of(item.get("tracking_number")) or next(iter(resi), None),
                "ship_by": unix_time(item.get("shipping_due_time") or item.get("rts_sla_time")),
            },
            "payment": {"method": "cod" if cod else "escrow", "cod_amount": total if cod else None},
            "totals": {"total": total, "platform_fee": money(fees)},
            "note": text_of(item.get("buyer_message")),
            "extra": {
                "payment_method": method,
                "platform": text_of(item.get("commerce_platform")),
                "cancel_reason": text_of(item.get("cancel_reason")),
                "cancel_by": text_of(item.get("cancellation_initiator")),
                "cancel_requested": item.get("is_buyer_request_cancel") or None,
                "seller_note": text_of(item.get("seller_note")),
                "combined": item.get("split_or_combine_tag") or None,
                "parcels": [{"resi": number} for number in resi] if len(resi) > 1 else None,
            },
        }


def _units(item, phase):
    """The units that are still wanted; all of them in an order that was cancelled."""
    units = [
        {
            "sku_id": text_of(unit.get("sku_id")),
            "sku": text_of(unit.get("seller_sku")),
            "product": text_of(unit.get("product_name")),
            "variation": text_of(unit.get("sku_name")),
            "price": amount_of(unit.get("original_price")),
            "seller_discount": amount_of(unit.get("seller_discount")),
            "platform_discount": amount_of(unit.get("platform_discount")),
            "resi": text_of(unit.get("tracking_number")),
            "gift": unit.get("is_gift") is True,
            "cancelled": unit.get("display_status") == "CANCELLED",
        }
        for unit in item.get("line_items") or []
    ]
    alive = [unit for unit in units if not unit["cancelled"]]
    return alive if alive and phase != "cancelled" else units


def _lines(units):
    groups = {}
    for unit in units:
        key = (unit["sku_id"], unit["price"], unit["seller_discount"])
        groups.setdefault(key, []).append(unit)
    firsts = [group[0] for group in groups.values()]
    lines = []
    for line_id, group in zip(line_ids(firsts), groups.values(), strict=True):
        unit = group[0]
        discount = sum((to_decimal(one["seller_discount"]) for one in group), ZERO)
        lines.append(
            {
                "line_id": line_id,
                "sku": unit["sku"] or unit["sku_id"],
                "name": " - ".join(filter(None, (unit["product"], unit["variation"]))),
                "quantity": len(group),
                "unit_price": unit["price"],
                "discount": money(discount),
                "gift": True if unit["gift"] or is_zero(unit["price"]) else None,
            }
        )
    return lines


def _address(address):
    places = {}
    for place in address.get("district_info") or []:
        places[LEVELS.get(place.get("address_level"))] = text_of(place.get("address_name"))
    street = [address.get("address_detail") or address.get("address_line1")]
    return {
        "name": text_of(address.get("name")),
        "phone": text_of(address.get("phone_number")),
        "street": ", ".join(filter(None, map(text_of, street))),
        "village": places.get("village"),
        "district": places.get("district"),
        "city": places.get("city"),
        "province": places.get("province"),
        "postal_code": text_of(address.get("postal_code")),
        "country": text_of(address.get("region_code")),
    }
