from odoo import api, fields, models

from ..exceptions import OmsRefusal
from .oms_return_share import CREDITED

WISHES = [
    ("refund", "Refund"),
    ("credit", "Store credit"),
    ("replace", "Replacement"),
    ("advance", "Replacement in advance"),
    ("exchange", "Another product"),
    ("repair", "Repair"),
    ("none", "Nothing"),
]


class OmsReturnLine(models.Model):
    """Units of one order line in a return, from the announcement to the refund."""

    _name = "oms.return.line"
    _description = "Return Line"
    _order = "return_id, id"

    return_id = fields.Many2one("oms.return", required=True, ondelete="cascade", index=True)
    order_id = fields.Many2one(related="return_id.order_id")
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    state = fields.Selection(related="return_id.state")
    sale_line_id = fields.Many2one(
        "sale.order.line", string="Order Line", required=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="sale_line_id.product_id")
    uom_id = fields.Many2one(related="sale_line_id.product_uom_id")
    reason_id = fields.Many2one("oms.return.reason", help="Empty: the reason of the whole return.")
    wish = fields.Selection(WISHES, required=True, default="refund")
    quantity = fields.Float(string="Announced", digits="Product Unit", required=True)
    received = fields.Float(digits="Product Unit", copy=False)
    surplus = fields.Float(
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Came without having been announced; it is part of the announced units now.",
    )
    missing = fields.Float(
        digits="Product Unit", compute="_compute_missing", help="Announced, but it did not come."
    )
    restock = fields.Float(string="To Stock", digits="Product Unit", copy=False)
    scrap = fields.Float(digits="Product Unit", copy=False)
    rejected = fields.Float(
        string="Not Accepted",
        digits="Product Unit",
        copy=False,
        help="Units that came back in a state for which the customer gets no refund.",
    )
    accepted = fields.Float(
        digits="Product Unit",
        compute="_compute_accepted",
        store=True,
        help="Received, inspected and accepted: the most that is refunded by the rules.",
    )
    refund_quantity = fields.Float(
        string="Refunded",
        digits="Product Unit",
        copy=False,
        readonly=True,
        help="Units that the customer does not pay for; decided when the return is resolved.",
    )
    override_reason = fields.Char(
        help="Why a manager refunds more than what came back and was accepted."
    )
    note = fields.Char(string="Finding")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", lambda env, diag: env._("A return line needs at least one unit.")
    )
    _received_within = models.Constraint(
        "CHECK(received >= 0 AND received <= quantity)",
        lambda env, diag: env._("No more can be received than was announced."),
    )
    _verdict_within = models.Constraint(
        "CHECK(restock >= 0 AND scrap >= 0 AND rejected >= 0 AND rejected <= received "
        "AND restock + scrap + COALESCE(aside, 0) + COALESCE(absent, 0) <= received + 0.000001)",
        lambda env, diag: env._("No more can be put to stock or scrapped than was received."),
    )
    _refund_within = models.Constraint(
        "CHECK(refund_quantity >= 0 AND refund_quantity <= quantity)",
        lambda env, diag: env._("No more can be refunded than was announced."),
    )
    _line_uniq = models.Constraint(
        "UNIQUE(return_id, sale_line_id)",
        lambda env, diag: env._("The order line is already in this return."),
    )

    @api.depends("quantity", "received", "return_id.received_at")
    def _compute_missing(self):
        for line in self:
            line.missing = line.quantity - line.received if line.return_id.received_at else 0.0

    @api.depends("restock", "scrap", "aside", "rejected", "return_id.inspected_at")
    def _compute_accepted(self):
        for line in self:
            kept = line.restock + line.scrap + line.aside - line.rejected
            line.accepted = kept if line.return_id.inspected_at else 0.0

    def _is_buyers_fault(self):
        """Whether the customer simply did not want goods that were delivered as promised."""
        self.ensure_one()
        reason = self.reason_id or self.return_id.reason_id
        return self.return_id.kind == "customer" and reason.fault == "customer"

    def _units_to_refund(self):
        """Units that would be refunded now; before the inspection, what was announced."""
        self.ensure_one()
        if self.return_id.inspected_at:
            return self._refundable()
        return self.quantity if self.wish in CREDITED else 0.0

    def _refundable(self):
        """Units to refund by the rules: what was accepted, or all that never reached the buyer."""
        self.ensure_one()
        if self.wish not in CREDITED:
            return 0.0
        whole = self.return_id.kind == "rts" or self.return_id.goods_stay
        return self.quantity if whole else self.accepted

    def _units_that_came(self):
        """Units that validated transfers of the return brought back, in the line's unit."""
        return self.sale_line_id._oms_units_of(self._moves_that_came())

    def _moves_that_came(self):
        self.ensure_one()
        case = self.return_id
        return case._return_pickings().move_ids.filtered(
            lambda move: move.state == "done" and case._line_of_move(move) == self.sale_line_id
        )

    def _ensure_announced(self, units):
        """Refuse to receive more than was announced.

        :raise OmsRefusal: ``over_received``
        """
        if self.uom_id.compare(units, self.quantity) > 0:
            raise OmsRefusal(
                "over_received",
                self.env._(
                    "%(received)s of %(product)s came, %(announced)s were announced.",
                    received=f"{units:g}",
                    product=self.product_id.display_name,
                    announced=f"{self.quantity:g}",
                ),
                field="quantity",
                next_step=self.env._("Receive what was announced and request the rest anew."),
            )

    def _ensure_not_fewer(self, units):
        """Refuse to receive fewer than validated transfers brought.

        :raise OmsRefusal: ``already_received``
        """
        # sudo: a 3PL's integration has no rights on transfers.
        came = self.sudo()._units_that_came()
        if self.uom_id.compare(units, came) < 0:
            raise OmsRefusal(
                "already_received",
                self.env._(
                    "%(came)s of %(product)s are here already, by a validated transfer.",
                    came=f"{came:g}",
                    product=self.product_id.display_name,
                ),
                field="quantity",
                next_step=self.env._("Receive at least these."),
            )

    @api.constrains("sale_line_id", "return_id")
    def _check_order(self):
        for line in self:
            if line.sale_line_id.order_id != line.return_id.order_id:
                raise OmsRefusal(
                    "wrong_order",
                    self.env._(
                        "%(product)s is not a line of %(order)s.",
                        product=line.product_id.display_name,
                        order=line.return_id.order_id.name,
                    ),
                    next_step=self.env._("Choose a line of the order that is returned."),
                )
