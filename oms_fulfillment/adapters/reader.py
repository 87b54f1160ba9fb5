"""Reads typed values out of JSON that a stranger sent, and gathers what is wrong with it.

Nothing here raises: a value of the wrong type, size or range becomes an :class:`Issue` with the
dotted path of the field, and the reader returns ``None`` in its place.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from . import wording
from .messages import Issue, Sentence

MAX_ISSUES = 100
PLACES = Decimal("0.000001")

# [0-9] and fullmatch on purpose: \d takes other alphabets' digits and $ a trailing newline.
_DATE = r"20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_OFFSET = r"(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
DATE_PATTERN = _DATE
TIME_PATTERN = f"{_DATE}[T ]{_CLOCK}{_OFFSET}"
_DATE_RE = re.compile(DATE_PATTERN)
_TIME_RE = re.compile(f"({_DATE})[T ]({_CLOCK})({_OFFSET})")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(slots=True)
class Report:
    """Errors and warnings in the order in which they were met, at most ``MAX_ISSUES`` of each."""

    errors: list = field(default_factory=list)
    warnings: list = field(default_factory=list)

    def error(self, code, path, template, **values):
        if len(self.errors) < MAX_ISSUES:
            self.errors.append(Issue(code, path, wording.about(path, template, values)))

    def warn(self, code, path, template, **values):
        if len(self.warnings) < MAX_ISSUES:
            self.warnings.append(Issue(code, path, wording.about(path, template, values)))


def shown(value):
    """Return ``value`` as it may appear in a sentence: short, printable, never failing."""
    if value is None:
        return Sentence(wording.NOTHING)
    if isinstance(value, bool):
        return Sentence(wording.YES if value else wording.NO)
    if isinstance(value, str):
        text = "".join(char if char.isprintable() else "?" for char in value[:40])
        return f'"{text}"' + ("..." if len(value) > 40 else "")
    if isinstance(value, int):
        # Python refuses to print integers of more than 4,300 digits.
        return str(value) if abs(value) < 10**18 else Sentence(wording.LONG_NUMBER)
    if isinstance(value, float | Decimal):
        return str(value)
    return Sentence(wording.KINDS.get(type(value), wording.OTHER_KIND))


class Node:
    """One JSON object at ``path``; remembers which of its keys were asked for."""

    def __init__(self, data, path, report):
        self.data = data
        self.path = path
        self.report = report
        self._known = set()

    def at(self, key):
        return f"{self.path}.{key}" if self.path else key

    def error(self, code, key, template, **values):
        """Report what is wrong with ``key``; ``%(what)s`` in the template is its name."""
        self.report.error(code, self.at(key), template, **values)

    def _get(self, key, required=False):
        self._known.add(key)
        value = self.data.get(key)
        if value is None and required:
            self.error("missing", key, wording.MISSING)
        return value

    def _wrong(self, key, value, expected):
        self._unexpected("wrong_type", key, value, expected)

    def _unexpected(self, code, key, value, expected):
        expected = Sentence(expected)
        self.error(code, key, wording.NOT_EXPECTED, value=shown(value), expected=expected)

    def text(self, key, limit=255, required=False):
        """Return the stripped text, or ``None`` where it is absent, blank or unusable."""
        value = self._get(key, required)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(key, value, wording.TEXT)
            return None
        return self.checked_text(value, key, limit, required)

    def checked_text(self, value, key, limit, required=False):
        if len(value) > limit:
            self.error("too_long", key, wording.TOO_LONG, count=len(value), limit=limit)
            return None
        if _UNSTORABLE.search(value):
            self.error("bad_text", key, wording.BAD_TEXT)
            return None
        value = value.strip()
        if not value and required:
            self.error("missing", key, wording.MISSING)
        return value or None

    def pattern(self, key, pattern, expected, required=False):
        value = self._get(key, required)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(key, value, expected)
            return None
        if not re.fullmatch(pattern, value):
            self._unexpected("bad_format", key, value, expected)
            return None
        return value

    def choice(self, key, choices, default=None, required=False):
        value = self._get(key, required)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            allowed = ", ".join(choices)
            self.error("bad_choice", key, wording.NOT_A_CHOICE, value=shown(value), choices=allowed)
            return default
        return value

    def flag(self, key, default):
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong(key, value, wording.FLAG)
            return default
        return value

    def integer(self, key, low, high):
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, float) and math.isfinite(value) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, value, wording.WHOLE_NUMBER)
            return None
        if not low <= value <= high:
            self._out_of_range(key, value, low, high)
            return None
        return value

    def number(self, key, low, high, digits=13, required=False):
        """Return a ``Decimal`` with at most six decimals.

        Numbers may come as JSON numbers or as plain decimal text of at most ``digits`` digits
        before the point; exponents, signs without need, NaN and infinity are refused.
        """
        value = self._get(key, required)
        if value is None:
            return None
        number = self._decimal(key, value, low, digits)
        if number is None:
            return None
        if not low <= number <= high:
            self._out_of_range(key, value, low, high)
            return None
        # adding 0 turns -0 into 0
        return number.quantize(PLACES) + 0

    def _decimal(self, key, value, low, digits):
        if isinstance(value, str):
            sign = "-?" if low < 0 else ""
            if re.fullmatch(rf"{sign}[0-9]{{1,{digits}}}(\.[0-9]{{1,6}})?", value):
                return Decimal(value)
            self._unexpected("not_a_number", key, value, wording.NUMBER)
        elif isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            self._wrong(key, value, wording.NUMBER)
        elif isinstance(value, int):
            if abs(value) < 10**18:
                return Decimal(value)
            self.error("out_of_range", key, wording.UNUSABLE, value=shown(value))
        elif isinstance(value, float):
            if math.isfinite(value) and abs(value) < 1e18:
                return Decimal(repr(value))
            self.error("out_of_range", key, wording.UNUSABLE, value=shown(value))
        elif value.is_finite() and abs(value) < 10**18:
            return value
        else:
            self.error("out_of_range", key, wording.UNUSABLE, value=shown(value))
        return None

    def _out_of_range(self, key, value, low, high):
        self.error(
            "out_of_range", key, wording.OUT_OF_RANGE, value=shown(value), low=low, high=high
        )

    def time(self, key, required=False, or_date=False):
        """Return a naive UTC ``datetime`` without microseconds (or a ``date`` with ``or_date``)."""
        value = self._get(key, required)
        if value is None:
            return None
        moment = _moment(value, or_date) if isinstance(value, str) else None
        if moment is not None:
            return moment
        self._unexpected("bad_time", key, value, wording.TIME_OR_DATE if or_date else wording.TIME)
        return None

    def child(self, key, required=False):
        """Return the object under ``key`` as a node, ``None`` where there is none."""
        value = self._get(key, required)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, value, wording.KINDS[dict])
            return None
        return Node(value, self.at(key), self.report)

    def items(self, key, limit, required=False):
        """Return the values of the list under ``key``; beyond ``limit`` the list is refused."""
        value = self._get(key, required)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self._wrong(key, value, wording.KINDS[list])
            return []
        if not value and required:
            self.error("missing", key, wording.MISSING)
        if len(value) > limit:
            self.error("too_many", key, wording.TOO_MANY, count=len(value), limit=limit)
            return []
        return value

    def children(self, key, limit, required=False):
        nodes = []
        for index, value in enumerate(self.items(key, limit, required)):
            path = f"{self.at(key)}[{index}]"
            if isinstance(value, dict):
                nodes.append(Node(value, path, self.report))
            else:
                expected = Sentence(wording.KINDS[dict])
                self.report.error(
                    "wrong_type", path, wording.NOT_EXPECTED, value=shown(value), expected=expected
                )
        return nodes

    def close(self):
        """Report the keys nobody asked for."""
        for key in self.data:
            if key not in self._known:
                path = self.at(str(shown(key)).strip('"'))
                self.report.warn("unknown_key", path, wording.IGNORED, name=path)


def _moment(text, or_date):
    """Return the ``date`` or naive UTC ``datetime`` that ``text`` means, ``None`` if it is none."""
    try:
        if or_date and _DATE_RE.fullmatch(text):
            return date.fromisoformat(text)
        match = _TIME_RE.fullmatch(text)
        return _utc(*match.groups()) if match else None
    except ValueError:  # 30 February
        return None


def _utc(day, clock, offset):
    hour, minute, *rest = clock.split(":")
    second = rest[0].partition(".")[0] if rest else "0"
    local = datetime.combine(
        date.fromisoformat(day), datetime.min.time().replace(int(hour), int(minute), int(second))
    )
    if offset == "Z":
        return local
    digits = offset[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return local + shift if offset[0] == "-" else local - shift
