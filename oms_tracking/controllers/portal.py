from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


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
            ("return_of_id", "=", False),
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
    def portal_oms_returns(self, page=1, **kwargs):
        # sudo: the domain holds the user's own orders; the template gets plain values.
        returns = request.env["oms.return"].sudo()
        values, found = self._oms_page("/my/returns", returns, self._oms_orders_domain(), page)
        values.update(
            page_name="oms_returns",
            returns=[{**case._oms_page_values(), "order": case.order_id.name} for case in found],
        )
        return request.render("oms_tracking.portal_my_returns", values)

    def _oms_page(self, url, model, domain, page):
        pager = portal_pager(
            url=url, total=model.search_count(domain), page=page, step=self._items_per_page
        )
        found = model.search(
            domain, order="id DESC", limit=self._items_per_page, offset=pager["offset"]
        )
        return {**self._prepare_portal_layout_values(), "pager": pager, "default_url": url}, found
