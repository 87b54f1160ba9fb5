from odoo import models


class OmsSettlement(models.Model):
    _inherit = "oms.settlement"

    def _match_by_resi(self, resi):
        """Override of ``oms_fulfillment``: the order whose parcel has or had this number."""
        order = super()._match_by_resi(resi)
        return order or self.env["oms.shipment"]._order_by_resi(resi, self.company_id)
