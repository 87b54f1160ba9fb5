from odoo import api, models


class OmsSettlement(models.Model):
    _inherit = "oms.settlement"

    @api.model
    def _orders_by_resi(self, numbers, company):
        """Override of ``oms_fulfillment``: the orders whose parcels have or had these numbers."""
        found = super()._orders_by_resi(numbers, company)
        parcels = self.env["oms.shipment"]._orders_by_resi(numbers, company)
        return {**found, **parcels}

    def _orders_of_resi(self, resi):
        """Override of ``oms_fulfillment``: all orders whose goods are in this parcel."""
        order = super()._orders_of_resi(resi)
        # sudo: as the matching itself; the parcel is the company's.
        parcels = order.sudo().oms_shipment_ids
        works = parcels.filtered(lambda parcel: parcel._has_number(resi)).fulfillment_id
        return order | works.follower_ids.order_id.sudo(self.env.su)
