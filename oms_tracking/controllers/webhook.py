from odoo import http
from odoo.http import request

# Odoo takes a route only once its type is known.
from odoo.addons.oms_fulfillment.controllers import dispatcher  # noqa: F401

MAX_BODY = 256 * 1024
METHODS = ("POST", "PUT")


class OmsWebhook(http.Controller):
    """Where couriers' servers call: size, proof, store, answer. What it means is read later."""

    @http.route(
        "/oms/webhook/<string:provider>/<string:token>",
        type="oms",
        auth="public",
        csrf=False,
        save_session=False,
    )
    def webhook(self, provider, token):
        """Take a call for the account that ``token`` names.

        ``200`` is sent once the call is stored: from then on nothing loses it. An address that
        nobody has and a proof that is wrong get one and the same answer.
        """
        asked = request.httprequest
        refuse = request.dispatcher.refuse
        if asked.method not in METHODS:
            return refuse(405, "method", "Calls come by POST.")
        if asked.content_length is None:
            return refuse(411, "length_required", "The size of the body is not known.")
        if asked.content_length > MAX_BODY:
            return refuse(413, "too_large", "The body is too large.")
        # Kept: a transaction that collides is run again, and reads the body again.
        body = asked.get_data(cache=True)
        # sudo: nobody is logged in; the account's proof is checked before anything is stored.
        accounts = request.env["oms.courier.account"].sudo()
        if not accounts._webhook_take(provider, token, asked.headers, body):
            return refuse(401, "unauthorized", "The address or the proof is wrong.")
        return request.make_json_response({"status": "received"})
