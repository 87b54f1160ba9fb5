from datetime import timedelta

from odoo import api, fields, models

# Nobody wants to hear now what happened days ago: a history that was imported tells nothing.
OLD_NEWS = timedelta(hours=48)
TOLD = ("out_for_delivery", "attempt_failed", "delivered")


class OmsShipment(models.Model):
    """What customers hear of their parcels."""

    _inherit = "oms.shipment"

    notice_ids = fields.One2many("oms.notice", "shipment_id", string="Messages to the Customer")

    @api.model_create_multi
    def create(self, vals_list):
        parcels = super().create(vals_list)
        parcels._tell_shipped()
        return parcels

    def write(self, vals):
        result = super().write(vals)
        if vals.get("shipped_at") or vals.get("resi"):
            self._tell_shipped()
        if vals.get("exception_code") == "late":
            self._tell("delayed", self)
        return result

    def _status_reached(self, status):
        result = super()._status_reached(status)
        if status in TOLD:
            self._tell(status, self)
        return result

    def _tell_shipped(self):
        """Once it left and its number is known."""
        self._tell("shipped", self.filtered(lambda parcel: parcel.shipped_at and parcel.resi))

    def _tell(self, event, parcels):
        if event not in self.env["oms.notice.rule"]._events():
            return
        since = fields.Datetime.now() - OLD_NEWS
        facts = [
            (parcel._notice_key(event, orders), orders[:1], parcel)
            for parcel in parcels.sudo()  # sudo: a consequence of a recorded fact
            if parcel.kind == "out" and parcel._notice_time(event) >= since
            for orders in parcel._orders().grouped("partner_id").values()
        ]
        self.env["oms.notice"]._tell(event, facts)

    def _notice_time(self, event):
        """When it happened, naive UTC."""
        if event == "shipped":
            return self.shipped_at
        if event == "delayed":
            return fields.Datetime.to_datetime(self.promised_to) + timedelta(days=1)
        return self.status_since

    def _notice_key(self, event, orders):
        """Failed attempts are news each time; everything else of a parcel happens once to each
        customer in it."""
        key = f"{self.id}:{self.attempts}" if event == "attempt_failed" else str(self.id)
        return key if self.order_id in orders else f"{key}:order:{orders[:1].id}"

    def _notice_values(self, order):
        """Return what messages may say about this parcel to the customer of ``order``."""
        orders = self._orders().filtered(lambda other: other.partner_id == order.partner_id)
        numbers = [values["order"] for values in map(type(order)._oms_notice_values, orders)]
        return {
            **order._oms_notice_values(),
            "order": ", ".join(numbers),
            "courier": self.courier_id.name or "",
            "service": self.service or "",
            "resi": self.resi or "",
            "link": self._tracking_link(order),
            "window": self._window_text() or "",
            "status": self._page_title(self.status),
            "next": self._page_next(self.status),
        }
