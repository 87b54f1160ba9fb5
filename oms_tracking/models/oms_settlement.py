from odoo import models


class OmsSettlement(models.Model):
    _inherit = "oms.settlement"

    def _match_by_resi(self, resi):
        """Override of ``oms_fulfillment``: the order whose parcel has or had this number."""
        order = super()._match_by_resi(resi)
        return order or self.env["oms.shipment"]._order_by_resi(resi, self.company_id)

    def _orders_of_resi(self, resi):
        """Override of ``oms_fulfillment``: all orders whose goods are in this parcel."""
        order = super()._orders_of_resi(resi)
        # sudo: as the matching itself; the parcel is the company's.
        parcels = order.sudo().oms_shipment_ids
        works = parcels.filtered(lambda parcel: parcel._has_number(resi)).fulfillment_id
        return order | works.follower_ids.order_id.sudo(self.env.su)
