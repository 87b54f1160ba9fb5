from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsStoreCredit(models.Model):
    """One movement of a customer's store credit, and the entry that booked it.

    What a customer has left is read from the ledger; these say how it came to that.
    """

    _name = "oms.store.credit"
    _description = "Store Credit"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(related="move_id.name", string="Entry")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    return_id = fields.Many2one(
        "oms.return", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    kind = fields.Selection(
        [
            ("issued", "Given for a return"),
            ("restored", "Given back"),
            ("used", "Used for an order"),
        ],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(required=True, readonly=True)
    change = fields.Monetary(
        string="Credit Change",
        compute="_compute_change",
        help="What it adds to the customer's credit; 0 once undone.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Journal Entry",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    undone = fields.Boolean(compute="_compute_undone", compute_sudo=True)
    key = fields.Char(
        readonly=True, help="Whoever asks a second time with the same key gets the same answer."
    )

    _key_uniq = models.UniqueIndex(
        "(company_id, key) WHERE key IS NOT NULL",
        lambda env, diag: env._("Store credit was used with that key before."),
    )
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", lambda env, diag: env._("Store credit moves by more than nothing.")
    )

    @api.depends("move_id.reversal_move_ids.state")
    def _compute_undone(self):
        for credit in self:
            credit.undone = any(move.state == "posted" for move in credit.move_id.reversal_move_ids)

    @api.depends("amount", "kind", "undone")
    def _compute_change(self):
        for credit in self:
            sign = -1 if credit.kind == "used" else 1
            credit.change = 0.0 if credit.undone else sign * credit.amount

    # ACTIONS

    def action_undo(self):
        """Button of finance: reverse the entry. Credit that was used can't be taken away, and what
        was given back can't be freed a second time.

        :raise OmsRefusal: ``access``, ``credit_used``, ``credit_given_back``
        """
        if not self.env.user.has_group("oms_fulfillment.group_oms_finance"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not undo store credit.", user=self.env.user.name),
                next_step=self.env._("Ask somebody with the role OMS: Finance."),
            )
        self.check_access("read")
        # sudo: the role was checked; entries are made by the addon.
        for credit in self.sudo():
            if not credit.undone:
                order = credit.order_id
                order._oms_lock()
                credit.move_id._reverse_moves(
                    [{"date": order._oms_local_date(fields.Datetime.now())}], cancel=True
                )
                order._oms_reconcile()
                order._oms_touch()
        return True

    @api.readonly
    def action_view_entry(self):
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Journal Entry"))

    # BUSINESS

    @api.model
    def _lock(self, partner):
        """One at a time: whoever comes second starts again and sees what is left."""
        self.env.cr.execute(
            "UPDATE res_partner SET id = id WHERE id = %s",
            [partner.commercial_partner_id.id],
            log_exceptions=False,
        )

    def _refuse_undo(self):
        """Refuse to reverse an entry where that would give or take credit twice.

        :raise OmsRefusal: ``credit_used``, ``credit_given_back``
        """
        for credit in self.filtered(lambda credit: not credit.undone):
            self._lock(credit.partner_id)
            currency = credit.currency_id
            if credit.kind == "used":
                left = credit.order_id._oms_credit_used()
            else:
                key = (credit.partner_id.id, credit.company_id.id, currency.id)
                left = credit.company_id._oms_store_credit(credit.partner_id).get(key, 0.0)
            if currency.compare_amounts(left, credit.amount) >= 0:
                continue
            if credit.kind == "used":
                raise OmsRefusal(
                    "credit_given_back",
                    self.env._(
                        "Store credit that was used for %(order)s was given back already.",
                        order=credit.order_id.name,
                    ),
                    next_step=self.env._("Nothing is left to undo."),
                )
            raise OmsRefusal(
                "credit_used",
                self.env._(
                    "%(partner)s has %(left)s of the %(amount)s left.",
                    partner=credit.partner_id.display_name,
                    left=currency.format(left),
                    amount=currency.format(credit.amount),
                ),
                next_step=self.env._("Undo first what it was used for."),
            )


class AccountMove(models.Model):
    _inherit = "account.move"

    oms_store_credit = fields.Monetary(
        string="Store Credit",
        compute="_compute_oms_store_credit",
        compute_sudo=True,
        help="What the customer of an unpaid invoice has left.",
    )

    @api.depends("oms_order_id", "amount_residual", "state")
    def _compute_oms_store_credit(self):
        unpaid = self.filtered(
            lambda move: move.oms_order_id
            and move.move_type == "out_invoice"
            and move.state == "posted"
            and move.amount_residual
        )
        for move in self:
            move.oms_store_credit = move.oms_order_id.oms_store_credit if move in unpaid else 0.0

    def action_oms_use_store_credit(self):
        """Button: pay the order of this invoice by store credit."""
        self.ensure_one()
        return self.oms_order_id.action_oms_use_store_credit()

    def _oms_store_credits(self):
        if not self.env["oms.channel"]._is_active():
            return self.env["oms.store.credit"]
        # sudo: whoever changes an entry meets the guard of the credit that it booked.
        return self.env["oms.store.credit"].sudo().search([("move_id", "in", self.ids)])

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override: credit is not given or taken twice, and a reversed item stays on its order."""
        credits = self._oms_store_credits()
        credits._refuse_undo()
        reversals = super()._reverse_moves(default_values_list, cancel=cancel)
        if credits:
            for move, reversal in zip(self, reversals, strict=True):
                for item, back in zip(move.line_ids, reversal.line_ids, strict=True):
                    back.oms_order_id = item.oms_order_id
            credits.invalidate_recordset(["undone", "change"])
        return reversals

    def button_draft(self):
        """Override: entries of store credit are undone, not edited.

        :raise OmsRefusal: ``credit_entry``
        """
        credits = self._oms_store_credits()
        if credits:
            raise OmsRefusal(
                "credit_entry",
                self.env._(
                    "%(entry)s is store credit of %(partner)s.",
                    entry=credits[0].move_id.name,
                    partner=credits[0].partner_id.display_name,
                ),
                next_step=self.env._("Press Undo under Finance > Store Credit."),
            )
        return super().button_draft()
