from odoo import api, fields, models

from ..engine.status import PHYSICAL
from .selection import KINDS

# Parcels that are about a return, and not about the delivery of an order.
OF_RETURNS = ("return", "resend")


class OmsShipment(models.Model):
    """What a parcel is for. Only ``out`` delivers an order: the others are tracked, booked and
    labelled by the same code, and count in no stage, promise, scorecard or cash."""

    _inherit = "oms.shipment"

    kind = fields.Selection(KINDS, required=True, readonly=True, default="out", copy=False)
    return_parcel_id = fields.Many2one(
        "oms.return.parcel",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    sent_back_id = fields.Many2one(
        "stock.picking",
        string="Sent Back by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The transfer that brings goods of a return back to the customer.",
    )

    _no_cash_of_returns = models.Constraint(
        "CHECK(kind IN ('out', 'rts') OR COALESCE(cod_amount, 0) = 0)",
        lambda env, diag: env._("Nothing is collected for the parcel of a return."),
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("return_of_id"):
                vals.setdefault("kind", "rts")
        return super().create(vals_list)

    def _orders(self):
        of_returns = self.filtered(lambda parcel: parcel.kind in OF_RETURNS)
        orders = super(OmsShipment, self - of_returns)._orders()
        return orders | of_returns.line_ids.order_id

    def _returns(self):
        """The returns whose goods travel in these parcels, to us or back to the customer."""
        return self.return_parcel_id.return_ids | self.sent_back_id.oms_return_id

    # EVENTS

    def _status_reached(self, status):
        result = super()._status_reached(status)
        # sudo: consequences of a recorded fact, whoever was allowed to record it.
        parcels = self.sudo().filtered(lambda parcel: parcel.kind in OF_RETURNS)
        if not parcels:
            return result
        if status in PHYSICAL:
            for parcel in parcels.filtered(lambda parcel: not parcel.shipped_at):
                parcel.shipped_at = parcel.picked_up_at or parcel.status_since
        back = parcels.filtered(lambda parcel: parcel.kind == "return")
        if status == "returning":
            back._returns().filtered(lambda case: case.state == "approved")._set_in_transit()
        elif status == "returned":
            for parcel in back:
                parcel.return_parcel_id._set_arrived(parcel.returned_at)
        return result

    def _number_changed(self):
        result = super()._number_changed()
        for parcel in self.sudo().filtered("return_parcel_id"):
            told = {"resi": parcel.resi, "courier_id": parcel.courier_id.id}
            known = parcel.return_parcel_id
            if (known.resi, known.courier_id.id) != (parcel.resi, parcel.courier_id.id):
                known.write(told)
        return result

    def _write_picking_refs(self):
        result = super()._write_picking_refs()
        for parcel in self.filtered("sent_back_id"):
            if parcel.sent_back_id.carrier_tracking_ref != parcel.resi:
                parcel.sent_back_id.carrier_tracking_ref = parcel.resi
        return result

    # BOOKING

    def _carrier(self):
        """The delivery method by which the parcel travels."""
        if self.kind in OF_RETURNS:
            return self.fulfillment_id._way_back_carrier()
        return self.fulfillment_id.carrier_id

    def _wire_ends(self):
        """Return ``(origin, destination)`` as couriers' servers read them."""
        ends = super()._wire_ends()
        return ends[::-1] if self.kind == "return" else ends

    def _booked(self, booking):
        """Override: the customer of a return gets its label."""
        result = super()._booked(booking)
        if self.kind == "return" and self.resi and self.status != "cancelled":
            orders = self._orders().sorted("id")
            self.env["oms.notice"]._tell("return_label", [(str(self.id), orders[:1], self)])
        return result

    # LABEL

    def _label_works(self):
        if self.kind in OF_RETURNS:
            # Neither a hold nor the cash of the order is about this parcel.
            return self.env["oms.fulfillment"]
        return super()._label_works()

    def _ensure_printable(self):
        """Override: agents print what their customers can't, the labels of returns."""
        agent = self.env.user.has_group("oms_fulfillment.group_oms_agent")
        if self and agent and set(self.mapped("kind")) == {"return"}:
            self.check_access("read")
            # sudo: the role and the right to read were checked.
            return super(OmsShipment, self.sudo())._ensure_printable()
        return super()._ensure_printable()

    def _label_address(self):
        if self.kind != "return":
            return super()._label_address()
        place = self._label_warehouse()
        return {
            "name": " · ".join(filter(None, (self.company_id.name, self.return_parcel_id.name))),
            "phone": place.phone or self.company_id.phone,
            "street": " ".join(filter(None, (place.street, place.street2))),
            "village": place.oms_village,
            "district": place.oms_district,
            "city": place.city,
            "province": place.state_id.name,
            "postal_code": place.zip,
            "country": place.country_id.code,
        }

    def _label_warehouse(self):
        warehouse = self.return_parcel_id.warehouse_id or self.fulfillment_id.warehouse_id
        return warehouse.partner_id or self.company_id.partner_id

    def _label_sender(self):
        if self.kind != "return":
            return super()._label_sender()
        address = self.order_id._oms_address()
        return {name: address[name] or "" for name in ("name", "phone", "city")}

    def _label_facts_now(self):
        facts = super()._label_facts_now()
        if self.kind == "return":
            # What else the customer puts into it makes no label untrue.
            facts["contents"] = []
        return facts

    def _label_orders(self):
        if self.kind in OF_RETURNS:
            return self._returns().sorted("id").mapped("name")
        return super()._label_orders()

    # ACTIONS

    def action_open_return(self):
        """Button: what came back in it, or was lost in it, are returns already."""
        if self.kind not in OF_RETURNS:
            return super().action_open_return()
        self._check_desk_access()
        return self._returns()._get_records_action(name=self.env._("Returns"))


class OmsFulfillment(models.Model):
    _inherit = "oms.fulfillment"

    def _way_back_carrier(self):
        """The delivery method that brings goods back: the warehouse's, else the one that they
        left by."""
        return self.warehouse_id.oms_return_carrier_id or self.carrier_id


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    oms_return_carrier_id = fields.Many2one(
        "delivery.carrier",
        string="Delivery Method of Returns",
        domain="[('delivery_type', '=', 'oms')]",
        help="By which parcels of returns are booked. Empty: as the goods left.",
    )
