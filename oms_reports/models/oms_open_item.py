from odoo import api, fields, models
from odoo.tools import SQL

from .oms_pnl_line import NOT_ALLOCATED

# Days from which a bucket begins; what is younger is in the first.
DUE_STEPS = [1, 31, 61, 91]
HELD_STEPS = [8, 15, 31, 61]


class OmsOpenItem(models.Model):
    """What was open of each journal item on reconcilable accounts at the end of a day.

    The day is in the context (``oms_as_of``, ``YYYY-MM-DD``), today by default. Open = the item's
    balance less everything that was matched with it up to that day, so an ageing of last year is
    the same whenever it is asked for. The amounts of an account add up to its balance that day.
    """

    _name = "oms.open.item"
    _description = "Open Item"
    _inherit = "oms.pnl.drill"
    _auto = False
    _order = "date_maturity, id"
    _rec_name = "move_id"

    move_line_id = fields.Many2one("account.move.line", string="Journal Item", readonly=True)
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    date = fields.Date(readonly=True, help="Accounting date of the journal entry.")
    date_maturity = fields.Date(
        string="Due", readonly=True, help="Due date of the item, else its accounting date."
    )
    days_due = fields.Integer(
        string="Days Overdue", readonly=True, aggregator="max", help="The day asked for - due."
    )
    days_held = fields.Integer(
        string="Days Open",
        readonly=True,
        aggregator="max",
        help="The day asked for - accounting date. COD is booked on the day of the delivery.",
    )
    due_bucket = fields.Integer(readonly=True, aggregator=None)
    held_bucket = fields.Integer(readonly=True, aggregator=None)
    account_id = fields.Many2one("account.account", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", readonly=True, help="The company or person that owes."
    )
    order_id = fields.Many2one("sale.order", readonly=True, falsy_value_label=NOT_ALLOCATED)
    channel_id = fields.Many2one("oms.channel", readonly=True, falsy_value_label=NOT_ALLOCATED)
    courier_id = fields.Many2one(
        "oms.courier",
        readonly=True,
        falsy_value_label=NOT_ALLOCATED,
        help="The courier of the order's latest outgoing parcel.",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    balance = fields.Monetary(
        string="Booked", readonly=True, help="Debit less credit of the item, company currency."
    )
    residual = fields.Monetary(
        string="Open",
        readonly=True,
        help="Booked less what was matched with the item up to the day asked for.",
    )

    _depends = {
        "account.move.line": [
            "account_id",
            "balance",
            "company_currency_id",
            "company_id",
            "date",
            "date_maturity",
            "move_id",
            "oms_order_id",
            "parent_state",
            "partner_id",
        ],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id", "max_date"],
        "oms.shipment": ["courier_id", "order_id", "return_of_id"],
        "res.partner": ["commercial_partner_id"],
        "sale.order": ["oms_channel_id"],
    }

    @api.model
    def _as_of(self):
        """The last day that counts."""
        day = fields.Date.to_date(self.env.context.get("oms_as_of"))
        return day or fields.Date.context_today(self)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT item.id,
                   item.id AS move_line_id,
                   item.move_id,
                   item.date,
                   COALESCE(item.date_maturity, item.date) AS date_maturity,
                   %(day)s - COALESCE(item.date_maturity, item.date) AS days_due,
                   %(day)s - item.date AS days_held,
                   width_bucket(%(day)s - COALESCE(item.date_maturity, item.date), %(due)s)
                       AS due_bucket,
                   width_bucket(%(day)s - item.date, %(held)s) AS held_bucket,
                   item.account_id,
                   COALESCE(partner.commercial_partner_id, item.partner_id) AS partner_id,
                   item.oms_order_id AS order_id,
                   sale.oms_channel_id AS channel_id,
                   (SELECT shipment.courier_id
                      FROM oms_shipment shipment
                     WHERE shipment.order_id = item.oms_order_id
                       AND shipment.return_of_id IS NULL
                       AND shipment.courier_id IS NOT NULL
                  ORDER BY shipment.id DESC
                     LIMIT 1) AS courier_id,
                   item.company_id,
                   item.company_currency_id AS currency_id,
                   item.balance,
                   item.balance + COALESCE(matched.amount, 0) AS residual
              FROM account_move_line item
         LEFT JOIN (%(matched)s) matched ON matched.item_id = item.id
         LEFT JOIN sale_order sale ON sale.id = item.oms_order_id
         LEFT JOIN res_partner partner ON partner.id = item.partner_id
             WHERE item.parent_state = 'posted'
               AND item.date <= %(day)s
               AND item.balance + COALESCE(matched.amount, 0) <> 0
            """,
            day=SQL("%s::date", self._as_of()),
            due=SQL("%s::int[]", DUE_STEPS),
            held=SQL("%s::int[]", HELD_STEPS),
            matched=self._matched(),
        )

    @api.model
    def _matched(self):
        """What was matched with each item up to the day; matches with drafts do not count."""
        return SQL(
            """
            SELECT item_id, SUM(amount) AS amount
              FROM (
                    SELECT partial.debit_move_id AS item_id, -partial.amount AS amount
                      FROM account_partial_reconcile partial
                      JOIN account_move_line other ON other.id = partial.credit_move_id
                           AND other.parent_state = 'posted'
                     WHERE partial.max_date <= %(day)s
                 UNION ALL
                    SELECT partial.credit_move_id, partial.amount
                      FROM account_partial_reconcile partial
                      JOIN account_move_line other ON other.id = partial.debit_move_id
                           AND other.parent_state = 'posted'
                     WHERE partial.max_date <= %(day)s
                   ) part
          GROUP BY item_id
            """,
            day=self._as_of(),
        )
