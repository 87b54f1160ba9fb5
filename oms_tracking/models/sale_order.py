from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    oms_shipment_ids = fields.One2many(
        "oms.shipment", "order_id", string="Parcels", groups="oms_fulfillment.group_oms_user"
    )
    oms_shipment_count = fields.Integer(string="Parcel Count", compute="_compute_shipment_count")

    def _compute_shipment_count(self):
        groups = self.env["oms.shipment"]._read_group(
            [("order_id", "in", self.ids)], ["order_id"], ["__count"]
        )
        counts = {order.id: count for order, count in groups}
        for order in self:
            order.oms_shipment_count = counts.get(order.id, 0)

    def action_view_oms_shipments(self):
        self.ensure_one()
        return self.oms_shipment_ids._action_view()

    # HOOKS OF oms_fulfillment

    def _oms_tracking_facts(self):
        """Override of ``oms_fulfillment``: what the parcels of these orders say, in one search."""
        facts = super()._oms_tracking_facts()
        # sudo: the stage is the same for everyone who may see the order.
        parcels = (
            self.env["oms.shipment"]
            .sudo()
            .search([("order_id", "in", self.ids), ("return_of_id", "=", False)], order="id")
        )
        by_order = {}
        for parcel in parcels:
            by_order.setdefault(parcel.order_id.id, parcels.browse())
            by_order[parcel.order_id.id] |= parcel
        for order_id, own in by_order.items():
            facts[order_id] = own._order_facts()
        return facts

    def _oms_call_parcel_exception(self):
        """Override of ``oms_fulfillment``: where the label was voided, a new one is missing."""
        works = self.oms_fulfillment_ids.filtered(
            lambda work: work.state == "handed_over" and not work._outbound_parcels()
        )
        if works:
            item = {"fulfillment": works[:1].name}
            return self._oms_call("oms.fulfillment", "ship", None, [[item]])
        return super()._oms_call_parcel_exception()

    def _oms_snapshot_parcels(self):
        """Override of ``oms_fulfillment``: the parcels of each order with their events."""
        snapshots = super()._oms_snapshot_parcels()
        # sudo: whoever may read the order's snapshot may read its parcels.
        parcels = self.env["oms.shipment"].sudo().search([("order_id", "in", self.ids)], order="id")
        parcels.fetch(["order_id"])
        for parcel in parcels:
            snapshots.setdefault(parcel.order_id.id, []).append(parcel._as_dict())
        return snapshots
