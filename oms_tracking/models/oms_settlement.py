from odoo import api, models


class OmsSettlement(models.Model):
    _inherit = "oms.settlement"

    @api.model
    def _orders_by_resi(self, numbers, company):
        """Override of ``oms_fulfillment``: the orders whose parcels have or had these numbers."""
        found = super()._orders_by_resi(numbers, company)
        parcels = self.env["oms.shipment"]._orders_by_resi(numbers, company)
        return {**found, **parcels}

    @api.model
    def _orders_sharing(self, numbers, company):
        """Override of ``oms_fulfillment``: all orders whose goods are in these parcels."""
        found = super()._orders_sharing(numbers, company)
        # sudo: as the matching itself; the parcels are the company's.
        together = self.env["sale.order"].union(*found.values()).sudo()
        works = together.oms_shipment_ids.fulfillment_id
        for number, order in found.items():
            parcels = order.sudo().with_prefetch(together.ids).oms_shipment_ids
            own = parcels.filtered(lambda parcel, number=number: parcel._has_number(number))
            followers = own.fulfillment_id.with_prefetch(works.ids).follower_ids
            found[number] = order | followers.order_id.sudo(self.env.su)
        return found
