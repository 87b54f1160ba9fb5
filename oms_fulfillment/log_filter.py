"""Keeps secrets that stand in addresses out of the server's log of requests."""

import logging
import re

# The part of the path after these is a token: who knows it may see the page or send a message.
_SECRET = re.compile(r"(/(?:track|oms/(?:webhook/[^/\s]+|intake|driver|delay))/)[^/\s?#]+")
HIDDEN = r"\1***"
# Who writes addresses of requests into the log, at whatever level.
LOGGERS = (
    "werkzeug",
    "odoo.http",
    "odoo.addons.base.models.ir_http",
    "odoo.addons.http_routing.models.ir_http",
)


def redact(text):
    """Hide the tokens in addresses of ours.

    >>> redact('"POST /oms/webhook/biteship/AbC123?x=1 HTTP/1.1" 200')
    '"POST /oms/webhook/biteship/***?x=1 HTTP/1.1" 200'
    >>> redact("GET /track/AbC123/accept"), redact("GET /web/login")
    ('GET /track/***/accept', 'GET /web/login')
    """
    return _SECRET.sub(HIDDEN, text)


class TokenFilter(logging.Filter):
    """Writes addresses without their tokens, whoever logs them."""

    def filter(self, record):
        message = record.getMessage()
        hidden = redact(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


def install():
    """Hide tokens in what the HTTP servers log; once, however often the addon is loaded."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, TokenFilter) for known in logger.filters):
            logger.addFilter(TokenFilter())
