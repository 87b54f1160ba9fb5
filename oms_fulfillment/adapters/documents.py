"""What the JSON formats share: one order is one object, times are Unix seconds or ISO 8601."""

from datetime import UTC, datetime

from .cells import compact
from .messages import _lt, issue
from .registry import FileOrder
from .rows import canonical_status

UNKNOWN_STATUS = _lt('The status "%(status)s" is not known.')


class JsonFormat:
    """An API's orders.

    :cvar set keys: the keys that an order of this format has and others lack
    :cvar str status_key: where an order has the channel's status
    :cvar phases: the channel's statuses and their phases
    """

    kind = "orders"
    media = "json"
    zone = "UTC"
    keys = frozenset()
    status_key = "status"
    phases = {}

    def recognises(self, item):
        """Whether ``item`` is an order of this format."""
        return isinstance(item, dict) and self.keys <= item.keys()

    def order(self, item):
        """Return ``item`` as a :class:`FileOrder`; may raise what wrongly typed values raise."""
        status = self.status(item)
        phase = self.phase(item)
        issues = ()
        if phase is None:
            issues = (issue("unknown_status", "status", UNKNOWN_STATUS, status=status),)
        payload = compact(self.payload(item, phase))
        payload["lines"] = sorted(payload.get("lines") or [], key=lambda line: line["line_id"])
        payload["status"] = canonical_status(phase, status)
        payload["extra"] = {
            "format": self.code,
            "channel_status": status,
            **payload.get("extra", {}),
            **({"phase": phase} if phase else {}),
        }
        return FileOrder(payload, (), status, phase, issues)

    def status(self, item):
        """The channel's own word for how far the order is."""
        return text_of(item.get(self.status_key)) or ""

    def phase(self, item):
        return self.phases.get(self.status(item))

    def payload(self, item, phase):
        """Return the canonical order but for ``status``."""
        raise NotImplementedError


def unix_time(seconds):
    """Unix seconds as ISO 8601 in UTC, ``None`` for 0 and nothing."""
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC).isoformat()
    except (OverflowError, OSError, ValueError, TypeError):
        return str(seconds)


def iso_time(text, zone="Z"):
    """ISO 8601 text with an offset; ``zone`` is put behind times that have none."""
    if not text or not isinstance(text, str):
        return None if not text else str(text)
    text = text.strip()
    tail = text[10:]
    return text if tail.endswith("Z") or "+" in tail or "-" in tail else text + zone


def revision_of(text):
    """The second in which the channel changed the order: messages overtake each other."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if text > 0 else None
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (TypeError, ValueError):
        return None


def text_of(value):
    """Numbers that serve as ids as text; blank as ``None``."""
    if isinstance(value, bool) or value is None:
        return None
    return str(value).strip() or None


def amount_of(value):
    """An amount as plain text: APIs write money as numbers or as text."""
    return None if value is None or value == "" else str(value)
