"""Any other courier: files for bookings, and a webhook whose JSON is mapped by the account."""

import base64
import hashlib
import hmac

from odoo.addons.oms_fulfillment.engine import signature

from .base import WEBHOOK, Connector, same, text
from .registry import register
from .values import Fact

KEYS = ("resi", "code", "status", "occurred_at", "text", "place", "reference", "source_id")
SCHEMES = ("header", "hmac_hex", "hmac_base64", "timestamp")
DEPTH = 8


@register
class Generic(Connector):
    code = "generic"
    name = "Other courier"
    can = frozenset({WEBHOOK})
    remote = False
    mapped = True

    @classmethod
    def verify(cls, account, headers, body, now):
        secret = account.webhook_secret
        if not secret:
            return False
        given = headers.get(account.webhook_header or "") or ""
        if account.webhook_scheme == "header":
            return same(secret, given)
        if account.webhook_scheme == "timestamp":
            stamp, sign = headers.get("X-OMS-Timestamp"), headers.get("X-OMS-Signature")
            return signature.verify([secret], body, stamp, sign, now) is None
        digest = hmac.new(secret.encode(), body, hashlib.sha256)
        if account.webhook_scheme == "hmac_hex":
            return same(digest.hexdigest(), given.removeprefix("sha256=").lower())
        if account.webhook_scheme == "hmac_base64":
            return same(base64.b64encode(digest.digest()).decode(), given)
        return False

    @classmethod
    def parse(cls, account, data):
        mapping = account.options.get("mapping") or {}
        found = dig(data, mapping.get("events", ""))
        events = found if isinstance(found, list) else [found]
        courier = account.options.get("courier", "")
        facts = [cls._fact(event, mapping, courier) for event in events if isinstance(event, dict)]
        return [fact for fact in facts if fact] or [Fact("ping")]

    @staticmethod
    def _fact(event, mapping, courier):
        values = {key: text(dig(event, mapping.get(key, key))) for key in KEYS}
        code = values.pop("code") or values.pop("status")
        values.pop("status", None)
        if not (values["resi"] or values["reference"]) or not code or not values["occurred_at"]:
            return None
        return Fact("event", courier=courier, code=code, raw=event, **values)


def dig(value, path):
    """What is at ``a.b.0.c`` inside somebody else's JSON, or ``None``.

    >>> dig({"a": [{"b": 1}]}, "a.0.b"), dig({"a": 1}, "b.c"), dig([1], "")
    (1, None, [1])
    """
    for step in [step for step in path.split(".") if step][:DEPTH]:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
