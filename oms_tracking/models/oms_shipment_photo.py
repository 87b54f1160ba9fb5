from odoo import models


class OmsShipment(models.Model):
    """What the customer's portal shows, and what they want to hear."""

    _inherit = "oms.shipment"

    def _portal_values(self, customer):
        """The parcel in a list of the portal of ``customer``, with the orders that are theirs."""
        moment = self.delivered_at or self.status_since or self.shipped_at
        orders = self._orders().filtered(
            lambda order: order.partner_id.commercial_partner_id == customer
        )
        return {
            "url": self._tracking_path(orders[:1]),
            "title": self._page_headline(),
            "order": ", ".join(orders.mapped("name")),
            "courier": self.courier_id.name or "",
            "resi": self.resi or "",
            "window": self._page_expected(),
            "time": self._page_time(moment),
        }

    def _page_messages(self, wanted):
        """The customer wants messages, or none any more."""
        customer = self._page_order().partner_id
        if customer.oms_notice_opt_out == wanted:
            self._page_env()["res.partner"].browse(customer.id).oms_notice_opt_out = not wanted
