from odoo import fields, models


class OmsShipmentLine(models.Model):
    _name = "oms.shipment.line"
    _description = "Parcel Content"
    _order = "shipment_id, id"

    shipment_id = fields.Many2one(
        "oms.shipment", string="Parcel", required=True, index=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order Line", required=True, index=True, ondelete="restrict"
    )
    order_id = fields.Many2one(related="sale_line_id.order_id", string="Order")
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict")
    quantity = fields.Float(digits="Product Unit", required=True, help="In the product's own unit.")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", lambda env, diag: env._("A parcel holds more than 0 of a product.")
    )

    def _worth(self):
        """What the customer pays for this content, taxes included, in the order's currency."""
        self.ensure_one()
        # sudo: the courier is told, and asked to replace, what a parcel is worth by people who
        # read no orders.
        return self.sale_line_id.sudo()._oms_worth(self.product_id, self.quantity)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_worth(self, product, units):
        """What the customer pays for units of the line's product, or of a component of its kit,
        taxes included; the components of a kit share its price equally.

        :param float units: in the product's own unit
        """
        parts = self._oms_parts()
        whole = self.product_uom_qty * (parts.get(product) or 1.0)
        return self.price_total * min(units / whole, 1.0) / len(parts) if whole else 0.0
