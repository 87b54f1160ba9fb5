"""Telephone numbers in the one form in which two of them can be compared."""

import re

COUNTRY_CODES = {"ID": "62", "MY": "60", "SG": "65", "PH": "63", "TH": "66", "VN": "84"}


def normalise_phone(text, country="ID"):
    """Return ``+`` and digits, or ``None`` where the number is masked or can't be placed.

    >>> normalise_phone("0812-3456-7890")
    '+6281234567890'
    >>> normalise_phone("(+62) 812 3456 7890")
    '+6281234567890'
    >>> normalise_phone("******37")
    """
    if not text or "*" in text:
        return None
    text = text.replace("(0)", "")
    digits = re.sub("[^0-9]", "", text)
    code = COUNTRY_CODES.get(country or "")
    if text.strip().lstrip("(").startswith("+"):
        pass
    elif digits.startswith("00"):
        digits = digits[2:]
    elif code and digits.startswith("0"):
        digits = code + digits[1:]
    elif country == "ID" and digits.startswith("8"):
        digits = code + digits
    elif not (code and digits.startswith(code)):
        return None
    if code and digits.startswith(code + "0"):
        digits = code + digits[len(code) + 1 :]
    return f"+{digits}" if 8 <= len(digits) <= 15 else None
