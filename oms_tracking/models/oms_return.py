from odoo import fields, models

from odoo.addons.oms_fulfillment.models.oms_return import VOID


class OmsReturn(models.Model):
    _inherit = "oms.return"

    def _set_state(self, state, **vals):
        moved = super()._set_state(state, **vals)
        if state == "closed" and moved:
            moved._settle_parcels()
        elif state in VOID and moved:
            moved._give_up_way_back()
        return moved

    def _give_up_way_back(self):
        """Nobody sends what is not taken back: its label and booking are void."""
        # sudo: a consequence of the decision, whoever was allowed to take it.
        parcels = self.sudo().parcel_id.filtered(lambda parcel: parcel.state == "cancelled")
        waiting = parcels.shipment_ids.filtered(
            lambda one: one.status in ("label_created", "pickup_requested")
        )
        if waiting:
            waiting._record_own_event("cancelled", text=self.env._("The return was given up"))

    def _put_in_parcel(self, **vals):
        parcel = super()._put_in_parcel(**vals)
        parcel.sudo()._refill()  # sudo: follows from what the caller may decide
        return parcel

    def _settle_parcels(self):
        """Parcels whose goods and money are accounted for by closed returns need nobody more."""
        for case in self.filtered(lambda case: case.kind == "rts"):
            # sudo: a consequence of the closed return, whoever was allowed to close it.
            order = case.order_id.sudo()
            parcels = order._oms_parcels().get(order.id, order.oms_shipment_ids)
            parcels.filtered(
                lambda parcel, case=case: parcel.exception
                and parcel.line_ids.sale_line_id & case.line_ids.sale_line_id
                and not parcel._orders_without_return()
            ).action_settle_exception()

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
        if self.goods_stay:
            kept = self.env._("Approved: you keep the goods and get your money back.")
            states.update(inspected=kept, received=kept, approved=kept)
        elif "refund" not in self.line_ids.mapped("wish"):
            states.update(
                inspected=self.env._("Inspected; we decide what follows."),
                resolved=self.env._("Decided."),
            )
        if self.replacement_ids and self.is_open:
            sent = self.env._("A replacement is on its way.")
            states.update({state: f"{text} {sent}" for state, text in states.items()})
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
