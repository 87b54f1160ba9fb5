from odoo import api, fields, models

from ..exceptions import OmsRefusal

TRANSITIONS = ("confirm", "reserve", "ship", "invoice")


class OmsHold(models.Model):
    """A reason why an order must not go on: who said so, what it blocks and what clears it."""

    _name = "oms.hold"
    _description = "Order Hold"
    _order = "state, since desc, id desc"
    _rec_name = "reason"

    code_id = fields.Many2one("oms.hold.code", string="Hold", required=True, ondelete="restrict")
    code = fields.Char(related="code_id.code")
    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    line_id = fields.Many2one("sale.order.line", ondelete="cascade", index="btree_not_null")
    fulfillment_id = fields.Many2one(
        "oms.fulfillment", string="Fulfilment", ondelete="cascade", index="btree_not_null"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    channel_id = fields.Many2one(related="order_id.oms_channel_id", store=True)
    reason = fields.Char(required=True, help="The sentence that staff read.")
    evidence = fields.Char(help="The figures that prove the reason.")
    state = fields.Selection(
        [("active", "Active"), ("released", "Released"), ("rejected", "Rejected")],
        default="active",
        required=True,
        readonly=True,
    )
    raised_by = fields.Selection(
        [("rule", "Rule"), ("user", "Person")], default="user", required=True
    )
    owner_group_id = fields.Many2one(related="code_id.group_id", string="Owner")
    since = fields.Datetime(required=True, default=fields.Datetime.now, readonly=True)
    due = fields.Datetime()
    released_at = fields.Datetime(readonly=True)
    released_by_id = fields.Many2one("res.users", readonly=True)
    release_reason = fields.Char(readonly=True)
    next_step = fields.Char(related="code_id.next_step")
    can_release = fields.Boolean(compute="_compute_can_release")

    _active_idx = models.Index("(order_id) WHERE state = 'active'")

    @api.depends("code_id", "state")
    @api.depends_context("uid")
    def _compute_can_release(self):
        for hold in self:
            hold.can_release = hold.state == "active" and hold._may_release()

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds.order_id._oms_touch()
        return holds

    def write(self, vals):
        protected = {"state", "released_at", "released_by_id", "release_reason", "since"}
        if protected & set(vals) and not self.env.su:
            raise OmsRefusal(
                "hold_not_writable",
                self.env._("The state of a hold is not a field to fill in."),
                next_step=self.env._("Release or reject the hold with a reason."),
            )
        result = super().write(vals)
        self.order_id._oms_touch()
        return result

    # ACTIONS

    def action_release(self):
        """Open the window that asks for the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Hold"),
            "res_model": "oms.hold.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_ids": self.ids},
        }

    def release(self, reason):
        """Release the holds and let their orders go on.

        :param str reason: why; kept on the hold
        :return: ``True``
        :raise OmsRefusal: ``reason_missing``, ``hold_not_active``, ``release_not_allowed``
        """
        self._close("released", reason)
        self.order_id._oms_refresh_touched()
        self.order_id._oms_advance()
        return True

    def reject(self, reason):
        """Reject the orders of these holds: the holds end and unconfirmed orders are cancelled.

        :raise OmsRefusal: as :meth:`release`
        """
        self._close("rejected", reason)
        orders = self.order_id.filtered(lambda order: order.state in ("draft", "sent"))
        orders.write({"oms_cancel_reason": reason})
        orders._action_cancel()
        return True

    # BUSINESS

    def _close(self, state, reason):
        self._ensure_can_release(reason)
        # sudo: the role was checked above; write() refuses everybody else.
        self.sudo().write(
            {
                "state": state,
                "released_at": fields.Datetime.now(),
                "released_by_id": self.env.uid,
                "release_reason": reason.strip(),
            }
        )

    def _ensure_can_release(self, reason):
        if not isinstance(reason, str) or not reason.strip():
            raise OmsRefusal(
                "reason_missing",
                self.env._("A hold is released or rejected with a reason."),
                field="reason",
                next_step=self.env._("Say in a few words why the order may go on."),
            )
        for hold in self:
            if hold.state != "active":
                raise OmsRefusal(
                    "hold_not_active",
                    self.env._(
                        "The hold %(hold)s of %(order)s was already closed by %(user)s.",
                        hold=hold.code_id.name,
                        order=hold.order_id.name,
                        user=hold.released_by_id.name or self.env._("a rule"),
                    ),
                    next_step=self.env._("Nothing is left to do for it."),
                )
            if not hold._may_release():
                raise OmsRefusal(
                    "release_not_allowed",
                    self.env._(
                        "%(user)s may not release the hold %(hold)s of %(order)s.",
                        user=self.env.user.name,
                        hold=hold.code_id.name,
                        order=hold.order_id.name,
                    ),
                    next_step=self.env._(
                        "Ask a member of %(group)s.",
                        group=hold.code_id.group_id.sudo().full_name
                        or self.env._("OMS: Order agent"),
                    ),
                )

    def _may_release(self):
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_group("oms_fulfillment.group_oms_manager"):
            return True
        group = self.code_id.sudo().group_id
        if group:
            return group in user.all_group_ids
        return user.has_group("oms_fulfillment.group_oms_agent")

    def _auto_release(self, reason):
        """End holds whose cause is gone. Called by the verification and by workflow steps."""
        if self:
            self.sudo().write(
                {
                    "state": "released",
                    "released_at": fields.Datetime.now(),
                    "release_reason": reason,
                }
            )

    def _as_dict(self):
        """The hold as the snapshot shows it; times in UTC."""
        return {
            "code": self.code_id.code,
            "reason": self.reason,
            "since": fields.Datetime.to_string(self.since),
        }

    def _refusal_sentence(self, verb):
        """Why the orders of these holds can't be moved on, and what to do about it."""
        parts = [
            self.env._(
                "%(order)s can't be %(verb)s: %(reason)s (hold %(hold)s). %(next_step)s",
                order=hold.order_id.name,
                verb=verb,
                reason=hold.reason,
                hold=hold.code_id.name,
                next_step=hold.code_id.next_step
                or self.env._("Release the hold with a reason, or reject it."),
            )
            for hold in self
        ]
        return "\n".join(parts)
