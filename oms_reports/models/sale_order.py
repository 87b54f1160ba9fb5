from odoo import api, fields, models
from odoo.fields import Domain

READERS = (
    "oms_fulfillment.group_oms_finance,account.group_account_readonly,account.group_account_invoice"
)


class SaleOrder(models.Model):
    """What an order earned, for those who may read the ledger."""

    _inherit = "sale.order"

    # The order before this one of a customer, without reading all of them (oms.report.purchase).
    _oms_customer_idx = models.Index(
        "(partner_id, company_id, date_order, id) WHERE oms_channel_id IS NOT NULL"
    )

    oms_company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    oms_contribution = fields.Monetary(
        string="Contribution",
        compute="_compute_oms_contribution",
        currency_field="oms_company_currency_id",
        groups=READERS,
        help="Posted so far: net sales + shipping income - cost of goods sold - courier costs - "
        "fees - returned and lost goods + claims, without taxes.",
    )
    oms_pnl_status = fields.Selection(
        [("estimate", "Estimate"), ("final", "Final")],
        compute="_compute_oms_contribution",
        groups=READERS,
    )

    @api.depends_context("uid")
    def _compute_oms_contribution(self):
        self.oms_contribution = 0.0
        self.oms_pnl_status = False
        if not self.env["oms.channel"]._is_active():
            return
        orders = self.env["oms.order.pnl"]
        # Nothing tells the view's cache what changed in this transaction.
        orders.invalidate_model()
        for row in orders.search([("id", "in", self.ids)]):
            row.order_id.oms_contribution = row.contribution
            row.order_id.oms_pnl_status = row.status

    @api.model
    def _oms_placed_domain(self):
        """The orders of channels that customers placed: not cancelled, and neither a replacement
        of what came back nor what it was exchanged for."""
        domain = Domain("oms_channel_id", "!=", False) & Domain("state", "!=", "cancel")
        domain &= Domain("oms_replaces_id", "=", False) & Domain("oms_exchange_id", "=", False)
        stage = Domain("oms_stage_id", "=", False) | Domain("oms_stage_id.code", "!=", "cancelled")
        return domain & stage

    @api.readonly
    def action_oms_pnl(self):
        """Smart button: what this order earned."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("P&L of %(order)s", order=self.name),
            "res_model": "oms.order.pnl",
            "res_id": self.id,
            "views": [(False, "form")],
        }
