from odoo import api, fields, models

from ..exceptions import OmsRefusal

KINDS = [
    ("customer", "The customer does not pay"),
    ("chargeback", "The bank or gateway took it back"),
    ("marketplace", "The marketplace decides"),
]
STATES = [
    ("open", "To answer"),
    ("answered", "Answered"),
    ("won", "Won"),
    ("lost", "Lost"),
    ("dropped", "Dropped"),
]
OPEN = ("open", "answered")
# Only steps write these.
PROTECTED = frozenset({"state", "taken_move_id", "outcome_move_id", "closed_at", "name"})


class OmsDispute(models.Model):
    """Money of an order that somebody contests: until when we must answer, with what, and how it
    ended. While it is open nobody is reminded of the money and nothing is paid back by itself."""

    _name = "oms.dispute"
    _description = "Dispute or Chargeback"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "deadline, id"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    order_id = fields.Many2one(
        "sale.order",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('oms_channel_id', '!=', False)]",
        tracking=True,
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    channel_id = fields.Many2one(related="order_id.oms_channel_id", store=True)
    partner_id = fields.Many2one(related="order_id.partner_invoice_id", string="Customer")
    currency_id = fields.Many2one(related="order_id.currency_id")
    invoice_id = fields.Many2one(
        "account.move",
        domain="[('oms_order_id', '=', order_id), ('move_type', '=', 'out_invoice'),"
        " ('state', '=', 'posted')]",
        index="btree_not_null",
    )
    kind = fields.Selection(KINDS, required=True, default="customer", tracking=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", copy=False, tracking=True, index=True
    )
    amount = fields.Monetary(string="Contested", required=True, tracking=True)
    lost_amount = fields.Monetary(
        copy=False,
        tracking=True,
        help="What we do not get in the end. Empty when it is closed as lost: everything.",
    )
    reason = fields.Char(required=True, help="What the other side says.")
    reference = fields.Char(string="Case Number", copy=False)
    opened_on = fields.Date(required=True, default=fields.Date.context_today)
    deadline = fields.Date(tracking=True, help="Without an answer by then it is lost.")
    owner_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, index="btree_not_null", tracking=True
    )
    evidence_ids = fields.Many2many("ir.attachment", help="Proof of delivery, photos, messages.")
    answer = fields.Text(help="What we answered.")
    outcome = fields.Char(help="What was decided, and by whom.", copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)
    journal_id = fields.Many2one(
        "account.journal",
        string="Taken From",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Where the contested money was taken out: the gateway's or marketplace's balance, or "
        "the bank.",
    )
    taken_move_id = fields.Many2one(
        "account.move", string="Taken Back", readonly=True, copy=False, index="btree_not_null"
    )
    outcome_move_id = fields.Many2one(
        "account.move", string="Outcome Entry", readonly=True, copy=False, index="btree_not_null"
    )

    _amounts = models.Constraint(
        "CHECK(amount > 0 AND COALESCE(lost_amount, 0) BETWEEN 0 AND amount)",
        lambda env, diag: env._(
            "A dispute is about more than nothing, and not more is lost than was contested."
        ),
    )
    _open_uniq = models.UniqueIndex(
        "(order_id, kind) WHERE state IN ('open', 'answered')",
        lambda env, diag: env._("This order has an open dispute of this kind already."),
    )

    @api.depends("order_id", "kind")
    def _compute_journal_id(self):
        for dispute in self:
            # sudo: finance need not read the settings of the channel.
            channel = dispute.order_id.sudo().oms_channel_id
            held = dispute.order_id.oms_payment_policy in ("prepaid", "escrow")
            journal = held and channel.clearing_journal_id or channel.settlement_journal_id
            dispute.journal_id = journal

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not self.env.su and PROTECTED & {key for key, value in vals.items() if value}:
                vals.update(dict.fromkeys(PROTECTED & set(vals), False), state="open", name="/")
            if vals.get("name", "/") in ("/", False):
                vals["name"] = self.env["ir.sequence"].next_by_code("oms.dispute") or "/"
        disputes = super().create(vals_list)
        disputes._schedule()
        disputes.order_id._oms_touch()
        return disputes

    def write(self, vals):
        if PROTECTED & set(vals) and not self.env.su:
            raise OmsRefusal(
                "dispute_not_writable",
                self.env._("The state of a dispute is not a field to fill in."),
                next_step=self.env._("Use the buttons: answered, won, lost or dropped."),
            )
        if {"amount", "order_id", "journal_id"} & set(vals) and any(self.mapped("taken_move_id")):
            raise OmsRefusal(
                "already_booked",
                self.env._("The contested money is in the books; its amount stays."),
                next_step=self.env._("Close the dispute with the amount that was lost."),
            )
        result = super().write(vals)
        if {"deadline", "owner_id"} & set(vals):
            self._schedule()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_booked(self):
        for dispute in self:
            if dispute.taken_move_id or dispute.outcome_move_id:
                raise OmsRefusal(
                    "already_booked",
                    self.env._("%(dispute)s has entries in the books.", dispute=dispute.name),
                    next_step=self.env._("Close it instead of deleting it."),
                )

    def _schedule(self):
        """The owner is told of the deadline."""
        self.activity_unlink(["mail.mail_activity_data_todo"])
        for dispute in self.filtered(lambda dispute: dispute.state == "open" and dispute.deadline):
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=dispute.deadline,
                user_id=(dispute.owner_id or self.env.user).id,
                summary=self.env._("Answer the dispute"),
            )

    # STEPS

    def action_answer(self):
        """Button: the other side has our answer.

        :raise OmsRefusal: ``access``, ``bad_step``, ``no_evidence``
        """
        for dispute in self:
            if not (dispute.evidence_ids or (dispute.answer or "").strip()):
                raise OmsRefusal(
                    "no_evidence",
                    self.env._(
                        "%(dispute)s has neither evidence nor an answer.", dispute=dispute.name
                    ),
                    field="evidence_ids",
                    next_step=self.env._("Attach the proof, or write down what was answered."),
                )
        self._set_state("answered", OPEN)
        return True

    def action_drop(self):
        """Button: it was no dispute after all."""
        for dispute in self.filtered("taken_move_id"):
            raise OmsRefusal(
                "already_booked",
                self.env._("The money of %(dispute)s was taken back.", dispute=dispute.name),
                next_step=self.env._("Close it as won when it returns, else as lost."),
            )
        self._set_state("dropped", OPEN, closed_at=fields.Datetime.now())
        return True

    def _set_state(self, state, allowed, **vals):
        disputes = self._begin(allowed)
        disputes.write({"state": state, **vals})
        disputes.activity_unlink(["mail.mail_activity_data_todo"])
        disputes.order_id._oms_touch()

    def _begin(self, allowed):
        """Return these disputes, locked; refuse who may not decide, and what is over.

        :raise OmsRefusal: ``access``, ``bad_step``
        """
        self._check_finance()
        self.check_access("write")
        # sudo: the role was checked; write() refuses everybody else.
        disputes = self.sudo()
        disputes.lock_for_update()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for dispute in disputes:
            if dispute.state not in allowed:
                raise OmsRefusal(
                    "bad_step",
                    self.env._(
                        "%(dispute)s is closed: %(state)s.",
                        dispute=dispute.name,
                        state=labels[dispute.state],
                    ),
                    next_step=self.env._("Open a new dispute if it goes on."),
                )
        return disputes

    def _check_finance(self):
        if self.env.su or self.env.user.has_group("oms_fulfillment.group_oms_finance"):
            return
        raise OmsRefusal(
            "access",
            self.env._("%(user)s may not decide about disputes.", user=self.env.user.name),
            next_step=self.env._("Ask somebody with the role OMS: Finance."),
        )
