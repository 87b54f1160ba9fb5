from odoo import models
from odoo.tools import SQL

from ..engine import verification

# Policies under which the buyer owes us nothing after the goods left.
NO_CREDIT = ("prepaid", "escrow", "cod")


class SaleOrder(models.Model):
    """Credit: what customers owe and will owe, against their limits."""

    _inherit = "sale.order"

    def _oms_check_credit(self):
        """Check orders that are being confirmed on credit once more, all together and alone.

        Two requests that confirm orders of one customer at the same moment would each find room
        for its own: both write the customer's row, so the later one starts again and sees the
        earlier one's order.
        """
        orders = self.browse(self._oms_credit_limits())
        if not orders:
            return
        customers = orders.partner_id.commercial_partner_id
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET credit_limit = credit_limit WHERE id = ANY(%s)",
                sorted(customers.ids),
            ),
            # losing the race is no error: the request is tried again
            log_exceptions=False,
        )
        orders._oms_check(together=True)

    def _oms_exposures(self):
        """Return ``{order id: Exposure}`` of the customers that have a credit limit."""
        limits = self._oms_credit_limits()
        if not limits:
            return {}
        self.env["account.move.line"].flush_model()
        orders = self.browse(limits)
        customers = orders.partner_id.commercial_partner_id.ids
        invoiced = self._oms_owed(customers, orders.company_id.ids)
        ordered = self._oms_ordered(customers, orders.company_id.ids)
        exposures = {}
        for order in orders:
            key = order._oms_credit_key()
            others = ordered.get(key, {})
            exposures[order.id] = verification.Exposure(
                limit=limits[order.id],
                invoiced=invoiced.get(key, 0.0),
                open_orders=sum(value for id_, value in others.items() if id_ != order.id),
            )
        return exposures

    def _oms_credit_limits(self):
        """Return ``{order id: limit}`` of orders whose customer has a credit limit."""
        limits = {}
        for order in self.filtered("company_id.account_use_credit_limit"):
            customer = order.partner_id.commercial_partner_id.with_company(order.company_id)
            # sudo: the limit is for accountants; the check only says whether it passes.
            limit = customer.sudo().credit_limit
            if limit > 0 and order.oms_payment_policy not in NO_CREDIT:
                limits[order.id] = limit
        return limits

    def _oms_credit_key(self):
        return self.partner_id.commercial_partner_id.id, self.company_id.id

    def _oms_owed(self, customer_ids, company_ids):
        """Return ``{(customer id, company id): what is unpaid on posted documents}``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.commercial_partner_id, item.company_id, SUM(item.amount_residual)
                  FROM account_move_line item
                  JOIN account_account account ON account.id = item.account_id
                  JOIN res_partner partner ON partner.id = item.partner_id
                 WHERE partner.commercial_partner_id = ANY(%s)
                   AND item.company_id = ANY(%s)
                   AND item.parent_state = 'posted'
                   AND account.account_type = 'asset_receivable'
                   AND item.reconciled IS NOT TRUE
              GROUP BY 1, 2
                """,
                customer_ids,
                company_ids,
            )
        )
        return {(customer, company): float(value) for customer, company, value in rows}

    def _oms_ordered(self, customer_ids, company_ids):
        """Return ``{(customer id, company id): {order id: confirmed and not yet invoiced}}``.

        Orders that are paid in advance or at the door are no credit.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.commercial_partner_id, sale.company_id, sale.id,
                       SUM(line.price_total / COALESCE(NULLIF(sale.currency_rate, 0), 1)
                           * GREATEST(0, 1
                               - COALESCE(line.untaxed_amount_invoiced, 0)
                                 / NULLIF(line.price_subtotal, 0)
                               - COALESCE(line.oms_qty_cancelled, 0)
                                 / NULLIF(line.product_uom_qty, 0)))
                  FROM sale_order sale
                  JOIN res_partner partner ON partner.id = sale.partner_id
                  JOIN sale_order_line line ON line.order_id = sale.id
                 WHERE partner.commercial_partner_id = ANY(%s)
                   AND sale.company_id = ANY(%s)
                   AND sale.state = 'sale'
                   AND sale.invoice_status <> 'invoiced'
                   AND COALESCE(sale.oms_payment_policy, '') <> ALL(%s)
              GROUP BY 1, 2, 3
                """,
                customer_ids,
                company_ids,
                list(NO_CREDIT),
            )
        )
        result = {}
        for customer, company, order_id, value in rows:
            result.setdefault((customer, company), {})[order_id] = float(value or 0.0)
        return result
