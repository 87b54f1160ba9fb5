from odoo import api, fields, models


class SaleOrder(models.Model):
    """The refund queue: what buyers are owed, and since when."""

    _inherit = "sale.order"

    oms_refund_due = fields.Monetary(
        string="To Pay Back",
        compute="_compute_oms_refund_due",
        groups="oms_fulfillment.group_oms_finance",
        help="What the buyer is owed by the ledger, less what is still to be invoiced.",
    )

    @api.depends("oms_invoice_ids.amount_residual", "oms_blocker")
    def _compute_oms_refund_due(self):
        money = self._oms_managed()._oms_money()
        for order in self:
            order.oms_refund_due = money[order.id].refund_due if order.id in money else 0.0
