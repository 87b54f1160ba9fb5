from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsHold(models.Model):
    """How holds end: released or rejected by who may, or by the event that clears them."""

    _inherit = "oms.hold"

    @api.model
    def _touch_credit(self, customer_ids):
        """Have orders that wait for their customers' credit checked again."""
        code_id = self.env["oms.hold.code"]._id_of("credit_limit")
        if code_id:
            self.search(
                [
                    ("code_id", "=", code_id),
                    ("state", "=", "active"),
                    ("order_id.partner_id.commercial_partner_id", "in", sorted(customer_ids)),
                ]
            ).order_id._oms_touch()

    # ACTIONS

    def action_release(self):
        """Open the window that asks for the reason; holds that others decide on are left out.

        :raise OmsRefusal: ``hold_not_active``, ``release_not_allowed`` when none is left
        """
        mine = self.filtered("can_release")
        if self and not mine:
            self._ensure_can_release("?")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Hold"),
            "res_model": "oms.hold.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_ids": mine.ids, "default_left_out": len(self - mine)},
        }

    @api.readonly
    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    def release(self, reason):
        """Release the holds and let their orders go on.

        :param str reason: why; kept on the hold
        :return: ``True``
        :raise OmsRefusal: ``reason_missing``, ``hold_not_active``, ``release_not_allowed``
        """
        self._close("released", reason)
        self._raise_next(reason)
        self._let_go_on()
        return True

    def reject(self, reason):
        """Reject the orders of these holds: the holds end and the orders are cancelled.

        :raise OmsRefusal: as :meth:`release`; ``already_shipped`` when goods have left
        """
        self._reject(reason)
        return True

    # BUSINESS

    def _reject(self, reason, code="rejected"):
        """End the holds and cancel their orders, for a reason that ``oms.cancel.reason`` knows."""
        self._close("rejected", reason)
        for order in self.order_id:
            # sudo: who may reject the hold may have the order cancelled, no more than that.
            order.sudo()._oms_channel_cancel(reason, code)

    def _let_go_on(self):
        """Reserve what was kept back, and take the automatic steps that are due."""
        # sudo: the allocator reserves for the company, whoever released the hold.
        waiting = self.filtered("blocks_reserve").order_id.sudo().picking_ids.move_ids
        waiting = waiting.filtered(lambda move: move.state in ("confirmed", "partially_available"))
        if waiting:
            self.env["oms.allocator"]._enqueue(waiting.product_id)
        self.order_id._oms_refresh_touched()
        self.order_id._oms_advance()

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

    def _raise_next(self, reason):
        """Where a second person has to agree: their hold begins when this one is released."""
        for hold in self.filtered("code_id.next_code_id"):
            hold.order_id._oms_raise_hold(
                hold.code_id.next_code_id.code,
                hold.reason,
                self.env._("%(hold)s released: %(reason)s", hold=hold.code, reason=reason),
                line=hold.line_id,
                raised_by="user",
                fulfillment_id=hold.fulfillment_id.id,
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
                        group=hold.code_id.group_id.sudo().name or self.env._("OMS: Order agent"),
                    ),
                )

    def _may_release(self):
        self.ensure_one()
        user = self.env.user
        if self.env.su or user.has_group("oms_fulfillment.group_oms_manager"):
            return True
        return self.code_id.sudo()._queue() in user.all_group_ids

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

    # TIME

    @api.model
    def _cron_holds(self, limit=500):
        """End holds whose time is over, and check held orders again.

        Whatever clears a hold touches its order, and the check runs at once; this finds what no
        event told: a date that came, a limit that was raised, a payment for another order.
        """
        over = self.search([("state", "=", "active"), ("until", "<=", "now")], limit=limit)
        for hold in over:
            hold.try_lock_for_update()._end_in_time()
            if not self.env["ir.cron"]._commit_progress(1):
                return
        self.env["ir.cron"]._commit_progress(len(self._check_held_again(limit)))

    def _end_in_time(self):
        """End the holds of ``self`` whose time is over, and let their orders go on."""
        now = fields.Datetime.now()
        over = self.filtered(
            lambda hold: hold.state == "active" and hold.until and hold.until <= now
        )
        over._auto_release(self.env._("Its time is over."))
        over._let_go_on()

    @api.model
    def _check_held_again(self, limit=500):
        """Check unconfirmed orders that a rule holds; return them."""
        held = self._read_group(
            [
                ("state", "=", "active"),
                ("rule_id", "!=", False),
                ("order_id.state", "in", ("draft", "sent")),
            ],
            ["order_id"],
            order="order_id DESC",
            limit=limit,
        )
        orders = self.env["sale.order"].concat(*(order for (order,) in held))
        orders._oms_touch()
        orders._oms_refresh_touched()
        orders._oms_advance()
        return orders
