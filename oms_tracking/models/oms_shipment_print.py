from odoo import fields, models


class OmsShipmentPrint(models.Model):
    """One printed label: who, when, and what it said."""

    _name = "oms.shipment.print"
    _description = "Printed Label"
    _order = "printed_at DESC, id DESC"
    _rec_name = "printed_at"

    shipment_id = fields.Many2one(
        "oms.shipment",
        string="Parcel",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    printed_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    printed_by_id = fields.Many2one(
        "res.users", required=True, readonly=True, default=lambda self: self.env.uid
    )
    source = fields.Selection(
        [("own", "Our label"), ("courier", "The courier's label")], required=True, readonly=True
    )
