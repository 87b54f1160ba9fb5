"""Lazada order export, sheet ``sheet1``: one row per UNIT, no column for the quantity.

Units of one order may differ in status and in parcel. Units with the same SKU and the same price
make one line of that many; cancelled units are left out unless the whole order is cancelled. How
the money ties together (columns in quotes, each about one unit)::

    line         = "unitPrice" - "sellerDiscountTotal" (written negative in some countries)
    platform     = what "paidPrice" is below that
    buyer paid   = sum of "paidPrice" + sum of "shippingFee"
"""

from .cells import to_decimal, unmasked
from .order import ZERO, plain_number
from .registry import PHASES, register
from .rows import TableFormat, distinct, filled, number_lines, parcels, phase_of
from .values import CURRENCIES, country_code, is_cod, is_zero, money, total


@register
class LazadaOrders(TableFormat):
    code = "lazada_order"
    name = "Lazada"
    sheets = ("sheet1",)
    time_formats = ("%d %b %Y %H:%M", "%d %b %Y %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
    required = ("number", "item", "status", "unit_price")
    expected = ("resi", "ordered_at", "sku", "paid_price", "shipping", "street")

    texts = {
        "number": ("orderNumber", "Order Number"),
        "item": ("orderItemId", "Order Item Id"),
        "status": ("status",),
        "sku": ("sellerSku", "Seller SKU"),
        "lazada_sku": ("lazadaSku", "Lazada SKU"),
        "product": ("itemName", "Item Name"),
        "variation": ("variation",),
        "warehouse": ("wareHouse",),
        "payment": ("payMethod", "Pay Method", "Payment Method"),
        "buyer": ("customerName", "Customer Name"),
        "email": ("customerEmail", "Customer Email"),
        "name": ("shippingName", "Shipping Name"),
        "phone": ("shippingPhone", "Shipping Phone Number"),
        "street": ("shippingAddress", "Shipping Address"),
        "street2": ("shippingAddress2", "Shipping Address2"),
        "province": ("shippingAddress3", "Shipping Address3"),
        "city2": ("shippingAddress4", "Shipping Address4"),
        "district": ("shippingAddress5", "Shipping Address5"),
        "city": ("shippingCity", "Shipping City"),
        "postal_code": ("shippingPostCode", "Shipping Postcode"),
        "country": ("shippingCountry", "Shipping Country"),
        "region": ("shippingRegion", "Shipping Region"),
        "courier": ("shippingProvider", "Shipping Provider"),
        "service": ("shipmentTypeName", "Shipment Type Name"),
        "resi": ("trackingCode", "Tracking Code"),
        "initiator": ("buyerFailedDeliveryReturnInitiator", "Cancel / Return Initiator"),
        "cancel_reason": ("buyerFailedDeliveryReason", "Reason"),
        "seller_note": ("sellerNote",),
        "bundle": ("bundleId", "Bundle ID"),
    }
    times = {
        "ordered_at": ("createTime", "Created at"),
        "ship_by": ("ttsSla", "rtsSla", "promisedShippingTime", "Promised shipping time"),
    }
    amounts = {
        "unit_price": ("unitPrice", "Unit Price"),
        "paid_price": ("paidPrice", "Paid Price"),
        "seller_discount": ("sellerDiscountTotal",),
        "bundle_discount": ("bundleDiscount", "Bundle Discount"),
        "shipping": ("shippingFee", "Shipping Fee"),
        "wallet": ("walletCredit", "Wallet Credits"),
        "refunded": ("refundAmount", "Refund Amount"),
    }
    thousands = ","
    ignored = (
        "orderType",
        "Guarantee",
        "deliveryType",
        "lazadaId",
        "Lazada Id",
        "updateTime",
        "Updated at",
        "rtsSla",
        "invoiceRequired",
        "Invoice Required",
        "invoiceNumber",
        "deliveredDate",
        "nationalRegistrationNumber",
        "shippingPhone2",
        "Shipping Phone Number2",
        *(f"billing{part}" for part in ("Name", "Phone", "Phone2", "City", "PostCode", "Country")),
        *(f"billingAddr{number}" for number in ("", 2, 3, 4, 5)),
        "taxCode",
        "branchNumber",
        "taxInvoiceRequested",
        "cdShippingProvider",
        "CD Shipping Provider",
        "shippingProviderType",
        "Shipping Provider Type",
        "cdTrackingCode",
        "CD Tracking Code",
        "trackingUrl",
        "Tracking URL",
        "shippingProviderFM",
        "trackingCodeFM",
        "trackingUrlFM",
        "promisedShippingTime",
        "premium",
        "buyerFailedDeliveryDetail",
        "Reason Detail",
        "buyerFailedDeliveryUserName",
        "Editor",
        "semiManaged",
        "flexibleDeliveryTime",
        "platformDiscountTotal",
    )
    phases = {
        "unpaid": "unpaid",
        "pending": "to_ship",
        "topack": "to_ship",
        "packed": "to_ship",
        "repacked": "to_ship",
        "toship": "to_ship",
        "ready_to_ship": "to_ship",
        "shipped": "shipped",
        "failed": "shipped",
        "delivered": "delivered",
        "confirmed": "done",
        "canceled": "cancelled",
        "cancelled": "cancelled",
        "returned": "returned",
        "shipped_back": "returned",
        "lost": "returned",
        "damaged": "returned",
        "package_scrapped": "returned",
    }

    def live(self, rows):
        """The units that are not cancelled; all of them when none is left."""
        alive = [row for row in rows if phase_of(row["status"], self.phases) != "cancelled"]
        return alive or rows

    def status(self, rows):
        return ", ".join(distinct(row["status"] for row in self.live(rows)))

    def phase(self, rows):
        """An order is as far as the unit that is least far."""
        phases = [phase_of(row["status"], self.phases) for row in self.live(rows)]
        return None if None in phases else min(phases, key=PHASES.index)

    def payload(self, rows, phase):
        first = rows[0]
        units = self.live(rows)
        cod = is_cod(first["payment"])
        country = country_code(first["country"]) or "ID"
        paid = total(units, "paid_price") + total(units, "shipping")
        platform = sum((_platform_discount(row) for row in units), ZERO)
        sent = parcels(units)
        return {
            "external_id": first["number"],
            "ordered_at": first["ordered_at"],
            "currency": CURRENCIES.get(country),
            "paid_at": None if cod or phase == "unpaid" else first["ordered_at"],
            "buyer": {
                "name": first["buyer"],
                "phone": first["phone"],
                "email": unmasked(first["email"]),
            },
            "ship_to": {
                "name": first["name"],
                "phone": first["phone"],
                "street": ", ".join(filter(None, (first["street"], first["street2"]))),
                "district": first["district"],
                "city": first["city"] or first["city2"],
                "province": first["province"] or first["region"],
                "postal_code": first["postal_code"],
                "country": country,
            },
            "lines": self.lines(units),
            "discounts": [
                {"code": "platform", "amount": money(platform), "borne_by": "platform"}
                for _once in range(platform > 0)
            ],
            "shipping": {
                "courier": filled(units, "courier"),
                "service": first["service"],
                "amount": money(total(units, "shipping")),
                "resi": filled(units, "resi"),
                "ship_by": first["ship_by"],
            },
            "payment": {
                "method": "cod" if cod else "escrow",
                "cod_amount": plain_number(paid) if cod else None,
            },
            "totals": {"total": plain_number(paid), "pieces": str(len(units))},
            "extra": self.extra(rows, units, sent, phase),
        }

    def lines(self, units):
        groups = {}
        for row in units:
            key = (_sku(row), row["unit_price"], row["seller_discount"])
            groups.setdefault(key, []).append(row)
        firsts = [group[0] for group in groups.values()]
        ids = number_lines(firsts, _sku, lambda row: (row["unit_price"] or "", row["item"] or ""))
        return [
            {
                "line_id": line_id,
                "sku": sku,
                "name": " - ".join(filter(None, (group[0]["product"], group[0]["variation"]))),
                "quantity": len(group),
                "unit_price": price,
                "discount": money(sum((_seller_discount(row) for row in group), ZERO)),
                "gift": True if is_zero(price) else None,
            }
            for line_id, ((sku, price, _discount), group) in zip(ids, groups.items(), strict=True)
        ]

    def extra(self, rows, units, sent, phase):
        first = rows[0]
        back = [row for row in rows if phase_of(row["status"], self.phases) == "returned"]
        returned = {}
        for row in back:
            returned[_sku(row)] = returned.get(_sku(row), 0) + 1
        masked = any("**" in (first[key] or "") for key in ("name", "phone", "street"))
        return {
            "payment_method": first["payment"],
            "cancel_reason": filled(rows, "cancel_reason"),
            "cancel_by": filled(rows, "initiator"),
            "seller_note": filled(rows, "seller_note"),
            "masked": masked or None,
            "items": sorted(distinct(row["item"] for row in units)),
            "cancelled_items": sorted(distinct(row["item"] for row in rows if row not in units))
            or None,
            "parcels": sent if len(sent) > 1 else None,
            "failed_delivery": bool(phase == "cancelled" and sent) or None,
            "lost": any("lost" in (row["status"] or "") for row in rows) or None,
            "returned": {key: str(count) for key, count in returned.items()},
            "returned_quantity": str(len(back)) if back else None,
            "refunded": money(total(rows, "refunded")),
        }


def _sku(row):
    return (row["sku"] or row["lazada_sku"] or row["product"] or "?")[:128]


def _seller_discount(row):
    return abs(to_decimal(row["seller_discount"])) + abs(to_decimal(row["bundle_discount"]))


def _platform_discount(row):
    """What the buyer paid less than price and seller's discount say; never negative."""
    rest = to_decimal(row["unit_price"]) - _seller_discount(row) - to_decimal(row["paid_price"])
    return max(rest, ZERO)
