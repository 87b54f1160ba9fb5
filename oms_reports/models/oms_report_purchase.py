from odoo import api, fields, models
from odoo.tools import SQL


class OmsReportPurchase(models.Model):
    """Orders as their customers' first, second, third...: one row per order that was not cancelled.

    Replacements of what came back are no purchases. A customer is a contact with its company; the
    contact that stands for all buyers of a channel without names is none.
    """

    _name = "oms.report.purchase"
    _inherit = "oms.report.fact"
    _description = "Purchases of Customers"
    _auto = False
    _order = "date_order desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    customer_id = fields.Many2one(
        "res.partner", readonly=True, aggregator="count_distinct", help="The contact's company."
    )
    date_order = fields.Datetime(string="Ordered", readonly=True)
    first_at = fields.Datetime(string="First Order", readonly=True)
    orders = fields.Integer(readonly=True, help="1 for each order.")
    number = fields.Integer(
        string="Number of Order",
        readonly=True,
        aggregator=None,
        help="1 for the customer's first order, 2 for the second...",
    )
    returning = fields.Integer(
        string="Of a Returning Customer", readonly=True, help="1 if it is not the first order."
    )
    gap_days = fields.Float(
        string="Days since the Last",
        readonly=True,
        aggregator="avg",
        help="Days since the customer's order before; empty for the first one.",
    )
    amount = fields.Monetary(
        readonly=True,
        help="The order without taxes, in the company's currency at the rate of the order date.",
    )

    _depends = {
        "sale.order": [
            "amount_untaxed",
            "company_id",
            "currency_rate",
            "date_order",
            "oms_channel_id",
            "oms_replaces_id",
            "oms_stage_id",
            "partner_id",
            "state",
            "warehouse_id",
        ],
        "oms.channel": ["buyer_id"],
        "oms.stage": ["code"],
        "res.company": ["currency_id"],
        "res.partner": ["commercial_partner_id"],
    }

    @api.model
    def _view(self):
        return SQL(
            """
            SELECT sale.id,
                   sale.id AS order_id,
                   sale.company_id,
                   company.currency_id,
                   sale.oms_channel_id AS channel_id,
                   sale.warehouse_id,
                   partner.commercial_partner_id AS customer_id,
                   sale.date_order,
                   MIN(sale.date_order) OVER customer AS first_at,
                   1 AS orders,
                   ROW_NUMBER() OVER history AS number,
                   (ROW_NUMBER() OVER history > 1)::int AS returning,
                   EXTRACT(EPOCH FROM sale.date_order - LAG(sale.date_order) OVER history)::float8
                       / 86400 AS gap_days,
                   ROUND(sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric,
                         currency.decimal_places) AS amount
              FROM sale_order sale
              JOIN res_partner partner ON partner.id = sale.partner_id
              JOIN res_company company ON company.id = sale.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
         LEFT JOIN oms_stage stage ON stage.id = sale.oms_stage_id
             WHERE sale.oms_channel_id IS NOT NULL
               AND sale.oms_replaces_id IS NULL
               AND sale.state <> 'cancel'
               AND stage.code IS DISTINCT FROM 'cancelled'
               AND sale.partner_id NOT IN (
                   SELECT buyer_id FROM oms_channel WHERE buyer_id IS NOT NULL
               )
            WINDOW customer AS (
                       PARTITION BY sale.company_id, partner.commercial_partner_id
                   ),
                   history AS (customer ORDER BY sale.date_order, sale.id)
            """
        )
