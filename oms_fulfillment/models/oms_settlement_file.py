from odoo import fields, models


class OmsSettlementFile(models.Model):
    """A file of payouts that was imported: kept as it came, refused when it comes again."""

    _name = "oms.settlement.file"
    _inherit = ["oms.file.job"]
    _description = "Payout File"
    _order = "id desc"
    _check_company_auto = True
    _cron = "oms_fulfillment.cron_settlement_import"

    currency_id = fields.Many2one(related="company_id.currency_id")
    template_id = fields.Many2one("oms.settlement.template", string="Column Mapping", readonly=True)
    reference = fields.Char(
        required=True,
        readonly=True,
        help="Number of the payout or remittance, for rows that name none themselves.",
    )
    notes = fields.Text(string="About the File", readonly=True)
    refused = fields.Text(string="Rows Left Out", readonly=True)
    changed_count = fields.Integer(string="Adjusted", readonly=True)
    unmatched_count = fields.Integer(string="Without an Order", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)
    silent_count = fields.Integer(
        string="Not to Post",
        readonly=True,
        help="Rows that say what other files say too, that are not paid out yet, or withdrawals.",
    )
    net = fields.Monetary(string="Sum of the Rows", readonly=True)
    control_ids = fields.One2many("oms.settlement.control", "file_id", string="Control Totals")
    control_difference = fields.Monetary(
        string="Difference to the File's Total",
        readonly=True,
        help="What the rows add up to, less the total that the file states.",
    )
    settlement_ids = fields.Many2many(
        "oms.settlement", "oms_settlement_file_rel", "file_id", "settlement_id", readonly=True
    )

    _file_uniq = models.UniqueIndex(
        "(channel_id, sha256)",
        lambda env, diag: env._("This file was already imported for this channel."),
    )
    _waiting_idx = models.Index("(id) WHERE state = 'waiting'")

    def action_view_settlements(self):
        self.ensure_one()
        return self.settlement_ids._get_records_action(name=self.env._("Settlements"))


class OmsSettlementControl(models.Model):
    """A total that a file states, beside what its rows add up to."""

    _name = "oms.settlement.control"
    _description = "Control Total"
    _order = "file_id, id"

    file_id = fields.Many2one(
        "oms.settlement.file", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="file_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="file_id.currency_id")
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(string="Total", required=True, readonly=True)
    has_stated = fields.Boolean(readonly=True)
    stated = fields.Monetary(string="In the File", readonly=True)
    counted = fields.Monetary(string="Sum of the Rows", readonly=True)
    difference = fields.Monetary(readonly=True)
