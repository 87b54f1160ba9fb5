"""Shopify's ``orders_export`` csv: one row per line item.

Only the first row of an order carries the order's columns. Amounts have a decimal point, times an
offset. How the money ties together::

    goods        = price x quantity, summed, less the discounts of lines and order
    total        = goods + shipping (+ taxes where prices are without them)

An order is known by its name (``#1001``), as in the API. The csv has no tracking number.
"""

from decimal import Decimal

from .cells import to_decimal
from .order import ZERO, plain_number
from .registry import register
from .rows import TableFormat, filled, number_lines
from .values import country_code, is_cod, is_zero

PAID = ("paid", "partially_refunded", "refunded")
CENT = Decimal("0.02")


def phase_of_states(financial, fulfillment, cancelled):
    """The phase that Shopify's two states and the time of cancellation make."""
    if cancelled or financial == "voided":
        return "cancelled"
    if fulfillment in ("fulfilled", "restocked"):
        return "returned" if financial == "refunded" else "shipped"
    if financial == "refunded":
        return "cancelled"
    if financial in ("pending", "authorized", "expired", "partially_paid", "unpaid"):
        return "unpaid"
    return "to_ship" if financial in PAID else None


@register
class ShopifyOrders(TableFormat):
    code = "shopify_order"
    name = "Shopify: orders_export"
    thousands = ","
    zone = "UTC"
    time_formats = ("%Y-%m-%d %H:%M:%S %z",)
    required = ("number", "financial", "quantity", "price")
    expected = ("ordered_at", "sku", "total", "shipping", "shipping_street", "shipping_country")

    texts = {
        "number": ("Name",),
        "id": ("Id",),
        "financial": ("Financial Status",),
        "fulfillment": ("Fulfillment Status",),
        "email": ("Email",),
        "currency": ("Currency",),
        "discount_code": ("Discount Code",),
        "service": ("Shipping Method",),
        "product": ("Lineitem name",),
        "sku": ("Lineitem sku",),
        "note": ("Notes",),
        "payment": ("Payment Method",),
        "reference": ("Payment Reference",),
        "tags": ("Tags",),
        "phone": ("Phone",),
        **{
            f"{kind}_{key}": (f"{kind.capitalize()} {heading}",)
            for kind in ("shipping", "billing")
            for key, heading in (
                ("name", "Name"),
                ("street", "Address1"),
                ("street2", "Address2"),
                ("company", "Company"),
                ("city", "City"),
                ("zip", "Zip"),
                ("province", "Province Name"),
                ("state", "Province"),
                ("country", "Country"),
                ("phone", "Phone"),
            )
        },
    }
    times = {
        "ordered_at": ("Created at",),
        "paid_at": ("Paid at",),
        "cancelled_at": ("Cancelled at", "Canceled at"),
    }
    quantities = {"quantity": ("Lineitem quantity",)}
    amounts = {
        "subtotal": ("Subtotal",),
        "shipping": ("Shipping",),
        "taxes": ("Taxes",),
        "total": ("Total",),
        "discount": ("Discount Amount",),
        "price": ("Lineitem price",),
        "line_discount": ("Lineitem discount",),
        "refunded": ("Refunded Amount",),
    }
    ignored = (
        "Fulfilled at",
        "Accepts Marketing",
        "Lineitem compare at price",
        "Lineitem requires shipping",
        "Lineitem taxable",
        "Lineitem fulfillment status",
        "Billing Street",
        "Shipping Street",
        "Note Attributes",
        "Vendor",
        "Outstanding Balance",
        "Employee",
        "Location",
        "Device ID",
        "Risk Level",
        "Source",
        *(f"Tax {number} {part}" for number in range(1, 6) for part in ("Name", "Value")),
        "Receipt Number",
        "Duties",
        "Payment ID",
        "Payment Terms Name",
        "Next Payment Due At",
        "Payment References",
    )

    def status(self, rows):
        states = (filled(rows, "financial"), filled(rows, "fulfillment"))
        return " / ".join(filter(None, states))

    def phase(self, rows):
        return phase_of_states(
            filled(rows, "financial"), filled(rows, "fulfillment"), filled(rows, "cancelled_at")
        )

    def payload(self, rows, phase):
        first = rows[0]
        cod = is_cod(first["payment"])
        kind = "shipping" if first["shipping_city"] or first["shipping_street"] else "billing"
        lines, discount, included = _file_lines(rows)
        return {
            "external_id": first["number"],
            "ordered_at": first["ordered_at"],
            "paid_at": None if cod else first["paid_at"],
            "currency": first["currency"],
            "buyer": {
                "name": first["billing_name"] or first["shipping_name"],
                "phone": first["phone"] or first["billing_phone"],
                "email": first["email"],
            },
            "ship_to": _file_address(first, kind),
            "lines": lines,
            "discounts": [
                {"code": first["discount_code"], "amount": plain_number(discount)}
                for _once in range(discount > 0)
            ],
            "shipping": {"service": first["service"], "amount": first["shipping"]},
            "payment": {
                "method": "cod" if cod else "prepaid" if first["paid_at"] else "transfer",
                "reference": first["reference"],
                "cod_amount": first["total"] if cod else None,
            },
            "totals": {"total": first["total"], "tax": None if included else first["taxes"]},
            "note": first["note"],
            "tags": [tag.strip()[:64] for tag in (first["tags"] or "").split(",") if tag.strip()],
            "extra": {
                "payment_method": first["payment"],
                "shopify_id": first["id"],
                "refunded": first["refunded"] if to_decimal(first["refunded"]) else None,
            },
        }


def _file_lines(rows):
    """Return ``(lines, discount of the order, whether prices hold the tax)``.

    The export doesn't say whether the discount column holds those of the lines again, nor whether
    prices are with tax: the subtotal and the total tell.
    """
    first = rows[0]
    ids = number_lines(rows, _file_sku, lambda row: (row["product"] or "", row["price"] or ""))
    gross = sum((to_decimal(row["quantity"]) * to_decimal(row["price"]) for row in rows), ZERO)
    by_line = sum((to_decimal(row["line_discount"]) for row in rows), ZERO)
    by_order = to_decimal(first["discount"])
    given = gross - to_decimal(first["subtotal"])
    if by_line and abs(given - by_line) < CENT:
        by_order = ZERO
    elif abs(given - by_order) < CENT:
        by_line = ZERO
    rest = (
        to_decimal(first["total"]) - to_decimal(first["subtotal"]) - to_decimal(first["shipping"])
    )
    included = abs(rest) < CENT
    lines = [
        {
            "line_id": line_id,
            "sku": _file_sku(row),
            "name": row["product"],
            "quantity": row["quantity"],
            "unit_price": row["price"],
            "discount": row["line_discount"] if by_line else None,
            "tax_included": None if included else False,
            "gift": True if is_zero(row["price"]) else None,
        }
        for line_id, row in zip(ids, rows, strict=True)
    ]
    return lines, by_order, included


def _file_sku(row):
    return (row["sku"] or row["product"] or "?")[:128]


def _file_address(row, kind):
    street = (row[f"{kind}_company"], row[f"{kind}_street"], row[f"{kind}_street2"])
    return {
        "name": row[f"{kind}_name"],
        "phone": row[f"{kind}_phone"] or row["phone"],
        "street": ", ".join(filter(None, street)),
        "city": row[f"{kind}_city"],
        "province": row[f"{kind}_province"] or row[f"{kind}_state"],
        "postal_code": row[f"{kind}_zip"],
        "country": country_code(row[f"{kind}_country"]),
    }
