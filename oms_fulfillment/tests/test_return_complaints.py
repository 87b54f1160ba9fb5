from odoo.tests import Form, tagged

from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturnComplaints(OmsReturnCase):
    """What users of other systems complain about, each as they describe it.

    Kits that come back in parts are in the end-to-end tests, which have manufacturing.
    """

    def _back(self, order, units, sku="MUG", received=None, **values):
        """One return from the request to the refund; return its refund."""
        case = self._request(order, units, sku=sku, **values)
        self._received(case, received)
        came = units if received is None else received
        if case.state == "received":
            lines = [{"sku": sku, "restock": came}]
            self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "inspected")
        return self._one(self.Return.resolve([{"return": case.name}]), "resolved")["refund"]

    def _refusal(self, answers):
        return self._one(answers, "error")["errors"][0]["code"]

    def _item(self, order, quantity, sku="MUG", **values):
        return {"order": order.name, "lines": [{"sku": sku, "quantity": quantity}], **values}

    def test_compensated_twice_after_the_sku_was_renamed(self):
        order = self._sold(self.marketplace, lines=[(self.product, 4, 100000, None)])
        order.order_line._oms_goods()
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        self.env["sale.order"].oms_cancel_lines([item])
        self._settle()
        self._ship(order)
        self._deliver(order)
        order.oms_fulfillment_ids.delivered_at = order.oms_fulfillment_ids.write_date
        self.product.default_code = "CUP"
        self.assertEqual(self._refusal(self.Return.request([self._item(order, 1)])), "unknown_line")
        self.assertEqual(self._back(order, 1, sku="CUP"), 100000)
        self.assertEqual(self._back(order, 2, sku="CUP"), 200000)
        over = self.Return.request([self._item(order, 1, sku="CUP")])
        self.assertEqual(self._refusal(over), "over_returnable")
        self.assertBalances(order, receivable=0, clearing=0, income=0)
        self.assertProved()

    def test_refunded_more_than_came_back(self):
        order = self._delivered()
        case = self._request(order, 3)
        self._received(case, 2)
        lines = [{"sku": "MUG", "restock": 2}]
        self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "inspected")
        lines = [{"sku": "MUG", "refund": 3}]
        over = self.Return.resolve([{"return": case.name, "lines": lines}])
        self.assertEqual(self._refusal(over), "over_accepted")
        self.assertEqual(self._one(self.Return.resolve([{"return": case.name}]))["refund"], 200000)
        self.assertProved()

    def test_return_shipping_is_deducted_and_shipping_can_be_refunded(self):
        fee = self._service("RETFEE", "Return shipping")
        self.env["oms.return.policy"].create(
            {"name": "Fee", "days": 9, "shipping_fee": 12000, "fee_product_id": fee.id}
        )
        for reason, kept in (("changed_mind", 32000), ("wrong_item", 0)):
            order = self._delivered(extras=[("shipping", 20000, None)])
            self._back(order, 3, reason=reason)
            self.assertBalances(order, receivable=0, clearing=kept)
        self.assertProved()

    def test_a_return_does_not_force_a_refund(self):
        order = self._delivered()
        self.assertEqual(self._back(order, 1, wish="none"), 0)
        self.assertBalances(order, receivable=0, clearing=300000)
        self.assertProved()

    def test_the_balance_is_right_after_many_returns(self):
        order = self._delivered(lines=[(self.product, 9, 11111, self.tax)])
        paid, refunded = order.amount_total, 0
        for units in (1, 2, 1, 3, 2):
            refunded += self._back(order, units)
            money = order._oms_money()[order.id]
            self.assertEqual(money.invoiced - money.credited, paid - refunded)
            self.assertEqual((money.refund_due, money.residual), (0, 0))
        self.assertEqual(refunded, paid)
        self.assertProved()

    def test_the_last_coin_of_partial_refunds(self):
        order = self._delivered(
            lines=[(self.product, 3, 33333, self.tax_included)],
            extras=[("discount", -10000, self.tax_included)],
        )
        refunds = [self._back(order, 1) for _unit in range(3)]
        self.assertEqual(sum(refunds), order.oms_invoice_ids.sorted("id")[0].amount_total)
        tax = order.oms_invoice_ids.mapped(
            lambda move: move.amount_tax if move.move_type == "out_invoice" else -move.amount_tax
        )
        self.assertEqual(sum(tax), 0)
        self.assertProved()

    def test_an_exchange_leaves_the_invoice_state(self):
        order = self._delivered()
        state = order.invoice_status
        self._back(order, 1, wish="replace")
        self.assertEqual((order.invoice_status, order.order_line.qty_to_invoice), (state, 0))
        self.assertEqual(order.order_line.qty_invoiced, 3)
        self.assertProved()

    def test_what_is_in_a_return_is_not_offered_again(self):
        order = self._delivered(
            lines=[(self.product, 3, 100000, None), (self.product_b, 2, 50000, None)]
        )
        self._request(order, 2)
        form = Form(self.env["oms.return.create"].with_context(default_order_id=order.id))
        form.reason_id = self.env.ref("oms_fulfillment.return_reason_defective")
        wizard = form.save()
        offered = {line.product_id: line.quantity for line in wizard.line_ids}
        self.assertEqual(offered, {self.product: 1, self.product_b: 2})
        answer = self._one(self.Return.request([{"order": order.name}]), "requested")
        self.assertEqual(
            len(self.Return.browse(answer["id"]).line_ids), 2, "one return for all lines"
        )
        self.assertEqual(
            self._refusal(self.Return.request([self._item(order, 1)])), "over_returnable"
        )

    def test_what_was_never_sent_is_not_returnable(self):
        order = self._sold(self.marketplace)
        order._oms_channel_cancel("changed_mind")
        self._settle()
        self.assertFalse(any(order._oms_returnable("customer").values()))
        for kind in ("customer", "rts"):
            item = self._item(order, 1, kind=kind)
            self.assertEqual(self._refusal(self.Return.request([item])), "over_returnable")

    def test_the_rest_of_a_line_is_cancelled_and_what_was_sent_comes_back(self):
        order = self._sold(self.marketplace, lines=[(self.product, 5, 10000, None)])
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 3}]}
        self.env["sale.order"].oms_cancel_lines([item])
        self._settle()
        self._ship(order)
        self._deliver(order)
        order.oms_fulfillment_ids.delivered_at = order.oms_fulfillment_ids.write_date
        self.assertEqual(self._back(order, 2), 20000)
        self.assertBalances(order, receivable=0, clearing=0)
        self._accept(order)
        self.assertStage(order, "done")
        self.assertProved()
