from odoo import models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

ON_ITS_WAY = ("approved", "in_transit")


class OmsReturn(models.Model):
    """The way back on the customer's pages: who pays, the label, or the number that they used."""

    _inherit = "oms.return"

    def _oms_page_values(self):
        values = super()._oms_page_values()
        parcel = self.parcel_id
        travels = self.state in ON_ITS_WAY and not self.goods_stay
        back = parcel._page_values() if parcel else {}
        return {
            **values,
            "id": self.id,
            "refund": self._page_refund(),
            "payer": self._page_payer() if travels else "",
            "way_back": back,
            "together": [case.order_id.name for case in parcel.return_ids - self if case.order_id],
            "send_to": self._page_address() if travels and not back.get("label") else "",
            "can_announce": travels and not back.get("resi"),
            "couriers": self._page_couriers() if travels and not back.get("resi") else [],
            "sent_back": [
                {
                    "title": one._page_headline(),
                    "courier": one.courier_id.name or "",
                    "resi": one.resi or "",
                    "courier_url": one.courier_url or "",
                    "events": one._page_events(),
                }
                for one in self._sent_back_parcels()
            ],
        }

    def _page_refund(self):
        """The amount, once it is decided."""
        if not self.resolved_at or not self.refund_amount:
            return ""
        return self.currency_id.format(self.refund_amount)

    def _page_payer(self):
        if self.way_back_payer == "shop":
            return self.env._("The shop pays the way back.")
        if self.way_back_fee:
            return self.env._(
                "The way back costs %(price)s. It is taken off your refund.",
                price=self.currency_id.format(self.way_back_fee),
            )
        return self.env._("You pay the courier of the way back.")

    def _page_address(self):
        """Where the goods go, and what to write on the parcel."""
        warehouse = self.parcel_id.warehouse_id or self._way_back_warehouse()
        place = warehouse.partner_id or self.company_id.partner_id
        area = ", ".join(filter(None, (place.oms_district, place.city, place.state_id.name)))
        return self.env._(
            "Send it to: %(address)s. Write %(name)s on the parcel.",
            address=", ".join(
                filter(
                    None,
                    (self.company_id.name, place.street, area, place.zip, place.phone),
                )
            ),
            name=self.parcel_id.name or self.name,
        )

    def _page_couriers(self):
        couriers = self.env["oms.courier"].search([("active", "=", True)])
        return [{"code": courier.code, "name": courier.name} for courier in couriers]

    # WHAT THE CUSTOMER DOES

    def _page_announce(self, post):
        """The customer tells under which number they sent it; return the answer of ``announce``.

        Only these fields are read.
        """
        self.ensure_one()
        resi = str(post.get("resi") or "").replace("\x00", "").strip()[:60]
        if self.state not in ON_ITS_WAY or not resi:
            return self.env["oms.rpc"]._refused(
                OmsRefusal(
                    "missing",
                    self.env._("Type the number that the courier gave you."),
                    field="resi",
                    next_step=self.env._("It is on the receipt of the parcel."),
                )
            )
        item = {"returns": [self.id], "resi": resi, "courier": str(post.get("courier") or "")[:40]}
        company = self.with_context(allowed_company_ids=self.company_id.ids, tracking_disable=True)
        return company.env["oms.return.parcel"].announce([item])[0]

    def _page_label(self):
        """Return the label as PDF, or ``None`` where there is none to give."""
        parcel = self.parcel_id
        if self.state not in ON_ITS_WAY or not parcel or not parcel._has_label():
            return None
        return parcel._label_content()
