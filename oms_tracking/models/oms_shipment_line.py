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
