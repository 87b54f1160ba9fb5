from odoo import http
from odoo.http import request

from odoo.addons.oms_fulfillment import secret_link
from odoo.addons.oms_fulfillment.engine.picture import MAX_BYTES, MAX_FILES

HEADERS = secret_link.headers(style_src="'unsafe-inline'")


def label_response(content, case):
    """The label of a return, to be printed by its customer."""
    name = "".join(char if char.isalnum() else "-" for char in case.name)
    return request.make_response(
        content,
        headers=[
            ("Content-Type", "application/pdf"),
            ("Content-Length", len(content)),
            ("Content-Disposition", f'inline; filename="{name}.pdf"'),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )


class OmsTracking(http.Controller):
    """The customer's page: one link per order, no login, no JavaScript."""

    @secret_link.route("/track/<string:token>", "GET", readonly=True)
    def track(self, token, lang=None, done=None, **kwargs):
        parcel = self._find(token, lang)
        messages = {
            "accepted": request.env._("Thank you. Your receipt is confirmed."),
            "reported": request.env._("Thank you. The shop has your report."),
            "messages": request.env._("Saved."),
            "announced": request.env._("Thank you. We look out for your parcel."),
        }
        return self._render(parcel, message=messages.get(done))

    @secret_link.route("/track/<string:token>/accept", "POST")
    def accept(self, token, lang=None, **post):
        parcel = self._find(token, lang)
        if not parcel:
            return self._render(parcel)
        return self._answer(parcel, parcel._page_accept(post), "accepted")

    @secret_link.route(
        "/track/<string:token>/report", "POST", max_content_length=MAX_FILES * MAX_BYTES + 64 * 1024
    )
    def report(self, token, lang=None, **post):
        parcel = self._find(token, lang)
        if not parcel:
            return self._render(parcel)
        files = request.httprequest.files.getlist("photo")[: MAX_FILES + 1]
        photos = [file.read(MAX_BYTES + 1) for file in files]
        return self._answer(parcel, parcel._page_report(post, photos), "reported")

    @secret_link.route("/track/<string:token>/resi", "POST")
    def resi(self, token, lang=None, **post):
        parcel = self._find(token, lang)
        case = parcel._page_case(post.get("case"))
        if not case:
            return self._render(parcel)
        return self._answer(parcel, case._page_announce(post), "announced")

    @secret_link.route("/track/<string:token>/label/<int:case_id>", "GET")
    def label(self, token, case_id, lang=None, **kwargs):
        parcel = self._find(token, lang)
        case = parcel._page_case(case_id)
        content = case._page_label() if case else None
        if not content:
            return self._render(parcel)
        return label_response(content, case)

    @secret_link.route("/track/<string:token>/messages", "POST")
    def messages(self, token, lang=None, wanted=None, **kwargs):
        parcel = self._find(token, lang)
        if not parcel:
            return self._render(parcel)
        parcel._page_messages(wanted == "1")
        return self._done(parcel, "messages")

    # HELPERS

    def _find(self, token, lang):
        parcel = request.env["oms.shipment"]._find_by_token(token)
        request.update_context(lang=parcel._page_lang(lang, request.best_lang))
        return parcel.with_context(lang=request.env.lang)

    def _answer(self, parcel, answer, done):
        """After a form: back to the page, so that reloading it sends nothing twice."""
        if answer["status"] == "error":
            return self._render(parcel, error=answer["errors"][0]["message"])
        return self._done(parcel, done)

    def _done(self, parcel, done):
        path = parcel._tracking_path(parcel._page_order())
        return request.redirect(f"{path}?done={done}", code=303)

    def _render(self, parcel, message=None, error=None):
        """Show the page, or the same "not found" for whatever token leads nowhere."""
        if parcel:
            values = {**parcel._page_values(), "message": message, "error": error}
            template, status = "oms_tracking.tracking_page", 422 if error else 200
        else:
            values, template, status = {}, "oms_tracking.tracking_missing", 404
        values["langs"] = self._languages()
        values["html_lang"] = (request.env.lang or "en").replace("_", "-")
        return request.render(template, values, status=status, headers=HEADERS)

    def _languages(self):
        langs = request.env["res.lang"]._get_frontend().values()
        return [
            {"code": lang.code, "name": lang.name.split(" / ")[-1], "url": f"?lang={lang.code}"}
            for lang in langs
            if lang.code != request.env.lang
        ]
