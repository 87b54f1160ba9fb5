from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .oms_pnl_line import NOT_ALLOCATED

# Days from which a bucket begins; what is younger is in the first.
DUE_STEPS = [1, 31, 61, 91]
HELD_STEPS = [8, 15, 31, 61]
DUE_AGES = [
    ("0", "Not due"),
    ("1", "1–30 days"),
    ("2", "31–60 days"),
    ("3", "61–90 days"),
    ("4", "> 90 days"),
]
HELD_AGES = [
    ("0", "0–7 days"),
    ("1", "8–14 days"),
    ("2", "15–30 days"),
    ("3", "31–60 days"),
    ("4", "> 60 days"),
]


class OmsOpenItem(models.Model):
    """What was open of each journal item on reconcilable accounts at the end of a day.

    The day is in the context (``oms_as_of``, ``YYYY-MM-DD``), today by default. Open = the item's
    balance less everything that was matched with it up to that day, so an ageing of last year is
    the same whenever it is asked for. It is computed backwards, from what Odoo keeps as open today.
    The amounts of an account add up to its balance that day.
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
    due_age = fields.Selection(DUE_AGES, string="Overdue", readonly=True)
    held_age = fields.Selection(HELD_AGES, string="Open for", readonly=True)
    ageing = fields.Selection(
        [
            ("receivable", "Aged Receivables"),
            ("payable", "Aged Payables"),
            ("cod", "COD Outstanding"),
            ("marketplace", "Marketplace Balances"),
        ],
        compute="_compute_ageing",
        search="_search_ageing",
        help="The report that the item is in, by its account and the settings of the channels.",
    )
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
            "amount_residual",
            "balance",
            "company_currency_id",
            "company_id",
            "date",
            "date_maturity",
            "move_id",
            "oms_order_id",
            "parent_state",
            "partner_id",
            "reconciled",
        ],
        "account.account": ["account_type", "reconcile"],
        "account.move": ["state"],
        "account.partial.reconcile": ["amount", "credit_move_id", "debit_move_id", "max_date"],
        "oms.shipment": ["courier_id", "kind", "order_id"],
        "res.partner": ["commercial_partner_id"],
        "sale.order": ["oms_channel_id"],
    }

    def _compute_ageing(self):
        self.ageing = False
        for kind, _name in self._fields["ageing"].selection:
            rows = self.search([("id", "in", self.ids), ("ageing", "=", kind)])
            (self & rows).ageing = kind

    @api.model
    def _search_ageing(self, operator, value):
        """The rows that the ageings of the statements add up."""
        if operator != "in":
            return NotImplemented
        statements = self.env["oms.statement"]
        return Domain.OR(
            statements.with_company(company)._ageing_domain(kind)
            for company in self.env.companies
            for kind in value
            if kind
        )

    @api.model
    def _as_of(self):
        """The last day that counts."""
        day = fields.Date.to_date(self.env.context.get("oms_as_of"))
        return day or fields.Date.context_today(self)

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        return SQL(
            """
            WITH uncounted AS (%(uncounted)s)
            SELECT *
              FROM (
                    SELECT item.id,
                           item.id AS move_line_id,
                           item.move_id,
                           item.date,
                           item.due AS date_maturity,
                           %(day)s - item.due AS days_due,
                           %(day)s - item.date AS days_held,
                           width_bucket(%(day)s - item.due, %(due)s) AS due_bucket,
                           width_bucket(%(day)s - item.date, %(held)s) AS held_bucket,
                           width_bucket(%(day)s - item.due, %(due)s)::varchar AS due_age,
                           width_bucket(%(day)s - item.date, %(held)s)::varchar AS held_age,
                           item.account_id,
                           COALESCE(partner.commercial_partner_id, item.partner_id) AS partner_id,
                           item.oms_order_id AS order_id,
                           (SELECT sale.oms_channel_id
                              FROM sale_order sale
                             WHERE sale.id = item.oms_order_id) AS channel_id,
                           (SELECT shipment.courier_id
                              FROM oms_shipment shipment
                             WHERE shipment.order_id = item.oms_order_id
                               AND shipment.kind = 'out'
                               AND shipment.courier_id IS NOT NULL
                          ORDER BY shipment.id DESC
                             LIMIT 1) AS courier_id,
                           item.company_id,
                           item.company_currency_id AS currency_id,
                           item.balance,
                           CASE WHEN account.reconcile
                                     OR account.account_type
                                        IN ('asset_cash', 'liability_credit_card')
                                THEN item.amount_residual ELSE item.balance END
                               + item.uncounted AS residual
                      FROM (%(items)s) item
                      JOIN account_account account ON account.id = item.account_id
                 LEFT JOIN res_partner partner ON partner.id = item.partner_id
                   ) open
             WHERE residual <> 0
            """,
            day=SQL("%s::date", self._as_of()),
            due=SQL("%s::int[]", DUE_STEPS),
            held=SQL("%s::int[]", HELD_STEPS),
            uncounted=self._uncounted(),
            items=self._items_of_a_past_day() if self._as_of() < today else self._items_of_today(),
        )

    @api.model
    def _items_of_a_past_day(self):
        """Much was matched since: all items of the accounts are looked at."""
        return self._items(
            SQL(
                """
                LEFT JOIN uncounted ON uncounted.item_id = item.id
                    WHERE (uncounted.item_id IS NOT NULL OR item.reconciled IS NOT TRUE)
                """
            )
        )

    @api.model
    def _items_of_today(self):
        """Two ways to be open, each with an index of its own: not wholly matched, or matched with
        one of the few that do not count."""
        open_now = SQL(
            """
            LEFT JOIN uncounted ON uncounted.item_id = item.id
                WHERE item.reconciled IS NOT TRUE
            """
        )
        matched = SQL("JOIN uncounted ON uncounted.item_id = item.id WHERE item.reconciled")
        return SQL("%s UNION ALL %s", self._items(open_now), self._items(matched))

    @api.model
    def _items(self, which):
        """Items that were there on the day, with what is matched with them and did not count."""
        return SQL(
            """
            SELECT item.id,
                   item.move_id,
                   item.date,
                   COALESCE(item.date_maturity, item.date) AS due,
                   item.account_id,
                   item.partner_id,
                   item.oms_order_id,
                   item.company_id,
                   item.company_currency_id,
                   item.balance,
                   item.amount_residual,
                   COALESCE(SUM(uncounted.amount), 0) AS uncounted
              FROM account_move_line item
                   %(which)s
               AND item.parent_state = 'posted'
               AND item.date <= %(day)s
          GROUP BY item.id
            """,
            which=which,
            day=self._as_of(),
        )

    @api.model
    def _uncounted(self):
        """What is matched with each item today and did not count on the day: matches of later
        days, and matches with drafts. An item has several rows."""
        return SQL(
            """
            WITH draft AS (
                 SELECT item.id
                   FROM account_journal journal
                   JOIN account_move move ON move.journal_id = journal.id
                        AND move.state IN ('draft', 'cancel')
                   JOIN account_move_line item ON item.move_id = move.id
            )
            SELECT debit_move_id AS item_id, amount
              FROM account_partial_reconcile WHERE max_date > %(day)s
         UNION ALL
            SELECT credit_move_id, -amount
              FROM account_partial_reconcile WHERE max_date > %(day)s
         UNION ALL
            SELECT debit_move_id, amount
              FROM draft JOIN account_partial_reconcile ON credit_move_id = draft.id
             WHERE max_date <= %(day)s
         UNION ALL
            SELECT credit_move_id, -amount
              FROM draft JOIN account_partial_reconcile ON debit_move_id = draft.id
             WHERE max_date <= %(day)s
            """,
            day=self._as_of(),
        )
