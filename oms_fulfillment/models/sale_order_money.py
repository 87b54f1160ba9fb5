from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from .sale_order_line_billing import Invoiced


class Money(NamedTuple):
    """The money of one order, in the order's currency.

    :ivar invoiced: total of posted invoices
    :ivar credited: total of posted credit notes
    :ivar residual: what the buyer still owes on what was invoiced (0 if none)
    :ivar billable_left: units or a draft invoice are still to be invoiced
    :ivar prepaid_open: what the buyer paid and no invoice has used
    :ivar clearing_open: what the marketplace or the courier still holds
    :ivar refund_due: what we owe the buyer
    :ivar to_pay: what the buyer still has to pay in the end, invoiced or not
    :ivar settled: nothing is open between the buyer, the channel and us
    :ivar blocker: code of what is missing, or ``None``
    """

    invoiced: float = 0.0
    credited: float = 0.0
    residual: float = 0.0
    billable_left: bool = False
    prepaid_open: float = 0.0
    clearing_open: float = 0.0
    refund_due: float = 0.0
    settled: bool = True
    blocker: str | None = None
    to_pay: float = 0.0
    overbilled: bool = False
    unagreed_credit: float = 0.0


class SaleOrder(models.Model):
    """How the money of an order stands, read from the ledger."""

    _inherit = "sale.order"

    def _oms_money_blockers(self):
        return {
            **super()._oms_money_blockers(),
            **{order_id: money.blocker for order_id, money in self._oms_money().items()},
        }

    def _oms_money(self):
        """Return ``{order id: Money}``; the number of queries does not depend on the batch."""
        # sudo: how the money stands decides the stage, whoever asks for it.
        orders = self.sudo().filtered("oms_channel_id")
        if not orders:
            return {}
        self.env.flush_all()
        documents = orders._oms_document_totals()
        receivable, held = orders._oms_open_items()
        invoiced = orders.order_line._oms_invoiced()
        final = orders._oms_final_units()
        return {
            order.id: order._oms_money_of(
                documents[order.id], receivable[order.id], held[order.id], invoiced, final
            )
            for order in orders
        }

    def _oms_money_of(self, documents, receivable, held, invoiced, final):
        left, overbilled = self._oms_units_left(invoiced, final)
        billed = documents["invoiced"] - documents["unit_credited"]
        # What is on a draft is still to be paid.
        unbilled = left or documents["drafts"]
        to_bill = max(self._oms_final_total(final) - billed, 0.0) if unbilled else 0.0
        if self.state == "cancel":
            to_bill = max(self._oms_final_total(final) - billed, 0.0)
        elif self.state != "sale":
            to_bill = self.amount_total
        balance = self.currency_id.round(sum(receivable.values()))
        refund_due = max(self.currency_id.round(-balance - to_bill), 0.0)
        money = Money(
            invoiced=documents["invoiced"],
            credited=documents["credited"],
            residual=max(balance, 0.0),
            billable_left=bool(documents["drafts"] or (left and self.state == "sale")),
            prepaid_open=max(self.currency_id.round(-receivable["payment"]), 0.0),
            clearing_open=held if self._oms_waits_for_payout() else 0.0,
            refund_due=refund_due,
            to_pay=max(self.currency_id.round(balance + to_bill), 0.0),
            overbilled=overbilled,
            unagreed_credit=max(-documents["agreed_open"], 0.0),
        )
        blocker = self._oms_money_blocker(money)
        return money._replace(blocker=blocker, settled=blocker is None)

    def _oms_money_blocker(self, money):
        """Return the first thing that keeps the money from being settled."""
        zero = self.currency_id.is_zero
        if money.overbilled:
            return "refund_pending"
        if not zero(money.refund_due):
            return "refund_pending" if money.invoiced else "prepayment_to_refund"
        if money.billable_left:
            return "to_invoice"
        if not zero(money.residual):
            collected = self.oms_payment_policy == "cod" and not any(
                payment.oms_role == "cod" for payment in self.oms_payment_ids
            )
            return "cod_to_collect" if collected else "awaiting_payment"
        if not zero(money.clearing_open):
            return "cod_with_courier" if self.oms_payment_policy == "cod" else "payout_pending"
        return None

    def _oms_waits_for_payout(self):
        return self.oms_channel_id.waits_payout or self.oms_payment_policy in ("cod", "escrow")

    def _oms_units_left(self, invoiced, final):
        """Return whether units are still to be billed, and whether too many were billed."""
        left = over = False
        lines = self.order_line._oms_billed_here()
        goods = lines.filtered(lambda line: line.id in final)
        for line in goods:
            done = invoiced.get(line.id, Invoiced()).units
            difference = line.product_uom_id.compare(final[line.id], done)
            left = left or difference > 0
            over = over or difference < 0
        extras = lines - goods
        if any(final[line.id] for line in goods) or not self._oms_bills_extras(final):
            extras = extras.filtered("oms_return_id")
        left = left or any(
            not invoiced.get(line.id, Invoiced()).invoiced and line.product_uom_qty
            for line in extras
        )
        return left and not self.currency_id.is_zero(self.amount_total), over

    def _oms_document_totals(self):
        """Return ``{order id: {invoiced, credited, unit_credited, agreed_open, drafts}}``."""
        totals = defaultdict(lambda: defaultdict(float))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT oms_order_id,
                       COUNT(*) FILTER (WHERE state = 'draft' AND move_type = 'out_invoice'),
                       SUM(amount_total) FILTER (
                           WHERE state = 'posted' AND move_type = 'out_invoice'),
                       SUM(amount_total) FILTER (
                           WHERE state = 'posted' AND move_type = 'out_refund'),
                       SUM(amount_total) FILTER (
                           WHERE state = 'posted' AND move_type = 'out_refund'
                             AND oms_unit_credit),
                       -SUM(amount_residual) FILTER (
                           WHERE state = 'posted' AND move_type = 'out_refund'
                             AND oms_unit_credit IS NOT TRUE)
                  FROM account_move
                 WHERE oms_order_id = ANY(%s) AND move_type IN ('out_invoice', 'out_refund')
              GROUP BY oms_order_id
                """,
                self.ids,
            )
        )
        names = ("drafts", "invoiced", "credited", "unit_credited", "agreed_open")
        for order_id, *values in rows:
            totals[order_id].update(
                {name: float(value or 0.0) for name, value in zip(names, values, strict=True)}
            )
        return totals

    def _oms_open_items(self):
        """Return open receivables ``{order id: {"payment", "document"}}`` and ``{order id: held}``.

        ``held`` is what is open on the accounts of the channel's clearing and COD journals. Both
        are in the order's currency; items in another one, such as a payout in the company's, count
        at the order's rate.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT item.oms_order_id, account.account_type = 'asset_receivable',
                       move.move_type IN ('out_invoice', 'out_refund'),
                       SUM(CASE WHEN item.currency_id = owner.currency_id
                                THEN item.amount_residual_currency
                                ELSE item.amount_residual
                                     * COALESCE(NULLIF(owner.currency_rate, 0), 1)::numeric END)
                  FROM account_move_line item
                  JOIN sale_order owner ON owner.id = item.oms_order_id
                  JOIN account_move move ON move.id = item.move_id
                  JOIN account_account account ON account.id = item.account_id
                 WHERE item.oms_order_id = ANY(%s)
                   AND item.parent_state = 'posted'
                   AND item.reconciled IS NOT TRUE
                   AND account.reconcile
                   AND (account.account_type = 'asset_receivable' OR EXISTS (
                        SELECT 1
                          FROM account_payment payment
                          JOIN sale_order sale ON sale.id = payment.oms_order_id
                          JOIN oms_channel channel ON channel.id = sale.oms_channel_id
                         WHERE payment.oms_order_id = item.oms_order_id
                           AND payment.outstanding_account_id = item.account_id
                           AND payment.journal_id IN (
                               channel.clearing_journal_id, channel.cod_journal_id)))
              GROUP BY 1, 2, 3
                """,
                self.ids,
            )
        )
        receivable = defaultdict(lambda: {"payment": 0.0, "document": 0.0})
        held = defaultdict(float)
        for order_id, is_receivable, is_document, amount in rows:
            if is_receivable:
                receivable[order_id]["document" if is_document else "payment"] += float(amount)
            else:
                held[order_id] += float(amount)
        return receivable, held
