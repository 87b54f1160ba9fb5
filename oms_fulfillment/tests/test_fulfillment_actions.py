from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..engine import actions as engine
from .action_common import ActionCase


@tagged("post_install", "-at_install")
class TestFulfillmentActions(ActionCase):
    """Hold, release, move, split and cancel, each asked of the fulfilment first."""

    def test_what_is_offered_follows_the_state(self):
        work = self._confirmed().oms_fulfillment_ids
        self.assertEqual(
            work.supported_actions,
            ["hold", "pick", "pack", "ship", "move", "split", "merge", "short", "cancel"],
        )
        work.action_pick()
        work.invalidate_recordset()
        self.assertNotIn("split", work.supported_actions)
        self.assertIn("short", work.supported_actions)
        work.action_hand_over()
        work.invalidate_recordset()
        self.assertEqual(work.supported_actions, ["deliver"])
        waiting = self._confirmed([(self.scarce, 2)]).oms_fulfillment_ids
        self.assertEqual(waiting.supported_actions, ["hold", "move", "split", "cancel"])

    def test_held_fulfilment_offers_its_release_and_no_hand_over(self):
        order = self._confirmed()
        work = order.oms_fulfillment_ids
        self._done("hold", work, reason="Ask about the colour")
        work.invalidate_recordset()
        self.assertIn("release", work.supported_actions)
        self.assertNotIn("ship", work.supported_actions)
        (shipped,) = self.works.ship([{"fulfillment": work.name}])
        self.assertEqual(shipped["errors"][0]["code"], "on_hold")
        self.assertEqual(self._refused("release", work), "reason_missing")
        self._done("release", work, reason="Blue it is")
        self.assertEqual(self._act("release", work, reason="again")["status"], "duplicate")
        self.assertEqual(order.oms_hold_ids.release_reason, "Blue it is")
        self._done("ship", work)
        self.assertProved()

    def test_hold_that_others_decide_on_is_not_released_by_the_warehouse(self):
        order = self._confirmed()
        work = order.oms_fulfillment_ids
        self._done("hold", work, reason="Odd address", code="fraud_review")
        user = new_test_user(self.env, "packer", "oms_fulfillment.group_oms_warehouse")
        works = self.works.with_user(user)
        (answer,) = works.release([{"fulfillment": work.name, "reason": "It is fine"}])
        self.assertEqual(answer["errors"][0]["code"], "release_not_allowed")
        self.assertEqual(order.oms_hold_ids.state, "active")

    def test_reader_may_look_and_not_act(self):
        work = self._confirmed().oms_fulfillment_ids
        user = new_test_user(self.env, "reader", "oms_fulfillment.group_oms_user")
        self.assertIn("move", work.with_user(user).supported_actions)
        with self.assertRaisesRegex(Exception, "may not decide"):
            self.works.with_user(user).cancel([{"fulfillment": work.name}])

    # MOVE

    def test_moved_to_another_warehouse(self):
        order = self._confirmed([(self.product, 3), (self.product_b, 1)])
        work = order.oms_fulfillment_ids
        self._stock(self.product, 5, self.second)
        answer = self._done("move_to", work, warehouse="SBY", reason="Nearer", reference="m1")
        self.assertEqual(answer["status"], "moved")
        self.assertEqual(work.state, "cancelled")
        new = order.oms_fulfillment_ids - work
        self.assertEqual(answer["fulfillments"][0]["name"], new.name)
        self.assertEqual(new.warehouse_id, self.second)
        self.assertEqual(self._units(order), {"ordered": 4.0, "reserved": 3.0, "unallocated": 1.0})
        self.assertEqual(self._on_hand(self.product)[0], 10.0, "free again where it was")
        again = self._act("move_to", work, warehouse="SBY", reference="m1")
        self.assertEqual(
            (again["status"], again["fulfillments"][0]["name"]), ("duplicate", new.name)
        )
        self.assertEqual(self._act("move_to", work, warehouse="SBY")["status"], "duplicate")
        self.assertEqual(self._act("move_to", new, warehouse="SBY")["status"], "duplicate")
        self.assertEqual(self._units(order)["ordered"], 4.0)
        self.assertProved()

    def test_units_moved_and_both_parts_shipped(self):
        order = self._confirmed([(self.product, 5)])
        work = order.oms_fulfillment_ids
        self._stock(self.product, 2, self.second)
        lines = [{"sku": "MUG", "quantity": 2}]
        self._done("move_to", work, warehouse="SBY", lines=lines)
        self.assertEqual(self._units(order), {"ordered": 5.0, "reserved": 5.0})
        for part in order.oms_fulfillment_ids:
            self._done("ship", part)
        self.assertEqual(self._units(order), {"ordered": 5.0, "shipped": 5.0})
        self.assertEqual(self._on_hand(self.product), (7.0, 7.0))
        self.assertProved()

    def test_moved_after_picking_leaves_goods_to_put_back(self):
        order = self._confirmed()
        work = order.oms_fulfillment_ids
        work.action_pick()
        self._done("move_to", work, warehouse="SBY")
        self.assertEqual(order.oms_put_away_ids.move_ids.product_uom_qty, 2.0)
        self.assertProved()

    def test_move_says_what_is_wrong(self):
        work = self._confirmed().oms_fulfillment_ids
        self.assertEqual(self._refused("move_to", work, warehouse="NOPE"), "unknown_warehouse")
        lines = [{"sku": "TEA", "quantity": 1}]
        self.assertEqual(
            self._refused("move_to", work, warehouse="SBY", lines=lines), "unknown_sku"
        )
        lines = [{"sku": "MUG", "quantity": 9}]
        self.assertEqual(
            self._refused("move_to", work, warehouse="SBY", lines=lines), "more_than_open"
        )
        lines = [{"sku": "MUG", "quantity": "many"}]
        self.assertEqual(
            self._refused("move_to", work, warehouse="SBY", lines=lines), "bad_quantity"
        )
        other = self.env["res.company"].create({"name": "PT Lain"})
        foreign = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        self.assertEqual(
            self._refused("move_to", work, warehouse=foreign.code), "unknown_warehouse"
        )
        work.action_hand_over()
        self.assertEqual(self._refused("move_to", work, warehouse="SBY"), "not_supported")

    # SPLIT

    def test_split_keeps_what_is_reserved(self):
        rival = self._confirmed([(self.product, 6)])
        order = self._confirmed([(self.product, 6), (self.product_b, 2)])
        work = order.oms_fulfillment_ids
        self.assertEqual(self._units(order)["reserved"], 6.0, "four mugs and two teas")
        lines = [{"sku": "MUG", "quantity": 4}, {"sku": "TEA", "quantity": 2}]
        answer = self._done("split", work, lines=lines, reference="s1")
        new = order.oms_fulfillment_ids - work
        self.assertEqual(
            answer["fulfillments"],
            [{"name": new.name, "warehouse": self.warehouse.code, "state": "ready"}],
        )
        self.assertEqual(
            {move.product_id: move.quantity for move in new.picking_id.move_ids},
            {self.product: 2.0, self.product_b: 2.0},
        )
        self.assertEqual(work.picking_id.move_ids.quantity, 2.0)
        self.assertEqual((work.state, new.warehouse_id), ("ready", self.warehouse))
        self.assertEqual(
            self._act("split", work, lines=lines, reference="s1")["status"], "duplicate"
        )
        rival.action_cancel()
        self._settle()
        self.assertEqual(new.picking_id.state, "assigned", "what became free completes it")
        for part in order.oms_fulfillment_ids:
            self._done("ship", part)
        self.assertEqual(self._units(order), {"ordered": 8.0, "shipped": 8.0})
        self.assertProved()

    def test_split_of_nothing_or_everything_is_refused(self):
        work = self._confirmed().oms_fulfillment_ids
        self.assertEqual(self._refused("split", work), "lines_missing")
        lines = [{"sku": "MUG", "quantity": 2}]
        self.assertEqual(self._refused("split", work, lines=lines), "nothing_stays")
        single = self._confirmed([(self.product, 1)]).oms_fulfillment_ids
        self.assertEqual(self._refused("split", single, lines=lines), "not_supported")

    # CANCEL

    def test_cancel_one_of_two_fulfilments(self):
        order = self._confirmed([(self.product, 4)])
        work = order.oms_fulfillment_ids
        self._done("split", work, lines=[{"sku": "MUG", "quantity": 1}])
        new = order.oms_fulfillment_ids - work
        answer = self._done("cancel", new, reason="changed_mind")
        self.assertEqual((answer["status"], answer["state"]), ("cancelled", "cancelled"))
        self.assertEqual(order.oms_cancel_reason_id.code, "changed_mind")
        self.assertEqual(self._act("cancel", new)["status"], "duplicate")
        self.assertEqual(self._units(order), {"ordered": 4.0, "cancelled": 1.0, "reserved": 3.0})
        self.assertProved()

    def test_cancel_some_units(self):
        order = self._confirmed([(self.product, 4)])
        work = order.oms_fulfillment_ids
        self._done("cancel", work, lines=[{"sku": "MUG", "quantity": 3}])
        self.assertEqual(self._units(order), {"ordered": 4.0, "cancelled": 3.0, "reserved": 1.0})
        self.assertProved()

    def test_every_action_is_on_record(self):
        order = self._confirmed([(self.product, 4)])
        work = order.oms_fulfillment_ids
        self._done("hold", work, reason="Wait")
        self._done("release", work, reason="Go")
        self._done("cancel", work, lines=[{"sku": "MUG", "quantity": 1}], reason="late")
        log = work.action_ids.sorted("id")
        self.assertEqual(log.mapped("action"), ["hold", "release", "cancel"])
        self.assertEqual(log.mapped("reason"), ["Wait", "Go", "We Are Too Late"])
        self.assertEqual(log[-1].goods, "1 x MUG")
        self.assertEqual(log.user_id, self.env.user)


@tagged("post_install", "-at_install")
class TestActionWindow(ActionCase):
    """The buttons do what the public methods do, for people without rights on transfers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "agent", "oms_fulfillment.group_oms_agent")

    def _window(self, work, name):
        action = getattr(work.with_user(self.agent), f"action_{name}")()
        window = self.env[action["res_model"]].with_user(self.agent)
        return Form(window.with_context(**action["context"]))

    def test_move_some_units(self):
        order = self._confirmed([(self.product, 3)])
        window = self._window(order.oms_fulfillment_ids, "move")
        window.warehouse_id = self.second
        with window.line_ids.edit(0) as line:
            line.quantity = 1
        window.save().action_apply()
        self._settle()
        self.assertEqual(len(order.oms_fulfillment_ids), 2)
        self.assertEqual(order.oms_fulfillment_ids.action_ids.user_id, self.agent)
        self.assertProved()

    def test_report_what_is_not_there(self):
        order = self._confirmed([(self.product, 3)])
        window = self._window(order.oms_fulfillment_ids, "short")
        window.short_reason_id = self.env.ref("oms_fulfillment.short_reason_damaged")
        self.assertEqual(window.then, "resource", "as the reason says")
        window.then = "cancel"
        with self.assertRaisesRegex(UserError, "What is missing"):
            window.save().action_apply()
        with window.line_ids.edit(0) as line:
            line.quantity = 2
        window.save().action_apply()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3.0, "cancelled": 2.0, "reserved": 1.0})
        self.assertProved()

    def test_split_and_cancel(self):
        order = self._confirmed([(self.product, 3)])
        work = order.oms_fulfillment_ids
        window = self._window(work, "split")
        with window.line_ids.edit(0) as line:
            line.quantity = 1
        window.save().action_apply()
        self._settle()
        window = self._window(work, "cancel")
        window.cancel_reason_id = self.env.ref("oms_fulfillment.cancel_reason_late")
        window.save().action_apply()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3.0, "cancelled": 2.0, "reserved": 1.0})

    def test_button_of_a_fulfilment_that_left(self):
        work = self._confirmed().oms_fulfillment_ids
        work.action_hand_over()
        self._settle()
        with self.assertRaisesRegex(UserError, "not possible"):
            work.action_move()


class TestActionsEngine(ActionCase):
    def test_every_state_knows_its_actions(self):
        states = dict(self.works._fields["state"].selection)
        full = {"reserved": True, "units": 3.0, "elsewhere": True, "own_hold": True}
        for state in states:
            offered = engine.supported(engine.Facts(state=state, **full))
            self.assertEqual(set(offered) <= {"deliver"}, state not in engine.OPEN, state)
