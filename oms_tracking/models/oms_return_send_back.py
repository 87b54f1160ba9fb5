from odoo import fields, models


class OmsReturn(models.Model):
    """Parcels of goods that go back to the customer."""

    _inherit = "oms.return"

    def _register_sent_back(self, pickings, values):
        """Override of ``oms_fulfillment``."""
        result = super()._register_sent_back(pickings, values)
        parcels = pickings._oms_plan_sent_back()
        vals = {}
        if values.get("courier"):
            vals["courier_id"] = self.env["oms.courier"]._get_by_code(values["courier"]).id
        if values.get("service"):
            vals["service"] = str(values["service"])[:80]
        if values.get("resi"):
            vals["resi"] = values["resi"]
        if vals:
            parcels[:1].write(vals)
        return result

    def _sent_back_as_rpc(self):
        parcels = self.sudo()._sent_back_parcels()
        return super()._sent_back_as_rpc() + [parcel._as_rpc() for parcel in parcels]

    def _sent_back_parcels(self):
        return self.picking_ids.oms_sent_back_parcel_ids.filtered(
            lambda parcel: parcel.status != "cancelled"
        )

    def action_plan_sent_back(self):
        """Button: the parcel of what goes back, to be booked, labelled or numbered."""
        self.ensure_one()
        self._ensure_role("group_oms_warehouse", "group_oms_courier")
        self.check_access("read")
        # sudo: the role was checked; the parcel follows from the transfer.
        parcels = self.sudo()._pickings_going_back()._oms_plan_sent_back()
        return (parcels or self.sudo()._sent_back_parcels()).sudo(False)._action_view()


class StockPicking(models.Model):
    _inherit = "stock.picking"

    oms_sent_back_parcel_ids = fields.One2many(
        "oms.shipment", "sent_back_id", string="Parcels Back to the Customer"
    )

    def _oms_plan_sent_back(self):
        """Return the parcel of each of these transfers; it is made where there is none."""
        parcels = self.env["oms.shipment"]
        for picking in self.filtered("oms_send_back"):
            known = picking.oms_sent_back_parcel_ids.filtered(
                lambda parcel: parcel.status != "cancelled"
            )
            parcels |= known or parcels.create(picking._oms_prepare_sent_back())
        return parcels

    def _oms_prepare_sent_back(self):
        case = self.oms_return_id
        works = case.line_ids.sale_line_id.move_ids.picking_id.oms_fulfillment_ids
        work = (works or case.order_id.oms_fulfillment_ids).sorted("id")[:1]
        work = work.lead_id or work
        carrier = work._way_back_carrier()
        return {
            "kind": "resend",
            "sent_back_id": self.id,
            "fulfillment_id": work.id,
            "courier_id": carrier.oms_courier_id.id,
            "service": carrier.oms_service,
            "account_id": carrier.oms_account_id.id,
            "line_ids": [
                fields.Command.create(
                    {
                        "sale_line_id": move.sale_line_id.id,
                        "product_id": move.product_id.id,
                        "quantity": move.product_qty,
                    }
                )
                for move in self.move_ids
                if move.state != "cancel" and move.sale_line_id and move.product_qty > 0
            ],
        }

    def _action_done(self):
        """Whoever validates it, and however: what goes back has a parcel, and it has left."""
        result = super()._action_done()
        # sudo: a consequence of the validated transfer, whoever was allowed to validate it.
        back = self.filtered(lambda picking: picking.oms_send_back and picking.state == "done")
        parcels = back.sudo()._oms_plan_sent_back().filtered(lambda parcel: not parcel.shipped_at)
        if parcels:
            parcels.write({"shipped_at": fields.Datetime.now()})
            parcels._book_by_itself()
        return result
