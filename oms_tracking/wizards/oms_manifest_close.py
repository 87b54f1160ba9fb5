from odoo import fields, models


class OmsManifestClose(models.TransientModel):
    """Name and signature of who takes the parcels."""

    _name = "oms.manifest.close"
    _description = "Close a Manifest"

    manifest_id = fields.Many2one("oms.manifest", required=True, ondelete="cascade")
    scanned_count = fields.Integer(related="manifest_id.scanned_count")
    expected_count = fields.Integer(related="manifest_id.expected_count")
    cod_total = fields.Monetary(related="manifest_id.cod_total")
    currency_id = fields.Many2one(related="manifest_id.currency_id")
    driver_name = fields.Char(string="Courier Staff", required=True)
    driver_phone = fields.Char(string="Telephone")
    vehicle = fields.Char(help="Number plate.")
    signature = fields.Image(required=True, max_width=1024, max_height=1024)

    def action_close(self):
        """Record the signature, hand the parcels over and open the manifest."""
        self.ensure_one()
        self.manifest_id._close(
            self.driver_name.strip(), self.signature, self.driver_phone, self.vehicle
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "oms.manifest",
            "res_id": self.manifest_id.id,
            "views": [(False, "form")],
            "target": "main",
        }
