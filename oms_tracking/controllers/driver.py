import base64
import re

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.oms_fulfillment import secret_link
from odoo.addons.oms_fulfillment.adapters.cells import Money, vote
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

MAX_PICTURE = 8_000_000
DATA_URL = re.compile(r"^data:image/(png|jpeg);base64,([A-Za-z0-9+/=]+)$")
AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]+)?")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
HEADERS = secret_link.headers(
    style_src="'unsafe-inline'", script_src="'self'", img_src="'self' data: blob:"
)


class OmsDriver(http.Controller):
    """The driver's page: one link per round, no login, for one hand and a small screen."""

    @secret_link.route("/oms/driver/<string:token>", "GET")
    def show(self, token, **kwargs):
        return self._render(self._find(token))

    @secret_link.route("/oms/driver/<string:token>/<int:stop_id>", "POST")
    def record(self, token, stop_id, outcome=None, **post):
        run = self._find(token)
        stop = run.stop_ids.filtered(lambda stop: stop.id == stop_id)
        if not stop:
            return self._render(run.browse())
        try:
            with request.env.cr.savepoint():
                if outcome == "delivered":
                    stop._deliver(*self._proof(post, stop))
                else:
                    stop._fail(post.get("reason"))
        except UserError as refusal:
            return self._render(run, error=str(refusal), stop=stop)
        return request.redirect(f"/oms/driver/{run.token}", code=303)

    # HELPERS

    def _find(self, token):
        return request.env["oms.fleet.run"]._find_by_token(token)

    def _proof(self, post, stop):
        """Return receiver, collected cash, photo and signature as the driver sent them."""
        receiver = (post.get("receiver") or "").replace("\x00", "").strip()
        cash = self._cash(post.get("cod"))
        return receiver, cash, self._photo(post.get("photo")), self._drawing(post.get("signature"))

    def _cash(self, text):
        """Return an amount as people write it, ``150.000`` or ``Rp 150.000,00`` or ``12.50``;
        ``None`` when blank."""
        text = (text or "").strip()[:40]
        amount = Money({"cod": vote([text])}, ".").amount(text, "cod")
        if amount is None or AMOUNT.fullmatch(amount):
            return amount and float(amount)
        raise OmsRefusal(
            "bad_value",
            request.env._("%(amount)s is no amount of cash.", amount=text),
            field="cod",
            next_step=request.env._("Count it and type the number, such as 150000."),
        )

    def _photo(self, file):
        if not file or isinstance(file, str):
            return False
        content = file.read(MAX_PICTURE + 1)
        if not content:
            return False
        if len(content) > MAX_PICTURE or not content.startswith(PICTURES):
            raise OmsRefusal(
                "bad_picture",
                request.env._("The photo can't be used."),
                field="photo",
                next_step=request.env._("Take it again, as JPEG or PNG of at most 8 MB."),
            )
        return base64.b64encode(content)

    def _drawing(self, data_url):
        found = DATA_URL.match(data_url or "") if len(data_url or "") < MAX_PICTURE else None
        return found[2].encode() if found else False

    def _render(self, run, error=None, stop=None):
        if not run:
            values = {"langs": [], "html_lang": "en"}
            return request.render(
                "oms_tracking.tracking_missing", values, status=404, headers=HEADERS
            )
        lang = run.driver_id.lang or run.company_id.partner_id.lang or request.env.lang
        run = run.with_context(lang=lang)
        stops = run.stop_ids.sorted(lambda stop: (stop.sequence, stop.id))
        waiting = stops.filtered(lambda stop: stop.state == "open")
        current = (stop & waiting if stop else None) or waiting[:1]
        values = {
            "run": run,
            "stop": current,
            "rest": waiting - current,
            "done": stops - waiting,
            "error": error,
            "reasons": run.env["oms.fleet.stop"]._fields["reason"]._description_selection(run.env),
            "langs": [],
            "html_lang": (lang or "en").replace("_", "-"),
        }
        request.update_context(lang=lang)
        status = 422 if error else 200
        return request.render("oms_tracking.driver_page", values, status=status, headers=HEADERS)
