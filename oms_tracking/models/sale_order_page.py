from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """What the public tracking page says about an order, as plain values."""

    _inherit = "sale.order"

    def _oms_page_customer(self):
        """First name and city, no more: the link may be forwarded."""
        address = self._oms_address()
        name = (address.get("name") or "").split()
        return {"name": name[0] if name else "", "city": address.get("city") or ""}

    def _oms_notice_values(self):
        """Return what messages may say about this order."""
        return {
            "name": self._oms_page_customer()["name"],
            "order": self.oms_external_id or self.name,
            "shop": self.company_id.name,
        }

    def _oms_page_reference(self):
        """How the public methods name this order: by the channel's number if there is one."""
        if not self.oms_external_id:
            return self.name
        return {"channel": self.oms_channel_id.code, "external_id": self.oms_external_id}

    def _oms_page_accepted(self):
        """Whether everything that left was accepted."""
        work = self.oms_fulfillment_ids.filtered(lambda work: work.state != "cancelled")
        return bool(work) and all(work.mapped("accepted_at"))

    def _oms_page_acceptable(self):
        """Whether something was delivered and waits for the customer's word."""
        return bool(
            self._oms_managed()
            and self.oms_fulfillment_ids.filtered(
                lambda work: work.delivered_at and not work.accepted_at
            )
        )

    def _oms_page_lines(self):
        """Return ``[{id, ref, name, quantity, uom}]`` that the customer may report."""
        if not self._oms_managed():
            return []
        try:
            self._oms_check_return_window()
        except UserError:
            return []
        return [
            {
                "id": line.id,
                "ref": line.oms_line_ref or line.id,
                "name": line.product_id.with_context(display_default_code=False).display_name,
                "quantity": units,
                "uom": line.product_uom_id.name,
            }
            for line, units in self._oms_returnable("customer").items()
            if units > 0
        ]

    def _oms_portal_return_values(self):
        """The returns of this order, as its customer's portal shows them."""
        # sudo: the portal checked that the customer may see the order.
        cases = self.sudo().oms_return_ids.filtered(lambda case: case.state != "cancelled")
        return [case._oms_page_values() for case in cases]
