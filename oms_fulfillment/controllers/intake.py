import json
import time

from odoo import http
from odoo.http import request

from ..engine import signature
from ..exceptions import OmsRefusal

# Bytes of one call; a batch of a thousand usual orders has about one million.
MAX_BODY = 5_000_000
JSON_TYPES = ("application/json", "text/json")


class Refused(Exception):
    """A call that is refused as a whole: HTTP status, and the error as the caller reads it."""

    def __init__(self, status, code, message, field=None, next_step=None):
        super().__init__(message)
        self.status = status
        self.error = (code, message, field, next_step)


class OmsIntake(http.Controller):
    """Orders by HTTP: stored, acknowledged, then processed by the queue."""

    @http.route(
        "/oms/intake/<string:token>", type="oms", auth="public", csrf=False, save_session=False
    )
    def intake(self, token):
        """Take orders for the channel that ``token`` names.

        ``202`` is sent once the messages are committed: from then on nothing loses them, and
        sending them again does no harm.
        """
        try:
            self._check_form()
            body = request.httprequest.get_data(cache=True)
            channel = self._authenticate(token, body)
            answers = channel._door_take(
                self._parse(body), request.httprequest.args.get("format") or None
            )
        except Refused as refused:
            return request.dispatcher.refuse(refused.status, *refused.error)
        except OmsRefusal as refusal:
            error = refusal.as_error()
            return request.dispatcher.refuse(
                422, error["code"], error["message"], error["field"], error["next_step"]
            )
        return request.make_json_response({"status": "received", "items": answers}, status=202)

    def _check_form(self):
        """Look at the request before its body is read."""
        asked = request.httprequest
        if asked.method != "POST":
            raise Refused(
                405,
                "method",
                request.env._("%(method)s is not possible.", method=asked.method),
                next_step=request.env._("Send the orders by POST."),
            )
        if asked.mimetype not in JSON_TYPES:
            raise Refused(
                415,
                "content_type",
                request.env._("The body is %(type)s.", type=asked.mimetype[:80] or "?"),
                "Content-Type",
                request.env._("Send JSON, with Content-Type: application/json."),
            )
        if asked.content_length is None:
            raise Refused(
                411,
                "length_required",
                request.env._("The size of the body is not known."),
                "Content-Length",
                request.env._("Send Content-Length."),
            )
        if asked.content_length > MAX_BODY:
            raise Refused(
                413,
                "too_large",
                request.env._(
                    "The body has %(size)s bytes, the limit is %(limit)s.",
                    size=asked.content_length,
                    limit=MAX_BODY,
                ),
                next_step=request.env._("Send fewer orders at a time."),
            )

    def _authenticate(self, token, body):
        """Return the channel, once the caller proved to know its key."""
        headers = request.httprequest.headers
        # sudo: nobody is logged in; the key or signature is checked before anything is done.
        channel = request.env["oms.channel"].sudo()._door_channel(token)
        keys = channel._door_keys()
        scheme, _, key = headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            known = signature.same_key(keys, key.strip())
            fault = None if known else "wrong"
        else:
            fault = signature.verify(
                keys,
                body,
                headers.get("X-OMS-Timestamp"),
                headers.get("X-OMS-Signature"),
                time.time(),
            )
        if fault or not channel:
            # The same answer whether the channel or its key is unknown.
            raise Refused(401, *self._fault(fault or "wrong"))
        return channel

    def _fault(self, fault):
        step = request.env._("The channel's form shows its address and key, with an example.")
        if fault == "expired":
            return (
                "expired_signature",
                request.env._("The signature is too old, or its time is not ours."),
                "X-OMS-Timestamp",
                request.env._("Sign each call anew, by a clock that is right."),
            )
        if fault == "missing":
            message = request.env._("Neither a key nor a signature came with the call.")
            return "unauthorized", message, "Authorization", step
        message = request.env._("The address, the key or the signature is wrong.")
        return "unauthorized", message, "Authorization", step

    def _parse(self, body):
        try:
            return json.loads(body.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise Refused(
                422,
                "bad_encoding",
                request.env._("Byte %(place)s of the body is no UTF-8.", place=error.start),
                next_step=request.env._("Send JSON in UTF-8."),
            ) from error
        except RecursionError as error:
            raise Refused(
                422,
                "too_deep",
                request.env._("The body is nested too deeply."),
                next_step=request.env._("Send plain orders."),
            ) from error
        except ValueError as error:
            raise Refused(
                422,
                "bad_json",
                request.env._("The body is no JSON: %(error)s.", error=str(error)[:120]),
                next_step=request.env._("Check the quotes and brackets of the body."),
            ) from error
