from odoo import api, fields, models
from odoo.tools import SQL

CAUSES = [
    ("delivered_not_invoiced", "Delivered, not invoiced"),
    ("invoiced_not_delivered", "Invoiced, not delivered"),
    ("refunded_not_returned", "Refunded, not returned"),
    ("returned_not_refunded", "Returned, not refunded"),
    ("cost_timing", "Invoiced at another cost"),
    ("received_not_billed", "Received, not billed"),
    ("billed_not_received", "Billed, not received"),
    ("bill_price", "Billed at another price"),
    ("landed_cost", "Landed cost of goods that had left"),
    ("no_entry", "Moved without an entry"),
    ("entry_amount", "Entry of another amount"),
    ("other_entry", "Other entries"),
    ("periodic", "Booked at closing only"),
]


class OmsStockDifference(models.Model):
    """Why the inventory in the ledger is not the value of the stock, one row per cause and source.

    Odoo 19 values goods when they move and books them when they are invoiced or billed. What lies
    between the two is here: ledger = value of the moves + the sum of these rows, exactly, because
    each move and each journal item on an account of inventory is in one row.
    """

    _name = "oms.stock.difference"
    _inherit = "oms.report.amounts"
    _description = "Stock and Ledger"
    _auto = False
    _order = "cause, id"
    _rec_name = "product_id"

    cause = fields.Selection(
        CAUSES,
        readonly=True,
        help="Invoiced at another cost: the goods left with another value than the invoice booked. "
        "Moved without an entry: counts, losses and scrap in a place without an account. Other "
        "entries: closings and entries by hand.",
    )
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    move_id = fields.Many2one("account.move", string="Journal Entry", readonly=True)
    stock_move_id = fields.Many2one("stock.move", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    quantity = fields.Float(
        readonly=True, digits="Product Unit", help="Units between the two, in the product's unit."
    )
    amount = fields.Monetary(
        readonly=True,
        help="By how much the ledger is above the value of the stock for this cause, in the "
        "company's currency.",
    )

    _depends = {
        "account.move": ["move_type", "state"],
        "account.move.line": [
            "account_id",
            "balance",
            "cogs_origin_id",
            "display_type",
            "move_id",
            "parent_state",
            "product_id",
            "quantity",
            "sale_line_ids",
        ],
        "stock.move": [
            "account_move_id",
            "company_id",
            "is_in",
            "is_out",
            "product_id",
            "quantity",
            "sale_line_id",
            "state",
            "value",
        ],
        "sale.order.line": ["product_id", "qty_delivered"],
        "product.template": ["categ_id", "is_storable"],
    }

    @api.model
    def _valuation_accounts(self):
        """The accounts that hold the value of the stock of the user's companies."""
        accounts = self.env["account.account"]
        for company in self.env.companies.sudo():
            accounts |= self._categories(company).property_stock_valuation_account_id
            accounts |= company.account_stock_valuation_id
        return accounts

    @api.model
    def _categories(self, company):
        """All categories, as a company has set them up: a few dozen."""
        # sudo: which account is which; the rows are limited by the rules of this model.
        categories = self.env["product.category"].sudo().with_company(company)
        return categories.search([])  # pylint: disable=no-search-all

    @api.model
    def _periodic(self):
        """Pairs ``(company id, category id or 0)`` whose goods are booked at closing only."""
        pairs = []
        for company in self.env.companies.sudo():
            pairs += [
                (company.id, category.id)
                for category in self._categories(company)
                if category.property_valuation != "real_time"
            ]
            if company.inventory_valuation != "real_time":
                pairs.append((company.id, 0))
        return pairs

    @property
    def _table_query(self):
        pairs = self._periodic()
        return SQL(
            """
              WITH moved AS MATERIALIZED (%(moved)s), landed AS (%(landed)s),
                   booked AS MATERIALIZED (%(booked)s),
                   periodic AS (
                       SELECT * FROM unnest(%(companies)s::int[], %(categories)s::int[])
                              AS pair (company_id, categ_id)
                   ), found AS (%(sold)s UNION ALL %(bought)s UNION ALL %(others)s)
            SELECT ROW_NUMBER() OVER (ORDER BY found.cause, found.company_id, found.product_id,
                                               found.sale_line_id, found.move_id,
                                               found.stock_move_id) AS id,
                   CASE WHEN periodic.company_id IS NULL OR found.cause = 'other_entry'
                        THEN found.cause ELSE 'periodic' END AS cause,
                   found.product_id, template.categ_id, line.order_id,
                   sale.oms_channel_id AS channel_id, found.move_id, found.stock_move_id,
                   found.company_id, company.currency_id, found.quantity, found.amount
              FROM found
              JOIN res_company company ON company.id = found.company_id
         LEFT JOIN product_product product ON product.id = found.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN periodic ON periodic.company_id = found.company_id
               AND periodic.categ_id = COALESCE(template.categ_id, 0)
         LEFT JOIN sale_order_line line ON line.id = found.sale_line_id
         LEFT JOIN sale_order sale ON sale.id = line.order_id
             WHERE ABS(found.amount) > 0.000001
            """,
            moved=self._moved(),
            landed=self._landed(),
            booked=self._booked(),
            companies=[pair[0] for pair in pairs],
            categories=[pair[1] for pair in pairs],
            sold=self._sold(),
            bought=self._bought(),
            others=self._others(),
        )

    @api.model
    def _moved(self):
        """What Odoo valued: each stock move into (+) and out of (-) the company."""
        return SQL(
            """
            SELECT move.id, move.company_id, move.product_id, move.sale_line_id,
                   move.account_move_id,
                   'supplier' IN (source.usage, target.usage) AS bought,
                   CASE WHEN move.is_in THEN move.value ELSE -move.value END AS value,
                   move.quantity * unit.factor / own.factor
                       * CASE WHEN move.is_in THEN 1 ELSE -1 END AS quantity
              FROM stock_move move
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location target ON target.id = move.location_dest_id
              JOIN product_product product ON product.id = move.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom unit ON unit.id = move.product_uom
              JOIN uom_uom own ON own.id = template.uom_id
             WHERE move.state = 'done' AND (move.is_in OR move.is_out) AND template.is_storable
               AND move.company_id = ANY(%s)
            """,
            self.env.companies.ids,
        )

    @api.model
    def _landed(self):
        """Landed costs in the value of goods that were bought: the ledger has the share of those
        that were still here, the rest is an expense."""
        if "stock.landed.cost" not in self.env:
            return SQL(
                """
                SELECT NULL::int AS company_id, NULL::int AS product_id, NULL::int AS entry_id,
                       0.0 AS value
                 WHERE FALSE
                """
            )
        return SQL(
            """
            SELECT moved.company_id, moved.product_id, cost.account_move_id AS entry_id,
                   line.additional_landed_cost AS value
              FROM stock_valuation_adjustment_lines line
              JOIN stock_landed_cost cost ON cost.id = line.cost_id AND cost.state = 'done'
              JOIN moved ON moved.id = line.move_id AND moved.bought
            """
        )

    @api.model
    def _booked(self):
        """What the ledger has on the accounts of inventory: each posted item, and what it is of."""
        return SQL(
            """
            SELECT item.id, item.move_id, item.company_id, item.product_id, item.balance,
                   CASE WHEN item.display_type = 'cogs' AND sold.line_id IS NOT NULL THEN 'sold'
                        WHEN entry.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
                             AND item.product_id IS NOT NULL THEN 'bought'
                        WHEN EXISTS (SELECT 1 FROM moved WHERE moved.account_move_id = item.move_id)
                        THEN 'moved'
                        WHEN item.move_id IN (SELECT entry_id FROM landed) THEN 'landed'
                        ELSE 'other' END AS kind,
                   sold.line_id AS sale_line_id,
                   item.quantity * unit.factor / own.factor
                       * CASE WHEN entry.move_type IN ('out_refund', 'in_refund') THEN -1 ELSE 1
                         END AS quantity
              FROM account_move_line item
              JOIN account_move entry ON entry.id = item.move_id
         LEFT JOIN product_product product ON product.id = item.product_id
         LEFT JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN uom_uom own ON own.id = template.uom_id
         LEFT JOIN uom_uom unit ON unit.id = COALESCE(item.product_uom_id, template.uom_id)
         LEFT JOIN (
                   SELECT invoice_line_id, MIN(order_line_id) AS line_id
                     FROM sale_order_line_invoice_rel
                 GROUP BY invoice_line_id
                   ) sold ON sold.invoice_line_id = item.cogs_origin_id
             WHERE item.parent_state = 'posted'
               AND item.account_id = ANY(%s)
               AND item.company_id = ANY(%s)
            """,
            self._valuation_accounts().ids,
            self.env.companies.ids,
        )

    @api.model
    def _sold(self):
        """Per order line: the units between delivery and invoice, and what is left in money.

        A kit's moves are of its components, so its units are those on the order line.
        """
        return SQL(
            """
            SELECT line.company_id, line.product_id, line.id AS sale_line_id,
                   NULL::int AS move_id, NULL::int AS stock_move_id, part.cause, part.quantity,
                   part.amount
              FROM (
                   SELECT sale_line_id, SUM(left_value) AS left_value, SUM(gone) AS gone,
                          SUM(returned) AS returned, SUM(bill_value) AS bill_value,
                          SUM(invoiced) AS invoiced, SUM(refunded) AS refunded,
                          MIN(product_id) AS one_product, MAX(product_id) AS other_product
                     FROM (SELECT sale_line_id, product_id, -value AS left_value, -quantity AS gone,
                                  GREATEST(quantity, 0) AS returned, 0.0 AS bill_value,
                                  0.0 AS invoiced, 0.0 AS refunded
                             FROM moved WHERE sale_line_id IS NOT NULL AND NOT bought
                        UNION ALL
                           SELECT sale_line_id, NULL, 0.0, 0.0, 0.0, -balance,
                                  COALESCE(quantity, 0), GREATEST(-quantity, 0)
                             FROM booked WHERE kind = 'sold') both_sides
                 GROUP BY sale_line_id
                   ) fact
              JOIN sale_order_line line ON line.id = fact.sale_line_id
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN line.product_id <> one_product
                                 OR line.product_id <> other_product
                               THEN line.qty_delivered ELSE gone END AS delivered
                   ) kit
        CROSS JOIN LATERAL (
                   SELECT GREATEST(delivered - invoiced, 0) AS ahead,
                          GREATEST(invoiced - delivered, 0) AS behind,
                          COALESCE(left_value / NULLIF(delivered, 0), 0) AS left_cost,
                          COALESCE(bill_value / NULLIF(invoiced, 0),
                                   left_value / NULLIF(delivered, 0), 0) AS bill_cost
                   ) gap
        CROSS JOIN LATERAL (
                   VALUES ('refunded_not_returned', LEAST(ahead, refunded),
                           LEAST(ahead, refunded) * left_cost),
                          ('delivered_not_invoiced', ahead - LEAST(ahead, refunded),
                           (ahead - LEAST(ahead, refunded)) * left_cost),
                          ('returned_not_refunded', LEAST(behind, returned),
                           -LEAST(behind, returned) * bill_cost),
                          ('invoiced_not_delivered', behind - LEAST(behind, returned),
                           -(behind - LEAST(behind, returned)) * bill_cost),
                          ('cost_timing', 0,
                           left_value - bill_value - ahead * left_cost + behind * bill_cost)
                   ) part (cause, quantity, amount)
             WHERE delivered <> invoiced OR left_value <> bill_value
            """
        )

    @api.model
    def _bought(self):
        """Per product: the units between receipt and bill."""
        return SQL(
            """
            SELECT fact.company_id, fact.product_id, NULL::int, NULL::int, NULL::int, part.cause,
                   part.quantity, part.amount
              FROM (
                   SELECT company_id, product_id, SUM(value) AS came_value,
                          SUM(received) AS received, SUM(balance) AS bill_value,
                          SUM(billed) AS billed
                     FROM (SELECT company_id, product_id, value, quantity AS received,
                                  0.0 AS balance, 0.0 AS billed
                             FROM moved WHERE bought
                        UNION ALL
                           SELECT company_id, product_id, -value, 0.0, 0.0, 0.0 FROM landed
                        UNION ALL
                           SELECT company_id, product_id, 0.0, 0.0, balance, quantity
                             FROM booked WHERE kind = 'bought') both_sides
                 GROUP BY company_id, product_id
                   ) fact
        CROSS JOIN LATERAL (
                   SELECT GREATEST(received - billed, 0) AS ahead,
                          GREATEST(billed - received, 0) AS behind,
                          COALESCE(came_value / NULLIF(received, 0), 0) AS came_cost,
                          COALESCE(bill_value / NULLIF(billed, 0), 0) AS bill_cost
                   ) gap
        CROSS JOIN LATERAL (
                   VALUES ('received_not_billed', ahead, -ahead * came_cost),
                          ('billed_not_received', behind, behind * bill_cost),
                          ('bill_price', 0, bill_value - came_value + ahead * came_cost
                                            - behind * bill_cost)
                   ) part (cause, quantity, amount)
            """
        )

    @api.model
    def _others(self):
        """Moves that are neither sold nor bought, and items that belong to no goods at all."""
        return SQL(
            """
            SELECT company_id, product_id, NULL::int, NULL::int, id, 'no_entry', ABS(quantity),
                   -value
              FROM moved
             WHERE sale_line_id IS NULL AND NOT bought AND account_move_id IS NULL
         UNION ALL
            SELECT company_id, MIN(product_id), NULL::int, move_id, NULL::int, 'entry_amount', 0,
                   SUM(amount)
              FROM (SELECT company_id, product_id, move_id, balance AS amount
                      FROM booked WHERE kind = 'moved'
                 UNION ALL
                    SELECT company_id, product_id, account_move_id, -value
                      FROM moved
                     WHERE sale_line_id IS NULL AND NOT bought AND account_move_id IS NOT NULL
                   ) entry
          GROUP BY company_id, move_id
         UNION ALL
            SELECT company_id, product_id, NULL::int, move_id, NULL::int, 'other_entry', 0, balance
              FROM booked
             WHERE kind = 'other'
         UNION ALL
            SELECT company_id, product_id, NULL::int, entry_id, NULL::int, 'landed_cost', 0,
                   SUM(amount)
              FROM (SELECT company_id, product_id, move_id AS entry_id, balance AS amount
                      FROM booked WHERE kind = 'landed'
                 UNION ALL
                    SELECT company_id, product_id, entry_id, -value FROM landed
                   ) cost
          GROUP BY company_id, product_id, entry_id
            """
        )

    # RPC

    @api.model
    @api.readonly
    def bridge(self):
        """From the value of the stock to the inventory in the ledger, per company of the caller.

        :return: list of ``{company, currency, stock_value, revalued, causes: [{code, name,
            amount}], ledger, unexplained}`` in each company's currency; ``stock_value`` is what
            Odoo's valuation shows now, ``revalued`` what changed it after goods had moved (another
            cost price, a bill that came later, rounding of averages), and ``ledger`` =
            ``stock_value`` + ``revalued`` + ``causes`` + ``unexplained``
        :raise AccessError: for who may not read the ledger
        """
        self.check_access("read")
        names = dict(self._fields["cause"]._description_selection(self.env))
        moved, booked, causes = self._moved_values(), self._ledger_values(), self._cause_amounts()
        result = []
        for company in self.env.companies:
            known = causes.get(company, {})
            explained = moved.get(company.id, 0.0) + sum(known.values())
            stock_value = self._stock_value(company)
            result.append(
                {
                    "company": company.name,
                    "currency": company.currency_id.name,
                    "stock_value": stock_value,
                    "revalued": company.currency_id.round(moved.get(company.id, 0.0) - stock_value),
                    "causes": [
                        {"code": code, "name": names[code], "amount": known[code]}
                        for code, _name in CAUSES
                        if code in known
                    ],
                    "ledger": booked.get(company, 0.0),
                    "unexplained": company.currency_id.round(booked.get(company, 0.0) - explained),
                }
            )
        return result

    @api.model
    def _moved_values(self):
        """``{company id: value of what came less value of what left}``."""
        # sudo: sums per company; who asks was checked to read the ledger.
        moves = self.env["stock.move"].sudo()
        domain = [("state", "=", "done"), ("company_id", "in", self.env.companies.ids)]
        domain += [("product_id.is_storable", "=", True)]
        values = {}
        for side, sign in (("is_in", 1), ("is_out", -1)):
            for company, value in moves._read_group(
                [*domain, (side, "=", True)], ["company_id"], ["value:sum"]
            ):
                values[company.id] = values.get(company.id, 0.0) + sign * value
        return values

    @api.model
    def _ledger_values(self):
        return dict(
            self.env["account.move.line"]
            .sudo()  # sudo: sums per company; who asks was checked to read the ledger.
            ._read_group(
                [
                    ("account_id", "in", self._valuation_accounts().ids),
                    ("company_id", "in", self.env.companies.ids),
                    ("parent_state", "=", "posted"),
                ],
                ["company_id"],
                ["balance:sum"],
            )
        )

    @api.model
    def _cause_amounts(self):
        """``{company: {cause: amount}}``."""
        amounts = {}
        for company, cause, amount in self._read_group(
            [("company_id", "in", self.env.companies.ids)],
            ["company_id", "cause"],
            ["amount:sum"],
        ):
            amounts.setdefault(company, {})[cause] = amount
        return amounts

    @api.model
    def _stock_value(self, company):
        """The value of all goods as Odoo's valuation computes it now."""
        # sudo: a sum; who asks was checked to read the ledger.
        products = self.env["product.product"].sudo().with_company(company)
        goods = products.search(
            [("is_storable", "=", True), ("stock_quant_ids.company_id", "=", company.id)]
        )
        return company.currency_id.round(sum(goods.mapped("total_value")))

    def action_open_source(self):
        """Open what one row is about: the order, the entry, or the stock move's transfer."""
        self.ensure_one()
        source = self.order_id or self.move_id or self.stock_move_id.picking_id or self.product_id
        return {
            "type": "ir.actions.act_window",
            "res_model": source._name,
            "res_id": source.id,
            "views": [(False, "form")],
        }
