from odoo import api, fields, models


class OmsManifestLine(models.Model):
    """One parcel that was scanned for a courier."""

    _name = "oms.manifest.line"
    _description = "Parcel on a Manifest"
    _order = "id"

    manifest_id = fields.Many2one("oms.manifest", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="manifest_id.company_id", store=True, index=True)
    fulfillment_id = fields.Many2one(
        "oms.fulfillment", string="Fulfilment", required=True, index=True, ondelete="restrict"
    )
    shipment_id = fields.Many2one(
        "oms.shipment", string="Parcel", index="btree_not_null", ondelete="restrict"
    )
    order_id = fields.Many2one(related="fulfillment_id.order_id")
    code = fields.Char(string="Scanned Code", readonly=True)
    resi = fields.Char(compute="_compute_parcel")
    recipient = fields.Char(compute="_compute_parcel")
    city = fields.Char(compute="_compute_parcel")
    service = fields.Char(compute="_compute_parcel")
    weight_kg = fields.Float(string="Weight (kg)", compute="_compute_parcel", digits="Stock Weight")
    cod_amount = fields.Monetary(string="COD", compute="_compute_parcel")
    currency_id = fields.Many2one(related="manifest_id.currency_id")
    state = fields.Selection(
        [("scanned", "Scanned"), ("handed_over", "Handed Over"), ("failed", "Did Not Leave")],
        default="scanned",
        required=True,
        readonly=True,
    )
    reason = fields.Char(string="Why It Did Not Leave", readonly=True)
    scanned_at = fields.Datetime(default=fields.Datetime.now, readonly=True)
    scanned_by_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)

    # A parcel is on one open manifest at most, whoever scans it at which counter.
    _parcel_uniq = models.UniqueIndex(
        "(fulfillment_id, COALESCE(shipment_id, 0)) WHERE state != 'failed'",
        lambda env, diag: env._("This parcel is on a manifest already."),
    )

    @api.depends("shipment_id", "fulfillment_id")
    def _compute_parcel(self):
        # sudo: whoever sees the manifest may see what the parcels' labels say.
        for line in self:
            work = line.fulfillment_id.sudo()
            order = work.order_id
            parcel = line.shipment_id.sudo() or work._outbound_parcels()[:1]
            line.resi = parcel.resi
            line.service = parcel.service or work.carrier_id.name
            address = order._oms_address()
            line.recipient = address["name"]
            line.city = address["city"]
            line.weight_kg = parcel.weight_kg or work.picking_id.shipping_weight
            line.cod_amount = parcel.cod_amount if parcel else work._cod_left()

    # TRANSITIONS

    def _set_scanned(self):
        return self.write({"state": "scanned", "reason": False})

    def _set_handed_over(self):
        return self.write({"state": "handed_over", "reason": False})

    def _set_failed(self, reason):
        return self.write({"state": "failed", "reason": reason})
