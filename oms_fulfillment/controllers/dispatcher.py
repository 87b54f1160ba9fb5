import logging

from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.exceptions import UserError

from ..exceptions import OmsRefusal

_logger = logging.getLogger(__name__)


class MachineDispatcher(http.Dispatcher):
    """Routes that machines call: the body stays unread, every answer is JSON, errors included.

    Odoo's own ``http`` routes parse forms before the endpoint can look at the size, and answer
    errors with a page.
    """

    routing_type = "oms"

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        return self.request.registry["ir.http"]._dispatch(endpoint)

    def handle_error(self, exc):
        if isinstance(exc, HTTPException):
            return self.refuse(exc.code or 400, "http", exc.description or exc.name)
        if isinstance(exc, OmsRefusal):
            return self._answer(422, exc.as_error())
        if isinstance(exc, UserError):
            return self.refuse(422, "refused", str(exc))
        # What nobody expected: the trace is for the log; the caller keeps the message and repeats.
        _logger.error("%s: %r", self.request.httprequest.path, exc, exc_info=exc)
        return self.refuse(
            503, "try_again", "The message was not taken. Send it again in a minute."
        )

    def refuse(self, status, code, message, field=None, next_step=None):
        """Return the answer for a request that is refused as a whole."""
        return self._answer(
            status, {"code": code, "field": field, "message": message, "next_step": next_step}
        )

    def _answer(self, status, error):
        headers = {"Retry-After": "60"} if status == 503 else {}
        body = {"status": "error", "errors": [error]}
        return self.request.make_json_response(body, headers=headers, status=status)
