from odoo import models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _oms_guard_ship(self):
        """Override of ``oms_fulfillment``: no parcel leaves under a label that is not true.

        :raise OmsRefusal: ``label_stale``
        """
        result = super()._oms_guard_ship()
        outgoing = self._oms_outgoing()
        if outgoing:
            # sudo: operators validate transfers without rights on the order; nothing is written.
            works = outgoing.sudo().oms_fulfillment_ids
            (works | works.lead_id)._planned_parcels()._ensure_label_true()
        return result

    def action_oms_print_labels(self):
        """Print the labels of these transfers' parcels, in pick order."""
        works = self._oms_outgoing().sudo().oms_fulfillment_ids
        if not works:
            raise OmsRefusal(
                "no_fulfillment",
                self.env._("No transfer here brings goods of a channel's order to its customer."),
                next_step=self.env._("Choose outgoing transfers of orders that have a channel."),
            )
        return works.with_env(self.env).action_print_labels()
