from odoo import api, fields, models, tools
from odoo.tools import SQL

from .oms_pnl_line import NOT_ALLOCATED, OmsPnlLine


class OmsReportSales(models.Model):
    """The order P&L's rows on income accounts: the total is the ledger's income, to the cent.

    Not a second truth: the rows are those of ``oms.pnl.line``, told in the words of sales.
    """

    _name = "oms.report.sales"
    _inherit = "oms.pnl.drill"
    _description = "Sales in the Ledger"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_id"

    date = fields.Date(readonly=True, help="Accounting date of the journal entry.")
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, falsy_value_label=NOT_ALLOCATED)
    channel_id = fields.Many2one("oms.channel", readonly=True, falsy_value_label=NOT_ALLOCATED)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    kind = fields.Selection(
        [
            ("revenue", "Revenue"),
            ("refund", "Refunds"),
            ("discount", "Discounts"),
            ("shipping", "Shipping income"),
            ("other", "Other income"),
        ],
        readonly=True,
        help="As the account's tag says, else: other income: the account's type is Other Income. "
        "Shipping: the product is the shipping product of a channel or delivery method, refunds "
        "included. Refunds: the document is a credit note. Discounts: the item is an allocated "
        "discount or has a discount product. Revenue: all the rest. Net sales are all of them but "
        "other income.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="Credit less debit of the posted journal item on an income account, in the company's "
        "currency, without taxes. Net sales = revenue + shipping - discounts - refunds.",
    )

    _depends = OmsPnlLine._depends

    @api.model
    def _make_view(self):
        """The rows of the order P&L on income accounts, under the names of this report."""
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                """
                CREATE VIEW %(view)s AS (
                    SELECT id, move_line_id, date, move_id, account_id, order_id, channel_id,
                           partner_id, product_id, categ_id, company_id, currency_id, amount,
                           CASE WHEN account_type = 'income_other' THEN 'other'
                                WHEN component = 'sales' THEN 'revenue'
                                WHEN component IN ('refund', 'discount', 'shipping')
                                THEN component
                                ELSE 'other' END AS kind
                      FROM oms_pnl_line
                     WHERE account_type IN %(types)s
                )
                """,
                view=SQL.identifier(self._table),
                types=self._account_types(),
            )
        )

    @api.model
    def _account_types(self):
        """The types of account that make up the report."""
        return ("income", "income_other")
