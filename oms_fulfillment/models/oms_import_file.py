from odoo import fields, models

SCOPES = [("open", "Orders that still need work"), ("all", "Every order of the file")]


class OmsImportFile(models.Model):
    """A file that was imported: kept as it came, refused when it comes again."""

    _name = "oms.import.file"
    _description = "Imported File"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="File Name", required=True, readonly=True)
    channel_id = fields.Many2one(
        "oms.channel", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    content = fields.Binary(attachment=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    scope = fields.Selection(SCOPES, required=True, readonly=True, default="all")
    format_code = fields.Char(string="Format", readonly=True)
    intake_ids = fields.One2many("oms.intake", "import_id", string="Incoming Orders")
    new_count = fields.Integer(string="New", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    duplicate_count = fields.Integer(string="Already Known", readonly=True)
    waiting_count = fields.Integer(string="Waiting", readonly=True)
    skipped_count = fields.Integer(string="Left Out", readonly=True)

    _file_uniq = models.UniqueIndex(
        "(channel_id, sha256, scope)",
        lambda env, diag: env._("This file was already imported for this channel."),
    )

    def action_view_intakes(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_intake")
        return {
            **action,
            "domain": [("import_id", "=", self.id)],
            "context": {},
            "display_name": self.name,
        }
