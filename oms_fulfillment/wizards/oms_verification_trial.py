from odoo import api, fields, models

from ..engine import verification

LIMIT = 2000
OPEN_STAGES = ("placement", "processing", "inventory_check", "fulfillment")


class OmsVerificationTrial(models.TransientModel):
    """What a rule would do to the orders that are open now, and what it caught lately."""

    _name = "oms.verification.trial"
    _description = "Trial of a Verification Rule"

    rule_id = fields.Many2one("oms.verification.rule", required=True, readonly=True)
    looked_at = fields.Integer(string="Open Orders", readonly=True)
    touched = fields.Integer(string="Would Be Held", readonly=True)
    caught = fields.Integer(string="Caught in 30 Days", readonly=True)
    caught_active = fields.Integer(string="Still on Hold", readonly=True)
    caught_mended = fields.Integer(string="Mended", readonly=True)
    caught_waived = fields.Integer(string="Waived by a Person", readonly=True)
    caught_rejected = fields.Integer(string="Rejected", readonly=True)
    truncated = fields.Boolean(readonly=True)
    line_ids = fields.One2many("oms.verification.trial.line", "trial_id", readonly=True)

    @api.model
    def _make(self, rule):
        """Try ``rule`` on the open orders the user may see; nothing but the trial is stored."""
        domain = [("oms_stage_id.code", "in", OPEN_STAGES), ("oms_channel_id", "!=", False)]
        if rule.channel_ids:
            domain.append(("oms_channel_id", "in", rule.channel_ids.ids))
        orders = self.env["sale.order"].search(domain, order="id DESC", limit=LIMIT)
        rules = {order.id: (rule._as_rule(order.oms_channel_id),) for order in orders}
        # sudo: the facts are the same for everyone; the user sees only their own orders' sentences.
        inputs = orders.sudo()._oms_verification_inputs(rules)
        lines = [
            {
                "order_id": order.id,
                "sentence": order.sudo()._oms_finding_sentence(finding),
                "held": bool(order.oms_hold_count),
            }
            for order in orders
            for finding in verification.verify(inputs[order.id], rules[order.id])
        ]
        return self.create(
            {
                "rule_id": rule.id,
                "looked_at": len(orders),
                "touched": len({line["order_id"] for line in lines}),
                "truncated": len(orders) == LIMIT,
                "line_ids": [fields.Command.create(line) for line in lines],
                **self._caught(rule),
            }
        )

    @api.model
    def _caught(self, rule):
        """What became of the holds that the rule raised in the last 30 days."""
        groups = self.env["oms.hold"]._read_group(
            [("rule_id", "=", rule.id), ("since", ">=", "today -30d")],
            ["state", "released_by_id"],
            ["__count"],
        )
        result = dict.fromkeys(
            ("caught", "caught_active", "caught_mended", "caught_waived", "caught_rejected"), 0
        )
        for state, user, count in groups:
            result["caught"] += count
            if state == "released":
                result["caught_waived" if user else "caught_mended"] += count
            else:
                result[f"caught_{state}"] += count
        return result


class OmsVerificationTrialLine(models.TransientModel):
    """One order that the rule would hold."""

    _name = "oms.verification.trial.line"
    _description = "Order Touched by a Trial"

    trial_id = fields.Many2one("oms.verification.trial", required=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    channel_id = fields.Many2one(related="order_id.oms_channel_id")
    stage_id = fields.Many2one(related="order_id.oms_stage_id")
    amount_total = fields.Monetary(related="order_id.amount_total")
    currency_id = fields.Many2one(related="order_id.currency_id")
    sentence = fields.Char(string="What It Would Say")
    held = fields.Boolean(string="On Hold Already")
