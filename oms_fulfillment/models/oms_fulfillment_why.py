from odoo import api, fields, models
from odoo.tools import format_datetime


class OmsFulfillment(models.Model):
    """Why a fulfilment ships from its warehouse and from no other."""

    _inherit = "oms.fulfillment"

    why_here = fields.Text(
        compute="_compute_why_here",
        help="What spoke for and against each warehouse when the order was sourced.",
    )
    sourcing_reasons = fields.Json(compute="_compute_why_here")

    @api.depends_context("lang", "tz")
    def _compute_why_here(self):
        decisions = self._sourcing_decisions()
        for work in self:
            decision = decisions.get(work.id)
            parts = [work._moved_sentence()]
            if decision:
                parts.append(decision.text)
                if decision.rule_id:
                    parts.append(work.env._("Rule: %(rule)s.", rule=decision.rule_id.sudo().name))
            elif not parts[0]:
                parts = [work._default_sentence()]
            work.why_here = "\n".join(filter(None, parts)) or False
            work.sourcing_reasons = decision.reasons if decision else False

    def _sourcing_decisions(self):
        """Return ``{id: the latest decision that sent something from its warehouse}``."""
        # sudo: who may read the fulfilment may know why it is here.
        decisions = self.env["oms.sourcing.decision"].sudo()
        found = {}
        if not self.ids:
            return found
        by_order = decisions.search([("order_id", "in", self.order_id.ids)]).grouped("order_id")
        for work in self:
            code = work.warehouse_id.sudo().code
            for decision in by_order.get(work.order_id.sudo(), decisions):
                chosen = [part["warehouse"] for part in decision.reasons or () if part["units"]]
                if code in chosen:
                    found[work.id] = decision
                    break
        return found

    def _moved_sentence(self):
        """Who had these units sent from here, if a person did."""
        moves = self.order_id.oms_fulfillment_ids.action_ids.filtered(
            lambda done: done.action == "move" and done.warehouse_id == self.warehouse_id
        )
        if not moves:
            return False
        return self.env._(
            "%(user)s moved it to %(warehouse)s at %(at)s: %(reason)s.",
            user=moves[0].user_id.sudo().name,
            warehouse=self.warehouse_id.sudo().name,
            at=format_datetime(self.env, moves[0].at),
            reason=moves[0].reason or self.env._("no reason given"),
        )

    def _default_sentence(self):
        if not self.warehouse_id:
            return False
        return self.env._(
            "%(warehouse)s: the warehouse of the order; no sourcing rule says otherwise.",
            warehouse=self.warehouse_id.sudo().name,
        )

    def _as_dict(self):
        values = super()._as_dict()
        if self.company_id.id in self.env["oms.sourcing.rule"]._companies_with_rules():
            values["sourcing"] = self.sourcing_reasons or []
        return values
