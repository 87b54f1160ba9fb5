from odoo import api, models
from odoo.tools import SQL

CENT = 0.005


class OmsProof(models.AbstractModel):
    """The proof of money: what operations say against what the ledger says."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [
            *super()._get_checks(),
            "_check_billed",
            "_check_return_credits",
            "_check_payments",
            "_check_held_money",
            "_check_settlement_items",
            "_check_settlement_banks",
        ]

    def _money_violations(self, code, model, query, sentence):
        """Turn rows ``(id, expected, actual)`` into violations."""
        rows = self.env.execute_query(query)
        records = self.env[model].browse(row[0] for row in rows)
        return [
            self._violation(
                code,
                record,
                float(expected or 0.0),
                float(actual or 0.0),
                self.env._(
                    "%(name)s: %(sentence)s %(expected)s expected, %(actual)s found.",
                    name=record.display_name,
                    sentence=sentence,
                    expected=f"{float(expected or 0.0):g}",
                    actual=f"{float(actual or 0.0):g}",
                ),
            )
            for record, (_id, expected, actual) in zip(records, rows, strict=True)
        ]

    # DOCUMENTS

    def _check_billed(self):
        """Fully billed orders: the ledger's invoices less unit credits are the order less returns.

        Looked at are orders of which every unit is billed or refunded; those with cancelled units
        are left to the exact amounts with which their invoice was made.
        """
        query = SQL(
            """
            WITH billed AS (
                SELECT item.oms_order_id AS order_id, SUM(item.amount_currency) AS amount
                  FROM account_move_line item
                  JOIN account_move move ON move.id = item.move_id
                 WHERE item.oms_order_id IS NOT NULL AND item.parent_state = 'posted'
                   AND item.display_type = 'payment_term'
                   AND (move.move_type = 'out_invoice'
                        OR (move.move_type = 'out_refund' AND move.oms_unit_credit))
              GROUP BY item.oms_order_id
            ), back AS (
                SELECT order_id, SUM(refund_amount) AS amount
                  FROM oms_return WHERE state IN ('resolved', 'closed')
              GROUP BY order_id
            )
            SELECT sale.id, sale.amount_total - COALESCE(back.amount, 0), billed.amount
              FROM sale_order sale
              JOIN billed ON billed.order_id = sale.id
              JOIN res_currency currency ON currency.id = sale.currency_id
         LEFT JOIN back ON back.order_id = sale.id
             WHERE sale.company_id = ANY(%s) AND sale.oms_channel_id IS NOT NULL
               AND sale.state = 'sale'
               AND NOT EXISTS (
                   SELECT 1
                     FROM sale_order_line line
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                LEFT JOIN LATERAL (
                          SELECT SUM(item.refund_quantity) AS units
                            FROM oms_return_line item
                            JOIN oms_return case_ ON case_.id = item.return_id
                           WHERE item.sale_line_id = line.id
                             AND case_.state IN ('resolved', 'closed')
                          ) given ON TRUE
                    WHERE line.order_id = sale.id AND template.type = 'consu'
                      AND (line.oms_qty_cancelled > 0
                           OR ABS(line.product_uom_qty - COALESCE(given.units, 0)
                                  - line.qty_invoiced) > 0.000001))
               AND NOT EXISTS (
                   SELECT 1 FROM account_move move
                    WHERE move.oms_order_id = sale.id AND move.state = 'draft')
               AND NOT EXISTS (
                   SELECT 1 FROM sale_order_line fee
                    WHERE fee.order_id = sale.id AND fee.oms_return_id IS NOT NULL
                      AND fee.qty_invoiced = 0)
               AND ABS(sale.amount_total - COALESCE(back.amount, 0) - billed.amount)
                   > currency.rounding / 2
            """,
            self.env.companies.ids,
        )
        return self._money_violations(
            "billed", "sale.order", query, self.env._("the ledger does not bill what was sold.")
        )

    def _check_return_credits(self):
        """The amount on a return is that of its credit note in the ledger."""
        query = SQL(
            """
            SELECT case_.id, case_.refund_amount,
                   -SUM(item.amount_currency) FILTER (WHERE item.display_type = 'payment_term')
              FROM oms_return case_
              JOIN account_move_line item ON item.move_id = case_.refund_move_id
             WHERE case_.company_id = ANY(%s) AND item.parent_state = 'posted'
          GROUP BY case_.id
            HAVING ABS(case_.refund_amount + COALESCE(SUM(item.amount_currency)
                       FILTER (WHERE item.display_type = 'payment_term'), 0)) > %s
            """,
            self.env.companies.ids,
            CENT,
        )
        return self._money_violations(
            "return_credit", "oms.return", query, self.env._("the credit note has another amount.")
        )

    # MONEY

    def _check_payments(self):
        """Per order: the payments are what the ledger says that came in and went out."""
        query = SQL(
            """
            SELECT payment.oms_order_id,
                   SUM(CASE payment.payment_type WHEN 'inbound' THEN payment.amount
                                                 ELSE -payment.amount END),
                   SUM(booked.amount)
              FROM account_payment payment
              JOIN sale_order sale ON sale.id = payment.oms_order_id
         LEFT JOIN LATERAL (
                   SELECT SUM(item.amount_currency) AS amount
                     FROM account_move_line item
                    WHERE item.move_id = payment.move_id AND item.parent_state = 'posted'
                      AND item.account_id = payment.outstanding_account_id
                   ) booked ON TRUE
             WHERE sale.company_id = ANY(%s) AND payment.state IN ('in_process', 'paid')
          GROUP BY payment.oms_order_id
            HAVING ABS(SUM(CASE payment.payment_type WHEN 'inbound' THEN payment.amount
                                                     ELSE -payment.amount END)
                       - COALESCE(SUM(booked.amount), 0)) > %s
            """,
            self.env.companies.ids,
            CENT,
        )
        return self._money_violations(
            "payments", "sale.order", query, self.env._("payments and ledger differ.")
        )

    def _check_held_money(self):
        """Per order: what marketplace or courier hold by the ledger is what was paid to them less
        what they settled and what disputes took back, in the company's currency. Where the order
        is in another one, the differences of the rate that Odoo books count, too."""
        query = SQL(
            """
            WITH paid AS (
                SELECT payment.oms_order_id AS order_id,
                       payment.outstanding_account_id AS account_id,
                       SUM(CASE WHEN payment.currency_id <> company.currency_id
                                THEN payment.amount_company_currency_signed
                                WHEN payment.payment_type = 'inbound' THEN payment.amount
                                ELSE -payment.amount END) AS amount,
                       BOOL_OR(payment.currency_id <> company.currency_id) AS is_foreign
                  FROM account_payment payment
                  JOIN sale_order sale ON sale.id = payment.oms_order_id
                  JOIN res_company company ON company.id = sale.company_id
                  JOIN oms_channel channel ON channel.id = sale.oms_channel_id
                  JOIN account_account account ON account.id = payment.outstanding_account_id
                 WHERE sale.company_id = ANY(%(companies)s) AND account.reconcile
                   AND payment.state IN ('in_process', 'paid')
                   AND payment.journal_id IN (channel.clearing_journal_id, channel.cod_journal_id)
              GROUP BY payment.oms_order_id, payment.outstanding_account_id
            ), settled AS (
                SELECT line.order_id, item.account_id,
                       SUM(line.gross - COALESCE(line.written_off,
                           CASE WHEN ABS(line.difference) <= 1 THEN line.difference ELSE 0 END)
                       ) AS amount
                  FROM oms_settlement_line line
                  JOIN account_move_line item ON item.oms_settlement_line_id = line.id
                                             AND item.move_id = line.move_id
                                             AND item.oms_fee_family IS NULL
                 WHERE line.move_id IS NOT NULL
              GROUP BY line.order_id, item.account_id
            )
            SELECT paid.order_id, expected.amount, booked.amount
              FROM paid
         LEFT JOIN settled ON settled.order_id = paid.order_id
                          AND settled.account_id = paid.account_id
         LEFT JOIN LATERAL (
                   SELECT SUM(item.balance) AS amount
                     FROM account_move_line item
                     JOIN account_move move ON move.id = item.move_id
                    WHERE item.oms_order_id = paid.order_id AND item.parent_state = 'posted'
                      AND item.account_id = paid.account_id AND move.oms_dispute_id IS NOT NULL
                   ) contested ON TRUE
         LEFT JOIN LATERAL (
                   SELECT SUM(item.balance) AS amount
                     FROM account_move_line item
                    WHERE paid.is_foreign AND item.account_id = paid.account_id
                      AND item.parent_state = 'posted'
                      AND item.move_id IN (
                          SELECT part.exchange_move_id
                            FROM account_partial_reconcile part
                            JOIN account_move_line own
                              ON own.id IN (part.debit_move_id, part.credit_move_id)
                           WHERE own.oms_order_id = paid.order_id
                             AND own.account_id = paid.account_id)
                   ) rate ON TRUE
        CROSS JOIN LATERAL (
                   SELECT paid.amount - COALESCE(settled.amount, 0)
                          + COALESCE(contested.amount, 0) + COALESCE(rate.amount, 0) AS amount
                   ) expected
         LEFT JOIN LATERAL (
                   SELECT COALESCE(SUM(item.amount_residual), 0) AS amount
                     FROM account_move_line item
                    WHERE item.oms_order_id = paid.order_id AND item.parent_state = 'posted'
                      AND item.account_id = paid.account_id
                   ) booked ON TRUE
             WHERE ABS(expected.amount - booked.amount) > %(cent)s
               AND NOT EXISTS (
                   SELECT 1 FROM oms_settlement_line line
                    WHERE line.order_id = paid.order_id AND line.variance_move_id IS NOT NULL)
            """,
            companies=self.env.companies.ids,
            cent=CENT,
        )
        return self._money_violations(
            "held_money", "sale.order", query, self.env._("money held for us and ledger differ.")
        )

    def _check_settlement_items(self):
        """Each posted settlement line is in the ledger with its amount and its fees."""
        query = SQL(
            """
            SELECT line.id, line.net,
                   -SUM(item.balance)
              FROM oms_settlement_line line
         LEFT JOIN account_move_line item ON item.oms_settlement_line_id = line.id
                                         AND item.move_id = line.move_id
                                         AND item.parent_state = 'posted'
             WHERE line.company_id = ANY(%s) AND line.state IN ('matched', 'difference')
               AND line.move_id IS NOT NULL
          GROUP BY line.id
            HAVING ABS(line.net + COALESCE(SUM(item.balance), 0)) > %s
                OR ABS(line.fee_amount - COALESCE(SUM(item.balance) FILTER (
                       WHERE item.oms_fee_family NOT IN ('rounding', 'unexplained')), 0)) > %s
            """,
            self.env.companies.ids,
            CENT,
            CENT,
        )
        return self._money_violations(
            "settlement_items",
            "oms.settlement.line",
            query,
            self.env._("settlement and journal items differ."),
        )

    def _check_settlement_banks(self):
        """Per settlement: the bank received the net of the posted lines."""
        query = SQL(
            """
            SELECT settlement.id, settled.net, bank.amount
              FROM oms_settlement settlement
              JOIN LATERAL (
                   SELECT COALESCE(SUM(line.net), 0) AS net
                     FROM oms_settlement_line line
                    WHERE line.settlement_id = settlement.id AND line.move_id IS NOT NULL
                   ) settled ON TRUE
              JOIN LATERAL (
                   SELECT COALESCE(SUM(item.balance), 0) AS amount
                     FROM account_move move
                     JOIN account_move_line item ON item.move_id = move.id
                    WHERE move.oms_settlement_id = settlement.id AND move.state = 'posted'
                      AND item.oms_settlement_line_id IS NULL
                   ) bank ON TRUE
             WHERE settlement.company_id = ANY(%s) AND ABS(settled.net - bank.amount) > %s
            """,
            self.env.companies.ids,
            CENT,
        )
        return self._money_violations(
            "settlement_bank",
            "oms.settlement",
            query,
            self.env._("the bank got another amount than the lines say."),
        )
