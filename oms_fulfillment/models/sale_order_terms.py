from datetime import timedelta

from odoo import fields, models

# Policies under which we give credit, so that terms and deposits have a meaning.
ON_CREDIT = ("on_acceptance", "terms")


class SaleOrder(models.Model):
    """Who pays how and when: the customer's agreement before the channel's policy; deposits; due
    dates that follow the goods."""

    _inherit = "sale.order"

    oms_deposit_percent = fields.Float(
        string="Deposit (%)",
        copy=False,
        help="Invoiced as a down payment when the order is confirmed; the goods stay until it is "
        "paid.",
    )

    _oms_deposit_share = models.Constraint(
        "CHECK(oms_deposit_percent IS NULL OR (oms_deposit_percent >= 0 "
        "AND oms_deposit_percent <= 100))",
        lambda env, diag: env._("A deposit is between 0 and 100 percent."),
    )

    # THE CUSTOMER'S AGREEMENT

    def _oms_set_defaults(self):
        """Override: what was agreed with the customer, then what the channel does."""
        for order in self.filtered(lambda order: not order.oms_payment_policy):
            order.oms_payment_policy = order._oms_customer().oms_payment_policy
        result = super()._oms_set_defaults()
        for order in self.filtered(lambda order: order.oms_payment_policy in ON_CREDIT):
            # sudo: whoever enters orders need not read the settings of the channel.
            channel = order.sudo().oms_channel_id
            if channel.payment_term_id and not order.payment_term_id:
                order.payment_term_id = channel.payment_term_id
            deposit = order._oms_customer().oms_deposit_percent or channel.deposit_percent
            if deposit and not order.oms_deposit_percent:
                order.oms_deposit_percent = deposit
        return result

    def _oms_customer(self):
        """Who owes the money, as the order's company sees them."""
        # sudo: the agreement counts whoever enters the order.
        customer = self.sudo().partner_invoice_id or self.sudo().partner_id
        return customer.commercial_partner_id.with_company(self.company_id)

    def _oms_invoice_trigger(self):
        """How far units must have come to be invoiced."""
        return self._oms_customer().oms_invoice_trigger or self.oms_channel_id.invoice_trigger

    # DUE DATES

    def _prepare_invoice(self):
        vals = super()._prepare_invoice()
        if self._oms_managed() and self.payment_term_id.oms_due_from:
            # sudo: who may invoice an order need not see its fulfilments.
            vals["oms_due_base"] = self.sudo()._oms_due_base()
        return vals

    def _oms_due_base(self):
        """Return the day from which the order's terms count: that of the event, or the one on
        which it is expected."""
        self.ensure_one()
        event = self.payment_term_id.oms_due_from
        if event == "order":
            moment = self.date_order
        elif event == "delivery":
            moment = self._oms_all_at("delivered_at") or self.oms_promise_current
        else:
            moment = self._oms_all_at("accepted_at")
            if not moment:
                arrival = self._oms_all_at("delivered_at") or self.oms_promise_current
                days = timedelta(days=self.oms_channel_id.acceptance_days)
                moment = arrival and arrival + days
        return self._oms_local_date(moment or fields.Datetime.now())

    def _oms_all_at(self, fname):
        """Return when the last fulfilment got that far, ``None`` while one has not."""
        times = [
            work[fname] for work in self.oms_fulfillment_ids if work.state != "cancelled"
        ]  # fmt: skip
        return max(times) if times and all(times) else None

    def _oms_step_due_dates(self):
        """Move the due dates of invoices to where the facts are by now."""
        for order in self.filtered("payment_term_id.oms_due_from"):
            invoices = order.oms_invoice_ids.filtered(
                lambda move: move.move_type == "out_invoice"
                and move.state != "cancel"
                and move.oms_due_base
                and move.invoice_payment_term_id.oms_due_from
            )
            if invoices:
                invoices._oms_move_due(order._oms_due_base())

    def _oms_advance(self):
        result = super()._oms_advance()
        # sudo: as the other automatic steps.
        orders = self._oms_managed().sudo()
        orders.filtered("oms_deposit_percent")._oms_run_step("_oms_step_deposit")
        orders.filtered("payment_term_id.oms_due_from")._oms_run_step("_oms_step_due_dates")
        return result

    # DEPOSITS

    def _oms_step_deposit(self):
        """Invoice the deposit once, and keep the goods until it is paid."""
        due = self.filtered(
            lambda order: order.state == "sale"
            and order.oms_payment_policy in ON_CREDIT
            and not order.currency_id.is_zero(order.amount_total)
            and not order.order_line.filtered("is_downpayment")
        )
        if due:
            due._oms_lock()
        for order in due:
            invoice = order._oms_invoice_deposit()
            order._oms_raise_hold(
                "deposit_pending",
                self.env._(
                    "The deposit of %(amount)s (%(invoice)s) has not been paid.",
                    amount=order.currency_id.format(invoice.amount_total),
                    invoice=invoice.name,
                ),
                invoice.name,
            )

    def _oms_invoice_deposit(self):
        """Create and post Odoo's own down payment invoice, due at once; return it."""
        self.ensure_one()
        machine = self.with_company(self.company_id).with_context(tracking_disable=True)
        wizard = machine.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [fields.Command.set(machine.ids)],
                "advance_payment_method": "percentage",
                "amount": self.oms_deposit_percent,
            }
        )
        invoice = wizard._create_invoices(machine)
        invoice.write(
            {
                "invoice_payment_term_id": False,
                "oms_due_base": False,
                "invoice_date": self._oms_local_date(fields.Datetime.now()),
            }
        )
        invoice._post(soft=False)
        return invoice

    def _oms_release_deposit(self):
        """The goods may go where the deposit is paid."""
        holds = self._oms_active_holds().filtered(lambda hold: hold.code == "deposit_pending")
        paid = holds.filtered(
            lambda hold: all(
                move.payment_state in ("paid", "in_payment", "reversed")
                for move in hold.order_id.order_line.filtered(
                    "is_downpayment"
                ).invoice_lines.move_id.filtered(lambda move: move.state == "posted")
                if move._is_downpayment()
            )
        )
        paid._auto_release(self.env._("The deposit was paid."))


class AccountMove(models.Model):
    _inherit = "account.move"

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        if self.env["oms.channel"]._is_active():
            # sudo: whoever books a payment lets the goods go.
            orders = self.sudo().oms_order_id.filtered("oms_deposit_percent")
            if orders:
                orders._oms_release_deposit()
        return result
