from odoo import api, fields, models
from odoo.tools import SQL


class OmsReportPurchase(models.Model):
    """Orders as their customers' first, second, third...: one row per order that was not cancelled.

    Replacements of what came back, and what it was exchanged for, are no purchases. A customer is a
    contact with its company; the contact that stands for all buyers of a channel without names is
    none.
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
            "oms_exchange_id",
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
                   begun.first_at,
                   1 AS orders,
                   counted.number,
                   (previous.at IS NOT NULL)::int AS returning,
                   EXTRACT(EPOCH FROM sale.date_order - previous.at)::float8 / 86400 AS gap_days,
                   ROUND(sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric,
                         currency.decimal_places) AS amount
              FROM sale_order sale
              JOIN res_partner partner ON partner.id = sale.partner_id
         LEFT JOIN res_company company ON company.id = sale.company_id
         LEFT JOIN res_currency currency ON currency.id = company.currency_id
         LEFT JOIN LATERAL (%(previous)s) previous ON TRUE
         LEFT JOIN (%(begun)s) begun ON begun.company_id = sale.company_id
                   AND begun.customer_id = partner.commercial_partner_id
         LEFT JOIN (%(counted)s) counted ON counted.id = sale.id
             WHERE %(bought)s
            """,
            previous=self._previous(),
            begun=self._begun(),
            counted=self._counted(),
            bought=self._bought("sale"),
        )

    @api.model
    def _bought(self, order):
        """Say that an order is a purchase of a customer."""
        return SQL(
            """
                   %(order)s.oms_channel_id IS NOT NULL
               AND %(order)s.oms_replaces_id IS NULL
               AND %(order)s.oms_exchange_id IS NULL
               AND %(order)s.state <> 'cancel'
               AND NOT EXISTS (
                   SELECT FROM oms_stage stage
                    WHERE stage.id = %(order)s.oms_stage_id AND stage.code = 'cancelled'
               )
               AND %(order)s.partner_id NOT IN (
                   SELECT buyer_id FROM oms_channel WHERE buyer_id IS NOT NULL
               )
            """,
            order=SQL.identifier(order),
        )

    @api.model
    def _previous(self):
        """When the customer ordered before: looked up order by order, so a period reads little more
        than its own orders."""
        return SQL(
            """
            SELECT MAX(latest.date_order) AS at
              FROM res_partner contact
        CROSS JOIN LATERAL (
                   SELECT earlier.date_order
                     FROM sale_order earlier
                    WHERE earlier.partner_id = contact.id
                      AND earlier.company_id = sale.company_id
                      AND (earlier.date_order, earlier.id) < (sale.date_order, sale.id)
                      AND %s
                 ORDER BY earlier.date_order DESC, earlier.id DESC
                    LIMIT 1
              ) latest
             WHERE contact.commercial_partner_id = partner.commercial_partner_id
            """,
            self._bought("earlier"),
        )

    @api.model
    def _begun(self):
        """When customers ordered first."""
        return SQL(
            """
            SELECT purchase.company_id,
                   contact.commercial_partner_id AS customer_id,
                   MIN(purchase.date_order) AS first_at
              FROM sale_order purchase
              JOIN res_partner contact ON contact.id = purchase.partner_id
             WHERE %s
          GROUP BY purchase.company_id, contact.commercial_partner_id
            """,
            self._bought("purchase"),
        )

    @api.model
    def _counted(self):
        """The orders of customers, counted. DISTINCT promises one row per order: PostgreSQL leaves
        the join out where a query has no use for the number."""
        return SQL(
            """
            SELECT DISTINCT ON (purchase.id)
                   purchase.id,
                   ROW_NUMBER() OVER (
                       PARTITION BY purchase.company_id, contact.commercial_partner_id
                       ORDER BY purchase.date_order, purchase.id
                   ) AS number
              FROM sale_order purchase
              JOIN res_partner contact ON contact.id = purchase.partner_id
             WHERE %s
            """,
            self._bought("purchase"),
        )
