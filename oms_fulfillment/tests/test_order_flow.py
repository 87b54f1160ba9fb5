from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestOrderFlow(OmsCase):
    """One order from placement to receipt on Odoo's own documents."""

    def test_what_is_late_is_red_from_its_hour_on(self):
        view = self.env.ref("oms_fulfillment.oms_fulfillment_view_list")
        red = etree.fromstring(view.arch).get("decoration-danger")
        row = {"state": "ready", "ship_by": "2026-07-01 10:00:00", "current_date": "2026-07-01"}
        for now, expected in (("2026-07-01 09:59:59", False), ("2026-07-01 10:00:01", True)):
            self.assertEqual(safe_eval(red, {**row, "now": now}), expected)

    def test_order_walks_through_the_stages(self):
        order = self._order([(self.product, 2), (self.product_b, 1)])
        self.assertStage(order, "processing", "to_confirm")
        order.action_confirm()
        self.assertStage(order, "fulfillment", "to_pick")
        work = order.oms_fulfillment_ids
        self.assertEqual(work.state, "ready")
        work.action_pick()
        self.assertStage(order, "fulfillment", "to_pack")
        work.action_pack()
        self.assertStage(order, "fulfillment", "to_hand_over")
        work.action_hand_over()
        self.assertStage(order, "tracking", "in_transit")
        work.action_deliver()
        self.assertStage(order, "receipt_inspection", "awaiting_acceptance")
        answer = self.env["sale.order"].oms_accept([{"order": order.name}])[0]
        self.assertEqual((answer["status"], answer["errors"]), ("accepted", []))
        self.assertEqual(self._units(order), {"ordered": 3, "accepted": 3})
        self.assertEqual(
            [log.to_stage_id.code for log in order.oms_stage_log_ids.sorted("id")],
            [
                "placement",
                "processing",
                "inventory_check",
                "fulfillment",
                "tracking",
                "receipt_inspection",
                "payment",
            ],
        )
        self.assertProved()

    def test_accepting_twice_changes_nothing(self):
        order = self._confirmed()
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        Order = self.env["sale.order"]
        self.assertEqual(Order.oms_accept([{"order": order.name}])[0]["status"], "accepted")
        first = order.oms_fulfillment_ids.accepted_at
        self.assertEqual(Order.oms_accept([{"order": order.name}])[0]["status"], "duplicate")
        self.assertEqual(order.oms_fulfillment_ids.accepted_at, first)

    def test_short_order_waits_and_says_for_what(self):
        order = self._confirmed([(self.product, 14)])
        self.assertStage(order, "inventory_check", "stock_short")
        self.assertEqual(self._units(order), {"ordered": 14, "reserved": 10, "unallocated": 4})
        answer = self.env["sale.order"].oms_explain([order.name])[0]
        self.assertIn("4 × MUG short", answer["blocker"]["message"])
        self.assertEqual(answer["blocker"]["whose_move"], "warehouse")
        self.assertProved()

    def test_oldest_promise_is_served_first_when_stock_arrives(self):
        late = self._confirmed([(self.scarce, 2)], oms_promise_current="2030-02-01 00:00:00")
        early = self._confirmed([(self.scarce, 2)], oms_promise_current="2030-01-01 00:00:00")
        self._stock(self.scarce, 2)
        self.env["oms.allocator"].run()
        self.assertStage(early, "fulfillment", "to_pick")
        self.assertStage(late, "inventory_check", "stock_short")
        self.assertProved()

    def test_partial_shipment_makes_a_second_fulfilment(self):
        order = self._confirmed([(self.product, 5)])
        answer = self.env["oms.fulfillment"].ship(
            [
                {
                    "order": order.name,
                    "parcels": [{"courier": "JNE", "lines": [{"sku": "MUG", "quantity": 2}]}],
                }
            ]
        )[0]
        self.assertEqual((answer["status"], answer["errors"]), ("shipped", []))
        self._settle()
        self.assertEqual(len(order.oms_fulfillment_ids), 2)
        self.assertEqual(order.oms_fulfillment_ids.mapped("state"), ["handed_over", "ready"])
        self.assertEqual(self._units(order), {"ordered": 5, "shipped": 2, "reserved": 3})
        self.assertProved()

    def test_more_than_reserved_is_refused_without_a_trace(self):
        order = self._confirmed([(self.product, 2)])
        answer = self.env["oms.fulfillment"].ship(
            [{"order": order.name, "parcels": [{"lines": [{"sku": "MUG", "quantity": 3}]}]}]
        )[0]
        self.assertEqual(answer["errors"][0]["code"], "more_than_reserved")
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(self._units(order), {"ordered": 2, "reserved": 2})

    def test_cancelling_a_transfer_records_the_units(self):
        order = self._confirmed([(self.product, 2)])
        order.picking_ids.action_cancel()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 2, "cancelled": 2})
        self.assertEqual(order.oms_stage_code, "cancelled")
        self.assertProved()

    def test_no_backorder_cancels_the_rest(self):
        order = self._confirmed([(self.product, 4)])
        move = order.picking_ids.move_ids
        move.quantity, move.picked = 3, True
        picking = order.picking_ids.with_context(
            skip_backorder=True, skip_sms=True, picking_ids_not_to_backorder=order.picking_ids.ids
        )
        picking.button_validate()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 4, "cancelled": 1, "shipped": 3})
        self.assertProved()

    def test_quantity_changes_after_confirmation_keep_the_count(self):
        order = self._confirmed([(self.product, 4)])
        order.order_line.product_uom_qty = 6
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 6, "reserved": 6})
        order.order_line.product_uom_qty = 3
        self._settle()
        self.assertEqual(self._units(order)["ordered"], 3)
        self.assertProved()

    def test_cancelled_order_frees_its_stock(self):
        order = self._confirmed([(self.product, 10)])
        order._action_cancel()
        other = self._confirmed([(self.product, 10)])
        self.assertStage(order, "cancelled")
        self.assertStage(other, "fulfillment", "to_pick")
        self.assertProved()

    def test_goods_that_are_not_there_do_not_leave(self):
        order = self._confirmed([(self.scarce, 1)])
        move = order.picking_ids.move_ids
        move.quantity, move.picked = 1, True
        with self.assertRaisesRegex(UserError, "would leave -1 of .*RARE"):
            order.picking_ids.with_context(skip_sms=True).button_validate()

    def test_two_step_warehouse(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed([(self.product, 2)])
        self.assertStage(order, "fulfillment", "to_pick")
        pick = order.picking_ids
        pick.with_context(skip_sms=True).button_validate()
        self.assertEqual(self._units(order), {"ordered": 2, "picked": 2})
        self.assertStage(order, "fulfillment", "to_pack")
        order.oms_fulfillment_ids.action_hand_over()
        self.assertStage(order, "tracking", "in_transit")
        self.assertProved()

    def test_silence_is_acceptance_after_n_days(self):
        order = self._confirmed()
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        self.env["oms.fulfillment"]._accept_overdue()
        self.assertFalse(order.oms_fulfillment_ids.accepted_at)
        order.oms_fulfillment_ids.auto_accept_at = "2020-01-01 00:00:00"
        self.env["oms.fulfillment"]._accept_overdue()
        self.assertEqual(order.oms_fulfillment_ids.accepted_by, "auto")

    def test_available_is_the_same_number_everywhere(self):
        self._confirmed([(self.product, 3)])
        answer = self.env["oms.channel"].available("PHONE-T", ["MUG", "NOPE"])
        self.assertEqual(answer[0]["available"], 7)
        self.assertEqual(answer[1]["errors"][0]["code"], "unknown_sku")

    def test_order_without_channel_is_untouched(self):
        order = self._order(oms_channel_id=False)
        order.action_confirm()
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertFalse(order.oms_stage_id or order.oms_fulfillment_ids)

    def test_quantity_below_what_left_is_refused(self):
        order = self._confirmed([(self.product, 3)])
        order.oms_fulfillment_ids.action_hand_over()
        with self.assertRaisesRegex(UserError, "3 of .*MUG.* have left .* can't be 2"):
            order.order_line.product_uom_qty = 2

    def test_cancelled_units_go_first_when_the_quantity_falls(self):
        order = self._confirmed([(self.product, 3)])
        order.picking_ids.action_cancel()
        order.order_line.product_uom_qty = 1
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 1, "cancelled": 1})
        self.assertProved()

    def test_cancelled_order_that_starts_again_ships_only_the_rest(self):
        order = self._confirmed([(self.product, 3)])
        self.env["oms.fulfillment"].ship(
            [{"order": order.name, "parcels": [{"lines": [{"sku": "MUG", "quantity": 1}]}]}]
        )
        order._action_cancel()
        order.action_draft()
        order.action_confirm()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3, "shipped": 1, "reserved": 2})
        self.assertProved()
