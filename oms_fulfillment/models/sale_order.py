from odoo import api, fields, models

from .oms_channel import PAYMENT_POLICIES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # Identity: who sent this order
    oms_channel_id = fields.Many2one(
        "oms.channel", string="Channel", index="btree_not_null", copy=False, check_company=True
    )
    oms_external_id = fields.Char(string="Channel Order", copy=False, index="btree_not_null")
    oms_revision = fields.Integer(string="Channel Revision", copy=False)
    oms_ship_to = fields.Json(string="Ship-to as Received", copy=False)
    oms_ship_by = fields.Datetime(string="Ship By", copy=False)

    # Money as the channel says it
    oms_payment_policy = fields.Selection(PAYMENT_POLICIES, string="Payment Policy", copy=False)
    oms_paid_at = fields.Datetime(string="Buyer Paid At", copy=False)
    oms_payment_ref = fields.Char(string="Payment Reference", copy=False)
    oms_cod_amount = fields.Monetary(string="COD Amount", copy=False)
    oms_channel_total = fields.Monetary(string="Channel Total", copy=False)
    oms_has_channel_total = fields.Boolean(string="Has Channel Total", copy=False)
    oms_platform_discount = fields.Monetary(string="Discount Paid by the Platform", copy=False)

    # Promise
    oms_promise_requested = fields.Datetime(string="Requested For", copy=False)
    oms_promise_original = fields.Datetime(string="First Promise", copy=False)
    oms_promise_current = fields.Datetime(string="Promised", copy=False)
    oms_promise_due = fields.Datetime(
        string="Served By",
        copy=False,
        readonly=True,
        help="What was promised when the order was placed, as if everything were there: whoever is "
        "due first is served first, however late the goods come.",
    )
    oms_wait_accepted_at = fields.Datetime(string="Wait Accepted At", copy=False)
    oms_cancel_reason = fields.Char(string="Cancel Reason", copy=False)

    # What the order gathered on its way
    # People without a role here read orders as before, all fields of them.
    oms_hold_ids = fields.One2many(
        "oms.hold", "order_id", string="Holds", groups="oms_fulfillment.group_oms_user"
    )
    oms_fulfillment_ids = fields.One2many(
        "oms.fulfillment",
        "order_id",
        string="Fulfilments",
        groups="oms_fulfillment.group_oms_user",
    )

    _oms_external_uniq = models.UniqueIndex(
        "(oms_channel_id, oms_external_id) WHERE oms_external_id IS NOT NULL",
        lambda env, diag: env._("This channel already has an order with that number."),
    )

    # CRUD: every route to "confirmed" passes here, whoever takes it

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        managed = orders._oms_managed()
        if managed:
            managed._oms_set_defaults()
            managed.filtered(lambda order: order.state == "sale")._oms_guard("confirm")
            managed._oms_touch()
        return orders

    def write(self, vals):
        if vals.get("state") == "sale":
            unconfirmed = self._oms_managed().filtered(lambda order: order.state != "sale")
            unconfirmed._oms_guard("confirm")
        result = super().write(vals)
        if vals.get("oms_channel_id"):
            self._oms_set_defaults()
        if self._OMS_FACTS & set(vals):
            self._oms_touch()
        return result

    # Fields of the order that the stage, the checks or the money read.
    _OMS_FACTS = frozenset(
        {
            "state",
            "order_line",
            "partner_id",
            "partner_shipping_id",
            "oms_channel_id",
            "oms_payment_policy",
            "oms_paid_at",
            "oms_cod_amount",
            "oms_channel_total",
            "oms_platform_discount",
            "oms_wait_accepted_at",
            "oms_ship_to",
            "oms_promise_requested",
            "oms_cod_confirmed_at",
            "carrier_id",
        }
    )

    def _oms_managed(self):
        """The orders of ``self`` that belong to a channel: the only ones this addon touches."""
        if not self or not self.env["oms.channel"]._is_active():
            return self.browse()
        return self.filtered("oms_channel_id")

    def _oms_was_confirmed(self):
        """Whether goods may have moved: also for an order that was cancelled and starts again."""
        if self.state in ("sale", "cancel"):
            return True
        ids_by_code = self.env["oms.stage"]._ids_by_code()
        early = (False, ids_by_code["placement"], ids_by_code["processing"])
        return self.oms_stage_furthest_id.id not in early

    def _oms_set_defaults(self):
        """Fill what the channel decides and the order does not say."""
        for order in self.filtered(lambda order: not order.oms_payment_policy):
            order.oms_payment_policy = order.oms_channel_id.payment_policy
        for order in self.filtered(lambda order: not order.oms_ship_by):
            hours = order.oms_channel_id.ship_by_hours
            if hours:
                placed = order.date_order or fields.Datetime.now()
                order.oms_ship_by = fields.Datetime.add(placed, hours=hours)
        for order in self.filtered(lambda order: not order.oms_promise_current):
            promise = order.oms_promise_requested or order._oms_expected_arrival()
            order.oms_promise_original = order.oms_promise_current = promise
        for order in self.filtered(lambda order: not order.oms_promise_due):
            order.oms_promise_due = order.oms_promise_current

    def _oms_expected_arrival(self):
        """Ship-by plus the channel's days on the road: the promise until lanes are measured."""
        days = self.oms_channel_id.transit_days
        return self.oms_ship_by and fields.Datetime.add(self.oms_ship_by, days=days)

    def action_draft(self):
        """A cancelled order that starts again forgets which units were cancelled."""
        self._oms_managed().order_line.oms_qty_cancelled = 0
        return super().action_draft()

    def _action_cancel(self):
        result = super()._action_cancel()
        managed = self._oms_managed()
        # sudo: who may cancel the order ends its holds, without a role that shows them.
        holds = managed.sudo().oms_hold_ids.filtered(lambda hold: hold.state == "active")
        holds._auto_release(self.env._("The order was cancelled."))
        managed._oms_refund_prepayment()
        return result

    def _oms_refund_prepayment(self):
        """Give back what was paid for a cancelled order. Extended where money is kept."""
