from odoo import api, fields, models

from ..exceptions import OmsRefusal

# Where no rule says otherwise.
ATTEMPTS = 3
HOURS = 4


class OmsHoldCall(models.Model):
    """One try to reach a customer by telephone: who called, when, and what came of it."""

    _name = "oms.hold.call"
    _description = "Call About a Hold"
    _order = "id desc"

    hold_id = fields.Many2one("oms.hold", required=True, index=True, ondelete="cascade")
    order_id = fields.Many2one(related="hold_id.order_id")
    company_id = fields.Many2one(related="hold_id.company_id", store=True, index=True)
    at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one("res.users", readonly=True, default=lambda self: self.env.user)
    outcome = fields.Selection(
        [("confirmed", "Confirmed"), ("no_answer", "No answer"), ("refused", "Refused")],
        required=True,
        readonly=True,
    )
    note = fields.Char(readonly=True)


class OmsHold(models.Model):
    """Holds that a telephone call clears: the list of calls, tries, and what follows from each."""

    _inherit = "oms.hold"

    by_phone = fields.Boolean(
        string="To Call", compute="_compute_by_phone", store=True, precompute=True
    )
    attempts = fields.Integer(string="Unanswered Calls", readonly=True)
    attempts_left = fields.Integer(compute="_compute_attempts_left")
    next_call_at = fields.Datetime(
        string="Call Again At",
        compute="_compute_by_phone",
        store=True,
        precompute=True,
        readonly=False,
    )
    call_ids = fields.One2many("oms.hold.call", "hold_id", string="Calls", readonly=True)
    phone = fields.Char(compute="_compute_phone")
    recipient = fields.Char(related="order_id.oms_recipient")
    currency_id = fields.Many2one(related="order_id.currency_id")
    cash = fields.Monetary(string="To Collect", compute="_compute_phone")
    goods = fields.Char(compute="_compute_phone")

    _call_idx = models.Index("(next_call_at) WHERE state = 'active' AND by_phone")

    @api.depends("code_id")
    def _compute_by_phone(self):
        for hold in self:
            hold.by_phone = hold.code_id.by_phone
            hold.next_call_at = hold.by_phone and (hold.next_call_at or fields.Datetime.now())

    @api.depends("attempts", "rule_id.attempts")
    def _compute_attempts_left(self):
        for hold in self:
            allowed = hold.rule_id.sudo().attempts if hold.rule_id else ATTEMPTS
            hold.attempts_left = max(allowed - hold.attempts, 0)

    @api.depends("order_id")
    def _compute_phone(self):
        # sudo: whoever may see the hold may call about it.
        cash = self.order_id._oms_cash_to_collect()
        for hold in self.sudo():
            order = hold.order_id
            hold.phone = order.oms_phone or order._oms_address()["phone"]
            hold.cash = cash.get(order.id, 0.0)
            lines = order.order_line._oms_goods()
            hold.goods = ", ".join(
                f"{line.product_uom_qty:g} x {line.product_id.display_name}" for line in lines[:3]
            )

    # ACTIONS

    def action_call_confirmed(self):
        """The customer confirmed: the hold ends and the order goes on."""
        for hold in self:
            hold._ensure_by_phone()
            hold._log_call("confirmed")
            hold._close("released", self.env._("The customer confirmed on the telephone."))
            # sudo: the right to release the hold was checked; this is what it is about.
            hold.order_id.sudo().oms_cod_confirmed_at = fields.Datetime.now()
            hold._let_go_on()
        return True

    def action_call_no_answer(self):
        """Nobody answered: call again later; after the last try the order is cancelled."""
        for hold in self:
            hold._ensure_by_phone()
            hold._log_call("no_answer")
            rule = hold.rule_id.sudo()
            hours = rule.hours if rule else HOURS
            # sudo: counting tries is part of the call; the right to close was checked.
            hold.sudo().write(
                {
                    "attempts": hold.attempts + 1,
                    "next_call_at": fields.Datetime.add(
                        fields.Datetime.now(), hours=hours or HOURS
                    ),
                }
            )
            if (not rule or rule.attempts) and not hold.attempts_left:
                hold._reject(
                    self.env._("No answer after %(count)s calls.", count=hold.attempts),
                    "no_answer",
                )
        return True

    def action_call_refused(self):
        """The customer does not want the goods: the order is cancelled."""
        for hold in self:
            hold._ensure_by_phone()
            hold._log_call("refused")
            hold._reject(self.env._("The customer refused on the telephone."), "buyer_refused")
        return True

    # BUSINESS

    def _log_call(self, outcome):
        self._ensure_can_release(outcome)
        # sudo: the log of calls is only written here.
        self.env["oms.hold.call"].sudo().create(
            {"hold_id": self.id, "outcome": outcome, "user_id": self.env.uid}
        )

    def _ensure_by_phone(self):
        if not self.by_phone:
            raise OmsRefusal(
                "not_by_phone",
                self.env._(
                    "The hold %(hold)s of %(order)s is not cleared by a call.",
                    hold=self.code_id.name,
                    order=self.order_id.name,
                ),
                next_step=self.env._("Release or reject the hold with a reason."),
            )
