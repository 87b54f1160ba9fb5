"""What the fields of a canonical order are called when somebody has to be told about them."""

import re

from .messages import Sentence, _lt

NAMES = {
    "external_id": _lt("order number"),
    "revision": _lt("revision"),
    "status": _lt("order status"),
    "ordered_at": _lt("order time"),
    "paid_at": _lt("payment time"),
    "currency": _lt("currency"),
    "buyer": _lt("buyer"),
    "buyer.external_id": _lt("buyer's user name"),
    "buyer.name": _lt("buyer's name"),
    "buyer.phone": _lt("buyer's telephone number"),
    "buyer.email": _lt("buyer's e-mail address"),
    "ship_to": _lt("delivery address"),
    "ship_to.name": _lt("recipient in the delivery address"),
    "ship_to.phone": _lt("telephone number in the delivery address"),
    "ship_to.street": _lt("street (or a note to find it) in the delivery address"),
    "ship_to.village": _lt("village in the delivery address"),
    "ship_to.district": _lt("district in the delivery address"),
    "ship_to.city": _lt("city in the delivery address"),
    "ship_to.province": _lt("province in the delivery address"),
    "ship_to.postal_code": _lt("postal code in the delivery address"),
    "ship_to.country": _lt("country in the delivery address"),
    "ship_to.note": _lt("note to find the delivery address"),
    "ship_to.latitude": _lt("latitude of the delivery address"),
    "ship_to.longitude": _lt("longitude of the delivery address"),
    "bill_to": _lt("billing address"),
    "bill_to.country": _lt("country in the billing address"),
    "lines": _lt("list of products"),
    "lines.line_id": _lt("line number"),
    "lines.sku": _lt("SKU"),
    "lines.name": _lt("product name"),
    "lines.quantity": _lt("quantity"),
    "lines.unit_price": _lt("unit price"),
    "lines.discount": _lt("discount"),
    "lines.tax_included": _lt("mark for prices with tax"),
    "lines.gift": _lt("mark for gifts"),
    "lines.note": _lt("note"),
    "discounts": _lt("list of vouchers and discounts"),
    "discounts.amount": _lt("amount"),
    "discounts.borne_by": _lt("party that pays for it"),
    "discounts.code": _lt("code"),
    "shipping": _lt("shipping information"),
    "shipping.courier": _lt("courier"),
    "shipping.service": _lt("courier service"),
    "shipping.amount": _lt("shipping fee"),
    "shipping.insurance": _lt("insurance fee"),
    "shipping.resi": _lt("tracking number"),
    "shipping.ship_by": _lt("time to ship by"),
    "payment": _lt("payment information"),
    "payment.method": _lt("payment method"),
    "payment.reference": _lt("payment reference"),
    "payment.amount": _lt("amount paid"),
    "payment.cod_amount": _lt("COD amount"),
    "totals": _lt("totals"),
    "totals.total": _lt("order total"),
    "totals.platform_fee": _lt("fee of the platform"),
    "totals.pieces": _lt("number of pieces"),
    "requested_date": _lt("requested delivery date"),
    "note": _lt("note"),
    "tags": _lt("list of tags"),
}
PLACES = {
    "lines": _lt("Line %(number)s: %(problem)s"),
    "discounts": _lt("Discount %(number)s: %(problem)s"),
}
UNNAMED = _lt('field "%(path)s"')

# Words that stand for a value that can't be quoted, and what a field expects.
NOTHING = _lt("nothing")
YES, NO = _lt("yes"), _lt("no")
LONG_NUMBER = _lt("a number of more than 18 digits")
KINDS = {list: _lt("a list"), tuple: _lt("a list"), dict: _lt("an object")}
OTHER_KIND = _lt("something else")
TEXT = _lt("text")
FLAG = _lt("true or false")
WHOLE_NUMBER = _lt("a whole number")
NUMBER = _lt("a number such as 82500 or 82500.50")
TIME = _lt("a time with its offset such as 2026-07-01T09:12:00+07:00")
TIME_OR_DATE = _lt("a date such as 2026-07-01, or a time with its offset")
CURRENCY = _lt("a currency code such as IDR")
COUNTRY = _lt("a country code such as ID")

MISSING = _lt("There is no %(what)s.")
NOT_EXPECTED = _lt("Check the %(what)s: %(value)s is not %(expected)s.")
NOT_A_CHOICE = _lt("Check the %(what)s: %(value)s is not known. Known: %(choices)s.")
TOO_LONG = _lt("Check the %(what)s: it has %(count)s characters, the limit is %(limit)s.")
TOO_MANY = _lt("Check the %(what)s: it has %(count)s entries, the limit is %(limit)s.")
BAD_TEXT = _lt("Check the %(what)s: it holds a character that is broken.")
OUT_OF_RANGE = _lt("Check the %(what)s: %(value)s is not between %(low)s and %(high)s.")
UNUSABLE = _lt("Check the %(what)s: %(value)s is too large.")
IGNORED = _lt('The field "%(name)s" is not known and was ignored.')


def about(path, template, values):
    """Return the :class:`Sentence` of ``template``, with ``what`` naming the field at ``path``."""
    plain = re.sub(r"\[[0-9]+\]", "", path)
    name = Sentence(NAMES[plain]) if plain in NAMES else Sentence(UNNAMED, {"path": path})
    sentence = Sentence(template, {"what": name, **values})
    place = re.match(r"(lines|discounts)\[([0-9]+)\]", path)
    if not place:
        return sentence
    number = int(place[2]) + 1
    return Sentence(PLACES[place[1]], {"number": number, "problem": sentence})
