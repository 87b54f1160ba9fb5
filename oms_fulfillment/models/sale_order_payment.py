from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """The steps of the money: prepayment, invoice, collection. Each looks at facts and may be
    repeated; ``_oms_advance`` runs them."""

    _inherit = "sale.order"

    oms_invoice_ids = fields.One2many(
        "account.move",
        "oms_order_id",
        string="Documents",
        domain=[("move_type", "in", ("out_invoice", "out_refund"))],
    )
    oms_payment_ids = fields.One2many(
        "account.payment",
        "oms_order_id",
        string="Payments",
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    def _oms_step_prepayment(self):
        """Book what the buyer paid in advance: Dr clearing account, Cr receivable."""
        super()._oms_step_prepayment()
        due = self.filtered(
            lambda order: order.state == "sale"
            and order.oms_payment_policy in ("prepaid", "escrow")
            and order.oms_paid_at
            and order.oms_channel_id.clearing_journal_id
            and not order.currency_id.is_zero(order._oms_prepaid_amount())
        )
        due -= due._oms_payments("prepayment").oms_order_id
        if not due:
            return
        due._oms_lock()
        due._oms_book_payments(
            [
                order._oms_prepare_payment(
                    order.oms_channel_id.clearing_journal_id,
                    order._oms_prepaid_amount(),
                    "prepayment",
                    order._oms_local_date(order.oms_paid_at),
                )
                for order in due
            ]
        )
        due._oms_reconcile()

    def _oms_prepaid_amount(self):
        """Return what the buyer paid in advance, as money."""
        return self.amount_total

    def _oms_step_invoice(self):
        """Invoice orders of which every unit has come as far as the channel's trigger."""
        super()._oms_step_invoice()
        due = self.filtered(
            lambda order: order.state == "sale"
            and not order.currency_id.is_zero(order.amount_total)
        )
        plans = due._oms_bill_plans()
        due = due.filtered(
            lambda order: order.id in plans
            and plans[order.id].ready
            and any(
                line.product_uom_id.compare(plans[order.id].due.get(line.id, 0.0), 0.0) > 0
                for line in order.order_line._oms_billed_here()
            )
        )
        due -= due._oms_active_holds("invoice").order_id if due else due
        if not due:
            return
        due._oms_lock()
        for company, orders in due.grouped("company_id").items():
            today = orders[:1]._oms_local_date(fields.Datetime.now())
            machine = orders.with_company(company).with_context(tracking_disable=True)
            # what was paid as a deposit is taken off
            deposits = any(orders.order_line.mapped("is_downpayment"))
            invoices = machine._create_invoices(final=deposits)
            invoices.write({"invoice_date": today})
            # where the deposit was more than what is left, the rest of it goes back
            invoices.filtered(lambda move: move.move_type == "out_refund").oms_unit_credit = True
            invoices._post(soft=False)
        due._oms_reconcile()

    def _oms_cash_to_collect(self):
        """Return ``{order id: what the courier takes at the door}``: what was agreed, and never
        more than is still to be paid: neither what was cancelled nor what was paid otherwise."""
        result = dict.fromkeys(self.ids, 0.0)
        # sudo: the label says what is to be collected, whoever prints it.
        cash = self.sudo().filtered(lambda order: order.oms_payment_policy == "cod")
        money = cash._oms_money()
        for order in cash:
            agreed = order.oms_cod_amount or order.amount_total - order.oms_platform_discount
            known = money.get(order.id)
            result[order.id] = min(agreed, known.to_pay) if known else agreed
        return result

    def _oms_cash_at_courier(self, residual):
        """What the courier took: what was to be collected, never more than is still owed.

        A discount that the platform pays is part of the invoice, and comes with its payout.
        """
        return min(residual, self.oms_cod_amount) if self.oms_cod_amount else residual

    def _oms_step_collect(self):
        """Book the cash that couriers collected: Dr cash in transit, Cr receivable."""
        result = super()._oms_step_collect()
        due = self.filtered(
            lambda order: order.state == "sale" and order.oms_payment_policy == "cod"
        )
        due -= due._oms_payments("cod").oms_order_id
        due = due._oms_all_delivered()
        money = due._oms_money()
        due = due.filtered(
            lambda order: money[order.id].invoiced
            and not money[order.id].billable_left
            and order.currency_id.compare_amounts(money[order.id].residual, 0.0) > 0
        )
        due._oms_lock()
        vals_list = []
        for order in due:
            delivered = max(filter(None, order.oms_fulfillment_ids.mapped("delivered_at")))
            vals_list.append(
                order._oms_prepare_payment(
                    order._oms_journal("cod_journal_id"),
                    order._oms_cash_at_courier(money[order.id].residual),
                    "cod",
                    order._oms_local_date(delivered),
                )
            )
        due._oms_book_payments(vals_list)
        due._oms_reconcile()
        self._oms_step_refund()
        return result

    def _oms_all_delivered(self):
        """The orders of which every unit was delivered, cancelled or came back."""
        goods = self.order_line._oms_goods()
        buckets = goods._oms_buckets()
        returned = goods._oms_returned()
        open_orders = self.browse()
        for line in goods:
            known = buckets[line.id]
            settled = returned[line.id].settled_rts if line.id in returned else 0.0
            back = min(settled, known.shipped)
            arrived = known.delivered + known.accepted
            arrived += back + known.cancelled
            if line.product_uom_id.compare(arrived, known.ordered) < 0:
                open_orders |= line.order_id
        result = self - open_orders
        return result.filtered(lambda order: any(order.oms_fulfillment_ids.mapped("delivered_at")))

    # TOOLS

    def _oms_lock(self):
        """Take the orders' money for this transaction: who comes second starts again and sees
        what the first one booked. An update, because a mere row lock is not noticed by a
        transaction whose snapshot is older."""
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET id = id WHERE id IN "
                    "(SELECT id FROM sale_order WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)",
                    list(self.ids),
                ),
                log_exceptions=False,
            )

    def _oms_payments(self, role):
        """Payments of these orders in one role that were not cancelled."""
        return self.env["account.payment"].search(
            [
                ("oms_order_id", "in", self.ids),
                ("oms_role", "=", role),
                ("state", "not in", ("canceled", "rejected")),
            ]
        )

    def _oms_local_date(self, moment):
        """Return the company's calendar date at a naive UTC time."""
        return self.company_id._oms_local_date(moment)

    def _oms_journal(self, field):
        """Return the channel's journal for one purpose.

        :raise OmsRefusal: ``missing_journal``
        """
        self.ensure_one()
        channel = self.oms_channel_id
        journal = channel[field]
        if not journal:
            label = channel._fields[field]._description_string(self.env)
            raise OmsRefusal(
                "missing_journal",
                self.env._(
                    "The channel %(channel)s has no %(setting)s.",
                    channel=channel.name,
                    setting=label,
                ),
                field=field,
                next_step=self.env._("Set it under OMS > Configuration > Channels."),
            )
        return journal

    def _oms_holding_account(self, journal):
        """Return the account that holds a journal's money until it is paid out.

        :raise OmsRefusal: ``clearing_account``
        """
        account = journal.inbound_payment_method_line_ids.payment_account_id[:1]
        if not account.reconcile:
            raise OmsRefusal(
                "clearing_account",
                self.env._(
                    "Incoming payments of the journal %(journal)s have no reconcilable account.",
                    journal=journal.display_name,
                ),
                next_step=self.env._(
                    "Set the account of its incoming payment method and allow to reconcile it."
                ),
            )
        return account

    def _oms_prepare_payment(self, journal, amount, role, date, direction="inbound"):
        """The values of a customer payment of this order; money that is held for us is booked on
        the account that holds it, whichever way it goes."""
        self.ensure_one()
        channel = self.oms_channel_id
        vals = {
            "payment_type": direction,
            "partner_type": "customer",
            "partner_id": self.partner_invoice_id.commercial_partner_id.id,
            "amount": amount,
            "currency_id": self.currency_id.id,
            "date": date,
            "journal_id": journal.id,
            "memo": self.oms_external_id or self.name,
            "payment_reference": self.oms_payment_ref or False,
            "oms_order_id": self.id,
            "oms_role": role,
        }
        if journal in (channel.clearing_journal_id, channel.cod_journal_id):
            vals["outstanding_account_id"] = self._oms_holding_account(journal).id
        return vals

    def _oms_book_payments(self, vals_list):
        """Create and post payments; return them."""
        Payment = self.env["account.payment"].with_context(tracking_disable=True)
        payments = Payment.create(vals_list)
        for payment, vals in zip(payments, vals_list, strict=True):
            account_id = vals.get("outstanding_account_id")
            if account_id and payment.outstanding_account_id.id != account_id:
                # The payment method's own account took its place.
                payment.outstanding_account_id = account_id
        if payments:
            payments.action_post()
        return payments

    def _oms_reconcile(self):
        """Reconcile what belongs together: open items of one order on one account.

        Only receivables and the accounts that hold money for us are looked at.
        """
        if not self:
            return
        journals = self.oms_channel_id.clearing_journal_id | self.oms_channel_id.cod_journal_id
        held = journals.inbound_payment_method_line_ids.payment_account_id
        groups = self.env["account.move.line"]._read_group(
            Domain("oms_order_id", "in", self.ids)
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("account_id.reconcile", "=", True)
            & (
                Domain("account_id.account_type", "=", "asset_receivable")
                | Domain("account_id", "in", held.ids)
            ),
            ["oms_order_id", "account_id"],
            ["id:recordset"],
        )
        plan = [
            items
            for _order, _account, items in groups
            if any(item.balance > 0 for item in items) and any(item.balance < 0 for item in items)
        ]
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)
