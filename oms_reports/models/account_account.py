from odoo import api, fields, models
from odoo.fields import Domain

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
    """Which part of the order P&L an account is, read from its tags; balances of dashboards."""

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

    @api.model
    def _build_spreadsheet_formula_domain(self, formula_params, default_accounts=False):
        """The state of an entry is on its items as well: asked for there, the balances of a
        dashboard are added up from an index alone (``_oms_statement_idx``)."""
        domain = super()._build_spreadsheet_formula_domain(formula_params, default_accounts)

        def on_item(condition):
            if condition.field_expr != "move_id.state":
                return condition
            return Domain("parent_state", condition.operator, condition.value)

        return domain.map_conditions(on_item)
