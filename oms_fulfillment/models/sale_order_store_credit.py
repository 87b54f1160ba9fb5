from odoo import api, fields, models

from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """Store credit: given instead of money, and used for what an order costs."""

    _inherit = "sale.order"

    oms_store_credit_ids = fields.One2many(
        "oms.store.credit",
        "order_id",
        string="Store Credit Movements",
        groups="oms_fulfillment.group_oms_user",
    )
    oms_store_credit = fields.Monetary(
        string="Store Credit",
        compute="_compute_oms_store_credit",
        compute_sudo=True,
        help="What the customer has left, in the currency of the order.",
    )
    oms_store_credit_used = fields.Monetary(
        string="Paid by Store Credit",
        compute="_compute_oms_store_credit",
        compute_sudo=True,
    )

    @api.depends("partner_invoice_id", "currency_id", "oms_store_credit_ids.undone")
    def _compute_oms_store_credit(self):
        managed = self._oms_managed()
        left = managed.company_id._oms_store_credit(managed.partner_invoice_id)
        for order in self:
            known = order in managed
            order.oms_store_credit = left.get(order._oms_credit_key_of_customer(), 0.0)
            order.oms_store_credit_used = order._oms_credit_used() if known else 0.0

    def _oms_credit_key_of_customer(self):
        customer = self.partner_invoice_id.commercial_partner_id
        return customer.id, self.company_id.id, self.currency_id.id

    def _oms_credit_used(self):
        """Return what was paid by store credit and has not become store credit again."""
        self.ensure_one()
        used = -sum(self.sudo().oms_store_credit_ids.mapped("change"))
        return max(self.currency_id.round(used), 0.0)

    # GIVE

    def _oms_give_back(self, amount):
        """Override: what customers take as store credit is no money any more."""
        for case in self.oms_return_ids:
            credit = min(case._store_credit_due(), amount)
            if self.currency_id.compare_amounts(credit, 0.0) > 0:
                self._oms_book_store_credit("issued", credit, return_id=case.id)
                amount = self.currency_id.round(amount - credit)
        if self.currency_id.compare_amounts(amount, 0.0) > 0:
            return super()._oms_give_back(amount)
        return self.env["account.payment"]

    def _oms_pay_back(self, amount):
        """Override: it goes back the way it was paid, store credit first."""
        credit = min(amount, self._oms_credit_used())
        if self.currency_id.compare_amounts(credit, 0.0) > 0:
            self._oms_book_store_credit("restored", credit)
            amount = self.currency_id.round(amount - credit)
        if self.currency_id.compare_amounts(amount, 0.0) > 0:
            return super()._oms_pay_back(amount)
        return self.env["account.payment"]

    def _oms_book_store_credit(self, kind, amount, **vals):
        """Book a movement: Dr receivable, Cr store credit, or the reverse where it is used."""
        self.ensure_one()
        account = self.company_id._oms_need_store_credit_account()
        self._oms_lock()
        debit, credit = self._oms_receivable(), account
        if kind == "used":
            debit, credit = credit, debit
        number = self.oms_external_id or self.name
        label = (
            self.env._("Store credit used for %(order)s", order=number)
            if kind == "used"
            else self.env._("Store credit from %(order)s", order=number)
        )
        move = self._oms_book_entry([(debit, amount, self), (credit, -amount, self)], label)
        movement = self.env["oms.store.credit"].create(
            {
                "company_id": self.company_id.id,
                "partner_id": self.partner_invoice_id.commercial_partner_id.id,
                "currency_id": self.currency_id.id,
                "order_id": self.id,
                "kind": kind,
                "amount": amount,
                "move_id": move.id,
                **vals,
            }
        )
        movement._reconcile(account)
        self._oms_touch()
        return movement

    # USE

    @api.model
    def oms_use_store_credit(self, items):
        """Pay orders by the store credit of their customer.

        :param list items: ``{order, amount, key}``; ``order`` is a name or ``{channel,
            external_id}``; ``amount`` in the currency of the order (default: as much as there is
            and is owed); with a ``key`` the same call may be repeated
        :return: per item ``{status, id, name, amount, left, to_pay, errors}``; ``status`` is
            ``used``, or ``duplicate`` when the key was used for this order before; ``left`` is
            the customer's credit, ``to_pay`` what the order still costs
        """
        self._oms_check_credit_access()
        return self.env["oms.rpc"]._run_items(items, self._oms_use_item)

    def _oms_check_credit_access(self):
        self.env["oms.return"]._ensure_role(
            "group_oms_integration", "group_oms_agent", "group_oms_finance"
        )

    def _oms_use_item(self, item):
        order = self.env["oms.rpc"]._find_order(item.get("order"))
        amount = item.get("amount")
        if isinstance(amount, bool):
            raise ValueError(f"amount: {amount}")
        key = str(item["key"])[:100] if item.get("key") else False
        movement = order._oms_store_credit_with(key)
        status = "duplicate" if movement else "used"
        movement = movement or order._oms_use_store_credit(
            None if amount is None else float(amount), key
        )
        return {
            "status": status,
            "id": order.id,
            "name": order.name,
            "amount": movement.amount,
            "left": order._oms_store_credit_left(),
            "to_pay": order._oms_money()[order.id].to_pay,
        }

    def _oms_store_credit_with(self, key):
        """Return the movement that was made with a key.

        :raise OmsRefusal: ``key_used``
        """
        Credit = self.env["oms.store.credit"].sudo()
        if not key:
            return Credit
        known = Credit.search([("company_id", "=", self.company_id.id), ("key", "=", key)])
        if known and known.order_id != self:
            raise OmsRefusal(
                "key_used",
                self.env._(
                    "The key %(key)s was used for %(order)s.", key=key, order=known.order_id.name
                ),
                field="key",
                next_step=self.env._("Send a key of its own for each payment."),
            )
        return known

    def _oms_store_credit_left(self):
        self.ensure_one()
        left = self.company_id._oms_store_credit(self.partner_invoice_id)
        return left.get(self._oms_credit_key_of_customer(), 0.0)

    def _oms_use_store_credit(self, amount=None, key=False):
        """Pay what the order costs by store credit; return the movement.

        :param amount: default: all there is, up to what is owed
        :raise OmsRefusal: ``wrong_state``, ``marketplace_pays``, ``cash_on_its_way``,
            ``nothing_owed``, ``over_owed``, ``over_credit``, ``missing_account``
        """
        self.ensure_one()
        # sudo: the caller's role was checked; amounts are bounded by the ledger.
        order = self.sudo()
        order.company_id._oms_need_store_credit_account()
        order._oms_refuse_store_credit()
        order._oms_lock()
        self.env["oms.store.credit"]._lock(order.partner_invoice_id)
        owed = order._oms_money()[order.id].to_pay
        left = order._oms_store_credit_left()
        if amount is None:
            amount = min(owed, left)
        amount = order.currency_id.round(amount)
        order._oms_check_credit_amount(amount, owed, left)
        movement = order._oms_book_store_credit("used", amount, key=key)
        order._oms_after_store_credit(amount)
        return movement

    def _oms_refuse_store_credit(self):
        if self.state == "cancel" or not self.oms_channel_id:
            raise OmsRefusal(
                "wrong_state",
                self.env._("%(order)s can't be paid any more.", order=self.name),
                next_step=self.env._("Choose an order of a channel that is not cancelled."),
            )
        if self.oms_payment_policy == "escrow":
            raise OmsRefusal(
                "marketplace_pays",
                self.env._("%(order)s is paid at the marketplace.", order=self.name),
                next_step=self.env._("Use the credit for an order of your own shop."),
            )
        gone = any(self.oms_fulfillment_ids.mapped("handed_over_at"))
        if self.oms_payment_policy == "cod" and gone:
            raise OmsRefusal(
                "cash_on_its_way",
                self.env._("The courier collects the money for %(order)s.", order=self.name),
                next_step=self.env._("Use store credit before the goods leave."),
            )

    def _oms_check_credit_amount(self, amount, owed, left):
        show = self.currency_id.format
        if self.currency_id.is_zero(owed):
            raise OmsRefusal(
                "nothing_owed",
                self.env._("Nothing of %(order)s is to be paid.", order=self.name),
                next_step=self.env._("Use the credit for another order."),
            )
        if self.currency_id.compare_amounts(amount, owed) > 0:
            raise OmsRefusal(
                "over_owed",
                self.env._(
                    "%(order)s costs %(owed)s more, not %(amount)s.",
                    order=self.name,
                    owed=show(owed),
                    amount=show(amount),
                ),
                field="amount",
                next_step=self.env._("Use no more than is owed."),
            )
        if self.currency_id.compare_amounts(amount, left) > 0 or amount <= 0:
            raise OmsRefusal(
                "over_credit",
                self.env._(
                    "%(partner)s has %(left)s of store credit.",
                    partner=self.partner_invoice_id.commercial_partner_id.display_name,
                    left=show(left),
                ),
                field="amount",
                next_step=self.env._("Use more than nothing, and no more than is left."),
            )

    def _oms_after_store_credit(self, amount):
        """What was paid is not collected or waited for any more."""
        if self.oms_payment_policy == "cod" and self.oms_cod_amount:
            self.oms_cod_amount = max(self.currency_id.round(self.oms_cod_amount - amount), 0.0)
        paid = self.currency_id.is_zero(self._oms_money()[self.id].to_pay)
        if paid and self.oms_payment_policy == "prepaid" and not self.oms_paid_at:
            self.oms_paid_at = fields.Datetime.now()
        self._oms_refresh_touched()
        self._oms_advance()

    def _oms_prepaid_amount(self):
        """Override: what was paid by store credit did not come as money."""
        return self.currency_id.round(super()._oms_prepaid_amount() - self._oms_credit_used())

    def action_oms_use_store_credit(self):
        """Button: open the window that asks how much."""
        self.ensure_one()
        self._oms_check_credit_access()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Use Store Credit"),
            "res_model": "oms.store.credit.use",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }


class OmsStoreCredit(models.Model):
    _inherit = "oms.store.credit"

    def _reconcile(self, account):
        """Set credit that was used against the oldest that was given."""
        self.ensure_one()
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", account.id),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ],
            order="date, id",
        )
        balances = items.mapped("amount_residual_currency")
        if any(value > 0 for value in balances) and any(value < 0 for value in balances):
            items.reconcile()
