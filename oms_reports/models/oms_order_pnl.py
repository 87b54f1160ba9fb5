from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..engine import pnl
from .account_account import COMPONENTS
from .oms_pnl_line import OmsPnlLine

# Orders at these stages have nothing left to happen to their money.
SETTLED_STAGES = ("done", "cancelled")


class OmsOrderPnl(models.Model):
    """What one managed order earned: the sums of its rows of ``oms.pnl.line``.

    Nothing is computed twice: the rows of an order add up to its figures, and those of all orders
    to the ledger's items that have an order. A view of the database, one row per order.
    """

    _name = "oms.order.pnl"
    _inherit = "oms.report.amounts"
    _description = "P&L per Order"
    _auto = False
    _order = "date_order desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    date_order = fields.Datetime(string="Ordered", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    stage_id = fields.Many2one("oms.stage", readonly=True)
    courier_id = fields.Many2one(
        "oms.courier", readonly=True, help="The courier of the order's latest outgoing parcel."
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Province",
        readonly=True,
        help="The province of the order's delivery address.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    status = fields.Selection(
        [("estimate", "Estimate"), ("final", "Final")],
        readonly=True,
        help="Final: the order is done or cancelled, its money is settled, and the cost of its "
        "parcels is in the ledger. Until then what is posted is only a part.",
    )
    sales = fields.Monetary(
        string="Gross Sales",
        readonly=True,
        help="Income of invoices without taxes, before discounts and refunds.",
    )
    discount = fields.Monetary(string="Discounts", readonly=True, help="Discounts, negative.")
    refund = fields.Monetary(
        string="Refunds", readonly=True, help="Income taken back by credit notes, negative."
    )
    net_sales = fields.Monetary(
        readonly=True, help="Net sales = gross sales - discounts - refunds, without taxes."
    )
    shipping = fields.Monetary(
        string="Shipping Income", readonly=True, help="Shipping that the buyer paid, without taxes."
    )
    cogs = fields.Monetary(
        string="Cost of Goods Sold",
        readonly=True,
        help="Cost items that Odoo posts with invoices and credit notes, negative. Empty until "
        "the products have a cost: see cost coverage.",
    )
    courier = fields.Monetary(
        string="Courier Costs",
        readonly=True,
        help="Courier bills, weight corrections and return freight of this order, negative.",
    )
    channel_fee = fields.Monetary(
        string="Channel Fees",
        readonly=True,
        help="Commission and service fees that the channel kept in its settlements, negative.",
    )
    payment_fee = fields.Monetary(
        string="COD and Payment Fees",
        readonly=True,
        help="COD fees and payment fees of the settlements, negative.",
    )
    writeoff = fields.Monetary(
        string="Returned and Lost Goods",
        readonly=True,
        help="Goods that came back unsaleable or were lost, negative.",
    )
    claim = fields.Monetary(
        string="Claims Received", readonly=True, help="What couriers paid for lost goods."
    )
    other = fields.Monetary(readonly=True, help="Items of the order that are no contribution.")
    shipping_result = fields.Monetary(
        readonly=True,
        help="Shipping income - courier costs. Negative: the shop pays a part of the shipping.",
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
    goods_sales = fields.Monetary(
        string="Sales of Goods", readonly=True, help="Net sales of goods, services left out."
    )
    costed_sales = fields.Monetary(
        string="Sales with a Cost",
        readonly=True,
        help="Net sales of goods whose cost is in the ledger.",
    )
    cost_coverage = fields.Float(
        string="Cost Coverage (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="Sales with a cost ÷ sales of goods × 100. Below 100 % the contribution is too high, "
        "because an unknown cost is not zero.",
    )
    uncosted_goods = fields.Json(
        string="Goods without a Cost",
        readonly=True,
        help="Database numbers of the goods that were sold without a cost in the ledger.",
    )

    _depends = {
        **OmsPnlLine._depends,
        "product.template": ["type"],
        "sale.order": [
            "company_id",
            "date_order",
            "oms_channel_id",
            "oms_stage_id",
            "partner_id",
            "partner_shipping_id",
        ],
        "oms.shipment": [
            "cost_billed",
            "cost_corrected",
            "cost_estimated",
            "courier_id",
            "order_id",
            "kind",
        ],
        "oms.stage": ["code"],
        "res.company": ["currency_id"],
    }

    @api.model
    def _make_view(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(
            SQL(
                "CREATE VIEW %s AS (%s %s)",
                SQL.identifier(self._table),
                self._select(),
                self._from(),
            )
        )

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT sale.id,
                   sale.id AS order_id,
                   sale.date_order,
                   sale.oms_channel_id AS channel_id,
                   sale.partner_id,
                   sale.oms_stage_id AS stage_id,
                   parcel.courier_id,
                   address.state_id,
                   sale.company_id,
                   company.currency_id,
                   CASE WHEN stage.code IN %(settled)s
                         AND (parcel.cost IS NULL OR parcel.cost = 0 OR figures.courier <> 0)
                        THEN 'final' ELSE 'estimate' END AS status,
                   %(components)s,
                   figures.shipping + figures.courier AS shipping_result,
                   %(net_sales)s AS net_sales,
                   %(contribution)s AS contribution,
                   100.0 * (%(contribution)s) / NULLIF(%(net_sales)s, 0) AS margin_percent,
                   figures.goods_sales,
                   figures.costed_sales,
                   100.0 * figures.costed_sales / NULLIF(figures.goods_sales, 0) AS cost_coverage,
                   figures.uncosted_goods
            """,
            settled=SETTLED_STAGES,
            components=SQL(", ").join(
                SQL("figures.%s", SQL.identifier(code)) for code, _label in COMPONENTS
            ),
            net_sales=self._sum_of(pnl.NET_SALES),
            contribution=self._sum_of(pnl.CONTRIBUTION),
        )

    @api.model
    def _sum_of(self, codes):
        return SQL(" + ").join(SQL("figures.%s", SQL.identifier(code)) for code in codes)

    @api.model
    def _from(self):
        """The items of an order are found by its stored number on them, order by order.

        OFFSET 0 keeps PostgreSQL from writing the component's rule into each of the sums: planning
        that would take longer than reading the items of an order.
        """
        return SQL(
            """
              FROM sale_order sale
              JOIN res_company company ON company.id = sale.company_id
         LEFT JOIN oms_stage stage ON stage.id = sale.oms_stage_id
         LEFT JOIN res_partner address ON address.id = sale.partner_shipping_id
         LEFT JOIN LATERAL (
                   SELECT (ARRAY_AGG(shipment.courier_id ORDER BY shipment.id DESC) FILTER (
                              WHERE shipment.courier_id IS NOT NULL
                                AND shipment.kind = 'out'))[1] AS courier_id,
                          SUM(COALESCE(NULLIF(shipment.cost_corrected, 0),
                              NULLIF(shipment.cost_billed, 0), shipment.cost_estimated)) AS cost
                     FROM oms_shipment shipment
                    WHERE shipment.order_id = sale.id
              ) parcel ON TRUE
         LEFT JOIN LATERAL (
                   SELECT %(sums)s,
                          COALESCE(SUM(goods.net_sales), 0) AS goods_sales,
                          COALESCE(SUM(goods.net_sales) FILTER (WHERE goods.costed), 0)
                              AS costed_sales,
                          JSONB_AGG(goods.product_id ORDER BY goods.product_id) FILTER (
                              WHERE goods.type = 'consu' AND NOT goods.costed) AS uncosted_goods
                     FROM (
                           SELECT %(parts)s,
                                  line.product_id,
                                  template.type,
                                  CASE WHEN template.type = 'consu'
                                       THEN COALESCE(SUM(line.amount) FILTER (
                                                WHERE line.component IN %(net_sales)s), 0)
                                       ELSE 0 END AS net_sales,
                                  BOOL_OR(line.component = 'cogs') AS costed
                             FROM (
                                   SELECT product_id, component, amount
                                     FROM oms_pnl_line
                                    WHERE order_id = sale.id
                                   OFFSET 0
                                  ) line
                        LEFT JOIN product_product product ON product.id = line.product_id
                        LEFT JOIN product_template template
                                  ON template.id = product.product_tmpl_id
                         GROUP BY line.product_id, template.type
                          ) goods
              ) figures ON TRUE
             WHERE sale.oms_channel_id IS NOT NULL
            """,
            net_sales=pnl.NET_SALES,
            sums=SQL(", ").join(
                SQL("COALESCE(SUM(goods.%(code)s), 0) AS %(code)s", code=SQL.identifier(code))
                for code, _label in COMPONENTS
            ),
            parts=SQL(", ").join(
                SQL(
                    "SUM(line.amount) FILTER (WHERE line.component = %s) AS %s",
                    code,
                    SQL.identifier(code),
                )
                for code, _label in COMPONENTS
            ),
        )

    def _read_group_select(self, aggregate_spec, query):
        """The percentage of a group is that of its sums."""
        parts = {
            "margin_percent:avg": ("contribution", "net_sales"),
            "cost_coverage:avg": ("costed_sales", "goods_sales"),
        }.get(aggregate_spec)
        if not parts:
            return super()._read_group_select(aggregate_spec, query)
        part, whole = (self._field_to_sql(self._table, name, query) for name in parts)
        share = SQL("100.0 * SUM(%s) / NULLIF(SUM(%s), 0)", part, whole)
        return self._in_one_currency(share, query)

    # DRILL-DOWN

    @api.readonly
    def action_open_lines(self):
        """Open the rows of the order P&L of the chosen orders."""
        action = self.env["ir.actions.actions"]._for_xml_id("oms_reports.action_oms_pnl_line")
        views = sorted(action["views"], key=lambda view: view[1] != "list")
        return {
            **action,
            "views": views,
            "domain": [("order_id", "in", self.ids)],
            "context": {"search_default_group_component": 1},
        }

    @api.readonly
    def action_open_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()
