from odoo import fields, models

# Odoo does these in a window that asks first; there is no single call.
WINDOWS = {
    "to_invoice": "sale.advance.payment.inv.create_invoices",
    "awaiting_payment": "account.payment.register.action_create_payments",
}


class SaleOrder(models.Model):
    """Orders that belong to no channel: what Odoo's own documents say about them."""

    _inherit = "sale.order"

    def _oms_explain_unmanaged(self):
        """Explain an order that this addon leaves alone, in the same form as the others."""
        code, message, evidence, call = self._oms_unmanaged_blocker()
        answer = {
            "id": self.id,
            "name": self.name,
            "stage": None,
            "since": fields.Datetime.to_string(self.date_order),
            "message": message,
            "blocker": None,
        }
        if code:
            party = {"to_hand_over": "warehouse", "stock_short": "warehouse"}.get(code, "agent")
            action = WINDOWS.get(code) if call is None else f"{call['model']}.{call['method']}"
            answer["blocker"] = {
                "code": code,
                "message": message,
                "since": fields.Datetime.to_string(self.date_order),
                "whose_move": "customer" if code == "awaiting_payment" else party,
                "action": action,
                "call": call,
                "deadline": fields.Datetime.to_string(self.commitment_date) or None,
                "evidence": {
                    "model": evidence._name,
                    "id": evidence.id,
                    "name": evidence.display_name,
                },
            }
        return answer

    def _oms_unmanaged_blocker(self):
        """Return ``(code, sentence, evidence, call)``; the code is ``None`` when all is done."""
        if self.state in ("draft", "sent"):
            return "to_confirm", self.env._("Confirm the order."), self, self._oms_call_to_confirm()
        if self.state == "cancel":
            return None, self.env._("The order is cancelled."), self, None
        picking = self.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))[:1]
        if picking.state == "assigned":
            call = self._oms_call("stock.picking", "button_validate", picking)
            return "to_hand_over", self.env._("Ship %(name)s.", name=picking.name), picking, call
        if picking:
            call = self._oms_call("stock.picking", "action_assign", picking)
            sentence = self.env._("%(name)s waits for stock.", name=picking.name)
            return "stock_short", sentence, picking, call
        if self.invoice_status == "to invoice":
            return "to_invoice", self.env._("Invoice the order."), self, None
        unpaid = self.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.payment_state in ("not_paid", "partial")
        )[:1]
        if unpaid:
            sentence = self.env._("%(invoice)s is to be paid.", invoice=unpaid.name)
            return "awaiting_payment", sentence, unpaid, None
        return None, self.env._("Nothing is left to do."), self, None
