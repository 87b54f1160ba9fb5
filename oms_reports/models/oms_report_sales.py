from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)
NOT_ALLOCATED = _lt("Not allocated")


class OmsReportSales(models.Model):
    """Posted journal items on income accounts, one row each, told apart by order and channel.

    A classification of the ledger and never a second computation: nothing is filtered out, so the
    total is the ledger's, to the cent. Items without an order stay in as "not allocated".
    """

    _name = "oms.report.sales"
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
        help="Other income: the account's type is Other Income. Shipping: the product is the "
        "shipping product of a channel or delivery method, refunds included. Refunds: the document "
        "is a credit note. Discounts: the item is an allocated discount or has a discount product. "
        "Revenue: all the rest. Net sales are all of them but other income.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="Credit less debit of the posted journal item on an income account, in the company's "
        "currency, without taxes. Net sales = revenue + shipping - discounts - refunds.",
    )

    _depends = {
        "account.move.line": [
            "account_id",
            "balance",
            "company_currency_id",
            "company_id",
            "date",
            "display_type",
            "move_id",
            "oms_order_id",
            "parent_state",
            "partner_id",
            "product_id",
        ],
        "account.move": ["move_type"],
        "account.account": ["account_type"],
        "sale.order": ["oms_channel_id"],
        "oms.channel": ["discount_product_id", "shipping_product_id"],
        "delivery.carrier": ["product_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "res.company": ["sale_discount_product_id"],
    }

    @api.model
    def _account_types(self):
        """The types of account that make up the report."""
        return ("income", "income_other")

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT item.id,
                   item.id AS move_line_id,
                   item.date,
                   item.move_id,
                   item.account_id,
                   item.oms_order_id AS order_id,
                   sale.oms_channel_id AS channel_id,
                   item.partner_id,
                   item.product_id,
                   template.categ_id,
                   item.company_id,
                   item.company_currency_id AS currency_id,
                   -item.balance AS amount,
                   %(kind)s AS kind
            """,
            kind=self._select_kind(),
        )

    @api.model
    def _select_kind(self):
        return SQL(
            """
            CASE WHEN account.account_type = 'income_other' THEN 'other'
                 WHEN item.product_id IN (
                      SELECT shipping_product_id FROM oms_channel
                       WHERE shipping_product_id IS NOT NULL
                       UNION SELECT product_id FROM delivery_carrier
                 ) THEN 'shipping'
                 WHEN move.move_type = 'out_refund' THEN 'refund'
                 WHEN item.display_type = 'discount' OR item.product_id IN (
                      SELECT discount_product_id FROM oms_channel
                       WHERE discount_product_id IS NOT NULL
                       UNION SELECT sale_discount_product_id FROM res_company
                       WHERE sale_discount_product_id IS NOT NULL
                 ) THEN 'discount'
                 ELSE 'revenue' END
            """
        )

    @api.model
    def _from(self):
        """Every join is to one row at most, so a journal item is never doubled."""
        return SQL(
            """
              FROM account_move_line item
              JOIN account_account account ON account.id = item.account_id
              JOIN account_move move ON move.id = item.move_id
         LEFT JOIN sale_order sale ON sale.id = item.oms_order_id
         LEFT JOIN product_product product ON product.id = item.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
            """
        )

    @api.model
    def _where(self):
        return SQL(
            "WHERE item.parent_state = 'posted' AND account.account_type IN %s",
            self._account_types(),
        )

    # DRILL-DOWN

    @api.readonly
    def action_open_document(self):
        """Open the journal entry of one row."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    @api.readonly
    def action_open_items(self):
        """Open the journal items of the chosen rows."""
        action = self.env["ir.actions.actions"]._for_xml_id("account.action_account_moves_all")
        return {**action, "domain": [("id", "in", self.move_line_id.ids)], "context": {}}
