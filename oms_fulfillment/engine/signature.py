"""Signed messages: who sent them, that nobody changed them, and that they are no old copy.

Both directions use the same form. The sender puts two headers on the request,
``X-OMS-Timestamp`` (Unix seconds) and ``X-OMS-Signature`` (``sha256=`` and the hexadecimal
HMAC-SHA256 of ``timestamp + "." + body`` under the shared secret).
"""

import hashlib
import hmac

# A signature is good for this many seconds before and after the receiver's clock.
WINDOW = 300
PREFIX = "sha256="


def sign(secret, body, timestamp):
    """Return the value of the signature header.

    >>> sign("secret", b"{}", 1)[:15]
    'sha256=1122767b'
    """
    message = str(int(timestamp)).encode() + b"." + body
    return PREFIX + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def verify(secrets, body, timestamp, signature, now):
    """Return ``None`` for a good signature, else why it is none.

    :param list secrets: the keys that are valid at the moment
    :param str timestamp: the header as it came, or ``None``
    :param str signature: the header as it came, or ``None``
    :return: ``None``, ``"missing"``, ``"expired"`` or ``"wrong"``
    """
    if not timestamp or not signature:
        return "missing"
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return "wrong"
    good = [
        hmac.compare_digest(sign(secret, body, int(timestamp)).encode(), signature.encode())
        for secret in secrets
    ]
    if not any(good):
        return "wrong"
    if abs(now - int(timestamp)) > WINDOW:
        return "expired"
    return None


def same_key(secrets, key):
    """Whether ``key`` is one of ``secrets``, without telling by the time it takes."""
    return any([hmac.compare_digest(secret.encode(), (key or "").encode()) for secret in secrets])
