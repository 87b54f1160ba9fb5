from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

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
