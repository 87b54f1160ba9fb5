from odoo import api, fields, models

SCOPES = [("open", "Orders that still need work"), ("all", "Every order of the file")]


class OmsImportFile(models.Model):
    """A file that was imported: kept as it came, refused when it comes again."""

    _name = "oms.import.file"
    _inherit = ["oms.file.job"]
    _description = "Imported File"
    _order = "id desc"
    _check_company_auto = True
    _cron = "oms_fulfillment.cron_import"

    scope = fields.Selection(SCOPES, required=True, readonly=True, default="all")
    template_id = fields.Many2one("oms.import.template", string="Column Mapping", readonly=True)
    state = fields.Selection(default="done")
    total_count = fields.Integer(string="Orders in the File")
    position = fields.Integer(string="Orders Done")
    progress = fields.Float(compute="_compute_progress")
    intake_ids = fields.One2many("oms.intake", "import_id", string="Incoming Orders")
    updated_count = fields.Integer(string="Updated", readonly=True)
    waiting_count = fields.Integer(string="Waiting", readonly=True)
    skipped_count = fields.Integer(string="Left Out", readonly=True)

    _file_uniq = models.UniqueIndex(
        "(channel_id, sha256, scope)",
        lambda env, diag: env._("This file was already imported for this channel."),
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    @api.depends("position", "total_count", "state")
    def _compute_progress(self):
        for record in self:
            done = record.state == "done" or not record.total_count
            record.progress = 100.0 if done else 100.0 * record.position / record.total_count

    def action_view_intakes(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_intake")
        return {
            **action,
            "domain": [("import_id", "=", self.id)],
            "context": {},
            "display_name": self.name,
        }
