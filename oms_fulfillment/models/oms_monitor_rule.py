from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import monitor as engine

KINDS = [
    ("milestone", "Milestone not reached"),
    ("stage", "Too long in a stage"),
    ("hold", "Too long on hold"),
    ("promise", "Promise in danger"),
    ("answer", "3PL does not answer"),
]
MILESTONES = [
    ("confirmed", "Confirmed"),
    ("picked", "Picked"),
    ("packed", "Packed"),
    ("handed_over", "Handed over"),
    ("delivered", "Delivered"),
    ("accepted", "Accepted"),
]
DATES = [
    ("ordered", "Ordered"),
    ("paid", "Paid by the buyer"),
    ("ship_by", "Ship by"),
    ("promised", "Promised"),
    ("requested", "Requested"),
]
TRIED = 5000


class OmsMonitorRule(models.Model):
    """When an order needs somebody, and whose queue the alert goes to."""

    _name = "oms.monitor.rule"
    _description = "Monitor Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index="btree_not_null", help="Empty: all of them.")
    channel_ids = fields.Many2many("oms.channel", string="Channels", help="Empty: all of them.")
    kind = fields.Selection(KINDS, required=True, default="milestone")
    milestone = fields.Selection(MILESTONES, default="handed_over")
    hours = fields.Float(default=1.0, help="For a promise: hours of slack that must be left.")
    direction = fields.Selection([("before", "before"), ("after", "after")], default="after")
    reference = fields.Selection(DATES + MILESTONES, default="ship_by")
    stage_id = fields.Many2one("oms.stage", ondelete="restrict")
    hold_code_id = fields.Many2one(
        "oms.hold.code", string="Hold", ondelete="restrict", help="Empty: any hold."
    )
    owner_group_id = fields.Many2one(
        "res.groups",
        string="Owner",
        required=True,
        default=lambda self: self.env.ref("oms_fulfillment.group_oms_agent"),
        help="In whose queue the alerts wait.",
    )
    owner_choice_ids = fields.Many2many("res.groups", compute="_compute_owner_choice_ids")
    notify = fields.Selection(
        [("none", "Queue only"), ("mail", "Queue and message")],
        string="Tell",
        default="none",
        required=True,
        help="One message for all new alerts of a run, to the members of the owner's role.",
    )
    next_step = fields.Char(translate=True, help="Empty: what the order waits for.")
    alert_ids = fields.One2many("oms.alert", "rule_id", string="Alerts")
    alert_count = fields.Integer(string="Open Alerts", compute="_compute_alert_count")

    _hours_positive = models.Constraint(
        "CHECK(hours >= 0)", lambda env, diag: env._("Hours can't be negative.")
    )
    _complete = models.Constraint(
        "CHECK((kind != 'milestone' OR (milestone IS NOT NULL AND reference IS NOT NULL "
        "AND direction IS NOT NULL)) AND (kind != 'stage' OR stage_id IS NOT NULL))",
        lambda env, diag: env._("Say which milestone and date, or which stage, it is about."),
    )

    def _compute_owner_choice_ids(self):
        roles = ("agent", "warehouse", "courier", "finance", "manager")
        groups = self.env["res.groups"].concat(
            *(self.env.ref(f"oms_fulfillment.group_oms_{role}") for role in roles)
        )
        self.owner_choice_ids = groups

    def _compute_alert_count(self):
        counts = dict(
            self.env["oms.alert"]._read_group(
                [("rule_id", "in", self.ids), ("state", "!=", "resolved")],
                ["rule_id"],
                ["__count"],
            )
        )
        for rule in self:
            rule.alert_count = counts.get(rule, 0)

    # CRUD: whatever changes here, every open order is asked again

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self._ask_again()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if set(vals) - {"name", "sequence", "next_step"}:
            self._ask_again()
            if not vals.get("active", True):
                self._resolve_alerts()
        return result

    def unlink(self):
        self._resolve_alerts()
        return super().unlink()

    def _resolve_alerts(self):
        # sudo: whoever may switch a rule off ends its alerts.
        alerts = self.sudo().with_context(active_test=False).alert_ids
        alerts.filtered(lambda alert: alert.state != "resolved")._set_resolved()

    @api.model
    def _ask_again(self):
        self.env.registry.clear_cache()
        open_stages = self.env["oms.stage"]._open_ids()
        if open_stages:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order SET oms_check_at = now() AT TIME ZONE 'UTC' "
                    "WHERE oms_stage_id = ANY(%s)",
                    open_stages,
                )
            )
            self.env["sale.order"].invalidate_model(["oms_check_at"])

    @api.model
    @tools.ormcache()
    def _active_ids(self):
        return tuple(self.sudo().search([("active", "=", True)]).ids)

    # ENGINE

    def _as_engine(self):
        self.ensure_one()
        codes = {"stage": self.stage_id.code, "hold": self.hold_code_id.code or None}
        return engine.Rule(
            kind=self.kind,
            hours=self.hours,
            milestone=self.milestone or None,
            reference=self.reference or None,
            before=self.direction == "before",
            code=codes.get(self.kind),
        )

    def _concerns(self, order):
        return (not self.company_id or self.company_id == order.company_id) and (
            not self.channel_ids or order.oms_channel_id in self.channel_ids
        )

    def _domain(self):
        """The open orders that this rule is about."""
        domain = Domain("oms_stage_id", "in", self.env["oms.stage"]._open_ids())
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.channel_ids:
            domain &= Domain("oms_channel_id", "in", self.channel_ids.ids)
        return domain

    # TRY IT OUT

    def _would_alert(self):
        """Return the open orders on which this rule would alert now, whether active or not."""
        self.ensure_one()
        orders = self.env["sale.order"].search(self._domain(), limit=TRIED)
        rule, now = self._as_engine(), fields.Datetime.now()
        # sudo: a dry run reads the facts that the job reads.
        facts = orders.sudo()._oms_monitor_facts()
        return orders.filtered(lambda order: engine.check(rule, facts[order.id], now).alert)

    def action_try(self):
        """Button: show which orders would alert now; nothing is changed."""
        orders = self._would_alert()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(rule)s: would alert now", rule=self.name),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", orders.ids)],
            "context": {"create": False},
        }

    def action_view_alerts(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_alert")
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}


class OmsStage(models.Model):
    _inherit = "oms.stage"

    @api.model
    def _open_ids(self):
        """Ids of the stages in which an order can still need somebody."""
        known = self._ids_by_code()
        return [known[code] for code in known if code not in ("done", "cancelled")]
