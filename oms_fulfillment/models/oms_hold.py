from datetime import timedelta

from odoo import api, fields, models

from ..exceptions import OmsRefusal
from .oms_hold_code import BLOCKS

TRANSITIONS = ("confirm", "reserve", "ship", "invoice")
PROTECTED = frozenset(
    {
        "state",
        "released_at",
        "released_by_id",
        "release_reason",
        "since",
        "until",
        "order_id",
        "code_id",
        "rule_id",
        "raised_by",
        "attempts",
        *BLOCKS,
    }
)


class OmsHold(models.Model):
    """A reason why an order must not go on: who said so, what it blocks and what clears it."""

    _name = "oms.hold"
    _inherit = ["oms.queued"]
    _description = "Order Hold"
    _order = "state, due, since desc, id desc"
    _rec_name = "reason"

    code_id = fields.Many2one("oms.hold.code", string="Hold", required=True, ondelete="restrict")
    code = fields.Char(related="code_id.code")
    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    line_id = fields.Many2one("sale.order.line", ondelete="cascade", index="btree_not_null")
    fulfillment_id = fields.Many2one(
        "oms.fulfillment", string="Fulfilment", ondelete="cascade", index="btree_not_null"
    )
    rule_id = fields.Many2one("oms.verification.rule", readonly=True, index="btree_not_null")
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    channel_id = fields.Many2one(related="order_id.oms_channel_id", store=True)
    reason = fields.Char(required=True, help="The sentence that staff read.")
    evidence = fields.Char(help="The figures that prove the reason.")
    blocks_confirm = fields.Boolean(
        string="Blocks Confirmation",
        compute="_compute_blocks",
        store=True,
        readonly=False,
        precompute=True,
    )
    blocks_reserve = fields.Boolean(
        string="Blocks Reservation",
        compute="_compute_blocks",
        store=True,
        readonly=False,
        precompute=True,
    )
    blocks_ship = fields.Boolean(
        string="Blocks Shipping",
        compute="_compute_blocks",
        store=True,
        readonly=False,
        precompute=True,
    )
    blocks_invoice = fields.Boolean(
        string="Blocks Invoicing",
        compute="_compute_blocks",
        store=True,
        readonly=False,
        precompute=True,
    )
    state = fields.Selection(
        [("active", "Active"), ("released", "Released"), ("rejected", "Rejected")],
        default="active",
        required=True,
        readonly=True,
    )
    raised_by = fields.Selection(
        [("rule", "Rule"), ("user", "Person")], default="user", required=True
    )
    owner_group_id = fields.Many2one(
        compute="_compute_owner_group_id",
        store=True,
        readonly=False,
        precompute=True,
        help="In whose queue the hold waits.",
    )
    since = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    due = fields.Datetime(
        compute="_compute_due", store=True, readonly=False, precompute=True, help="Decide by then."
    )
    until = fields.Datetime(help="The hold ends by itself at this time.")
    released_at = fields.Datetime(readonly=True)
    released_by_id = fields.Many2one("res.users", readonly=True)
    release_reason = fields.Char(readonly=True)
    next_step = fields.Char(related="code_id.next_step")
    can_release = fields.Boolean(compute="_compute_can_release")

    _active_idx = models.Index("(order_id) WHERE state = 'active'")
    _queue_idx = models.Index("(owner_group_id, due) WHERE state = 'active'")
    _until_idx = models.Index("(until) WHERE state = 'active' AND until IS NOT NULL")
    _rule_idx = models.Index("(rule_id, since) WHERE rule_id IS NOT NULL")

    # COMPUTES

    @api.depends("code_id")
    def _compute_blocks(self):
        for hold in self:
            hold.update({name: hold.code_id[name] for name in BLOCKS})

    @api.depends("code_id")
    def _compute_owner_group_id(self):
        for hold in self:
            hold.owner_group_id = hold.code_id.sudo()._queue()

    @api.depends("code_id", "since")
    def _compute_due(self):
        for hold in self:
            hours = hold.code_id.due_hours
            if hours and hold.since:
                hold.due = hold.since + timedelta(hours=hours)
            elif not hold.due:
                hold.due = False

    @api.depends("code_id", "state")
    @api.depends_context("uid")
    def _compute_can_release(self):
        for hold in self:
            hold.can_release = hold.state == "active" and hold._may_release()

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                if vals.get("state", "active") != "active":
                    self._refuse_writing()
                vals["raised_by"] = "user"
        holds = super().create(vals_list)
        holds.order_id._oms_touch()
        return holds

    def write(self, vals):
        if PROTECTED & set(vals) and not self.env.su:
            self._refuse_writing()
        result = super().write(vals)
        self.order_id._oms_touch()
        return result

    def _refuse_writing(self):
        raise OmsRefusal(
            "hold_not_writable",
            self.env._("The state of a hold is not a field to fill in."),
            next_step=self.env._("Release or reject the hold with a reason."),
        )

    # SCOPE

    def _concerning(self, lines=None, works=None):
        """The holds that concern these lines and fulfilments; holds on the order always do."""
        return self.filtered(
            lambda hold: (lines is None or not hold.line_id or hold.line_id in lines)
            and (works is None or not hold.fulfillment_id or hold.fulfillment_id in works)
        )

    # HOW OTHERS SEE IT

    def _as_dict(self):
        """The hold as the snapshot shows it; times in UTC."""
        return {
            "id": self.id,
            "code": self.code_id.code,
            "reason": self.reason,
            "since": fields.Datetime.to_string(self.since),
            "due": fields.Datetime.to_string(self.due) or None,
            "blocks": [name for name in TRANSITIONS if self[f"blocks_{name}"]],
            "line": self.line_id.id or None,
            "fulfillment": self.fulfillment_id.name or None,
            "customer_text": self.code_id.customer_text or None,
        }

    def _refusal_reasons(self, verb):
        """Why the orders of these holds can't be moved on: a sentence per hold."""
        return "\n".join(
            self.env._(
                "%(order)s can't be %(verb)s: %(reason)s (hold %(hold)s).",
                order=hold.order_id.name,
                verb=verb,
                reason=hold.reason,
                hold=hold.code_id.name,
            )
            for hold in self
        )

    def _refusal_next_steps(self):
        """What to do about these holds; the same advice once."""
        usual = self.env._("Release the hold with a reason, or reject it.")
        return " ".join(dict.fromkeys(hold.code_id.next_step or usual for hold in self))
