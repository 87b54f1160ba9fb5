"""TikTok Shop and Tokopedia, "Semua pesanan" of the common seller centre: one row per SKU.

The headings stay English, the values are in the language of the seller centre. A row of
descriptions may stand below the headings; cells of the csv end in tabs. How the money of an order
ties together (columns in quotes)::

    line         = "SKU Unit Original Price" x "Quantity" - "SKU Seller Discount"
    order        = sum of the lines + "Shipping Fee After Discount"
    buyer paid   = order - "SKU Platform Discount" (summed) - "Payment platform discount"
                   + fees that the platform keeps
                 = "Order Amount"

"Order Amount" and the shipping columns repeat on every row of an order and are taken once.
"""

from .cells import to_decimal, unmasked
from .order import ZERO
from .registry import register
from .rows import TableFormat, filled, number_lines, parcels, phase_of, title_of
from .values import CURRENCIES, country_code, is_cod, is_zero, money, total

FEES = ("service_fee", "handling_fee", "insurance", "item_insurance", "taxes", "small_order_fee")
EXTRA = ("cancel_reason", "cancel_by", "return_type", "warehouse", "seller_note", "username")
PHASES = {
    "belum dibayar": "unpaid",
    "belum bayar": "unpaid",
    "menunggu pembayaran": "unpaid",
    "unpaid": "unpaid",
    "on hold": "unpaid",
    "ditahan": "unpaid",
    "perlu dikirim": "to_ship",
    "menunggu pengiriman": "to_ship",
    "menunggu pengambilan": "to_ship",
    "menunggu penjemputan": "to_ship",
    "to ship": "to_ship",
    "awaiting shipment": "to_ship",
    "awaiting collection": "to_ship",
    "dikirim": "shipped",
    "sedang transit": "shipped",
    "shipped": "shipped",
    "in transit": "shipped",
    "terkirim": "delivered",
    "delivered": "delivered",
    "selesai": "done",
    "completed": "done",
    "dibatalkan": "cancelled",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}


@register
class TikTokOrders(TableFormat):
    code = "tiktok_order"
    name = "TikTok Shop / Tokopedia: OrderSKUList"
    sheets = ("OrderSKUList",)
    # DD/MM everywhere but in the United States, where AM or PM stands behind the time
    time_formats = ("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %H:%M")
    number_pattern = "[0-9]{15,20}"
    required = ("number", "status", "sku_id", "quantity")
    expected = ("resi", "ordered_at", "sku", "price", "total", "shipping", "street")

    texts = {
        "number": ("Order ID",),
        "status": ("Order Status",),
        "substatus": ("Order Substatus",),
        "return_type": ("Cancelation/Return Type", "Cancellation/Return Type"),
        "cancel_by": ("Cancel By",),
        "cancel_reason": ("Cancel Reason",),
        "sku_id": ("SKU ID",),
        "sku": ("Seller SKU",),
        "product": ("Product Name",),
        "variation": ("Variation",),
        "warehouse": ("Warehouse Name",),
        "resi": ("Tracking ID",),
        "service": ("Delivery Option",),
        "courier": ("Shipping Provider Name",),
        "note": ("Buyer Message",),
        "seller_note": ("Seller Note",),
        "username": ("Buyer Username", "Buyer Nickname"),
        "name": ("Recipient",),
        "phone": ("Phone #",),
        "postal_code": ("Zipcode",),
        "country": ("Country",),
        "province": ("Province", "State"),
        "city": ("Regency and City", "City", "Post Town"),
        "district": ("Districts",),
        "village": ("Villages",),
        "street": ("Detail Address", "Address Line 1"),
        "street2": ("Additional address information", "Address Line 2"),
        "hint": ("Delivery Instruction",),
        "payment": ("Payment Method",),
        "package": ("Package ID",),
        "platform": ("Purchase Channel",),
        "invoice": ("Tokopedia Invoice Number",),
    }
    times = {
        "ordered_at": ("Created Time",),
        "paid_at": ("Paid Time",),
        "delivered_at": ("Delivered Time",),
        "cancelled_at": ("Cancelled Time",),
    }
    quantities = {
        "quantity": ("Quantity",),
        "returned": ("Sku Quantity of return",),
    }
    amounts = {
        "price": ("SKU Unit Original Price",),
        "platform_discount": ("SKU Platform Discount",),
        "seller_discount": ("SKU Seller Discount",),
        "payment_discount": ("Payment platform discount",),
        "shipping": ("Shipping Fee After Discount",),
        "refunded": ("Order Refund Amount",),
        "service_fee": ("Buyer Service Fee",),
        "handling_fee": ("Handling Fee",),
        "insurance": ("Shipping Insurance",),
        "item_insurance": ("Item Insurance",),
        "taxes": ("Taxes",),
        "small_order_fee": ("Small Order Fee",),
        "total": ("Order Amount",),
    }
    ignored = (
        "Normal or Pre-order",
        "SKU Subtotal Before Discount",
        "SKU Subtotal After Discount",
        "Original Shipping Fee",
        "Shipping Fee Seller Discount",
        "Shipping Fee Platform Discount",
        "Distance Shipping Fee",
        "Distance Fee",
        "Dynamic Commission",
        "RTS Time",
        "Shipped Time",
        "Fulfillment Type",
        "Weight(kg)",
        "Product Category",
        "Checked Status",
        "Checked Marked by",
    )
    phases = PHASES

    def phase(self, rows):
        """The type of cancellation or return stays English and is preferred to the status."""
        kind = (filled(rows, "return_type") or "").casefold()
        status = phase_of(self.status(rows), self.phases)
        if kind.startswith("cancel"):
            return "cancelled"
        if kind.startswith("return") and status in ("shipped", "delivered", "done"):
            return "returned"
        if status == "shipped" and phase_of(filled(rows, "substatus"), PHASES) == "delivered":
            return "delivered"
        return status

    def payload(self, rows, phase):
        first = rows[0]
        cod = is_cod(first["payment"])
        country = country_code(first["country"])
        fees = sum((to_decimal(first[key]) for key in FEES), ZERO)
        return {
            "external_id": first["number"],
            "ordered_at": first["ordered_at"],
            "paid_at": None if cod else first["paid_at"],
            "currency": CURRENCIES.get(country),
            "buyer": {
                "external_id": unmasked(first["username"]),
                "name": first["name"],
                "phone": first["phone"],
            },
            "ship_to": {
                **{
                    key: first[key]
                    for key in ("name", "phone", "village", "district", "city", "province")
                },
                "street": ", ".join(filter(None, (first["street"], first["street2"]))),
                "postal_code": first["postal_code"],
                "country": country,
                "note": first["hint"],
            },
            "lines": self.lines(rows),
            "discounts": [
                {"code": code, "amount": money(amount), "borne_by": "platform"}
                for code, amount in (
                    ("SKU Platform Discount", total(rows, "platform_discount")),
                    ("Payment platform discount", to_decimal(first["payment_discount"])),
                )
                if amount
            ],
            "shipping": {
                "courier": filled(rows, "courier"),
                "service": first["service"],
                "amount": first["shipping"],
                "resi": filled(rows, "resi"),
            },
            "payment": {
                "method": "cod" if cod else "escrow",
                "cod_amount": first["total"] if cod else None,
            },
            "totals": {"total": first["total"], "platform_fee": money(fees)},
            "note": first["note"],
            "extra": self.extra(rows, phase),
        }

    def lines(self, rows):
        """The line id is the platform's SKU id, as in its API."""
        return [
            {
                "line_id": line_id,
                "sku": row["sku"] or row["sku_id"] or title_of(row)[:128],
                "name": title_of(row),
                "quantity": row["quantity"],
                "unit_price": row["price"],
                "discount": row["seller_discount"],
                "gift": True if is_zero(row["price"]) else None,
            }
            for line_id, row in zip(line_ids(rows), rows, strict=True)
        ]

    def extra(self, rows, phase):
        first = rows[0]
        sent = parcels(rows)
        masked = any("**" in (first[key] or "") for key in ("name", "phone", "street"))
        returned = {
            line_id: row["returned"]
            for line_id, row in zip(line_ids(rows), rows, strict=True)
            if to_decimal(row["returned"])
        }
        refunded = max(to_decimal(row["refunded"]) for row in rows)
        return {
            **{key: first[key] for key in EXTRA},
            "substatus": first["substatus"],
            "masked": masked or None,
            "payment_method": first["payment"],
            "platform": first["platform"],
            "invoice": first["invoice"],
            "parcels": sent if len(sent) > 1 else None,
            "failed_delivery": bool(phase == "cancelled" and sent) or None,
            "returned": returned,
            "returned_quantity": money(total(rows, "returned")),
            "refunded": money(refunded),
        }


def line_ids(rows):
    return number_lines(
        rows,
        lambda row: row["sku_id"] or row["sku"] or title_of(row) or "?",
        lambda row: (row["sku"] or "", row["price"] or "", row["seller_discount"] or ""),
    )
