"""One tracking message as another system sends it: cleaned, checked, and given its key.

Pure: no records, no sentences. What can't be used raises :class:`BadMessage` with a code; the
model says it in the user's language.
"""

import hashlib
import json
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from .status import STATUSES

KNOWN_KEYS = frozenset(
    {"courier", "resi", "code", "status", "text", "place", "occurred_at", "source_id", "raw"}
)
RESI_MAX = 40
RAW_MAX = 65536
# Clocks of couriers are wrong by minutes, not by days.
FUTURE_TOLERANCE = timedelta(hours=24)
EARLIEST = datetime(2000, 1, 1)

_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\x00-\x1f]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\s_\-]+")
_ADDRESS = re.compile(r"\b(alamat|address)\b", re.IGNORECASE)
_COMPOUND = (dict, list, tuple, set)
_JSON = json.JSONEncoder(allow_nan=False)
# Longer than any code; what senders may make up is not remembered.
_CODE_MAX = 100


class BadMessage(ValueError):
    """The message can't be used.

    :ivar code: what is wrong
    :ivar field: the key that is wrong
    :ivar value: what it said, shortened
    """

    def __init__(self, code, field=None, value=None):
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = "" if value is None else str(value)[:80]


class Message(NamedTuple):
    """A usable message. ``code`` or ``status`` is set, ``occurred_at`` is naive UTC.

    ``raw_json`` is the sender's payload as PostgreSQL keeps it; ``code_key`` is the code as the
    mapping knows it, empty when the sender gave a canonical status.
    """

    courier: str
    resi: str
    code: str
    status: str
    text: str
    place: str
    occurred_at: datetime
    source_id: str
    raw_json: str
    key: str
    code_key: str
    unknown_keys: tuple

    @property
    def raw(self):
        return json.loads(self.raw_json)

    def as_item(self):
        """The message in the form in which :func:`parse` reads it again, to the same key."""
        return {
            "courier": self.courier,
            "resi": self.resi,
            "code": self.code or None,
            "status": self.status or None,
            "text": self.text,
            "place": self.place,
            "occurred_at": self.occurred_at.isoformat() + "+00:00",
            "source_id": self.source_id,
            "raw": self.raw,
        }


def clean_resi(value):
    """Return a resi as stored: no blanks, no invisible characters, upper case."""
    return _INVISIBLE.sub("", str(value)).upper()


def code_key(value):
    """Fold the spellings of one code: ``pickingUp``, ``Picking Up`` and ``PICKING-UP`` are one."""
    text = _text(value)
    return _folded(text) if len(text) <= _CODE_MAX else _folded.__wrapped__(text)


@lru_cache(maxsize=4096)
def _folded(text):
    return _SEPARATORS.sub("_", _CAMEL.sub("_", text)).strip("_").lower()


def courier_key(value):
    """Fold the spellings of a courier: ``J&T Express`` and ``jt-express`` are one."""
    return re.sub(r"[^a-z0-9]", "", str(value or "").lower())


def parse_time(value, tz=timezone.utc):
    """Return ``value`` (ISO 8601) as naive UTC; a time without offset is on the courier's clock."""
    if not isinstance(value, str) or not value.strip():
        raise BadMessage("bad_time", "occurred_at", value)
    text = value.strip()
    if text[-1] in "zZ":
        text = text[:-1] + "+00:00"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            localize = getattr(tz, "localize", None)
            moment = localize(moment) if localize else moment.replace(tzinfo=tz)
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError):
        raise BadMessage("bad_time", "occurred_at", value) from None
    if moment < EARLIEST:
        raise BadMessage("bad_time", "occurred_at", value)
    return moment


def parse(item, now, tz=timezone.utc):
    """Return the :class:`Message` in ``item``.

    :param item: what the sender sent; see ``oms.shipment.push_events``
    :param datetime now: naive UTC, to refuse events of the future
    :param tz: time zone of the courier, for times without an offset
    :raise BadMessage: one code, one field
    """
    if not isinstance(item, dict):
        raise BadMessage("not_an_object", None, item)
    resi = clean_resi(_scalar(item, "resi"))
    if not resi:
        raise BadMessage("missing", "resi")
    if len(resi) > RESI_MAX:
        raise BadMessage("too_long", "resi", resi)
    code, status = _scalar(item, "code"), code_key(_scalar(item, "status"))
    if not code and not status:
        raise BadMessage("missing", "code")
    if status and status not in STATUSES:
        raise BadMessage("unknown_status", "status", item["status"])
    occurred_at = parse_time(item.get("occurred_at"), tz)
    if occurred_at > now + FUTURE_TOLERANCE:
        raise BadMessage("future", "occurred_at", item["occurred_at"])
    unknown = tuple(sorted(str(key)[:80] for key in item.keys() - KNOWN_KEYS))
    place, source_id = _scalar(item, "place")[:200], _scalar(item, "source_id")[:200]
    return Message(
        courier=_scalar(item, "courier"),
        resi=resi,
        code=code[:_CODE_MAX],
        status=status,
        text=_scalar(item, "text")[:1000],
        place=place,
        occurred_at=occurred_at,
        source_id=source_id,
        raw_json=_raw_json(item, unknown),
        key=event_key(resi, code_key(code or status), occurred_at, source_id or place),
        code_key="" if status else code_key(code[:_CODE_MAX]),
        unknown_keys=unknown,
    )


def event_key(resi, code, occurred_at, mark):
    """Return the fingerprint under which a repeated fact is recognised.

    ``code`` is folded, or a canonical status. ``mark`` is the sender's own id of the event, or else
    the place. The time is part of the key even when there is an id: some senders put the order's
    id there.
    """
    mark = _SEPARATORS.sub(" ", mark).strip().lower()
    parts = (resi, code, occurred_at.isoformat(), mark)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _text(value):
    return str(value).replace("\x00", "").strip()


def _scalar(item, key):
    value = item.get(key)
    if value is None or value is False:
        return ""
    if value is True or isinstance(value, _COMPOUND):
        raise BadMessage("not_text", key, value)
    text = _text(value)
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        raise BadMessage("not_text", key, repr(value)) from None
    return text


def _raw_json(item, unknown):
    """The sender's own payload, or the item itself when that says more; as PostgreSQL keeps it."""
    raw = item.get("raw")
    raw = item if raw is None or unknown else raw
    try:
        text = _JSON.encode(raw)
    except (TypeError, ValueError, RecursionError):
        raise BadMessage("not_json", "raw", raw) from None
    if len(text) > RAW_MAX:
        raise BadMessage("too_large", "raw", len(text))
    # Only what is written as an escape can be what PostgreSQL doesn't keep.
    return _JSON.encode(_storable(json.loads(text))) if "\\u" in text else text


def _storable(value):
    """jsonb holds neither NUL nor half a surrogate pair; everything else stays as it came."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "ignore").decode()
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(part) for key, part in value.items()}
    return value


def tells_address(text):
    """Whether a courier's words about a failed delivery speak of the address."""
    return bool(_ADDRESS.search(text or ""))
