from odoo import models


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    def _known_orders(self, numbers):
        """Return those of the channel's order ``numbers`` that are orders here, as a set."""
        self.ensure_one()
        known = self.env["sale.order"].search_fetch(
            [("oms_channel_id", "=", self.id), ("oms_external_id", "in", list(numbers))],
            ["oms_external_id"],
        )
        return set(known.mapped("oms_external_id"))
