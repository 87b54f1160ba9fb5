from odoo import models


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
        """Return ``[{id, ref, name}]`` of what was delivered and waits for the customer's word."""
        work = self.oms_fulfillment_ids.filtered(
            lambda work: work.delivered_at and not work.accepted_at
        )
        lines = work._moves_to_accept().sale_line_id - self._oms_lines_in_question()
        return [
            {"id": line.id, "ref": line.oms_line_ref or line.id, "name": line._oms_page_name()}
            for line in lines
        ]

    def _oms_page_lines(self):
        """Return ``[{id, ref, name, quantity, uom, photo, note}]`` that the customer may report."""
        Policy = self.env["oms.return.policy"]
        return [
            {
                "id": line.id,
                "ref": line.oms_line_ref or line.id,
                "name": line._oms_page_name(),
                "quantity": units,
                "uom": line.product_uom_id.name,
                "photo": Policy._policy_of(line).photo,
                "note": Policy.browse(Policy._policy_of(line).key).note or "",
            }
            for line, units in self._oms_page_returnable().items()
            if not line._oms_return_refusal()
        ]

    def _oms_page_kept(self):
        """Return the sentences that say what can't come back, and why."""
        refusals = [line._oms_return_refusal() for line in self._oms_page_returnable()]
        return [refusal.message for refusal in refusals if refusal]

    def _oms_page_returnable(self):
        """Return ``{line: units}`` that arrived and are in no return."""
        left = self._oms_returnable("customer") if self._oms_managed() else {}
        return {
            line: units for line, units in left.items() if line.product_uom_id.compare(units, 0) > 0
        }

    def _oms_portal_return_values(self):
        """The returns of this order, as its customer's portal shows them."""
        # sudo: the portal checked that the customer may see the order.
        cases = self.sudo().oms_return_ids.filtered(lambda case: case.state != "cancelled")
        return [case._oms_page_values() for case in cases]


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_page_name(self):
        """What the customer calls the goods: without our number."""
        return self.product_id.with_context(display_default_code=False).display_name
