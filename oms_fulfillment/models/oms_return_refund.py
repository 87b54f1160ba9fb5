from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """The money of a return: what is refunded, by which document, and when it is settled."""

    _inherit = "oms.return"

    @api.depends(
        "state",
        "line_ids.wish",
        "line_ids.quantity",
        "line_ids.restock",
        "line_ids.scrap",
        "line_ids.aside",
        "line_ids.rejected",
    )
    def _compute_refund_proposal(self):
        """What the buyer would not pay if the return were resolved by the rules now.

        Before the inspection, what was announced stands in for what will be accepted.
        """
        for case in self:
            if case.state in ("resolved", "closed", "declined", "cancelled"):
                case.refund_proposal = case.refund_amount
                continue
            # sudo: the inspector may see what a return is worth without reading the order.
            order = case.order_id.sudo()
            final = order._oms_final_units()
            after = dict(final)
            for line in case.line_ids:
                key = line.sale_line_id.id
                after[key] = max(after.get(key, 0.0) - line._units_to_refund(), 0.0)
            case.refund_proposal = case.currency_id.round(
                order._oms_final_total(final) - order._oms_final_total(after)
            )

    def _do_resolve(self, decisions, note=None):
        """Decide the refunded units, credit them or leave them off the bill, pay them back.

        :param dict decisions: ``{return line: (units, override reason or None)}``; missing lines
            follow the rules
        :raise OmsRefusal: ``wrong_state``, ``over_accepted``, ``sent_again``
        """
        self._ensure_state("inspected")
        order = self.order_id.sudo()
        order._oms_lock()
        manager = self._is_manager()
        before = order._oms_final_total()
        decided = {}
        for line in self.line_ids:
            units, reason = decisions.get(line, (line._refundable(), None))
            reason = reason or line.override_reason
            self._check_refund(line, units, reason if manager else None)
            decided[line] = units, reason
        # sudo: the fee follows from the policy and from what the order is worth.
        fee = self.sudo()._fee({line: units for line, (units, _reason) in decided.items()})
        shares = self.sudo()._prepare_shares({line: decided[line][0] for line in decided})
        for line, (units, reason) in decided.items():
            line.sudo().write({"refund_quantity": units, "override_reason": reason or False})
        self._set_state("resolved", resolved_at=fields.Datetime.now(), resolution=note or False)
        # sudo: who resolves a return causes documents that they may not make by hand; amounts
        # come from the engine, the units were checked above.
        credit = order._oms_credit_units()
        amount = credit.amount_total if credit else before - order._oms_final_total()
        self.sudo().write(
            {"refund_move_id": credit.id, "refund_amount": self.currency_id.round(amount)}
        )
        self._charge_fee(*fee)
        # The fee is invoiced first, so that it is kept and not paid back.
        order.filtered(lambda order: fee[1])._oms_run_step("_oms_step_invoice")
        if shares:
            # sudo: as for the amounts.
            self.sudo()._divide_refund(shares)
        order._oms_step_refund()
        order._oms_advance()
        self._close_settled()
        return self

    def _check_refund(self, line, units, override):
        """No more is refunded than came back and was accepted and is not sent again, unless a
        manager says why."""
        allowed = line.quantity if self.kind == "rts" or self.goods_stay else line.accepted
        again = line._sent_again()
        if line.uom_id.compare(units, max(allowed - again, 0.0)) <= 0 or override:
            return
        if line.uom_id.compare(units, allowed) <= 0:
            raise OmsRefusal(
                "sent_again",
                self.env._(
                    "%(units)s of %(product)s can't be refunded: %(again)s are sent again instead.",
                    units=f"{units:g}",
                    product=line.product_id.display_name,
                    again=f"{again:g}",
                ),
                field="refund",
                next_step=self.env._(
                    "Cancel the replacement, or give the line another wish before it is sent; an "
                    "OMS manager may refund both, with a reason."
                ),
            )
        raise OmsRefusal(
            "over_accepted",
            self.env._(
                "%(units)s of %(product)s can't be refunded: %(accepted)s came back and were "
                "accepted.",
                units=f"{units:g}",
                product=line.product_id.display_name,
                accepted=f"{allowed:g}",
            ),
            field="refund",
            next_step=self.env._("An OMS manager may refund more, with a reason."),
        )

    def _close_settled(self):
        """Close resolved returns whose money is settled; return those that were closed."""
        resolved = self.filtered(lambda case: case.state == "resolved")
        if not resolved:
            return resolved
        money = resolved.order_id.sudo()._oms_money()
        done = resolved.filtered(
            lambda case: not money[case.order_id.id].overbilled
            and case.currency_id.is_zero(money[case.order_id.id].refund_due)
            and case.currency_id.is_zero(case.sudo().refund_move_id.amount_residual)
        )
        return done._set_state("closed", closed_at=fields.Datetime.now())
