from odoo import api, fields, models

from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """Verification and holds: why an order must not go on."""

    _inherit = "sale.order"

    oms_hold_count = fields.Integer(string="Active Holds", compute="_compute_oms_hold_count")
    oms_hold_reasons = fields.Char(string="Held Because", compute="_compute_oms_hold_count")
    oms_customer_text = fields.Char(
        string="What We Tell the Customer",
        compute="_compute_oms_customer_text",
        help="Why the order waits, in words for the customer.",
    )

    def _compute_oms_hold_count(self):
        holds = self._oms_managed()._oms_active_holds().grouped(lambda hold: hold.order_id.id)
        for order in self:
            active = holds.get(order.id, ())
            order.oms_hold_count = len(active)
            order.oms_hold_reasons = "; ".join(hold.reason for hold in active) or False

    @api.depends_context("lang")
    def _compute_oms_customer_text(self):
        holds = self._oms_managed()._oms_active_holds().grouped(lambda hold: hold.order_id.id)
        for order in self:
            codes = [hold.code_id for hold in holds.get(order.id, ())]
            texts = [code.customer_text for code in codes if code.customer_text]
            order.oms_customer_text = texts[0] if texts else False

    def action_oms_place_hold(self):
        """Open the window in which a person puts these orders on hold."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Put on Hold"),
            "res_model": "oms.hold.place",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_ids": self.ids},
        }

    # GUARDS

    def _confirmation_error_message(self):
        message = super()._confirmation_error_message()
        if message or not self._oms_managed():
            return message
        if self.id not in self.env.cr.precommit.data.get("oms.verified", ()):
            self._oms_verify()
            self._oms_remember_verified()
        holds = self._oms_active_holds("confirm")
        if not holds:
            return False
        return f"{holds._refusal_reasons(self.env._('confirmed'))} {holds._refusal_next_steps()}"

    def _oms_remember_verified(self):
        """These orders were checked; until one is touched, nobody needs to check it again."""
        self._oms_before_commit("oms.touched")
        self.env.cr.precommit.data.setdefault("oms.verified", set()).update(self.ids)

    def _oms_guard(self, transition, lines=None, works=None):
        """Refuse ``transition`` while a hold blocks it. Nothing was changed when this raises.

        :param lines: the order lines that are to move; ``None``: the whole order
        :param works: the fulfilments that are to move; ``None``: all
        :raise OmsRefusal: ``on_hold``
        """
        if not self:
            return
        if transition == "confirm":
            self._oms_ensure_complete()
            # action_confirm() verified these orders a moment ago; other routes did not.
            verified = self.env.cr.precommit.data.pop("oms.verified", set())
            self.filtered(lambda order: order.id not in verified)._oms_check()
            self._oms_check_credit()
        holds = self._oms_active_holds(transition)._concerning(lines, works)
        if holds:
            verbs = {
                "confirm": self.env._("confirmed"),
                "reserve": self.env._("reserved"),
                "ship": self.env._("shipped"),
                "invoice": self.env._("invoiced"),
            }
            raise OmsRefusal(
                "on_hold",
                holds._refusal_reasons(verbs[transition]),
                next_step=holds._refusal_next_steps(),
            )

    def _oms_ensure_complete(self):
        """Refuse to confirm an order that placement has not finished.

        :raise OmsRefusal: ``incomplete``
        """
        labels = {
            "lines": self.env._("products"),
            "address": self.env._("a delivery address"),
            "payment": self.env._("a payment policy"),
        }
        for order in self:
            missing = order._oms_missing()
            if missing:
                raise OmsRefusal(
                    "incomplete",
                    self.env._(
                        "%(order)s can't be confirmed: it has no %(missing)s.",
                        order=order.name,
                        missing=", ".join(labels[name] for name in missing),
                    ),
                    next_step=self.env._("Complete the order."),
                )

    def _oms_active_holds(self, transition=None):
        """Return the active holds of these orders, or only those that block ``transition``."""
        domain = [("order_id", "in", self.ids), ("state", "=", "active")]
        if transition:
            domain.append((f"blocks_{transition}", "=", True))
        if not self.ids:
            return self.env["oms.hold"].sudo()
        # sudo: whoever may move an order must meet every hold on it, readable or not.
        return self.env["oms.hold"].sudo().search(domain)

    def _oms_hold_counts(self):
        """Return ``{order id: {"confirm": n, "ship": n, "invoice": n}}`` of active holds, in one
        query; what can't be reserved can't be shipped."""
        counts = {}
        groups = self.env["oms.hold"]._read_group(
            [("order_id", "in", self.ids), ("state", "=", "active")],
            ["order_id", "blocks_confirm", "blocks_ship", "blocks_reserve", "blocks_invoice"],
            ["__count"],
        )
        for order, confirm, ship, reserve, invoice, count in groups:
            known = counts.setdefault(order.id, {"confirm": 0, "ship": 0, "invoice": 0})
            known["invoice"] += count if invoice else 0
            known["confirm"] += count if confirm else 0
            known["ship"] += count if ship or reserve else 0
        return counts

    # HOLDS

    def _oms_raise_hold(self, code, reason, evidence="", line=None, raised_by="rule", **values):
        """Put these orders on hold; an active hold of the same code and line is updated instead.

        :param str code: code of an ``oms.hold.code``
        :param str reason: the sentence that staff read
        :param str evidence: the figures behind it
        :param values: more values of the holds: ``fulfillment_id``, ``until``, ``rule_id``...
        :return: the active holds
        """
        code_id = self.env["oms.hold.code"]._id_of(code)
        if not code_id:
            raise OmsRefusal(
                "unknown_hold",
                self.env._("There is no hold %(code)s.", code=code),
                next_step=self.env._("Use a code of OMS > Configuration > Hold Codes."),
            )
        line_id = line.id if line else False
        # sudo: raising a hold is the system's act; everybody may be stopped by it.
        Hold = self.env["oms.hold"].sudo()
        active = Hold.search(
            [
                ("order_id", "in", self.ids),
                ("code_id", "=", code_id),
                ("line_id", "=", line_id),
                ("fulfillment_id", "=", values.get("fulfillment_id", False)),
                ("state", "=", "active"),
            ]
        )
        stale = active.filtered(lambda hold: hold.evidence != evidence or hold.reason != reason)
        if stale:
            stale.write({"reason": reason, "evidence": evidence, **values})
        return active + Hold.create(
            [
                {
                    "code_id": code_id,
                    "order_id": order.id,
                    "line_id": line_id,
                    "reason": reason,
                    "evidence": evidence,
                    "raised_by": raised_by,
                    **values,
                }
                for order in self - active.order_id
            ]
        )
