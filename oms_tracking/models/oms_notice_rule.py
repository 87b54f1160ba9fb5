from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..engine import notice as engine

EVENTS = [
    ("confirmed", "Order confirmed"),
    ("shipped", "Shipped, with its resi"),
    ("out_for_delivery", "Out for delivery"),
    ("attempt_failed", "Delivery attempt failed"),
    ("delivered", "Delivered"),
    ("delayed", "Later than promised"),
    ("return_label", "Way back of a return booked, with its label"),
]
METHODS = [("mail", "Mail"), ("sms", "SMS")]
SAMPLE = {
    "name": "Siti",
    "order": "S00042",
    "courier": "JNE",
    "service": "REG",
    "resi": "010116240120792",
    "link": "https://…/track/…",
}


class OmsNoticeRule(models.Model):
    """What customers are told, by which way, in which words. Without an active rule: nothing."""

    _name = "oms.notice.rule"
    _inherit = ["oms.cached"]
    _description = "Message to Customers"
    _order = "sequence, id"
    _rec_name = "event"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    event = fields.Selection(EVENTS, required=True)
    method = fields.Selection(METHODS, required=True, default="mail")
    channel_ids = fields.Many2many("oms.channel", string="Channels", help="Empty: all of them.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: every company.")
    subject = fields.Char(translate=True)
    body = fields.Text(
        required=True,
        translate=True,
        help="Places: {name} {order} {shop} {courier} {service} {resi} {link} {window} {status} "
        "{next}. A line whose places are all empty is left out.",
    )
    preview_subject = fields.Char(compute="_compute_preview")
    preview_body = fields.Text(string="Preview", compute="_compute_preview")
    notice_count = fields.Integer(string="Sent", compute="_compute_notice_count")

    @api.constrains("subject", "body")
    def _check_places(self):
        for rule in self:
            unknown = engine.unknown_places(f"{rule.subject or ''}\n{rule.body}")
            if unknown:
                raise ValidationError(
                    self.env._(
                        "Nothing can be filled in for {%(place)s}. Use one of: %(places)s.",
                        place=unknown[0],
                        places=", ".join(f"{{{name}}}" for name in sorted(engine.PLACES)),
                    )
                )

    @api.depends("event", "method")
    @api.depends_context("lang")
    def _compute_display_name(self):
        words = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("event", "method")
        }
        for rule in self:
            event = words["event"].get(rule.event)
            rule.display_name = event and f"{event} ({words['method'].get(rule.method, '')})"

    @api.depends("subject", "body")
    @api.depends_context("lang")
    def _compute_preview(self):
        parcel = self.env["oms.shipment"].search([("resi", "!=", False)], limit=1, order="id DESC")
        known = parcel._notice_values(parcel.order_id) if parcel else {}
        values = {**SAMPLE, "shop": self.env.company.name}
        values.update({name: value for name, value in known.items() if value})
        for rule in self:
            rule.preview_subject = engine.render(rule.subject, values)
            rule.preview_body = engine.render(rule.body, values)

    def _compute_notice_count(self):
        groups = self.env["oms.notice"]._read_group(
            [("rule_id", "in", self.ids), ("state", "=", "sent")], ["rule_id"], ["__count"]
        )
        counts = {rule.id: count for rule, count in groups}
        for rule in self:
            rule.notice_count = counts.get(rule.id, 0)

    @api.model
    @tools.ormcache()
    def _events(self):
        """Events of which anybody is told: a cached answer, so silence costs nothing."""
        # sudo: asked by whoever moves an order.
        return frozenset(self.sudo().search([("active", "=", True)]).mapped("event"))

    def _fits(self, order):
        return (not self.channel_ids or order.oms_channel_id in self.channel_ids) and (
            not self.company_id or self.company_id == order.company_id
        )

    def action_view_notices(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_tracking.action_oms_notice")
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}
