from odoo import fields, models


class OmsImportLine(models.TransientModel):
    """One order of the file and what would become of it."""

    _name = "oms.import.line"
    _description = "Order in an Import File"
    _order = "sequence, id"

    import_id = fields.Many2one("oms.import", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer()
    rows = fields.Char()
    external_id = fields.Char(string="Channel Order")
    channel_status = fields.Char(string="Status at the Channel")
    outcome = fields.Selection(
        [
            ("new", "New"),
            ("updated", "Update"),
            ("duplicate", "Already Known"),
            ("waiting", "Will Wait"),
            ("skipped", "Left Out"),
        ]
    )
    reason = fields.Char()
