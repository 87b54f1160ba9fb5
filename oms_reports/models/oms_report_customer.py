from odoo import api, fields, models
from odoo.tools import SQL

SEGMENTS = [
    ("champion", "Champions"),
    ("loyal", "Loyal"),
    ("new", "New"),
    ("regular", "Regular"),
    ("at_risk", "At risk"),
    ("lost", "Lost"),
]
# Refusals of a customer with few COD orders are drawn to everybody's: as if so many more had gone
# the usual way.
COD_PRIOR = 3


class OmsReportCustomer(models.Model):
    """Customers with recency, frequency and value, and how likely they are to refuse COD."""

    _name = "oms.report.customer"
    _inherit = "oms.report.fact"
    _description = "Customers in Figures"
    _auto = False
    _order = "value desc, id desc"
    _rec_name = "customer_id"

    customer_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    first_at = fields.Datetime(string="First Order", readonly=True)
    last_at = fields.Datetime(string="Latest Order", readonly=True)
    days_since = fields.Float(
        readonly=True, aggregator="avg", digits=(16, 1), help="Days since the latest order."
    )
    customers = fields.Integer(readonly=True, help="1 for each customer.")
    orders = fields.Integer(readonly=True, help="Orders that were not cancelled.")
    value = fields.Monetary(readonly=True, help="Value of these orders without taxes.")
    repeat = fields.Integer(
        string="Ordered Again", readonly=True, help="1 if there is more than one order."
    )
    recency = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="1 to 5 by rank of the latest order, 5 the most recent fifth. Equal customers have "
        "equal scores.",
    )
    frequency = fields.Integer(
        readonly=True, aggregator="avg", help="1 to 5 by rank of the number of orders."
    )
    monetary = fields.Integer(readonly=True, aggregator="avg", help="1 to 5 by rank of the value.")
    segment = fields.Selection(
        SEGMENTS,
        readonly=True,
        help="Champions: recent (4-5) and frequent (4-5). Loyal: frequent, not long ago. "
        "New: recent, one order. "
        "At risk: long ago (1-2) with more than one order. Lost: long ago. Regular: all others.",
    )
    cod_final = fields.Integer(
        string="COD with Outcome", readonly=True, help="COD orders delivered or come back."
    )
    cod_refused = fields.Integer(readonly=True, help="COD orders that came back undelivered.")
    cod_risk = fields.Float(
        string="COD Refusal Risk (%)",
        readonly=True,
        aggregator="avg",
        digits=(16, 1),
        help="(Refused + 3 × everybody's share) ÷ (COD orders with an outcome + 3) × 100. Few "
        "orders say little, so the risk begins at everybody's. Empty without COD orders.",
    )

    _depends = {
        "oms.report.purchase": ["amount", "customer_id", "date_order"],
        "oms.fulfillment": ["delivered_at", "order_id", "state"],
        "oms.return": ["kind", "order_id", "state"],
        "sale.order": ["oms_payment_policy"],
    }

    @api.model
    def _view(self):
        return SQL(
            """
            WITH customer AS (
                SELECT MIN(purchase.id) AS id,
                       purchase.customer_id,
                       purchase.company_id,
                       purchase.currency_id,
                       MIN(purchase.date_order) AS first_at,
                       MAX(purchase.date_order) AS last_at,
                       COUNT(*) AS orders,
                       SUM(purchase.amount) AS value,
                       SUM(cod.final) AS cod_final,
                       SUM(cod.refused) AS cod_refused
                  FROM oms_report_purchase purchase
             LEFT JOIN LATERAL (
                       SELECT SUM((facts.delivered OR facts.came_back)::int) AS final,
                              SUM((facts.came_back AND NOT facts.delivered)::int) AS refused
                         FROM sale_order sale
                   CROSS JOIN LATERAL (
                               SELECT COALESCE(BOOL_AND(work.delivered_at IS NOT NULL), FALSE)
                                          AS delivered,
                                      EXISTS (SELECT FROM oms_return back
                                               WHERE back.order_id = sale.id AND back.kind = 'rts'
                                                 AND back.state NOT IN ('declined', 'cancelled'))
                                          AS came_back
                                 FROM oms_fulfillment work
                                WHERE work.order_id = sale.id AND work.state <> 'cancelled'
                              ) facts
                        WHERE sale.id = purchase.id AND sale.oms_payment_policy = 'cod'
                       ) cod ON TRUE
              GROUP BY purchase.customer_id, purchase.company_id, purchase.currency_id
            ), ranked AS (
                SELECT customer.*,
                       %(recency)s AS recency,
                       %(frequency)s AS frequency,
                       %(monetary)s AS monetary,
                       SUM(cod_refused) OVER everybody / NULLIF(SUM(cod_final) OVER everybody, 0)
                           AS refusal
                  FROM customer
                WINDOW everybody AS (PARTITION BY company_id)
            )
            SELECT id, customer_id, company_id, currency_id, first_at, last_at,
                   EXTRACT(EPOCH FROM NOW() AT TIME ZONE 'UTC' - last_at)::float8 / 86400
                       AS days_since,
                   1 AS customers,
                   orders,
                   value,
                   (orders > 1)::int AS repeat,
                   recency,
                   frequency,
                   monetary,
                   CASE WHEN recency >= 4 AND orders > 1 AND frequency >= 4 THEN 'champion'
                        WHEN frequency >= 4 AND orders > 1 AND recency > 2 THEN 'loyal'
                        WHEN recency >= 4 AND orders = 1 THEN 'new'
                        WHEN recency <= 2 AND orders > 1 THEN 'at_risk'
                        WHEN recency <= 2 THEN 'lost'
                        ELSE 'regular' END AS segment,
                   cod_final,
                   cod_refused,
                   (100 * (cod_refused + %(prior)s * refusal) / NULLIF(
                       CASE WHEN cod_final > 0 THEN cod_final + %(prior)s END, 0))::float8
                       AS cod_risk
              FROM ranked
            """,
            prior=COD_PRIOR,
            recency=self._score("last_at"),
            frequency=self._score("orders"),
            monetary=self._score("value"),
        )

    @api.model
    def _score(self, column):
        """A fifth by the middle of its ranks: equal customers share a score, whoever is first."""
        ranks = SQL("(PARTITION BY company_id ORDER BY %s)", SQL.identifier(column))
        return SQL(
            "LEAST(5, 1 + FLOOR(2.5 * (PERCENT_RANK() OVER %s + CUME_DIST() OVER %s)))::int",
            ranks,
            ranks,
        )
