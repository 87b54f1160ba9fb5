from odoo import http
from odoo.http import request

from .. import secret_link
from ..exceptions import OmsRefusal


class OmsDelay(http.Controller):
    """The page on which a customer says what to do about a delay: no login, no JavaScript."""

    @secret_link.route("/oms/delay/<string:token>", "GET")
    def delay(self, token, done=None, **kwargs):
        return self._render(self._find(token), done=bool(done))

    @secret_link.route("/oms/delay/<string:token>", "POST")
    def choose(self, token, choice=None, product=None, **kwargs):
        notice = self._find(token)
        if not notice:
            return self._render(notice)
        try:
            with request.env.cr.savepoint():
                notice._choose(choice, product)
        except OmsRefusal as error:
            return self._render(notice, error=str(error))
        # Back to the page, so that reloading it sends nothing twice.
        return request.redirect(f"{notice._path()}?done=1", code=303)

    def _find(self, token):
        notice = request.env["oms.delay.notice"]._by_token(token)
        lang = notice.order_id.partner_id.lang
        if lang:
            request.update_context(lang=lang)
            notice = notice.with_context(lang=lang)
        return notice

    def _render(self, notice, done=False, error=None):
        """Show the page, or the same "not found" for whatever token leads nowhere."""
        if not notice:
            response = request.render("oms_fulfillment.delay_missing", {"no_header": True})
            response.status_code = 404
        else:
            values = {"page": notice._page(), "done": done, "error": error, "notice": notice}
            response = request.render("oms_fulfillment.delay_page", values)
        response.headers.update(secret_link.headers())
        return response
