from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain

# What a courier's label says about the parcel.
ON_THE_LABEL = {"ship_to", "cod", "units"}


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

    def _action_confirm(self):
        """The customer hears of the confirmation, where a rule says so."""
        result = super()._action_confirm()
        active = self.env["oms.channel"]._is_active()
        if active and "confirmed" in self.env["oms.notice.rule"]._events():
            managed = self._oms_managed()
            none = self.env["oms.shipment"]
            self.env["oms.notice"]._tell(
                "confirmed", [(f"order:{order.id}", order, none) for order in managed]
            )
        return result

    # HOOKS OF oms_fulfillment

    def _oms_tracking_facts(self):
        """Override of ``oms_fulfillment``: what the parcels of these orders say, in one search."""
        facts = super()._oms_tracking_facts()
        left = Domain("kind", "=", "out") & Domain("shipped_at", "!=", False)
        for order_id, parcels in self._oms_parcels(left).items():
            facts[order_id] = parcels._order_facts()
        return facts

    def _oms_parcels(self, domain=Domain.TRUE):
        """Return ``{order id: parcels}`` that hold goods of these orders, in one search; a parcel
        that several orders share is in each of them."""
        # sudo: where an order is, is the same for everyone who may see the order.
        works = self.sudo().filtered(lambda order: order.state == "sale").oms_fulfillment_ids
        followers = works.filtered("lead_id")
        mine = Domain("order_id", "in", self.ids)
        if followers:
            mine |= Domain("fulfillment_id", "in", followers.lead_id.ids)
        parcels = self.env["oms.shipment"].sudo().search(domain & mine, order="id")
        parcels.fetch(["order_id", "fulfillment_id"])
        found = defaultdict(parcels.browse)
        for parcel in parcels:
            found[parcel.order_id.id] |= parcel
        for work in followers:
            shared = parcels.filtered(
                lambda parcel, lead=work.lead_id: parcel.fulfillment_id == lead
            )
            if shared:
                found[work.order_id.id] |= shared
        return {order.id: found[order.id] for order in self if order.id in found}

    def _oms_cod_not_asked(self):
        """The cash of this order that none of its parcels asks for."""
        self.ensure_one()
        if self.oms_payment_policy != "cod":
            return 0.0
        works = self.oms_fulfillment_ids
        alive = (works | works.lead_id)._outbound_parcels()
        if any(parcel.fulfillment_id.follower_ids for parcel in alive):
            return 0.0
        asked = sum(alive.mapped("cod_amount"))
        return max(self._oms_cash_to_collect()[self.id] - asked, 0.0)

    def _oms_labels(self):
        """Override of ``oms_fulfillment``: numbers of parcels that have not left yet."""
        return super()._oms_labels() + [
            label.resi or label.name for label in self._oms_open_labels()
        ]

    def _oms_open_labels(self):
        """Parcels with a label whose goods are still here."""
        # sudo: who changes the order is told about its labels, whether they handle parcels or not
        works = self.sudo().oms_fulfillment_ids
        parcels = (works | works.lead_id)._outbound_parcels()
        return parcels.filtered(
            lambda parcel: not parcel.fulfillment_id.handed_over_at
            and parcel.status in ("label_created", "pickup_requested")
        )

    def _oms_change_consequences(self, changed):
        """Override of ``oms_fulfillment``: a label that says something else now is voided."""
        told = super()._oms_change_consequences(changed)
        labels = self._oms_open_labels() if changed & ON_THE_LABEL else self.env["oms.shipment"]
        for label in labels:
            told.append(
                self.env._(
                    "The label %(label)s becomes invalid and is voided. Take it off the parcel and "
                    "print a new one.",
                    label=label.display_name,
                )
            )
        if labels:
            labels.action_void()
        return told

    def _oms_portal_parcels(self):
        """The parcels of this order as its customer's portal shows them: [{name, status, url}]."""
        if not self._oms_managed():
            return []
        # sudo: the portal checked that the customer may see the order.
        works = self.sudo().oms_fulfillment_ids
        parcels = (works | works.lead_id)._outbound_parcels().sorted("id")
        return [
            {
                "name": " ".join(filter(None, (parcel.courier_id.name, parcel.resi)))
                or parcel.name,
                "status": parcel._status_label(),
                "url": parcel._tracking_path(self.sudo()),
            }
            for parcel in parcels
        ]

    def _oms_call_parcel_exception(self):
        """Override of ``oms_fulfillment``: where the label was voided, a new one is missing."""
        works = self.oms_fulfillment_ids.filtered(
            lambda work: work.state == "handed_over"
            and not (work | work.lead_id)._outbound_parcels()
        )
        if works:
            item = {"fulfillment": works[:1].name}
            return self._oms_call("oms.fulfillment", "ship", None, [[item]])
        return super()._oms_call_parcel_exception()

    def _oms_snapshot_parcels(self):
        """Override of ``oms_fulfillment``: the parcels of each order with their events."""
        snapshots = super()._oms_snapshot_parcels()
        for order_id, parcels in self._oms_parcels().items():
            order = self.sudo().browse(order_id)
            snapshots[order_id] = [parcel._as_dict(order) for parcel in parcels]
        return snapshots
