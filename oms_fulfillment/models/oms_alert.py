from odoo import fields, models

from ..exceptions import OmsRefusal


class OmsAlert(models.Model):
    """Orders that need somebody for one and the same reason: one row in the owner's queue."""

    _name = "oms.alert"
    _description = "Alert"
    _inherit = ["mail.thread", "oms.queued"]
    _mail_post_access = "read"
    _order = "score desc, due, id"
    _rec_name = "reason"

    rule_id = fields.Many2one("oms.monitor.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    key = fields.Char(required=True, readonly=True, help="The cause that its orders share.")
    state = fields.Selection(
        [("open", "Open"), ("taken", "Somebody Is on It"), ("resolved", "Resolved")],
        default="open",
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one("res.users", string="Taken By", readonly=True)
    # What the rule said when the alert was raised; the queue does not move under people's feet.
    owner_group_id = fields.Many2one(required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True)
    next_step = fields.Char(readonly=True)
    line_ids = fields.One2many("oms.alert.line", "alert_id", string="Orders")
    count = fields.Integer(string="Orders Now", readonly=True)
    peak = fields.Integer(string="Orders at Most", readonly=True)
    score = fields.Integer(readonly=True, help="0-100: how sure the promise is to be missed.")
    band = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")], string="Danger", readonly=True
    )
    due = fields.Datetime(string="Due Since", readonly=True)
    first_seen = fields.Datetime(readonly=True)
    last_seen = fields.Datetime(readonly=True)
    resolved_at = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(rule_id, company_id, key) WHERE state != 'resolved'",
        lambda env, diag: env._("There is one open alert per rule and cause."),
    )
    _queue_idx = models.Index("(owner_group_id, due) WHERE state != 'resolved'")

    # ACTIONS

    def action_take(self):
        """Button: I look after it."""
        self._check_owner()
        # sudo: the state changes by this act only.
        self.sudo().filtered(lambda alert: alert.state == "open").write(
            {"state": "taken", "user_id": self.env.uid}
        )
        return True

    def action_give_back(self):
        """Button: somebody else may look after it."""
        self._check_owner()
        # sudo: the state changes by this act only.
        self.sudo().filtered(lambda alert: alert.state == "taken").write(
            {"state": "open", "user_id": False}
        )
        return True

    def _check_owner(self):
        """Refuse people whose queue it is not in; managers look after all of them.

        :raise OmsRefusal: ``access``
        """
        self.check_access("read")
        user = self.env.user
        if self.env.su or user.has_group("oms_fulfillment.group_oms_manager"):
            return
        for alert in self.filtered(lambda alert: not alert.in_my_queue):
            raise OmsRefusal(
                "access",
                self.env._(
                    "%(alert)s is in the queue of %(group)s.",
                    alert=alert.reason,
                    group=alert.owner_group_id.sudo().name,
                ),
                next_step=self.env._("Let somebody of that role take it."),
            )

    def action_view_orders(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.reason,
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", self.line_ids.order_id.ids)],
            "context": {"create": False},
        }

    # TRANSITIONS

    def _set_resolved(self):
        """Nothing of it is left: the cause is gone."""
        self.line_ids.unlink()
        self.write({"state": "resolved", "resolved_at": fields.Datetime.now(), "count": 0})
        return self


class OmsAlertLine(models.Model):
    """One order of an alert: since when it is due, and how bad it is."""

    _name = "oms.alert.line"
    _description = "Order of an Alert"
    _order = "score desc, due, id"

    alert_id = fields.Many2one("oms.alert", required=True, index=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="alert_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_shipping_id", string="Customer")
    blocker = fields.Char(related="order_id.oms_explanation", string="Waits For")
    due = fields.Datetime()
    score = fields.Integer()

    _order_uniq = models.Constraint(
        "UNIQUE(alert_id, order_id)",
        lambda env, diag: env._("An order is in an alert only once."),
    )
