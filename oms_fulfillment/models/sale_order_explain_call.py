from odoo import models

from ..engine import stage as engine


class SaleOrder(models.Model):
    """What an explanation says to do, so that a program can do it."""

    _inherit = "sale.order"

    def _oms_blocker_call(self, code, hold):
        """Return the call that clears a blocker: ``{model, method, ids, args, inputs}``.

        ``args`` follow the ids; where a person has to say something, ``args`` hold a word in
        angle brackets, which ``inputs`` explains. ``None`` when nothing can be done but wait.
        """
        say = getattr(self, f"_oms_call_{code}", None)
        if code == "hold":
            return hold and self._oms_call(
                "oms.hold", "release", hold, ["<reason>"], reason=self.env._("Why it may go on.")
            )
        return say() if say else None

    def _oms_call(self, model, method, records=None, args=(), **inputs):
        return {
            "model": model,
            "method": method,
            "ids": records.ids if records else [],
            "args": list(args),
            "inputs": {f"<{name}>": text for name, text in inputs.items()},
        }

    def _oms_work(self, *states):
        return self.oms_fulfillment_ids.filtered(lambda work: work.state in states)[:1]

    # PLACEMENT, PROCESSING

    def _oms_call_missing_lines(self):
        line = [0, 0, {"product_id": "<product_id>", "product_uom_qty": 1}]
        return self._oms_call(
            "sale.order",
            "write",
            self,
            [{"order_line": [line]}],
            product_id=self.env._("A product that the customer wants."),
        )

    def _oms_call_missing_address(self):
        return self._oms_call(
            "sale.order",
            "write",
            self,
            [{"partner_shipping_id": "<partner_id>"}],
            partner_id=self.env._("A contact with the address."),
        )

    def _oms_call_missing_payment(self):
        return self._oms_call(
            "sale.order",
            "write",
            self,
            [{"oms_payment_policy": "<policy>"}],
            policy=self.env._("One of prepaid, escrow, cod, on_acceptance, terms."),
        )

    def _oms_call_to_confirm(self):
        return self._oms_call("sale.order", "action_confirm", self)

    # STOCK, WAREHOUSE

    def _oms_call_stock_short(self):
        """Reserve what is free; else receive what is on its way; else give the rest up."""
        line_buckets = self.order_line._oms_buckets()
        short = {
            line: line_buckets[line.id].unallocated
            for line in self.order_line
            if line.id in line_buckets and line_buckets[line.id].unallocated > engine.EPSILON
        }
        products = self.env["product.product"].concat(*(line.product_id for line in short))
        # Safety stock counts here: it is not promised, but whoever was promised goods gets them.
        stock = products._oms_stock(products.ids, self.warehouse_id.ids)
        if any(place.free > 0 for product in products for place in stock[product.id].values()):
            return self._oms_call("oms.allocator", "run")
        for product in products:
            incoming = self.sudo()._oms_next_receipt(product)
            if incoming.picking_id:
                return self._oms_call("stock.picking", "button_validate", incoming.picking_id)
        lines = [{"line": line.id, "quantity": units} for line, units in short.items()]
        item = {"order": self.name, "lines": lines, "reason": "out_of_stock"}
        return self._oms_call("sale.order", "oms_cancel_lines", None, [[item]])

    def _oms_call_to_pick(self):
        return self._oms_call("oms.fulfillment", "action_pick", self._oms_work("ready", "waiting"))

    def _oms_call_to_pack(self):
        return self._oms_call("oms.fulfillment", "action_pack", self._oms_work("picked"))

    def _oms_call_to_hand_over(self):
        item = {"fulfillment": self._oms_work("packed").name}
        return self._oms_call("oms.fulfillment", "ship", None, [[item]])

    # CUSTOMER

    def _oms_call_in_transit(self):
        item = {"fulfillment": self._oms_work("handed_over").name}
        return self._oms_call("oms.fulfillment", "mark_delivered", None, [[item]])

    def _oms_call_parcel_exception(self):
        line_buckets = self.order_line._oms_buckets()
        lines = [
            {"sku": line.product_id.default_code, "quantity": line_buckets[line.id].shipped}
            for line in self.order_line
            if line.id in line_buckets and line_buckets[line.id].shipped > engine.EPSILON
        ]
        item = {"order": self.name, "kind": "rts", "lines": lines}
        return self._oms_call("oms.return", "request", None, [[item]])

    def _oms_call_awaiting_acceptance(self):
        return self._oms_call("sale.order", "oms_accept", None, [[{"order": self.name}]])

    def _oms_call_return_open(self):
        """The next step of the first open return."""
        case = self.oms_return_ids.filtered("is_open")[:1]
        steps = {
            "requested": "approve",
            "approved": "receive",
            "in_transit": "receive",
            "received": "inspect",
            "inspected": "resolve",
        }
        if case.state not in steps:
            return self._oms_call("sale.order", "action_oms_advance", self)
        item = {"return": case.name}
        if steps[case.state] == "receive":
            item["lines"] = [
                {"sku": line.product_id.default_code, "quantity": line.quantity}
                for line in case.line_ids
            ]
        elif steps[case.state] == "inspect":
            item["lines"] = [
                {"sku": line.product_id.default_code, "restock": line.received}
                for line in case.line_ids
            ]
        return self._oms_call("oms.return", steps[case.state], None, [[item]])

    # MONEY

    def _oms_call_to_invoice(self):
        """Post what somebody drafted; else take the automatic step."""
        drafts = self.oms_invoice_ids.filtered(
            lambda move: move.state == "draft" and move.move_type == "out_invoice"
        )
        if drafts:
            return self._oms_call("account.move", "action_post", drafts)
        return self._oms_call("sale.order", "action_oms_advance", self)

    def _oms_call_cod_to_collect(self):
        return self._oms_call("sale.order", "action_oms_advance", self)

    def _oms_call_refund_pending(self):
        """Credit first what was billed and is not kept; then pay back what is due."""
        if self._oms_money()[self.id].overbilled:
            return self._oms_call("sale.order", "action_oms_advance", self)
        return self._oms_call("sale.order", "action_oms_pay_back", self)

    def _oms_call_prepayment_to_refund(self):
        return self._oms_call("sale.order", "action_oms_pay_back", self)

    def _oms_call_awaiting_payment(self):
        return self._oms_call_settle(self._oms_money()[self.id].residual)

    def _oms_call_cod_with_courier(self):
        return self._oms_call_settle(self._oms_money()[self.id].clearing_open)

    def _oms_call_payout_pending(self):
        return self._oms_call_settle(self._oms_money()[self.id].clearing_open)

    def _oms_call_settle(self, amount):
        line = {"order": self.name, "gross": amount}
        return self._oms_call(
            "oms.settlement",
            "submit_lines",
            None,
            [self.oms_channel_id.code, "<reference>", [line]],
            reference=self.env._("The number of the payout or of the bank transfer."),
        )
