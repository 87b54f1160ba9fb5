import logging

from odoo import api, fields, models

from ..exceptions import OmsRefusal

_logger = logging.getLogger(__name__)

STATES = [
    ("requested", "To approve"),
    ("approved", "Approved"),
    ("in_transit", "On its way back"),
    ("received", "To inspect"),
    ("inspected", "To resolve"),
    ("resolved", "To pay back"),
    ("closed", "Closed"),
    ("declined", "Declined"),
    ("cancelled", "Cancelled"),
]
# The only ways through a return, and what was undone is undone by a new return.
TRANSITIONS = {
    "requested": ("approved", "declined", "cancelled"),
    "approved": ("in_transit", "received", "cancelled"),
    "in_transit": ("received", "cancelled"),
    "received": ("inspected",),
    "inspected": ("resolved",),
    "resolved": ("closed",),
}
OVER = ("closed", "declined", "cancelled")
VOID = ("declined", "cancelled")


class OmsReturn(models.Model):
    """One case of goods that come back: what was announced, what came, what became of it, and
    the money that follows."""

    _name = "oms.return"
    _description = "Return"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    reference = fields.Char(
        readonly=True, copy=False, help="The number that the channel or courier gave the case."
    )
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    channel_id = fields.Many2one("oms.channel", readonly=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    currency_id = fields.Many2one(related="order_id.currency_id")
    kind = fields.Selection(
        [("customer", "Returned by the customer"), ("rts", "Returned to sender")],
        required=True,
        readonly=True,
        default="customer",
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="requested",
        tracking=True,
        index=True,
        group_expand="_group_expand_states",
        copy=False,
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True)
    reason_id = fields.Many2one("oms.return.reason", required=True)
    fault = fields.Selection(related="reason_id.fault")
    note = fields.Text(string="Customer's Words")
    line_ids = fields.One2many("oms.return.line", "return_id", string="Lines")
    picking_ids = fields.One2many("stock.picking", "oms_return_id", string="Transfers")
    picking_id = fields.Many2one(
        "stock.picking",
        string="Return Transfer",
        compute="_compute_picking_id",
        compute_sudo=True,  # readers of returns may have no rights on transfers
    )
    picking_count = fields.Integer(compute="_compute_picking_id", compute_sudo=True)
    refund_move_id = fields.Many2one("account.move", string="Credit Note", readonly=True)
    # What goods are worth is no business of the warehouse.
    refund_amount = fields.Monetary(
        readonly=True,
        groups="oms_fulfillment.group_oms_agent,oms_fulfillment.group_oms_finance",
        help="What the units are worth that the customer does not pay for any more.",
    )
    refund_proposal = fields.Monetary(
        compute="_compute_refund_proposal",
        groups="oms_fulfillment.group_oms_agent,oms_fulfillment.group_oms_finance",
        help="What resolving the return now would refund.",
    )
    override_reason = fields.Char(
        readonly=True, help="Why a manager allowed what the rules do not."
    )
    decline_reason = fields.Char()
    resolution = fields.Char(string="Resolution Note")

    requested_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    approved_at = fields.Datetime(readonly=True)
    received_at = fields.Datetime(readonly=True)
    inspected_at = fields.Datetime(readonly=True)
    resolved_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)

    _reference_uniq = models.UniqueIndex(
        "(order_id, reference) WHERE reference IS NOT NULL",
        lambda env, diag: env._("This order already has a return with that number."),
    )
    _resolved_idx = models.Index("(order_id) WHERE state = 'resolved'")

    # COMPUTES

    @api.depends("state")
    def _compute_is_open(self):
        for case in self:
            case.is_open = case.state not in OVER

    @api.depends("picking_ids")
    def _compute_picking_id(self):
        for case in self:
            case.picking_id = case._return_pickings()[:1]
            case.picking_count = len(case.picking_ids)

    @api.model
    def _group_expand_states(self, states, domain):
        return [state for state, _label in STATES if state not in VOID]

    def _return_pickings(self):
        """The transfers that bring the goods back; those of the inspection are not among them."""
        return self.picking_ids.filtered("return_id").sorted("id")

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            order = self.env["sale.order"].browse(vals["order_id"])
            vals["company_id"] = order.company_id.id
            vals["channel_id"] = order.oms_channel_id.id
            if vals.get("name", "/") == "/":
                sequence = self.env["ir.sequence"].with_company(order.company_id)
                vals["name"] = sequence.next_by_code("oms.return") or "/"
        cases = super().create(vals_list)
        cases.order_id._oms_touch()
        return cases

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        for case in self:
            if case.state not in ("requested", *VOID):
                raise OmsRefusal(
                    "return_started",
                    self.env._("The return %(name)s has begun.", name=case.name),
                    next_step=self.env._("Cancel it instead; what happened stays on record."),
                )

    # TRANSITIONS

    def _set_state(self, state, **vals):
        """Move these returns to ``state``; return those that really moved."""
        moved = self.filtered(lambda case: state in TRANSITIONS.get(case.state, ()))
        for case in self - moved:
            _logger.info(
                "return %s stays in %s: %s is not in %s",
                case.name,
                case.state,
                state,
                TRANSITIONS.get(case.state, ()),
            )
        if moved:
            moved.write({"state": state, **vals})
            moved.order_id._oms_touch()
        return moved

    def _set_in_transit(self):
        return self._set_state("in_transit")

    def _set_declined(self, reason):
        return self._set_state("declined", decline_reason=reason)

    def _set_cancelled(self):
        """Give up returns of which nothing came back.

        :raise OmsRefusal: ``goods_arrived``
        """
        for case in self:
            if any(case.line_ids.mapped("received")):
                raise OmsRefusal(
                    "goods_arrived",
                    self.env._("Goods of the return %(name)s are here already.", name=case.name),
                    next_step=self.env._("Receive it; what did not come counts as missing."),
                )
        cancelled = self._set_state("cancelled")
        # sudo: staff who cancel a return may have no rights on transfers.
        open_transfers = cancelled.sudo().picking_ids.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        open_transfers.action_cancel()
        return cancelled

    def _ensure_state(self, *states):
        """Refuse unless the return is in one of ``states``.

        :raise OmsRefusal: ``wrong_state``
        """
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise OmsRefusal(
                "wrong_state",
                self.env._(
                    "The return %(name)s is in the state %(state)s.",
                    name=self.name,
                    state=labels[self.state],
                ),
                next_step=self.env._(
                    "It has to be in: %(states)s.",
                    states=", ".join(labels[state] for state in states),
                ),
            )

    # ACTIONS: the same bodies as the public methods

    def action_approve(self):
        for case in self:
            case._ensure_role("group_oms_agent")
            case._do_approve()
        return True

    def action_decline(self):
        for case in self:
            case._ensure_role("group_oms_agent")
            case._do_decline(case.decline_reason)
        return True

    def action_in_transit(self):
        self._ensure_role("group_oms_agent", "group_oms_courier", "group_oms_warehouse")
        self._set_in_transit()
        return True

    def action_cancel(self):
        self._ensure_role("group_oms_agent")
        self._set_cancelled()
        return True

    def action_receive(self):
        """Receive what the lines say; untouched lines came in full."""
        for case in self:
            case._ensure_role("group_oms_warehouse")
            untouched = not any(case.line_ids.mapped("received"))
            case._do_receive(
                {line: line.quantity if untouched else line.received for line in case.line_ids}
            )
        return True

    def action_inspect(self):
        for case in self:
            case._ensure_role("group_oms_warehouse")
            case._do_inspect(case.line_ids._verdicts())
        return True

    def action_resolve(self):
        for case in self:
            case._ensure_role("group_oms_finance")
            case._do_resolve({})
        return True

    @api.readonly
    def action_view_pickings(self):
        self.ensure_one()
        return self.picking_ids._get_records_action(name=self.env._("Transfers"))

    @api.readonly
    def action_view_refund(self):
        self.ensure_one()
        return self.refund_move_id._get_records_action(name=self.env._("Credit Note"))

    def _ensure_role(self, *groups):
        """Refuse users who hold none of these roles (managers hold all).

        :raise OmsRefusal: ``access``
        """
        if self.env.su or any(
            self.env.user.has_group(f"oms_fulfillment.{group}") for group in groups
        ):
            return
        roles = self.env["res.groups"].sudo()
        for group in groups:
            roles |= self.env.ref(f"oms_fulfillment.{group}").sudo()
        raise OmsRefusal(
            "access",
            self.env._("%(user)s may not do this with a return.", user=self.env.user.name),
            next_step=self.env._(
                "Ask for the role %(roles)s.", roles=", ".join(roles.mapped("name"))
            ),
        )
