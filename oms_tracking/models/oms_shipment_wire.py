import math

from odoo import models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors import values

GRAMS = 1000
DEFAULT_SIZE_CM = (10, 10, 10)


class OmsShipment(models.Model):
    """A parcel as couriers' servers want to read it."""

    _inherit = "oms.shipment"

    def _prepare_wire(self, reference):
        """Return the parcel as :class:`connectors.values.Parcel`.

        :raise OmsRefusal: what the courier needs and the parcel does not have
        """
        self.ensure_one()
        order, carrier, account = self.order_id, self._carrier(), self.account_id
        origin, destination = self._wire_ends()
        items = self._prepare_wire_items()
        return values.Parcel(
            reference=reference,
            courier=carrier._oms_courier_key(self.courier_id),
            service=self.service or carrier.oms_service or "",
            origin=origin,
            destination=destination,
            items=items,
            weight_g=round(self._wire_weight_kg() * GRAMS),
            size_cm=self._wire_size_cm(),
            value=sum(item.value * item.quantity for item in items),
            cod=account._to_wire(self.cod_amount, self.currency_id) if self.cod_amount else 0.0,
            insured=account.insured,
            note=(order.name or "")[:50],
        )

    def _wire_ends(self):
        """Return ``(origin, destination)``."""
        warehouse = self.fulfillment_id.warehouse_id.partner_id
        return warehouse._oms_wire_address(), self.order_id.partner_shipping_id._oms_wire_address()

    def _wire_size_cm(self):
        """Length, width and height in whole cm, as measured or as small parcels are."""
        measured = (self.length_cm, self.width_cm, self.height_cm)
        return tuple(
            math.ceil(size) or usual for size, usual in zip(measured, DEFAULT_SIZE_CM, strict=True)
        )

    def _prepare_wire_items(self):
        items = []
        for content in self.line_ids:
            product = content.product_id
            units = max(round(content.quantity), 1)
            items.append(
                values.Item(
                    name=product.name,
                    sku=product.default_code or "",
                    quantity=units,
                    value=self.account_id._to_wire(content._worth() / units, self.currency_id),
                    weight_g=round(product._oms_weight_kg() * GRAMS),
                )
            )
        return tuple(items)

    def _wire_weight_kg(self):
        """What the parcel weighs: weighed, or the sum of its contents, or the account's guess."""
        weight = self.weight_kg or sum(
            content.quantity * content.product_id._oms_weight_kg() for content in self.line_ids
        )
        weight = weight or self.account_id.default_weight_kg
        if not weight:
            raise OmsRefusal(
                "no_weight",
                self.env._("%(parcel)s has no weight.", parcel=self.name),
                field="weight_kg",
                next_step=self.env._("Weigh it, or set a weight on the products or the account."),
            )
        return weight


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _oms_wire_address(self):
        """The address as :class:`connectors.values.Address`."""
        self.ensure_one()
        street = " ".join(filter(None, (self.street, self.street2)))
        return values.Address(
            name=self.name or self.parent_id.name or "",
            phone=self.phone or self.commercial_partner_id.phone or "",
            street=street,
            village=self.oms_village or "",
            district=self.oms_district or "",
            city=self.city or "",
            province=self.state_id.name or "",
            postal_code=(self.zip or "").strip(),
            country=self.country_id.code or "ID",
            latitude=self.partner_latitude or None,
            longitude=self.partner_longitude or None,
        )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _oms_weight_kg(self):
        """Weight of one unit in kg, whatever unit the database counts in."""
        unit = self.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        return unit._compute_quantity(self.weight, self.env.ref("uom.product_uom_kgm"), round=False)
