import secrets

from odoo import http
from odoo.http import request

from odoo.addons.oms_fulfillment.engine.picture import MAX_BYTES, MAX_FILES
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .tracking import label_response


class OmsPortal(CustomerPortal):
    """Parcels and returns of the customer who is logged in, and of nobody else.

    Portal users have no rights on the records: what they may see leaves as plain values, found
    through the orders of their own company.
    """

    def _oms_customer(self):
        return request.env.user.partner_id.commercial_partner_id

    def _oms_orders_domain(self, path="order_id"):
        return [(f"{path}.partner_id", "child_of", self._oms_customer().id)]

    def _oms_parcel_domain(self):
        return [
            "|",
            *self._oms_orders_domain(),
            *self._oms_orders_domain("fulfillment_id.follower_ids.order_id"),
            ("kind", "=", "out"),
            ("shipped_at", "!=", False),
            ("status", "!=", "cancelled"),
        ]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        # sudo: counts within the domain of the user's own orders.
        if "oms_parcel_count" in counters:
            parcels = request.env["oms.shipment"].sudo()
            values["oms_parcel_count"] = parcels.search_count(self._oms_parcel_domain(), limit=100)
        if "oms_return_count" in counters:
            returns = request.env["oms.return"].sudo()
            values["oms_return_count"] = returns.search_count(self._oms_orders_domain(), limit=100)
        return values

    @http.route(
        ["/my/parcels", "/my/parcels/page/<int:page>"], type="http", auth="user", website=True
    )
    def portal_oms_parcels(self, page=1, **kwargs):
        # sudo: the domain holds the user's own orders; the template gets plain values.
        parcels = request.env["oms.shipment"].sudo()
        values, found = self._oms_page("/my/parcels", parcels, self._oms_parcel_domain(), page)
        customer = self._oms_customer()
        parcels = [parcel._portal_values(customer) for parcel in found]
        values.update(page_name="oms_parcels", parcels=parcels)
        return request.render("oms_tracking.portal_my_parcels", values)

    @http.route("/my/parcels/<int:parcel_id>", type="http", auth="user", website=True)
    def portal_oms_parcel(self, parcel_id, **kwargs):
        # sudo: as above; another customer's parcel is not found, as if there were none.
        domain = [("id", "=", parcel_id), *self._oms_parcel_domain()]
        parcel = request.env["oms.shipment"].sudo().search(domain)
        url = parcel._portal_values(self._oms_customer())["url"] if parcel else "/my/parcels"
        return request.redirect(url)

    @http.route(
        ["/my/returns", "/my/returns/page/<int:page>"], type="http", auth="user", website=True
    )
    def portal_oms_returns(self, page=1, done=None, **kwargs):
        return self._oms_returns(page, done=done)

    def _oms_returns(self, page=1, done=None, error=None):
        """The list of the customer's returns."""
        told = {
            "reported": request.env._("Thank you. The shop has your report."),
            "announced": request.env._("Thank you. We look out for your parcel."),
        }
        # sudo: the domain holds the user's own orders; the template gets plain values.
        returns = request.env["oms.return"].sudo()
        values, found = self._oms_page("/my/returns", returns, self._oms_orders_domain(), page)
        values.update(
            page_name="oms_returns",
            done=told.get(done),
            error=error,
            show_order=True,
            returns=[{**case._oms_page_values(), "order": case.order_id.name} for case in found],
        )
        return request.render("oms_tracking.portal_my_returns", values)

    # ASK FOR A RETURN

    @http.route(
        ["/my/returns/new", "/my/orders/<int:order_id>/return"],
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_oms_return_form(self, order_id=None, **kwargs):
        return self._oms_return_form(order_id)

    @http.route(
        "/my/returns/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        max_content_length=MAX_FILES * MAX_BYTES + 64 * 1024,
    )
    def portal_oms_return_send(self, order=None, **post):
        first = int(order) if str(order or "").isdecimal() and len(order) < 10 else None
        orders = request.env["sale.order"]._oms_portal_returnable(
            request.env.user.partner_id, first
        )
        files = request.httprequest.files.getlist("photo")[: MAX_FILES + 1]
        answers = orders._oms_page_report(post, [file.read(MAX_BYTES + 1) for file in files])
        failed = [answer for answer in answers if answer["status"] == "error"]
        if failed:
            error = failed[0]["errors"][0]["message"]
            return self._oms_return_form(first, error=error, typed=post)
        return request.redirect("/my/returns?done=reported", code=303)

    def _oms_return_form(self, first=None, error=None, typed=None):
        """The form over the customer's own orders; ``first`` is the order that they came from."""
        orders = request.env["sale.order"]._oms_portal_returnable(
            request.env.user.partner_id, first
        )
        lines = [
            {
                **line,
                "order": f"{order.name} {order.oms_external_id or ''}".strip() if new else "",
                "value": (typed or {}).get(f"quantity_{line['id']}", 0),
            }
            for order in orders
            for new, line in self._oms_first(order._oms_page_lines())
        ]
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "oms_return_new",
            "lines": lines,
            "kept": [text for order in orders for text in order._oms_page_kept()],
            "reasons": orders._oms_page_reasons() if lines else [],
            "nonce": secrets.token_urlsafe(12),
            "first": first or "",
            "error": error,
            "typed": {name: (typed or {}).get(name) for name in ("reason", "note")},
        }
        status = 422 if error else 200
        return request.render("oms_tracking.portal_return_new", values, status=status)

    def _oms_first(self, lines):
        return ((number == 0, line) for number, line in enumerate(lines))

    # THE WAY BACK

    @http.route(
        "/my/returns/<int:case_id>/resi", type="http", auth="user", website=True, methods=["POST"]
    )
    def portal_oms_return_resi(self, case_id, **post):
        case = self._oms_case(case_id)
        answer = case._page_announce(post) if case else {"status": "none"}
        if answer["status"] == "error":
            return self._oms_returns(error=answer["errors"][0]["message"])
        done = "?done=announced" if case else ""
        return request.redirect(f"/my/returns{done}", code=303)

    @http.route(
        "/my/returns/<int:case_id>/label", type="http", auth="user", website=True, methods=["GET"]
    )
    def portal_oms_return_label(self, case_id, **kwargs):
        case = self._oms_case(case_id)
        content = case._page_label() if case else None
        return label_response(content, case) if content else request.redirect("/my/returns")

    def _oms_case(self, case_id):
        """Return the customer's own return; another's is not found, as if there were none."""
        # sudo: the domain holds the user's own orders.
        cases = request.env["oms.return"].sudo()
        return cases.search([("id", "=", case_id), *self._oms_orders_domain()])

    def _oms_page(self, url, model, domain, page):
        pager = portal_pager(
            url=url, total=model.search_count(domain), page=page, step=self._items_per_page
        )
        found = model.search(
            domain, order="id DESC", limit=self._items_per_page, offset=pager["offset"]
        )
        return {**self._prepare_portal_layout_values(), "pager": pager, "default_url": url}, found
