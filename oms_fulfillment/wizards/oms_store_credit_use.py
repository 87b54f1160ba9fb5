from odoo import api, fields, models


class OmsStoreCreditUse(models.TransientModel):
    """Pay an order by store credit: how much there is, how much is owed, how much to use."""

    _name = "oms.store.credit.use"
    _description = "Use Store Credit"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    partner_id = fields.Many2one(
        related="order_id.partner_invoice_id.commercial_partner_id", string="Customer"
    )
    left = fields.Monetary(related="order_id.oms_store_credit", string="Store Credit")
    owed = fields.Monetary(compute="_compute_owed", compute_sudo=True, string="Still to Pay")
    amount = fields.Monetary(
        string="Use",
        compute="_compute_amount",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )

    @api.depends("order_id")
    def _compute_owed(self):
        money = self.order_id._oms_money()
        for wizard in self:
            known = money.get(wizard.order_id.id)
            wizard.owed = known.to_pay if known else 0.0

    @api.depends("order_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = min(wizard.left, wizard.owed)

    def action_use(self):
        self.ensure_one()
        self.order_id._oms_check_credit_access()
        self.order_id.check_access("read")
        self.order_id._oms_use_store_credit(self.amount)
        return {"type": "ir.actions.act_window_close"}
