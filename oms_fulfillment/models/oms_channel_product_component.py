from odoo import fields, models


class OmsChannelProductComponent(models.Model):
    """One more product in a bundle that a channel sells under one SKU."""

    _name = "oms.channel.product.component"
    _description = "Product in a Bundle"
    _order = "mapping_id, id"
    _check_company_auto = True

    mapping_id = fields.Many2one(
        "oms.channel.product", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="mapping_id.company_id", store=True, index=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('sale_ok', '=', True)]",
    )
    quantity = fields.Float(
        string="Units per SKU", digits="Product Unit", default=1.0, required=True
    )
    free = fields.Boolean(
        string="Gift",
        help="It comes at price 0. The price of the SKU is spread over the others by their sales "
        "prices.",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)",
        lambda env, diag: env._("A SKU must hold more than zero units of its product."),
    )
