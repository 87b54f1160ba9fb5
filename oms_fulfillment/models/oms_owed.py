from odoo import api, fields, models
from odoo.tools import SQL


class OmsOwed(models.Model):
    """The cash desk: what is owed by whom since when, and what we owe. One row per order and
    side, read from the ledger."""

    _name = "oms.owed"
    _description = "Owed Money"
    _auto = False
    _order = "since, id"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    side = fields.Selection(
        [
            ("customer", "Customer owes us"),
            ("cod", "Courier holds our cash"),
            ("payout", "Marketplace holds our money"),
            ("refund", "We owe the customer"),
            ("credit", "Store credit of the customer"),
        ],
        string="Who",
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    carrier_id = fields.Many2one("delivery.carrier", string="Courier", readonly=True)
    amount = fields.Monetary(
        readonly=True, help="In the company's currency; what we owe is negative."
    )
    since = fields.Date(
        readonly=True,
        help="Customers: the oldest due date. Couriers and marketplaces: the day on which the "
        "money is due. Refunds: since when the buyer has paid too much. Store credit: when it was "
        "given.",
    )
    days = fields.Integer(
        readonly=True,
        aggregator="max",
        help="Days since then, on the calendar where the company is.",
    )
    age = fields.Selection(
        [
            ("0", "Not due"),
            ("1", "1-7 days"),
            ("2", "8-30 days"),
            ("3", "31-60 days"),
            ("4", "More than 60 days"),
        ],
        readonly=True,
    )
    contested = fields.Boolean(readonly=True, help="There is an open dispute.")
    reminded_at = fields.Datetime(string="Last Reminder", readonly=True)

    _depends = {
        "sale.order": ["oms_channel_id", "oms_blocker", "oms_stage_since", "partner_invoice_id"],
        "account.move.line": ["oms_order_id", "amount_residual", "parent_state", "reconciled"],
        "oms.held.money": ["amount", "due", "holder"],
        "oms.dispute": ["state", "order_id"],
        "oms.reminder.line": ["order_id"],
        "res.company": ["oms_store_credit_account_id", "partner_id"],
        "res.partner": ["tz"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH receivable AS (
                SELECT item.oms_order_id AS order_id,
                       SUM(item.amount_residual) AS amount,
                       MIN(item.date_maturity) FILTER (WHERE item.amount_residual > 0) AS due
                  FROM account_move_line item
                  JOIN account_account account ON account.id = item.account_id
                 WHERE item.oms_order_id IS NOT NULL AND item.parent_state = 'posted'
                   AND item.reconciled IS NOT TRUE
                   AND account.account_type = 'asset_receivable'
              GROUP BY item.oms_order_id
            ), owed AS (
                SELECT receivable.order_id, 'customer' AS side, receivable.amount,
                       receivable.due AS since, NULL::integer AS carrier_id, 0 AS number
                  FROM receivable
                 WHERE receivable.amount > 0.005
             UNION ALL
                SELECT receivable.order_id, 'refund', receivable.amount,
                       (sale.oms_stage_since AT TIME ZONE 'UTC'
                           AT TIME ZONE COALESCE(home.tz, 'UTC'))::date, NULL, 1
                  FROM receivable
                  JOIN sale_order sale ON sale.id = receivable.order_id
                  JOIN res_company company ON company.id = sale.company_id
                  JOIN res_partner home ON home.id = company.partner_id
                 WHERE receivable.amount < -0.005
                   AND sale.oms_blocker IN ('refund_pending', 'prepayment_to_refund')
             UNION ALL
                SELECT held.order_id, held.holder, held.amount, held.due, held.carrier_id, 2
                  FROM (%(held)s) held
             UNION ALL
                SELECT item.oms_order_id, 'credit', SUM(item.amount_residual), MIN(item.date),
                       NULL, 3
                  FROM account_move_line item
                  JOIN res_company company ON company.id = item.company_id
                                AND company.oms_store_credit_account_id = item.account_id
                 WHERE item.oms_order_id IS NOT NULL AND item.parent_state = 'posted'
                   AND item.reconciled IS NOT TRUE
              GROUP BY item.oms_order_id
            )
            SELECT sale.id * 4 + owed.number AS id, sale.id AS order_id, sale.company_id,
                   sale.oms_channel_id AS channel_id, company.currency_id, owed.side,
                   sale.partner_invoice_id AS partner_id, owed.carrier_id, owed.amount, owed.since,
                   GREATEST(age.days, 0) AS days,
                   CASE WHEN COALESCE(age.days, 0) <= 0 THEN '0' WHEN age.days <= 7 THEN '1'
                        WHEN age.days <= 30 THEN '2' WHEN age.days <= 60 THEN '3'
                        ELSE '4' END AS age,
                   EXISTS (SELECT 1 FROM oms_dispute dispute
                            WHERE dispute.order_id = sale.id
                              AND dispute.state IN ('open', 'answered')) AS contested,
                   (SELECT MAX(mail.sent_at)
                      FROM oms_reminder_line line
                      JOIN oms_reminder mail ON mail.id = line.reminder_id
                     WHERE line.order_id = sale.id) AS reminded_at
              FROM owed
              JOIN sale_order sale ON sale.id = owed.order_id
              JOIN res_company company ON company.id = sale.company_id
              JOIN res_partner home ON home.id = company.partner_id
        CROSS JOIN LATERAL (
                   SELECT (now() AT TIME ZONE COALESCE(home.tz, 'UTC'))::date - owed.since AS days
                   ) age
             WHERE sale.oms_channel_id IS NOT NULL
            """,
            held=self.env["oms.held.money"]._table_query,
        )

    @api.readonly
    def action_view_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()

    def action_dispute(self):
        """Button: the money of this row is contested."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute"),
            "res_model": "oms.dispute",
            "view_mode": "form",
            "target": "current",
            "context": {
                "default_order_id": self.order_id.id,
                "default_amount": abs(self.amount),
                "default_kind": "customer" if self.side == "customer" else "marketplace",
            },
        }
