from odoo import models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import picture as engine


class OmsShipment(models.Model):
    """What the customer sends with a report, and what they want to hear."""

    _inherit = "oms.shipment"

    def _page_report(self, post, photos=()):
        """Keep the photos with the report; a bad file refuses all of it, and says which rule."""
        try:
            pictures = engine.clean_all(photos)
        except engine.BadPicture as error:
            return self.env["oms.rpc"]._refused(self._picture_refusal(error.code))
        answer = super()._page_report(post)
        if answer["status"] == "requested" and pictures:
            self._page_env()["ir.attachment"].create(
                [
                    {
                        "name": f"{answer['name']}-{number}.jpg",
                        "raw": picture,
                        "mimetype": "image/jpeg",
                        "res_model": "oms.return",
                        "res_id": answer["id"],
                    }
                    for number, picture in enumerate(pictures, start=1)
                ]
            )
        return answer

    def _picture_refusal(self, code):
        if code == "too_many":
            return OmsRefusal(
                code,
                self.env._("%(count)s photos at most come with a report.", count=engine.MAX_FILES),
                next_step=self.env._("Choose fewer and send the form again."),
            )
        if code == "too_large":
            return OmsRefusal(
                code,
                self.env._("A photo is larger than %(size)s MB.", size=engine.MAX_BYTES // 1024**2),
                next_step=self.env._("Choose a smaller one, or send none."),
            )
        return OmsRefusal(
            code,
            self.env._("A file is no JPEG or PNG photo."),
            next_step=self.env._("Choose another one, or send none."),
        )

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
