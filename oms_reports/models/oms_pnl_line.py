from odoo import api, fields, models, tools
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..engine import pnl
from .account_account import COMPONENTS, PROFIT_AND_LOSS

_lt = LazyTranslate(__name__)
NOT_ALLOCATED = _lt("Not allocated")

# Views that select from this one; they are made again whenever it is.
DEPENDENT_VIEWS = ("oms.order.pnl", "oms.report.sales")


class OmsPnlLine(models.Model):
    """Posted journal items on income and expense accounts, one row each, told apart by order.

    A classification of the ledger and never a second computation: nothing is filtered out, so the
    total is the ledger's profit, to the cent and to the row. Items without an order stay in as
    "not allocated". A view of the database, which other programs may read (docs/reports.md).
    """

    _name = "oms.pnl.line"
    _inherit = "oms.pnl.drill"
    _description = "Order P&L"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "move_id"

    date = fields.Date(readonly=True, help="Accounting date of the journal entry.")
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    account_type = fields.Char(readonly=True)
    order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
        help="The order that the journal item belongs to. Items of no order are not allocated.",
    )
    channel_id = fields.Many2one(
        "oms.channel",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
        help="The channel of the order.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, help="The partner of the journal item."
    )
    product_id = fields.Many2one(
        "product.product",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
        help="The product of the journal item. Fees and courier costs are of no product.",
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Product Category",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
    )
    courier_id = fields.Many2one(
        "oms.courier",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
        help="The courier of the order's latest outgoing parcel.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Province",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
        help="The province of the order's delivery address.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    component = fields.Selection(
        COMPONENTS,
        readonly=True,
        help="Cost of goods sold: the cost items that Odoo adds to invoices and credit notes, and "
        "accounts of that type. Fees of settlements: by their family. Else the tag of the account; "
        "else, for income: shipping products, credit notes (refunds), discount products and "
        "allocated discounts, the rest is gross sales. Other: all that is no part of an order's "
        "contribution.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="Credit less debit of the posted journal item, in the company's currency, without "
        "taxes: income is positive, costs are negative. The total is the profit in the ledger.",
    )
    net_sales = fields.Monetary(
        readonly=True, help="Net sales = gross sales - discounts - refunds, without taxes."
    )
    contribution = fields.Monetary(
        readonly=True,
        help="Contribution = net sales + shipping income - cost of goods sold - courier costs - "
        "channel fees - COD and payment fees - returned and lost goods + claims received.",
    )
    margin_percent = fields.Float(
        string="Contribution (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Contribution ÷ net sales × 100, of the sums and not the average of percentages.",
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
            "oms_fee_family",
            "oms_order_id",
            "parent_state",
            "partner_id",
            "product_id",
        ],
        "account.move": ["move_type"],
        "account.account": ["account_type", "oms_component"],
        "sale.order": ["oms_channel_id", "partner_shipping_id"],
        "res.partner": ["state_id"],
        "oms.channel": ["discount_product_id", "fee_account_id", "shipping_product_id"],
        "oms.shipment": ["courier_id", "kind", "order_id"],
        "delivery.carrier": ["product_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "res.company": ["sale_discount_product_id"],
    }

    def init(self):
        """Make the database view, and those that select from it."""
        for name in (self._name, *DEPENDENT_VIEWS):
            if name in self.env.registry:
                self.env[name]._make_view()

    @api.model
    def _make_view(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                "CREATE VIEW %s AS (%s %s %s)",
                SQL.identifier(self._table),
                self._select(),
                self._from(),
                self._where(),
            )
        )

    @api.model
    def _select(self):
        component = self._select_component()
        return SQL(
            """
            SELECT item.id,
                   item.id AS move_line_id,
                   item.date,
                   item.move_id,
                   item.account_id,
                   account.account_type,
                   item.oms_order_id AS order_id,
                   sale.oms_channel_id AS channel_id,
                   item.partner_id,
                   item.product_id,
                   template.categ_id,
                   parcel.courier_id,
                   address.state_id,
                   item.company_id,
                   item.company_currency_id AS currency_id,
                   %(component)s AS component,
                   -item.balance AS amount,
                   CASE WHEN %(component)s IN %(net_sales)s
                        THEN -item.balance ELSE 0 END AS net_sales,
                   CASE WHEN %(component)s <> 'other'
                        THEN -item.balance ELSE 0 END AS contribution,
                   NULL::double precision AS margin_percent
            """,
            component=component,
            net_sales=pnl.NET_SALES,
        )

    @api.model
    def _select_component(self):
        """The component of an item: the document's own word first, then the account's.

        Without a set operation, and asking for columns of few values: PostgreSQL adds up such
        items in several processes at once.
        """
        return SQL(
            """
            CASE WHEN item.display_type = 'cogs' THEN 'cogs'
                 WHEN item.oms_fee_family IS NOT NULL THEN
                      CASE %(families)s
                           ELSE COALESCE(account.oms_component, 'channel_fee') END
                 WHEN account.oms_component IS NOT NULL THEN account.oms_component
                 WHEN account.id IN (
                      SELECT fee_account_id FROM oms_channel WHERE fee_account_id IS NOT NULL
                 ) THEN 'channel_fee'
                 WHEN account.account_type = 'expense_direct_cost' THEN 'cogs'
                 WHEN account.account_type <> 'income' THEN 'other'
                 WHEN item.product_id IN (
                      SELECT shipping_product_id FROM oms_channel
                       WHERE shipping_product_id IS NOT NULL
                 ) OR item.product_id IN (SELECT product_id FROM delivery_carrier) THEN 'shipping'
                 WHEN credit_note.move_type IS NOT NULL THEN 'refund'
                 WHEN item.display_type = 'discount' OR item.product_id IN (
                      SELECT discount_product_id FROM oms_channel
                       WHERE discount_product_id IS NOT NULL
                 ) OR item.product_id IN (
                      SELECT sale_discount_product_id FROM res_company
                       WHERE sale_discount_product_id IS NOT NULL
                 ) THEN 'discount'
                 ELSE 'sales' END
            """,
            families=SQL(" ").join(
                SQL("WHEN LOWER(item.oms_fee_family) IN %s THEN %s", families, component)
                for component, families in pnl.FEE_FAMILIES.items()
            ),
        )

    @api.model
    def _from(self):
        """Every join is to one row at most, so a journal item is never doubled; PostgreSQL leaves
        out those that a query has no use for."""
        return SQL(
            """
              FROM account_move_line item
              JOIN account_account account ON account.id = item.account_id
         LEFT JOIN account_move credit_note
                ON credit_note.id = item.move_id AND credit_note.move_type = 'out_refund'
         LEFT JOIN sale_order sale ON sale.id = item.oms_order_id
         LEFT JOIN res_partner address ON address.id = sale.partner_shipping_id
         LEFT JOIN (
                   SELECT DISTINCT ON (order_id) order_id, courier_id
                     FROM oms_shipment
                    WHERE kind = 'out' AND courier_id IS NOT NULL
                 ORDER BY order_id, id DESC
              ) parcel ON parcel.order_id = item.oms_order_id
         LEFT JOIN product_product product ON product.id = item.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
            """
        )

    @api.model
    def _where(self):
        return SQL(
            "WHERE item.parent_state = 'posted' AND account.account_type IN %s", PROFIT_AND_LOSS
        )

    def _read_group_select(self, aggregate_spec, query):
        """The percentage of a group is that of its sums."""
        if aggregate_spec != "margin_percent:avg":
            return super()._read_group_select(aggregate_spec, query)
        share = SQL(
            "100.0 * SUM(%s) / NULLIF(SUM(%s), 0)",
            self._field_to_sql(self._table, "contribution", query),
            self._field_to_sql(self._table, "net_sales", query),
        )
        return self._in_one_currency(share, query)

    def _read_group_orderby(self, order, groupby_terms, query):
        """Components stand in the order of a P&L, not of the alphabet."""
        if "component" not in groupby_terms:
            return super()._read_group_orderby(order, groupby_terms, query)
        ranked = {
            **groupby_terms,
            "component": SQL(
                "array_position(%s::varchar[], %s::varchar)",
                list(pnl.COMPONENTS),
                groupby_terms["component"],
            ),
        }
        result = super()._read_group_orderby(order, ranked, query)
        groupby_terms |= {**ranked, "component": groupby_terms["component"]}
        return result
