from odoo import fields, models


class OmsReturn(models.Model):
    _inherit = "oms.return"

    def _oms_page_values(self):
        """The return as the customer sees it."""
        self.ensure_one()
        states = {
            "requested": self.env._("We look at your report and answer soon."),
            "approved": self.env._("Approved: send the goods back to us."),
            "in_transit": self.env._("The goods are on their way back to us."),
            "received": self.env._("The goods arrived; we inspect them."),
            "inspected": self.env._("Inspected; we decide about the refund."),
            "resolved": self.env._("Decided; the money is on its way."),
            "closed": self.env._("Closed."),
            "declined": self.env._("Declined."),
        }
        return {
            "name": self.name,
            "state": states.get(self.state, ""),
            "reason": self.decline_reason if self.state == "declined" else "",
            "open": self.is_open,
            "since": fields.Date.to_string(self.requested_at),
            "lines": [
                {
                    "name": line.product_id.display_name,
                    "quantity": line.quantity,
                    "uom": line.uom_id.name,
                }
                for line in self.with_context(display_default_code=False).line_ids
            ],
        }
