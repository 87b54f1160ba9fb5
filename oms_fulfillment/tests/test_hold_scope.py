from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestHoldScope(OmsCase):
    """Holds on an order, a line or a fulfilment; who decides, in which queue, and what follows."""

    def _hold(self, order, code="manual", **values):
        hold = order._oms_raise_hold(code, "Wait", raised_by="user", **values)
        self._settle()
        return hold

    def _only(self, *transitions):
        names = ("confirm", "reserve", "ship", "invoice")
        return {f"blocks_{name}": name in transitions for name in names}

    # SCOPE

    def test_hold_on_a_line_lets_the_other_line_go(self):
        order = self._order([(self.product, 2), (self.product_b, 1)])
        mugs, teas = order.order_line
        self._hold(order, line=teas, **self._only("reserve", "ship"))
        order.action_confirm()
        self._settle()
        self.assertEqual(mugs._oms_buckets()[mugs.id].reserved, 2)
        self.assertEqual(teas._oms_buckets()[teas.id].unallocated, 1)
        answer = self.env["oms.fulfillment"].ship([{"order": order.name}])[0]
        self.assertEqual(answer["status"], "shipped", answer)
        self.assertEqual(mugs._oms_buckets()[mugs.id].shipped, 2)
        self.assertEqual(teas._oms_buckets()[teas.id].unallocated, 1)

    def test_released_line_is_reserved_at_once(self):
        order = self._order([(self.product, 2), (self.product_b, 1)])
        hold = self._hold(order, line=order.order_line[1], **self._only("reserve", "ship"))
        order.action_confirm()
        self._settle()
        self.assertStage(order, "inventory_check", "hold")
        hold.release("It is fine")
        self.assertStage(order, "fulfillment", "to_pick")

    def test_held_line_does_not_leave_in_a_parcel_of_everything(self):
        order = self._confirmed([(self.product, 2), (self.product_b, 1)])
        self._hold(order, line=order.order_line[1], **self._only("ship"))
        work = order.oms_fulfillment_ids
        refused = self.env["oms.fulfillment"].ship([{"fulfillment": work.name}])[0]
        self.assertEqual(refused["errors"][0]["code"], "on_hold")
        parcel = {"lines": [{"sku": "MUG", "quantity": 2}]}
        item = {"fulfillment": work.name, "parcels": [parcel]}
        self.assertEqual(self.env["oms.fulfillment"].ship([item])[0]["status"], "shipped")

    def test_hold_on_one_fulfilment(self):
        order = self._confirmed([(self.product, 2), (self.scarce, 1)])
        self.env["oms.fulfillment"].ship([{"order": order.name}])
        self._stock(self.scarce, 1)
        self.env["oms.allocator"].run()
        self._settle()
        rest = order.oms_fulfillment_ids.filtered(lambda work: work.state == "ready")
        self._hold(order, fulfillment_id=rest.id)
        self.assertTrue(rest.on_hold)
        with self.assertRaisesRegex(UserError, "Wait"):
            rest.action_pick()

    def test_several_holds_at_once_each_with_its_own_transition(self):
        order = self._order()
        ship = self._hold(order, "compliance_doc")
        confirm = self._hold(order, "fraud_review", **self._only("confirm"))
        with self.assertRaisesRegex(UserError, "can't be confirmed"):
            order.action_confirm()
        confirm.release("Known")
        order.action_confirm()
        self._settle()
        self.assertStage(order, "fulfillment", "hold")
        ship.release("Attached")
        self.assertStage(order, "fulfillment", "to_pick")

    def test_hold_that_blocks_the_invoice(self):
        order = self._confirmed()
        hold = self._hold(order, **self._only("invoice"))
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        self.env["sale.order"].oms_accept([{"order": order.name}])
        self.assertStage(order, "payment", "hold")
        with self.assertRaisesRegex(UserError, "can't be invoiced: Wait"):
            order._create_invoices()
        self.assertFalse(order.invoice_ids)
        self.assertEqual(
            self.env["sale.order"].oms_explain([order.name])[0]["blocker"]["code"], "hold"
        )
        hold.release("Agreed")
        self.assertEqual(order.invoice_ids.state, "posted")

    # WHO DECIDES

    def test_hold_waits_in_the_queue_of_its_role(self):
        order = self._order()
        self._hold(order, "credit_limit")
        self._hold(order, "manual")
        agent = new_test_user(self.env, "agent-q", "oms_fulfillment.group_oms_agent")
        finance = new_test_user(self.env, "finance-q", "oms_fulfillment.group_oms_finance")
        Hold = self.env["oms.hold"]
        domain = [("in_my_queue", "=", True), ("order_id", "=", order.id)]
        self.assertEqual(Hold.with_user(agent).search(domain).mapped("code"), ["manual"])
        self.assertEqual(Hold.with_user(finance).search(domain).mapped("code"), ["credit_limit"])

    def test_two_people_decide_one_after_the_other(self):
        first = self.env.ref("oms_fulfillment.hold_duplicate_suspect")
        first.next_code_id = self.env.ref("oms_fulfillment.hold_fraud_review")
        order = self._order()
        hold = self._hold(order, "duplicate_suspect")
        agent = new_test_user(self.env, "agent-c", "oms_fulfillment.group_oms_agent")
        hold.with_user(agent).release("Two gifts")
        self._settle()
        following = order.oms_hold_ids.filtered(lambda hold: hold.state == "active")
        self.assertEqual(following.code, "fraud_review")
        with self.assertRaisesRegex(UserError, "may not release"):
            following.with_user(agent).release("me again")
        following.release("Checked")
        self.assertStage(order, "processing", "to_confirm")

    def test_many_holds_are_released_at_once_and_others_are_left_out(self):
        orders = self._order() | self._order()
        holds = self._hold(orders, "manual") | self._hold(orders[0], "credit_limit")
        agent = new_test_user(self.env, "agent-b", "oms_fulfillment.group_oms_agent")
        action = holds.with_user(agent).action_release()
        self.assertEqual(action["context"]["default_left_out"], 1)
        wizard = (
            self.env["oms.hold.release"]
            .with_user(agent)
            .with_context(**action["context"])
            .create({"reason": "Checked all"})
        )
        wizard.action_release()
        self.assertEqual(holds.mapped("state"), ["released", "released", "active"])
        with self.assertRaisesRegex(UserError, "may not release"):
            holds[2].with_user(agent).action_release()

    def test_rejected_confirmed_order_is_cancelled_and_its_stock_is_free(self):
        order = self._confirmed()
        self._hold(order, "fraud_review").reject("Stolen card")
        self.assertStage(order, "cancelled")
        self.assertEqual(order.oms_cancel_reason_id.code, "rejected")
        self.assertEqual(order.picking_ids.state, "cancel")

    def test_what_has_left_is_not_rejected(self):
        order = self._confirmed()
        order.oms_fulfillment_ids.action_hand_over()
        hold = self._hold(order, "manual", **self._only("invoice"))
        with self.assertRaisesRegex(UserError, "ask for a return"):
            hold.reject("Too late")

    def test_person_puts_orders_on_hold(self):
        orders = self._order() | self._order()
        agent = new_test_user(self.env, "agent-p", "oms_fulfillment.group_oms_agent")
        action = orders.with_user(agent).action_oms_place_hold()
        wizard = (
            self.env["oms.hold.place"]
            .with_user(agent)
            .with_context(**action["context"])
            .create({"reason": "Customer travels", "until": "2030-01-01 00:00:00"})
        )
        wizard.blocks_confirm = False
        wizard.action_place()
        holds = orders.oms_hold_ids
        self.assertEqual(len(holds), 2)
        self.assertFalse(any(holds.mapped("blocks_confirm")))
        orders.action_confirm()
        self._settle()
        self.assertEqual(set(orders.mapped("oms_stage_code")), {"inventory_check"})

    def test_hold_ends_at_its_time(self):
        order = self._order()
        hold = self._hold(order, until=fields.Datetime.now())
        hold._end_in_time()
        self.assertStage(order, "processing", "to_confirm")
        self.assertEqual(hold.release_reason, "Its time is over.")

    def test_due_time_comes_from_the_kind_of_hold(self):
        hold = self._hold(self._order(), "fraud_review")
        self.assertEqual(hold.due, fields.Datetime.add(hold.since, hours=24))

    def test_kind_of_hold_that_changes_changes_what_active_holds_block(self):
        order = self._order()
        hold = order._oms_raise_hold("compliance_doc", "Export licence")
        hold.code_id.blocks_confirm = True
        with self.assertRaisesRegex(UserError, "Export licence"):
            order.action_confirm()

    def test_customer_reads_why(self):
        self.partner.city = False
        order = self._order()
        self.assertEqual(order.oms_customer_text, order.oms_hold_ids.code_id.customer_text)
        snapshot = self.env["sale.order"].oms_snapshot([order.name])[0]
        self.assertEqual(snapshot["holds"][0]["customer_text"], order.oms_customer_text)
        self.assertEqual(snapshot["holds"][0]["blocks"], ["confirm"])


@tagged("post_install", "-at_install")
class TestCodCalls(OmsCase):
    """COD orders wait until the customer said on the telephone that the cash will be there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env.ref("oms_fulfillment.rule_cod_confirmation")
        cls.rule.write({"active": True, "attempts": 2, "hours": 4, "times": 0})
        cls.agent = new_test_user(cls.env, "caller", "oms_fulfillment.group_oms_agent")

    def _cod(self):
        order = self._confirmed(oms_payment_policy="cod")
        return order, order.oms_hold_ids.with_user(self.agent)

    def _calls_now(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "oms_fulfillment.action_oms_hold_call"
        )
        domain = [("by_phone", "=", True), ("state", "=", "active"), ("next_call_at", "<=", "now")]
        self.assertIn("oms-calls", action["path"])
        return self.env["oms.hold"].search(domain)

    def test_order_is_on_the_list_of_calls_and_reserves_nothing(self):
        order, hold = self._cod()
        self.assertStage(order, "inventory_check", "hold")
        self.assertIn(hold, self._calls_now())
        self.assertEqual((hold.phone, hold.cash), ("+6281200001111", 100000))
        self.assertFalse(self._units(order).get("reserved"))

    def test_confirmed_call_lets_the_order_go(self):
        order, hold = self._cod()
        hold.action_call_confirmed()
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(hold.released_by_id, self.agent)
        self.assertTrue(order.oms_cod_confirmed_at)
        self.assertEqual(hold.call_ids.mapped("outcome"), ["confirmed"])

    def test_confirmed_while_still_a_quotation_is_confirmed_for_good(self):
        order = self._order(oms_payment_policy="cod")
        order.oms_hold_ids.action_call_confirmed()
        order._oms_touch()
        order.action_confirm()
        self.assertStage(order, "fulfillment", "to_pick")

    def test_unanswered_calls_are_tried_again_and_end_the_order(self):
        order, hold = self._cod()
        hold.action_call_no_answer()
        self.assertEqual((hold.attempts, hold.attempts_left), (1, 1))
        self.assertNotIn(hold, self._calls_now())
        self.assertGreater(hold.next_call_at, fields.Datetime.now())
        hold.action_call_no_answer()
        self.assertStage(order, "cancelled")
        self.assertEqual(order.oms_cancel_reason_id.code, "no_answer")
        self.assertEqual(order.oms_cancel_fault, "buyer")
        self.assertEqual(hold.call_ids.mapped("outcome"), ["no_answer", "no_answer"])

    def test_refused_call_cancels(self):
        order, hold = self._cod()
        hold.action_call_refused()
        self.assertStage(order, "cancelled")
        self.assertEqual(order.oms_cancel_reason_id.code, "buyer_refused")

    def test_buyers_who_take_their_parcels_are_not_called(self):
        self.rule.times = 1
        order, hold = self._cod()
        hold.action_call_confirmed()
        self._settle()
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        self._settle()
        self.assertFalse(self._order(oms_payment_policy="cod").oms_hold_ids)

    def test_only_who_may_release_calls(self):
        _order, hold = self._cod()
        operator = new_test_user(self.env, "picker", "oms_fulfillment.group_oms_warehouse")
        with self.assertRaisesRegex(UserError, "may not release"):
            hold.with_user(operator).action_call_confirmed()
        self.assertFalse(hold.call_ids)

    def test_other_holds_are_not_cleared_by_a_call(self):
        order = self._order()
        hold = order._oms_raise_hold("manual", "x")
        with self.assertRaisesRegex(UserError, "not cleared by a call"):
            hold.action_call_confirmed()


@tagged("post_install", "-at_install")
class TestCancelReasons(OmsCase):
    def test_channel_gives_a_reason_that_is_counted(self):
        order = self._order(oms_external_id="C-1")
        item = {"external_id": "C-1", "reason": "out_of_stock"}
        answer = self.env["oms.channel"].cancel_orders(self.channel.code, [item])[0]
        self.assertEqual(answer["status"], "cancelled")
        self.assertEqual(order.oms_cancel_fault, "seller")
        self.assertEqual(order.oms_cancel_reason, order.oms_cancel_reason_id.name)

    def test_free_text_counts_as_the_channels(self):
        order = self._order(
            oms_external_id="C-2",
            order_line=[Command.create({"product_id": self.product.id, "product_uom_qty": 1})],
        )
        item = {"external_id": "C-2", "reason": "Pembeli batal"}
        self.env["oms.channel"].cancel_orders(self.channel.code, [item])
        self.assertEqual(order.oms_cancel_reason, "Pembeli batal")
        self.assertEqual(order.oms_cancel_reason_id.code, "channel")
