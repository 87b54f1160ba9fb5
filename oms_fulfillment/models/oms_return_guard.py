from odoo import api, fields, models

from ..exceptions import OmsRefusal
from ..trusted import TRUSTED, is_trusted

STEP = "oms_return_step"
# What only the steps of a return write, whatever rights the user has on the record.
FACTS_OF_RETURN = frozenset(
    {
        "state",
        "kind",
        "order_id",
        "refund_move_id",
        "refund_amount",
        "store_credit_amount",
        "exchange_amount",
        "send_back_by",
        "goods_stay",
        "override_reason",
        "proposed_at",
        "proposed_by_id",
        "requested_at",
        "approved_at",
        "received_at",
        "inspected_at",
        "resolved_at",
        "closed_at",
    }
)
FACTS_OF_LINE = frozenset(
    {
        "sale_line_id",
        "refund_quantity",
        "proposed_quantity",
        "accepted",
        "aside",
        "absent",
        "surplus",
        "charged_quantity",
    }
)
# What the customer asked for stays what it was once it was decided about.
ASKED = frozenset(
    {
        "quantity",
        "wish",
        "restock",
        "scrap",
        "rejected",
        "received",
        "repaired",
        "exchange_product_id",
        "exchange_quantity",
        "exchange_mode",
    }
)


class OmsReturn(models.Model):
    """Roles: what a step of the return decides can't be written past it."""

    _inherit = "oms.return"

    proposed_at = fields.Datetime(
        string="Refund Proposed At", readonly=True, copy=False, tracking=True
    )
    proposed_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._ensure_step(FACTS_OF_RETURN & set(vals) - {"kind", "order_id", "requested_at"})
        return super().create(vals_list)

    def write(self, vals):
        """Override: a state or an amount that is written or imported meets the same guard as the
        button.

        :raise OmsRefusal: ``step_only``
        """
        self._ensure_step(FACTS_OF_RETURN & set(vals))
        return super().write(vals)

    def _ensure_step(self, names):
        if not names or self.env.su or is_trusted(self.env, STEP):
            return
        known = {**self.env["oms.return"]._fields, **self.env["oms.return.line"]._fields}
        labels = [known[name]._description_string(self.env) for name in sorted(names)]
        raise OmsRefusal(
            "step_only",
            self.env._("%(fields)s of a return can't be written.", fields=", ".join(labels)),
            field=sorted(names)[0],
            next_step=self.env._("Use the steps: approve, receive, inspect, resolve."),
        )

    def _as_step(self):
        """These returns, for code that has checked that the step may be taken."""
        return self.with_context(**{STEP: TRUSTED})

    def _set_state(self, state, **vals):
        return super(OmsReturn, self._as_step())._set_state(state, **vals).with_env(self.env)

    # PROPOSAL AND POSTING

    def _may_post(self):
        """Whether the user may move money; agents propose what finance posts."""
        user = self.env.user
        return any(
            user.has_group(f"oms_fulfillment.{group}")
            for group in ("group_oms_finance", "group_oms_integration")
        )

    def _do_resolve(self, decisions, note=None):
        """Whoever may not move money leaves a proposal, unless no money moves."""
        decided = {
            line: decisions.get(line, (line._default_refund(), line.override_reason))
            for line in self.line_ids
        }
        if self._may_post() or not any(units for units, _reason in decided.values()):
            return super()._do_resolve(decided, note)
        return self._propose(decided, note)

    def _propose(self, decided, note=None):
        """Record what should be refunded; finance looks at it and posts it.

        :raise OmsRefusal: ``wrong_state``, ``over_accepted``
        """
        self._ensure_state("inspected")
        manager = self._is_manager()
        for line, (units, reason) in decided.items():
            self._check_refund(line, units, reason if manager else None)
            line.with_context(**{STEP: TRUSTED}).write(
                {"proposed_quantity": units, "override_reason": reason or False}
            )
        self._as_step().write(
            {
                "proposed_at": fields.Datetime.now(),
                "proposed_by_id": self.env.uid,
                "resolution": note or self.resolution,
            }
        )
        return self

    def action_propose(self):
        """Button: tell finance what to refund."""
        for case in self:
            case._ensure_role("group_oms_agent")
            case._propose(
                {line: (line._default_refund(), line.override_reason) for line in case.line_ids}
            )
        return True


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    proposed_quantity = fields.Float(
        string="Proposed", digits="Product Unit", copy=False, readonly=True
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["oms.return"]._ensure_step(FACTS_OF_LINE & set(vals) - {"sale_line_id"})
        return super().create(vals_list)

    def write(self, vals):
        facts = FACTS_OF_LINE & set(vals)
        if self.filtered(lambda line: line.state in ("resolved", "closed")):
            facts |= ASKED & set(vals)
        self.env["oms.return"]._ensure_step(facts)
        return super().write(vals)

    def _default_refund(self):
        """Units to refund where nobody says otherwise: as proposed, else by the rules."""
        self.ensure_one()
        if self.return_id.proposed_at:
            return self.proposed_quantity
        return self._refundable()
