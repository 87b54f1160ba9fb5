"""What can be said about a payload before anyone understands it: its identity and its hash.

Nothing that came in is lost: what PostgreSQL can't keep as jsonb (too large, NaN, NUL characters,
bottomless nesting) is kept as its hash and its beginning.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from .canonical import MAX_REVISION
from .messages import Issue, _lt
from .messages import issue as make_issue
from .registry import PHASES

MAX_BYTES = 1_000_000
KEPT_BYTES = 10_000
MAX_DEPTH = 32
TOO_DEEP = _lt("The message is nested deeper than %(limit)s levels.")
NOT_JSON = _lt("The message holds a value that JSON has no word for, such as NaN.")
TOO_LARGE = _lt("The message has %(count)s bytes, the limit is %(limit)s.")
BROKEN_TEXT = _lt("The message holds a character that is broken.")
# Revisions from here on (September 2001) are Unix seconds: no channel counts that far.
FIRST_SECOND = 1_000_000_000
_ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True, slots=True)
class Envelope:
    """``text`` is JSON for the jsonb column; ``issue`` says why it isn't the whole payload."""

    external_id: str | None
    revision: int | None
    digest: str
    text: str
    issue: Issue | None = None
    rank: int | None = None


def read_envelope(payload):
    """Return the :class:`Envelope` of anything; never raises."""
    text, issue = _dump(payload)
    data = text.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(data).hexdigest()
    issue = issue or _storage_issue(payload, text, data)
    if issue:
        kept = {
            "oms_unstorable": issue.code,
            "sha256": digest,
            "bytes": len(data),
            # ASCII escapes: readable, and free of what jsonb refuses
            "text": json.dumps(text)[:KEPT_BYTES].replace("\\u0000", "?"),
        }
        text = json.dumps(kept)
    known = payload if isinstance(payload, dict) else {}
    revision = _revision(known.get("revision"))
    return Envelope(
        _identifier(known.get("external_id")),
        revision,
        digest,
        text,
        issue,
        None if issue else _rank(known, revision),
    )


def rank_of(revision, phase, status):
    """How far an order is, where its revision is a time: one second may see two messages.

    ``None`` for revisions that count, and for a phase or status that nobody knows.
    """
    if revision is None or revision < FIRST_SECOND:
        return None
    if phase is None:
        phase = {"placed": "to_ship", "cancelled": "cancelled"}.get(status or "placed")
    return PHASES.index(phase) if phase in PHASES else None


def _rank(payload, revision):
    extra = payload.get("extra")
    phase = extra.get("phase") if isinstance(extra, dict) else None
    status = payload.get("status")
    return rank_of(revision, phase, status if isinstance(status, str) else str(status or ""))


def canonical_json(value):
    """The text whose SHA-256 identifies a payload: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def _dump(payload):
    try:
        if _too_deep(payload):
            issue = make_issue("too_deep", "", TOO_DEEP, limit=MAX_DEPTH)
            return _rough(payload), issue
        return canonical_json(payload), None
    except (TypeError, ValueError, RecursionError):
        return _rough(payload), make_issue("not_json", "", NOT_JSON)


def _rough(payload):
    """As much of the payload as can be printed."""
    try:
        return json.dumps(payload, default=lambda value: type(value).__name__)
    except (TypeError, ValueError, RecursionError):
        try:
            return repr(payload)
        except (ValueError, RecursionError):
            return type(payload).__name__


def _storage_issue(payload, text, data):
    if len(data) > MAX_BYTES:
        return make_issue("too_large", "", TOO_LARGE, count=len(data), limit=MAX_BYTES)
    if _ESCAPED_NUL.search(text) or len(data) != len(text.encode("utf-8", "replace")):
        return make_issue("bad_text", "", BROKEN_TEXT)
    return None


def _too_deep(payload):
    level = [payload]
    for _depth in range(MAX_DEPTH + 1):
        level = [
            child
            for value in level
            if isinstance(value, dict | list | tuple)
            for child in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def _identifier(value):
    if not isinstance(value, str) or len(value) > 128:
        return None
    value = value.strip()
    return value if value and not re.search("[\x00\ud800-\udfff]", value) else None


def _revision(value):
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_REVISION else None
