from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    oms_notice_opt_out = fields.Boolean(
        string="No Parcel Messages",
        help="The customer wants no mails and SMS about orders and parcels.",
    )
