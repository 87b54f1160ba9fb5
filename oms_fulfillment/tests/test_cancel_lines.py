from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestCancelLines(OmsAccountingCase):
    """What has not left is given up, unit by unit; what was picked goes back on the shelf."""

    def _cancel(self, order, *lines, reason="out_of_stock"):
        item = {"order": order.name, "lines": list(lines), "reason": reason}
        answer = self.env["sale.order"].oms_cancel_lines([item])[0]
        self._settle()
        return answer

    def test_rest_of_a_line_that_is_short(self):
        order = self._confirmed([(self.product, 2), (self.scarce, 3)])
        answer = self._cancel(order, {"sku": "RARE"})
        self.assertEqual(answer["status"], "cancelled", answer)
        self.assertEqual(answer["lines"][0]["cancelled"], 3)
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(self._units(order), {"ordered": 5.0, "cancelled": 3.0, "reserved": 2.0})
        self.assertEqual(order.oms_cancel_fault, "seller")
        self.assertEqual(self._cancel(order, {"sku": "RARE"})["status"], "duplicate")
        self.assertProved()

    def test_some_units_leave_the_others_reserved(self):
        order = self._confirmed([(self.product, 5)])
        self._cancel(order, {"sku": "MUG", "quantity": 2})
        self.assertEqual(self._units(order), {"ordered": 5.0, "cancelled": 2.0, "reserved": 3.0})
        self.assertFalse(order.oms_put_away_ids, "nobody had taken them off the shelf")
        self.assertProved()

    def test_unreserved_units_go_first(self):
        self._stock(self.scarce, 2)
        order = self._confirmed([(self.scarce, 5)])
        self._cancel(order, {"sku": "RARE", "quantity": 3})
        self.assertEqual(self._units(order), {"ordered": 5.0, "cancelled": 3.0, "reserved": 2.0})

    def test_picked_units_are_put_back(self):
        order = self._confirmed([(self.product, 5)])
        order.oms_fulfillment_ids.action_pick()
        answer = self._cancel(order, {"sku": "MUG", "quantity": 2})
        self.assertEqual(self._units(order), {"ordered": 5.0, "cancelled": 2.0, "picked": 3.0})
        task = order.oms_put_away_ids
        self.assertEqual(answer["put_away"], task.mapped("name"))
        self.assertEqual(task.move_ids.product_uom_qty, 2)
        self.assertEqual(task.location_dest_id, self.warehouse.lot_stock_id)
        self.assertEqual(task.state, "assigned", "nobody else gets them until they are back")
        task.with_context(skip_sms=True).button_validate()
        self.assertEqual(task.state, "done")
        self.assertProved()

    def test_order_cancelled_after_picking(self):
        order = self._confirmed([(self.product, 2), (self.product_b, 1)])
        order.oms_fulfillment_ids.action_pick()
        order._oms_channel_cancel("changed_mind")
        self.assertStage(order, "cancelled")
        moves = order.oms_put_away_ids.move_ids
        self.assertEqual(sorted(moves.mapped("product_uom_qty")), [1, 2])
        self.assertProved()

    def test_order_cancelled_before_picking_makes_no_task(self):
        order = self._confirmed()
        order._oms_channel_cancel("changed_mind")
        self.assertFalse(order.oms_put_away_ids)

    def test_picked_in_a_transfer_of_its_own(self):
        """Pick, then ship: the goods lie in the output area and come back from there."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed([(self.product, 3)])
        pick = order.picking_ids.filtered(lambda p: p.picking_type_id.code == "internal")
        pick.with_context(skip_sms=True).button_validate()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3.0, "picked": 3.0})
        self._cancel(order, {"sku": "MUG", "quantity": 1})
        task = order.oms_put_away_ids
        self.assertEqual(task.location_id, self.warehouse.wh_output_stock_loc_id)
        self.assertEqual(task.move_ids.product_uom_qty, 1)
        self.assertEqual(self._units(order), {"ordered": 3.0, "cancelled": 1.0, "picked": 2.0})
        self.assertProved()

    def test_rest_before_picking_in_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed([(self.product, 3)])
        self._cancel(order, {"sku": "MUG", "quantity": 2})
        self.assertEqual(self._units(order), {"ordered": 3.0, "cancelled": 2.0, "reserved": 1.0})
        self._cancel(order)
        self.assertStage(order, "cancelled")
        self.assertProved()

    def test_lower_quantity_after_picking_makes_the_task(self):
        order = self._confirmed([(self.product, 5)])
        order.oms_fulfillment_ids.action_pick()
        order.order_line.product_uom_qty = 3
        self._settle()
        self.assertEqual(order.oms_put_away_ids.move_ids.product_uom_qty, 2)
        self.assertProved()

    def test_what_has_left_says_what_to_do_instead(self):
        order = self._confirmed([(self.product, 3)])
        parcel = {"lines": [{"sku": "MUG", "quantity": 2}]}
        self.env["oms.fulfillment"].ship([{"order": order.name, "parcels": [parcel]}])
        self._settle()
        refused = self._cancel(order, {"sku": "MUG", "quantity": 3})["errors"][0]
        self.assertEqual(refused["code"], "already_shipped")
        self.assertIn("return", refused["next_step"])
        self.assertEqual(self._cancel(order, {"sku": "MUG"})["lines"][0]["cancelled"], 1)
        self.assertStage(order, "tracking", "in_transit")

    def test_cancelled_units_are_not_billed(self):
        order = self._confirmed([(self.product, 4)])
        self._cancel(order, {"sku": "MUG", "quantity": 1})
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        self.env["sale.order"].oms_accept([{"order": order.name}])
        self._settle()
        self.assertEqual(order.oms_invoice_ids.invoice_line_ids.quantity, 3)
        self.assertProved()

    def test_nonsense_is_refused_with_a_sentence(self):
        order = self._confirmed()
        for spec, code in (
            ({"sku": "NONE"}, "unknown_line"),
            ({"sku": "MUG", "quantity": "x"}, "bad_quantity"),
            ({"sku": "MUG", "quantity": -1}, "bad_quantity"),
            ({"sku": "MUG", "quantity": 99}, "more_than_open"),
        ):
            self.assertEqual(self._cancel(order, spec)["errors"][0]["code"], code)
        draft = self._order()
        self.assertEqual(self._cancel(draft)["errors"][0]["code"], "not_confirmed")
        with self.assertRaises(UserError):
            draft._oms_cancel_units({})

    def test_a_line_has_a_window_of_its_own(self):
        order = self._confirmed([(self.product, 5), (self.product_b, 2)])
        mugs, teas = order.order_line
        action = mugs.action_oms_cancel_rest()
        window = Form(self.env[action["res_model"]].with_context(**action["context"]))
        self.assertEqual((window.still_here, window.quantity), (5, 5))
        window.reason_id = self.env.ref("oms_fulfillment.cancel_reason_out_of_stock")
        window.quantity = -1
        wrong = window.save()
        with self.assertRaisesRegex(UserError, "no quantity"):
            wrong.action_cancel()
        window.quantity = 3
        window.save().action_cancel()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 7.0, "cancelled": 3.0, "reserved": 4.0})
        self.assertEqual((mugs.oms_qty_cancelled, teas.oms_qty_cancelled), (3, 0))
        self.assertEqual(order.oms_cancel_fault, "seller")
        order.oms_fulfillment_ids.action_hand_over()
        with self.assertRaisesRegex(UserError, "left to cancel"):
            mugs.action_oms_cancel_rest()

    def test_the_courier_collects_for_what_is_sent(self):
        for asked in (0, 300000):
            order = self._sold(self.cod, oms_cod_amount=asked)
            self._cancel(order, {"sku": "MUG", "quantity": 1})
            work = order.oms_fulfillment_ids
            self.assertEqual(work._prepare_work()["cod_amount"], 200000)

    def test_a_line_that_is_named_twice(self):
        order = self._confirmed([(self.product, 5)])
        answer = self._cancel(
            order, {"sku": "MUG", "quantity": 1}, {"line": order.order_line.id, "quantity": 2}
        )
        self.assertEqual(answer["lines"][0]["cancelled"], 3)
        self._cancel(order, {"sku": "MUG", "quantity": 1}, {"sku": "MUG"})
        self.assertEqual(self._units(order), {"ordered": 5.0, "cancelled": 5.0})
