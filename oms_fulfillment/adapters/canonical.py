"""The canonical order: the one shape in which every channel's order enters the house.

Money is ``Decimal`` in the order's currency, times are naive UTC, quantities are in the unit of
the SKU. The same shape is published as ``static/schemas/order.schema.json``; what JSON Schema
can't say (a discount above its line, a line id used twice) is checked here only.

How an order's money ties together::

    goods    = sum(quantity * unit_price - discount)          per line, what the buyer pays
    order    = goods - discounts(seller) + shipping + insurance
    total    = order - discounts(platform) + platform_fee     what left the buyer's pocket

``totals.platform_fee`` is charged to the buyer by the platform and kept by it (Shopee's service
fee): no part of the seller's order, but part of what the channel calls the total.
``totals.pieces`` is how many units the channel counts: it shows a line that got lost.
"""

from decimal import Decimal

from .messages import Issue, Sentence, _lt
from .order import (
    ZERO,
    Address,
    Buyer,
    Discount,
    Line,
    Order,
    Payment,
    Shipping,
    Totals,
    as_plain,
    plain_number,
)
from .reader import Node, Report, shown
from .wording import COUNTRY, CURRENCY, MISSING, NOT_EXPECTED, TEXT

MAX_LINES = 500
MAX_QUANTITY = Decimal(100_000)
MIN_QUANTITY = Decimal("0.000001")
MAX_MONEY = Decimal("9999999999999.999999")
MAX_REVISION = 2**31 - 1

STATUSES = ("placed", "cancelled")
METHODS = ("prepaid", "transfer", "cod", "escrow", "terms")
BEARERS = ("seller", "platform")

NO_ORDER = _lt("This is no order: %(value)s.")
REPEATED = _lt("It has the same line number as line %(other)s.")
DISCOUNT_ABOVE_LINE = _lt("The discount of %(discount)s is more than the %(worth)s of the line.")
TOO_MUCH = _lt("The products add up to %(worth)s, which can't be right.")
PIECES_DIFFER = _lt(
    "The channel counts %(pieces)s pieces, the lines %(counted)s: a line is missing or was changed."
)
DISCOUNTS_ABOVE_ORDER = _lt("The discounts add up to %(discounts)s, the order only to %(worth)s.")

__all__ = ["Issue", "Order", "as_plain", "parse"]


def parse(payload):
    """Read a canonical order.

    :param payload: what ``json.loads`` gave, trusted in nothing
    :return: ``(order, errors, warnings)``: an :class:`Order` or ``None`` when there are errors,
        and two lists of :class:`Issue`. Never raises.
    """
    report = Report()
    if not isinstance(payload, dict):
        report.error("wrong_type", "", NO_ORDER, value=shown(payload))
        return None, report.errors, report.warnings
    node = Node(payload, "", report)
    values = {
        "external_id": node.text("external_id", 128, required=True),
        "revision": node.integer("revision", 0, MAX_REVISION),
        "status": node.choice("status", STATUSES, default="placed"),
        "ordered_at": node.time("ordered_at", required=True),
        "paid_at": node.time("paid_at"),
        "currency": node.pattern("currency", "[A-Z]{3}", CURRENCY),
        "buyer": _buyer(node.child("buyer")),
        "ship_to": _address(node.child("ship_to", required=True), required=True),
        "bill_to": _address(node.child("bill_to")),
        "lines": _lines(node),
        "discounts": tuple(_discount(child) for child in node.children("discounts", 100)),
        "shipping": _shipping(node.child("shipping")),
        "payment": _payment(node.child("payment", required=True)),
        "totals": _totals(node.child("totals")),
        "requested_date": node.time("requested_date", or_date=True),
        "note": node.text("note", 4000),
        "tags": _tags(node),
        "extra": _extra(node),
    }
    node.close()
    if not report.errors:
        _check_sums(values, report)
    order = None if report.errors else Order(**values)
    return order, report.errors, report.warnings


def _money(node, key, default=None, required=False):
    value = node.number(key, ZERO, MAX_MONEY, required=required)
    return default if value is None else value


def _buyer(node):
    if node is None:
        return Buyer()
    buyer = Buyer(
        external_id=node.text("external_id", 128),
        name=node.text("name"),
        phone=node.text("phone", 64),
        email=node.text("email", 254),
    )
    node.close()
    return buyer


def _address(node, required=False):
    if node is None:
        return None
    address = Address(
        name=node.text("name", required=required),
        phone=node.text("phone", 64),
        street=node.text("street", 1000),
        village=node.text("village"),
        district=node.text("district"),
        city=node.text("city", required=required),
        province=node.text("province"),
        postal_code=node.text("postal_code", 24),
        country=node.pattern("country", "[A-Z]{2}", COUNTRY, required=required),
        note=node.text("note", 1000),
        latitude=node.number("latitude", Decimal(-90), Decimal(90), digits=2),
        longitude=node.number("longitude", Decimal(-180), Decimal(180), digits=3),
    )
    if required and not (address.street or address.note):
        node.error("missing", "street", MISSING)
    node.close()
    return address


def _lines(node):
    lines = []
    seen = {}
    for index, child in enumerate(node.children("lines", MAX_LINES, required=True)):
        line = Line(
            line_id=child.text("line_id", 128) or str(index + 1),
            sku=child.text("sku", 128, required=True),
            name=child.text("name", 500),
            quantity=child.number("quantity", MIN_QUANTITY, MAX_QUANTITY, 6, required=True),
            unit_price=_money(child, "unit_price", required=True),
            discount=_money(child, "discount", ZERO),
            tax_included=child.flag("tax_included", True),
            gift=child.flag("gift", False),
            note=child.text("note", 1000),
        )
        child.close()
        if line.line_id in seen:
            child.error("duplicate_line", "line_id", REPEATED, other=seen[line.line_id])
        seen.setdefault(line.line_id, index + 1)
        known = line.quantity is not None and line.unit_price is not None
        if known and line.amount < 0:
            child.error(
                "discount_too_large",
                "discount",
                DISCOUNT_ABOVE_LINE,
                discount=plain_number(line.discount),
                worth=plain_number(line.quantity * line.unit_price),
            )
        lines.append(line)
    return tuple(lines)


def _discount(node):
    discount = Discount(
        amount=_money(node, "amount", required=True),
        borne_by=node.choice("borne_by", BEARERS, default="seller"),
        code=node.text("code", 128),
    )
    node.close()
    return discount


def _shipping(node):
    if node is None:
        return Shipping()
    shipping = Shipping(
        courier=node.text("courier", 128),
        service=node.text("service", 128),
        amount=_money(node, "amount", ZERO),
        insurance=_money(node, "insurance", ZERO),
        resi=node.text("resi", 128),
        ship_by=node.time("ship_by"),
    )
    node.close()
    return shipping


def _payment(node):
    if node is None:
        return None
    payment = Payment(
        method=node.choice("method", METHODS, required=True),
        reference=node.text("reference", 128),
        amount=_money(node, "amount"),
        cod_amount=_money(node, "cod_amount"),
    )
    node.close()
    return payment


def _totals(node):
    if node is None:
        return Totals()
    totals = Totals(
        goods=_money(node, "goods"),
        discount=_money(node, "discount"),
        shipping=_money(node, "shipping"),
        tax=_money(node, "tax"),
        total=_money(node, "total"),
        platform_fee=_money(node, "platform_fee", ZERO),
        pieces=node.number("pieces", ZERO, MAX_QUANTITY * MAX_LINES, digits=8),
    )
    node.close()
    return totals


def _tags(node):
    tags = []
    for index, value in enumerate(node.items("tags", 50)):
        key = f"tags[{index}]"
        if isinstance(value, str):
            tags.append(node.checked_text(value, key, 64))
        else:
            expected = Sentence(TEXT)
            node.error("wrong_type", key, NOT_EXPECTED, value=shown(value), expected=expected)
    return tuple(tag for tag in tags if tag)


def _extra(node):
    """Whatever the channel wants kept: any object, looked into by nobody but its adapter."""
    child = node.child("extra")
    return child.data if child else {}


def _check_sums(values, report):
    goods = sum((line.amount for line in values["lines"]), ZERO)
    if goods > MAX_MONEY:
        report.error("out_of_range", "lines", TOO_MUCH, worth=plain_number(goods))
    pieces = values["totals"].pieces
    counted = sum((line.quantity for line in values["lines"]), ZERO)
    if pieces is not None and pieces != counted:
        report.error(
            "pieces_differ",
            "totals.pieces",
            PIECES_DIFFER,
            pieces=plain_number(pieces),
            counted=plain_number(counted),
        )
    shipping = values["shipping"]
    borne = sum((item.amount for item in values["discounts"]), ZERO)
    worth = goods + shipping.amount + shipping.insurance
    if borne > worth:
        report.error(
            "discount_too_large",
            "discounts",
            DISCOUNTS_ABOVE_ORDER,
            discounts=plain_number(borne),
            worth=plain_number(worth),
        )
