from odoo import api, models

from ..engine.message import clean_resi


class OmsPackSession(models.Model):
    _inherit = "oms.pack.session"

    @api.model
    def _find_by_resi(self, code):
        """Override of ``oms_fulfillment``: a label that exists already opens its order."""
        # sudo: only to find the fulfilment; opening it asks for the user's rights.
        parcels = (
            self.env["oms.shipment"]
            .sudo()
            .search(
                [
                    ("resi", "=", clean_resi(code)),
                    ("resi_active", "=", True),
                    ("company_id", "in", self.env.companies.ids),
                ]
            )
        )
        return super()._find_by_resi(code) or parcels.fulfillment_id.picking_id.sudo(False)
