import re

from odoo import api, models
from odoo.tools import consteq, hmac

from odoo.addons.oms_fulfillment import secret_link

SIGNED = re.compile(r"^(\d{1,10})-(\d{1,10})-([0-9a-f]{40})$")


class OmsShipment(models.Model):
    """The addresses of the customer's page: one for each order that travels in the parcel.

    The page is an order's page. The parcel's own token leads to the order that has the parcel;
    another order in it has an address of its own, signed with this database's secret.
    """

    _inherit = "oms.shipment"

    @api.model
    def _find_by_token(self, token):
        """Return the parcel with this tracking token, in superuser mode; empty when there is none.

        The token is the right to see the page: it has 160 random or signed bits at least.
        """
        # sudo: the visitor has no account; the token is checked right here.
        parcels = self.sudo()
        signed = SIGNED.match(token) if secret_link.is_token(token) else None
        if not signed:
            return secret_link.find(parcels, "access_token", token)
        parcel_id, order_id = int(signed[1]), int(signed[2])
        if not consteq(signed[3], self._page_signature(parcel_id, order_id)):
            return parcels.browse()
        parcel = parcels.browse(parcel_id).exists()
        if order_id not in parcel._orders().ids:
            return parcels.browse()
        return parcel.with_context(oms_page_order=order_id)

    @api.model
    def _page_signature(self, parcel_id, order_id):
        return hmac(self.env(su=True), "oms_tracking.page", (parcel_id, order_id))[:40]

    def _page_order(self):
        """The order whose page was asked for: the parcel's own, or another one in it."""
        self.ensure_one()
        order_id = self.env.context.get("oms_page_order")
        return self.env["sale.order"].browse(order_id) if order_id else self.order_id

    def _tracking_path(self, order=None):
        """Where the customer of ``order`` (default: the parcel's own) follows the whole order."""
        if not order or order.id == self.order_id.id:
            return f"/track/{self.access_token}"
        return f"/track/{self.id}-{order.id}-{self._page_signature(self.id, order.id)}"

    def _tracking_link(self, order=None):
        return f"{self.get_base_url()}{self._tracking_path(order)}"
