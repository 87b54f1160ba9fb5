"""Messages to customers: short texts with a few named places, and what goes into them."""

import re

PLACES = frozenset(
    {"name", "order", "shop", "courier", "service", "resi", "link", "window", "status", "next"}
)
_PLACE = re.compile(r"\{([^{}]*)\}")


def unknown_places(text):
    """Return the names in braces that nothing can be filled in for, in order."""
    return [name for name in _PLACE.findall(text or "") if name not in PLACES]


def render(text, values):
    """Fill in ``values``; lines whose places are all empty are left out."""
    lines = []
    for line in (text or "").splitlines():
        names = _PLACE.findall(line)
        if names and not any(values.get(name) for name in names):
            continue
        lines.append(_PLACE.sub(lambda match: str(values.get(match[1]) or ""), line))
    return "\n".join(lines).strip()


def phone_number(text, prefix="62"):
    """Return a phone number as gateways take it: ``0812-345`` becomes ``+62812345``; else empty."""
    digits = re.sub(r"[^0-9+]", "", text or "")
    if digits.startswith("+"):
        number = digits[1:]
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = prefix + digits[1:]
    else:
        number = digits
    return f"+{number}" if number.isdigit() and 8 <= len(number) <= 15 else ""
