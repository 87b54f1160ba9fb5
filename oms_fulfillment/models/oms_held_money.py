from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class OmsHeldMoney(models.Model):
    """Orders whose money a marketplace or a courier holds, with its age: one row per order, read
    from the open items of the ledger."""

    _name = "oms.held.money"
    _description = "Money Held by Marketplaces and Couriers"
    _auto = False
    _order = "due, id"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    external_id = fields.Char(string="Channel Order", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    holder = fields.Selection(
        [("cod", "Courier (COD)"), ("payout", "Marketplace")], string="Held By", readonly=True
    )
    carrier_id = fields.Many2one("delivery.carrier", string="Courier", readonly=True)
    resi = fields.Char(string="Parcel Number", readonly=True)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    due = fields.Date(readonly=True, help="Delivered, and the channel's days until payout later.")
    amount = fields.Monetary(
        string="Held",
        readonly=True,
        help="What is open for the order on the account that holds it.",
    )
    expected_net = fields.Monetary(
        string="Expected", readonly=True, help="What is held, less the channel's expected fee."
    )
    age = fields.Selection(
        [
            ("0", "On its way"),
            ("1", "0-7 days"),
            ("2", "8-14 days"),
            ("3", "15-30 days"),
            ("4", "More than 30 days"),
        ],
        string="Age since Delivery",
        readonly=True,
    )
    days = fields.Integer(
        string="Days since Delivery",
        readonly=True,
        aggregator="max",
        help="Days of the calendar where the company is.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    _depends = {
        "sale.order": ["oms_channel_id", "oms_payment_policy", "oms_external_id"],
        "account.move.line": ["oms_order_id", "amount_residual", "parent_state", "reconciled"],
        "account.payment": ["oms_order_id", "oms_role", "outstanding_account_id"],
        "oms.fulfillment": ["delivered_at", "picking_id"],
        "oms.channel": ["payout_days", "fee_percent"],
        "res.company": ["partner_id"],
        "res.partner": ["tz"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH held AS (
                SELECT payment.oms_order_id AS order_id,
                       payment.outstanding_account_id AS account_id
                  FROM account_payment payment
                 WHERE payment.oms_role IN ('prepayment', 'cod')
                   AND payment.oms_order_id IS NOT NULL
                   AND payment.state NOT IN ('canceled', 'rejected')
              GROUP BY 1, 2
            ), item AS (
                SELECT held.order_id, SUM(line.amount_residual) AS amount
                  FROM held
                  JOIN account_move_line line ON line.oms_order_id = held.order_id
                                             AND line.account_id = held.account_id
                 WHERE line.parent_state = 'posted' AND line.reconciled IS NOT TRUE
              GROUP BY held.order_id
            )
            SELECT sale.id, sale.id AS order_id, sale.oms_external_id AS external_id,
                   sale.oms_channel_id AS channel_id, sale.company_id, company.currency_id,
                   CASE sale.oms_payment_policy WHEN 'cod' THEN 'cod' ELSE 'payout' END AS holder,
                   work.carrier_id,
                   COALESCE(work.resi, sale.oms_ship_to ->> 'resi') AS resi,
                   work.delivered_at,
                   days.delivered + channel.payout_days AS due,
                   item.amount,
                   ROUND((item.amount * (1 - COALESCE(channel.fee_percent, 0) / 100))::numeric, 2)
                       AS expected_net,
                   days.days,
                   CASE WHEN days.days IS NULL THEN '0' WHEN days.days <= 7 THEN '1'
                        WHEN days.days <= 14 THEN '2' WHEN days.days <= 30 THEN '3'
                        ELSE '4' END AS age
              FROM item
              JOIN sale_order sale ON sale.id = item.order_id
              JOIN oms_channel channel ON channel.id = sale.oms_channel_id
              JOIN res_company company ON company.id = sale.company_id
              JOIN res_partner home ON home.id = company.partner_id
         LEFT JOIN LATERAL (
                   SELECT MAX(fulfillment.delivered_at) AS delivered_at,
                          MAX(picking.carrier_id) AS carrier_id,
                          STRING_AGG(picking.carrier_tracking_ref, ', ') AS resi
                     FROM oms_fulfillment fulfillment
                LEFT JOIN stock_picking picking ON picking.id = fulfillment.picking_id
                    WHERE fulfillment.order_id = sale.id
                   ) work ON TRUE
        CROSS JOIN LATERAL (
                   SELECT zone.delivered, zone.today - zone.delivered AS days
                     FROM (
                          SELECT (now() AT TIME ZONE home_zone)::date AS today,
                                 (work.delivered_at AT TIME ZONE 'UTC' AT TIME ZONE home_zone)::date
                                     AS delivered
                            FROM (SELECT COALESCE(home.tz, 'UTC') AS home_zone) clock
                          ) zone
                   ) days
             WHERE ABS(item.amount) > 0.005
            """
        )

    @api.depends("due")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for row in self:
            row.is_overdue = bool(row.due and row.due < today)

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("due", "<", fields.Date.context_today(self))
        return Domain.OR([late if wanted else ~late for wanted in value])

    @api.readonly
    def action_view_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()
