from odoo import api, fields, models

PROFIT_AND_LOSS = (
    "income",
    "income_other",
    "expense",
    "expense_direct_cost",
    "expense_depreciation",
    "expense_other",
)
COMPONENTS = [
    ("sales", "Gross sales"),
    ("discount", "Discounts"),
    ("refund", "Refunds"),
    ("shipping", "Shipping income"),
    ("cogs", "Cost of goods sold"),
    ("courier", "Courier costs"),
    ("channel_fee", "Channel fees"),
    ("payment_fee", "COD and payment fees"),
    ("writeoff", "Returned and lost goods"),
    ("claim", "Claims received"),
    ("other", "Other"),
]


class AccountAccountTag(models.Model):
    _inherit = "account.account.tag"

    oms_component = fields.Selection(
        COMPONENTS,
        string="Order P&L",
        help="Journal items on accounts with this tag are this part of the order P&L.",
    )


class AccountAccount(models.Model):
    """Which part of the order P&L an account is, read from its tags."""

    _inherit = "account.account"

    oms_component = fields.Selection(
        COMPONENTS,
        string="Order P&L",
        compute="_compute_oms_component",
        store=True,
        help="From the account's tags. Without one, the type of the account and the kind of the "
        "document decide.",
    )

    @api.depends("tag_ids.oms_component")
    def _compute_oms_component(self):
        for account in self:
            tags = account.tag_ids.filtered("oms_component").sorted("id")
            account.oms_component = tags[:1].oms_component
