from odoo import api, models
from odoo.tools import SQL

from .oms_proof_money import CENT


class OmsProof(models.AbstractModel):
    """The proof of what customers take instead of money."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_store_credit", "_check_given_back"]

    def _check_store_credit(self):
        """Per customer: what was given less what was used is what the ledger says that is owed,
        entries by hand apart; and nobody used more than they had."""
        query = SQL(
            """
            WITH movement AS (
                SELECT credit.partner_id, credit.company_id, credit.currency_id,
                       SUM(CASE credit.kind WHEN 'used' THEN -credit.amount
                                            ELSE credit.amount END)
                           FILTER (WHERE NOT EXISTS (
                               SELECT 1 FROM account_move back
                                WHERE back.reversed_entry_id = credit.move_id
                                  AND back.state = 'posted')) AS amount
                  FROM oms_store_credit credit
                 WHERE credit.company_id = ANY(%(companies)s)
              GROUP BY 1, 2, 3
            ), ledger AS (
                SELECT partner.commercial_partner_id AS partner_id, item.company_id,
                       item.currency_id, -SUM(item.amount_currency) AS amount,
                       -SUM(item.amount_currency) FILTER (
                           WHERE credit.id IS NOT NULL) AS moved
                  FROM account_move_line item
                  JOIN account_move move ON move.id = item.move_id
                  JOIN res_company company ON company.id = item.company_id
                                AND company.oms_store_credit_account_id = item.account_id
                  JOIN res_partner partner ON partner.id = item.partner_id
             LEFT JOIN oms_store_credit credit
                       ON credit.move_id = COALESCE(move.reversed_entry_id, move.id)
                 WHERE item.parent_state = 'posted' AND company.id = ANY(%(companies)s)
              GROUP BY 1, 2, 3
            )
            SELECT COALESCE(movement.partner_id, ledger.partner_id),
                   COALESCE(movement.amount, 0),
                   CASE WHEN ledger.amount < -%(cent)s THEN ledger.amount
                        ELSE COALESCE(ledger.moved, 0) END
              FROM movement
         FULL JOIN ledger USING (partner_id, company_id, currency_id)
             WHERE ABS(COALESCE(movement.amount, 0) - COALESCE(ledger.moved, 0)) > %(cent)s
                OR ledger.amount < -%(cent)s
            """,
            companies=self.env.companies.ids,
            cent=CENT,
        )
        return self._money_violations(
            "store_credit", "res.partner", query, self.env._("store credit and ledger differ.")
        )

    def _check_given_back(self):
        """Per order: no more went back, as money or instead of it, than came in."""
        query = SQL(
            """
            WITH flow AS (
                SELECT payment.oms_order_id AS order_id,
                       SUM(payment.amount) FILTER (
                           WHERE payment.payment_type = 'inbound') AS paid,
                       SUM(payment.amount) FILTER (
                           WHERE payment.payment_type = 'outbound') AS back
                  FROM account_payment payment
                 WHERE payment.oms_order_id IS NOT NULL
                   AND payment.state IN ('in_process', 'paid')
              GROUP BY 1
            ), instead AS (
                SELECT movement.order_id,
                       CASE WHEN movement.kind = 'used' THEN movement.amount END AS paid,
                       CASE WHEN movement.kind <> 'used' THEN movement.amount END AS back
                  FROM oms_store_credit movement
                 WHERE NOT EXISTS (SELECT 1 FROM account_move back
                                    WHERE back.reversed_entry_id = movement.move_id
                                      AND back.state = 'posted')
             UNION ALL
                SELECT item.oms_order_id,
                       CASE WHEN item.amount_currency < 0 THEN -item.amount_currency END,
                       CASE WHEN item.amount_currency > 0 THEN item.amount_currency END
                  FROM account_move_line item
                  JOIN account_move move ON move.id = item.move_id
                 WHERE move.oms_exchange_id IS NOT NULL AND move.state = 'posted'
            ), credit AS (
                SELECT order_id, SUM(paid) AS paid, SUM(back) AS back
                  FROM instead
                 WHERE order_id IS NOT NULL
              GROUP BY 1
            )
            SELECT sale.id, COALESCE(flow.paid, 0) + COALESCE(credit.paid, 0),
                   COALESCE(flow.back, 0) + COALESCE(credit.back, 0)
              FROM credit
              JOIN sale_order sale ON sale.id = credit.order_id
         LEFT JOIN flow ON flow.order_id = sale.id
             WHERE sale.company_id = ANY(%(companies)s)
               AND COALESCE(flow.back, 0) + COALESCE(credit.back, 0)
                   > COALESCE(flow.paid, 0) + COALESCE(credit.paid, 0) + %(cent)s
               AND NOT EXISTS (
                   SELECT 1
                     FROM account_move_line item
                     JOIN account_account account ON account.id = item.account_id
                     JOIN account_move move ON move.id = item.move_id
                    WHERE item.oms_order_id = sale.id AND item.parent_state = 'posted'
                      AND account.account_type = 'asset_receivable'
                      AND move.move_type = 'entry' AND move.origin_payment_id IS NULL
                      AND move.oms_exchange_id IS NULL
                      AND NOT EXISTS (SELECT 1 FROM oms_store_credit movement
                                       WHERE movement.move_id = COALESCE(
                                           move.reversed_entry_id, move.id)))
            """,
            companies=self.env.companies.ids,
            cent=CENT,
        )
        return self._money_violations(
            "given_back", "sale.order", query, self.env._("more was given back than was paid.")
        )
