from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    oms_courier_id = fields.Many2one(
        "oms.courier",
        string="Courier",
        index="btree_not_null",
        help="Who carries the parcels of this delivery method.",
    )
