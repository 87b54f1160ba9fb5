import json

from odoo import fields, models

from ..connectors import registry, values
from ..connectors.base import RATE
from ..connectors.errors import CourierError


class DeliveryCarrier(models.Model):
    """Courier accounts behind Odoo's own delivery methods.

    One provider of Odoo's ("Courier account") stands for all of them; which server is called is
    the account's business. Odoo asks for shipping inside the validation of a transfer: nothing is
    sent there, see ``oms.courier.job``.
    """

    _inherit = "delivery.carrier"

    delivery_type = fields.Selection(
        selection_add=[("oms", "Courier account")], ondelete={"oms": "set default"}
    )
    oms_courier_id = fields.Many2one(
        "oms.courier",
        string="Courier",
        index="btree_not_null",
        help="Who carries the parcels of this delivery method.",
    )
    oms_days_min = fields.Integer(
        string="Fastest (days)", help="Working days that the courier promises for this service."
    )
    oms_days_max = fields.Integer(
        string="Slowest (days)",
        help="0: no promise of the courier; the window comes from own deliveries alone.",
    )
    oms_account_id = fields.Many2one(
        "oms.courier.account",
        string="Courier Account",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    oms_service = fields.Char(string="Courier's Service", help="As it names it: reg, yes, EZ.")
    oms_courier_code = fields.Char(
        string="Courier's Name There",
        help="How the account's provider spells the courier, where it is not the usual way.",
    )

    def _oms_courier_key(self, courier=None):
        """The courier in the spelling of the account's provider."""
        if self.oms_courier_code and (not courier or courier == self.oms_courier_id):
            return self.oms_courier_code
        code = (courier or self.oms_courier_id).code or ""
        provider = self.oms_account_id.provider
        return registry.get(provider).courier_name(code) if provider else code.lower()

    # CALLED BY ODOO

    def oms_rate_shipment(self, order):
        """What the courier asks for an order, in the company's currency."""
        # sudo: whoever may price an order may ask for the price; keys and addresses stay inside.
        account = self.sudo().oms_account_id
        try:
            rate = self.sudo()._oms_rates(order.sudo())[self]
        except CourierError as error:
            return self._oms_no_rate(str(account._refusal(error)))
        if not rate:
            return self._oms_no_rate(
                self.env._(
                    "%(carrier)s does not carry this order to this address.", carrier=self.name
                )
            )
        price = account._from_wire(rate.price, order.company_id.currency_id)
        return {"success": True, "price": price, "error_message": False, "warning_message": False}

    def _oms_no_rate(self, message):
        return {"success": False, "price": 0.0, "error_message": message, "warning_message": False}

    def oms_send_shipping(self, pickings):
        """Nothing is sent from inside a validation: the parcels are booked after the commit."""
        return [{"exact_price": 0.0, "tracking_number": False} for _picking in pickings]

    def oms_get_tracking_link(self, picking):
        """The couriers' pages of the transfer's parcels, in the form that Odoo reads."""
        # sudo: the transfer is readable, and so is where its parcels are.
        works = picking.sudo().oms_fulfillment_ids
        parcels = (works | works.lead_id).shipment_ids.filtered("courier_url")
        links = [[parcel.resi, parcel.courier_url] for parcel in parcels]
        if len(links) > 1:
            return json.dumps(links)
        return links[0][1] if links else False

    def oms_cancel_shipment(self, pickings):
        """Have the bookings of the transfers' parcels taken back."""
        # sudo: who may cancel the shipping of a transfer may cancel its parcels' bookings.
        pickings.sudo().oms_fulfillment_ids.shipment_ids._request_cancel()

    # RATES

    def _oms_rates(self, order):
        """Return ``{carrier: Rate or None}``; one call for all carriers of an account.

        :raise CourierError: the account's server can't say
        """
        rates = dict.fromkeys(self)
        for account, carriers in self.grouped("oms_account_id").items():
            if not account or not account._can(RATE):
                continue
            wire = carriers[0]._oms_prepare_quote(order)
            connector = account._connector()
            connector.areas = self.env["oms.courier.area"].sudo()._known(account, wire)
            offers = connector.rate(wire, sorted({c._oms_courier_key() for c in carriers}))
            for carrier in carriers:
                rates[carrier] = carrier._oms_choose_rate(offers)
        return rates

    def _oms_choose_rate(self, offers):
        """The offer of this courier and service; the cheapest when no service is set."""
        key, service = self._oms_courier_key().lower(), (self.oms_service or "").lower()
        fitting = [
            offer
            for offer in offers
            if offer.courier.lower() in (key, "")
            and (not service or offer.service.lower() in (service, ""))
        ]
        return min(fitting, key=lambda offer: offer.price, default=None)

    def _oms_prepare_quote(self, order):
        """An order as a parcel that could be sent."""
        account = self.oms_account_id
        # sudo: couriers ask what the goods are worth, whoever compares their prices.
        order = order.sudo()
        lines = order.order_line.filtered(
            lambda line: line.product_id.type == "consu" and not line.is_delivery
        )
        items = []
        for line in lines:
            for product, need in line._oms_parts().items():
                amount = line.product_uom_qty * need
                units = max(round(amount), 1)
                worth = line._oms_worth(product, amount) / units
                items.append(
                    values.Item(
                        name=product.name,
                        sku=product.default_code or "",
                        quantity=units,
                        value=account._to_wire(worth, order.currency_id),
                        weight_g=round(product._oms_weight_kg() * 1000),
                    )
                )
        weight = sum(item.weight_g * item.quantity for item in items)
        cod = 0.0
        if order.oms_payment_policy == "cod":
            cod = account._to_wire(order.oms_cod_amount or order.amount_total, order.currency_id)
        return values.Parcel(
            reference=order.name or "",
            courier=self._oms_courier_key(),
            service=self.oms_service or "",
            origin=order.warehouse_id.partner_id._oms_wire_address(),
            destination=order.partner_shipping_id._oms_wire_address(),
            items=tuple(items),
            weight_g=weight or round(account.default_weight_kg * 1000) or 1,
            value=sum(item.value * item.quantity for item in items),
            cod=cod,
            insured=account.insured,
        )
