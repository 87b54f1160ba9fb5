"""Cell values of marketplace files: money in any locale, local times, ids that Excel touched."""

import math
import re
from collections import Counter
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+?[0-9]+")
_DECORATION = re.compile(r"(?i)rp\.?|idr|\s|\u00a0")
# The months whose names differ, whole and short.
_MONTHS = {
    **{"januari": "January", "februari": "February", "maret": "March", "mei": "May"},
    **{"juni": "June", "juli": "July", "agustus": "August", "oktober": "October"},
    **{"desember": "December", "agu": "Aug", "agt": "Aug", "okt": "Oct", "des": "Dec"},
}
_INDONESIAN = re.compile(rf"\b({'|'.join(_MONTHS)})\b", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PHONE = re.compile(r"\+[0-9 ()-]+")
_MONEY = re.compile(r"(?P<sign>-?)(?P<number>[0-9]+(?:[.,][0-9]+)*)")


class RoundedNumber(ValueError):
    """A number that lost digits on its way through a spreadsheet."""


def as_text(value):
    """Return an id or a text as it was meant, ``None`` when blank.

    :raise RoundedNumber: a long number that Excel has rounded and nobody can restore
    """
    if value is None:
        return None
    if isinstance(value, float):
        if not math.isfinite(value) or not value.is_integer() or abs(value) >= 2**53:
            raise RoundedNumber(str(value))
        value = int(value)
    if isinstance(value, datetime):
        value = value.isoformat(sep=" ")
    text = str(value).strip().strip("\t").lstrip("'").strip()
    if _ROUNDED.fullmatch(text):
        raise RoundedNumber(text)
    return text or None


def harmless(value):
    """Return a text that no spreadsheet takes for a formula, with an apostrophe where it needs one;
    a telephone number is no formula.

    >>> harmless("=1+1")
    "'=1+1"
    >>> harmless("+62 812-3456")
    '+62 812-3456'
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA) or _PHONE.fullmatch(value):
        return value
    return f"'{value}"


def unmasked(text):
    """Return ``text`` unless the channel hid part of it: such text identifies nobody."""
    return None if text and "**" in text else text


def amount_text(value):
    """Strip what surrounds an amount: ``Rp``, spaces, brackets for negative ones."""
    text = _DECORATION.sub("", str(value))
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    return text


def vote(values):
    """Return the ``Counter`` of what ``values`` say about the thousands separator.

    Two separators, a repeated one, or a group that isn't three digits long decide (100 votes);
    ``1.500`` alone is a weak hint (1 vote).
    """
    votes = Counter()
    for value in values:
        if isinstance(value, str) and not value.isdecimal():
            votes.update(_votes_of(amount_text(value)))
    return votes


def _winner(votes, least=1):
    best = "." if votes["."] > votes[","] else ","
    return best if votes["."] != votes[","] and votes[best] >= least else None


def _votes_of(text):
    if not _MONEY.fullmatch(text):
        return {}
    marks = re.findall("[.,]", text)
    if not marks:
        return {}
    last = marks[-1]
    other = "," if last == "." else "."
    if len(set(marks)) == 2:
        return {other: 100}
    if len(marks) > 1:
        return {last: 100}
    whole, _mark, rest = text.lstrip("-").partition(last)
    if len(rest) != 3 or len(whole) > 3 or whole.startswith("0"):
        return {other: 100}
    return {last: 1}


class Money:
    """Reads the amounts of one file: the locale is voted per column, then per file.

    :param dict votes: what :func:`vote` counted for each column
    :param str default: thousands separator when the file gives no clue
    """

    def __init__(self, votes, default):
        # A column of ambiguous amounts follows its file, a file of them follows its profile.
        common = _winner(sum(votes.values(), Counter())) or default
        self._default = common
        self._thousands = {
            column: _winner(counted, least=100) or common for column, counted in votes.items()
        }

    def amount(self, value, column):
        """Return plain decimal text such as ``82500`` or ``11.70``, ``None`` when blank.

        What isn't an amount comes back as it is, for the canonical reader to refuse.
        """
        if value is None or isinstance(value, bool):
            return None if value is None else str(value)
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return _plain_float(value)
        if value.isascii() and value.isdecimal():
            return value
        text = amount_text(value)
        if text in ("", "-"):
            return None
        thousands = self._thousands.get(column, self._default)
        decimal = "," if thousands == "." else "."
        plain = rf"-?(?:[0-9]{{1,3}}(?:\{thousands}[0-9]{{3}})+|[0-9]+)(?:\{decimal}[0-9]+)?"
        if not re.fullmatch(plain, text):
            return str(value).strip()
        return text.replace(thousands, "").replace(decimal, ".")


def _plain_float(value):
    if not math.isfinite(value) or abs(value) >= 1e15:
        return str(value)
    return f"{round(value, 6):.6f}".rstrip("0").rstrip(".")


def whole(value):
    """Return a quantity as plain text: ``2``, ``2.0`` and ``"2"`` alike, ``None`` when blank."""
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _plain_float(float(value))
    return str(value).strip() or None


def local_time(value, formats, zone):
    """Return ISO 8601 with the offset of ``zone`` for a naive local time, ``None`` when blank.

    :param list formats: ``strptime`` formats, tried in order
    :param str zone: IANA name, e.g. ``Asia/Jakarta``
    What isn't a time comes back as text, for the canonical reader to refuse.
    """
    if value is None:
        return None
    if not isinstance(value, datetime):
        text = str(value).strip()
        if text in ("", "-"):
            return None
        value = _first_match(text, tuple(formats))
        if value is None:
            return text
    if value.tzinfo is None:
        value = value.replace(tzinfo=ZoneInfo(zone))
    return value.replace(microsecond=0).isoformat()


def is_time(text):
    """Whether :func:`local_time` could read it: what it could not is still as the file says it."""
    try:
        return datetime.fromisoformat(text or "").tzinfo is not None
    except ValueError:
        return False


@lru_cache(4096)
def _first_match(text, formats):
    text = _INDONESIAN.sub(lambda found: _MONTHS[found[0].casefold()], text)
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    return None


def to_decimal(text):
    """Return the number that ``text`` holds, 0 where it holds none: for sums, not for checks."""
    try:
        value = Decimal(text or 0)
    except (InvalidOperation, ValueError):
        return Decimal(0)
    return value if value.is_finite() else Decimal(0)


def compact(value):
    """Drop the keys that say nothing: ``None``, blank text, empty objects."""
    if isinstance(value, dict):
        return {key: compact(child) for key, child in value.items() if child not in (None, {}, "")}
    if isinstance(value, list):
        return [compact(child) for child in value]
    return value
