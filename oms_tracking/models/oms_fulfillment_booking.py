from odoo import models


class OmsFulfillment(models.Model):
    """When parcels are booked with their courier: packed, or handed over."""

    _inherit = "oms.fulfillment"

    def _register_parcels(self, parcels):
        """Override: new parcels of a delivery method with an account are booked."""
        answers = super()._register_parcels(parcels)
        # sudo: whoever ships may have the parcels booked; rights were checked with the shipping.
        made = self.env["oms.shipment"].sudo().browse(answer["id"] for answer in answers)
        made._book_by_itself()
        return answers

    def _prepare_parcel_vals(self, parcel, lines):
        vals = super()._prepare_parcel_vals(parcel, lines)
        carrier = self.carrier_id
        courier = carrier.oms_courier_id
        if carrier.delivery_type == "oms" and courier and vals["courier_id"] == courier.id:
            vals["account_id"] = carrier.oms_account_id.id
            vals["service"] = vals["service"] or carrier.oms_service
        return vals

    def _set_packed(self, at):
        """Override: where the label is needed at the packing table, the parcel exists by then."""
        done = super()._set_packed(at)
        packed = done.filtered(lambda work: not work.handed_over_at and work._books_when_packed())
        if packed:
            packed._plan_parcels().sudo()._book_by_itself()
        return done

    def _books_when_packed(self):
        account = self.carrier_id.sudo().oms_account_id
        return self.carrier_id.delivery_type == "oms" and account.book_when == "packed"


class OmsShipment(models.Model):
    _inherit = "oms.shipment"

    def _book_by_itself(self):
        """Have parcels booked whose account does not leave it to a person."""
        due = self.filtered(
            lambda parcel: parcel.account_id
            and not parcel.resi
            and not parcel.booking_state
            and parcel.account_id.book_when != "never"
        )
        due._request_booking()


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def send_to_shipper(self):
        """Odoo calls this inside the validation; parcels of accounts are booked after it."""
        if self.carrier_id.delivery_type != "oms":
            return super().send_to_shipper()
        return None

    def _oms_carrier_cost(self, parcel):
        """Keep what the courier asks where Odoo's own screens and invoices look for it."""
        if not self or self.carrier_id.delivery_type != "oms":
            return
        parcels = parcel.fulfillment_id._outbound_parcels().filtered("booked_at")
        cost = sum(parcels.mapped("cost_estimated"))
        self.carrier_price = self.carrier_id._apply_margins(cost, self.sale_id)
        self._add_delivery_cost_to_so()
