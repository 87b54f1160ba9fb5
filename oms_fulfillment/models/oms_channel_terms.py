from odoo import fields, models


class OmsChannel(models.Model):
    """What a channel gives its customers, unless a customer has an agreement of their own."""

    _inherit = "oms.channel"

    payment_term_id = fields.Many2one(
        "account.payment.term",
        check_company=True,
        help="For orders that are paid on acceptance or by terms, of customers without terms of "
        "their own. Several lines are instalments.",
    )
    deposit_percent = fields.Float(
        string="Deposit (%)",
        help="This share is invoiced as a down payment when the order is confirmed; the goods stay "
        "until it is paid. For orders on acceptance or by terms.",
    )

    _deposit_share = models.Constraint(
        "CHECK(deposit_percent >= 0 AND deposit_percent <= 100)",
        lambda env, diag: env._("A deposit is between 0 and 100 percent."),
    )
