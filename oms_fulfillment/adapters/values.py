"""Words that every channel writes differently: countries, currencies, ways to pay."""

import re
from decimal import ROUND_CEILING, Decimal

from .cells import to_decimal
from .order import plain_number

COUNTRIES = {
    "indonesia": "ID",
    "malaysia": "MY",
    "singapore": "SG",
    "singapura": "SG",
    "philippines": "PH",
    "filipina": "PH",
    "thailand": "TH",
    "vietnam": "VN",
    "viet nam": "VN",
    "united states": "US",
    "united states of america": "US",
    "amerika serikat": "US",
    "united kingdom": "GB",
    "inggris": "GB",
    "australia": "AU",
    "japan": "JP",
    "jepang": "JP",
}
CURRENCIES = {
    "ID": "IDR",
    "MY": "MYR",
    "SG": "SGD",
    "PH": "PHP",
    "TH": "THB",
    "VN": "VND",
    "US": "USD",
    "GB": "GBP",
}
_COD = re.compile(r"\bcod\b|cash on delivery|bayar di ?tempat|cash_on_delivery")
_STEP = Decimal("0.000001")


def country_code(text):
    """``"Indonesia"`` -> ``"ID"``; codes are kept; unknown names come back to be refused."""
    text = (text or "").strip()
    if re.fullmatch("[A-Za-z]{2}", text):
        return text.upper()
    return COUNTRIES.get(text.casefold(), text or None)


def is_cod(*texts):
    """Whether one of the words for a way to pay means cash on delivery."""
    return any(_COD.search((text or "").casefold()) for text in texts)


def is_zero(text):
    """Whether ``text`` is an amount of nothing: a gift; blank is no amount."""
    return text is not None and re.fullmatch(r"0+(\.0+)?", str(text)) is not None


def money(value):
    """Return ``plain_number`` of a ``Decimal``, ``None`` for zero."""
    return plain_number(value) if value else None


def unit_price(amount, quantity):
    """Return ``(unit price, discount)`` that make ``quantity`` units cost exactly ``amount``.

    A price that no six decimals can express is rounded up, the rest becomes a discount.
    """
    if not quantity:
        return amount, Decimal(0)
    price = (amount / quantity).quantize(_STEP, ROUND_CEILING)
    return price, price * quantity - amount


def total(rows, key):
    """The sum of ``key`` over the rows, as a ``Decimal``."""
    return sum((to_decimal(row[key]) for row in rows), Decimal(0))
