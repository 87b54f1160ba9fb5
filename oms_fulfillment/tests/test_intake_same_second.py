from odoo.tests import tagged

from .intake_common import IntakeCase, make_order

SECOND = 1_782_871_900


@tagged("post_install", "-at_install")
class TestSameSecond(IntakeCase):
    """Channels number their messages by the second; two of one second are told apart by how far
    the order is."""

    def message(self, phase, **changes):
        extra = {"phase": phase, "channel_status": phase.upper()}
        return make_order(revision=SECOND, extra=extra, **changes)

    def pair(self):
        waiting = self.message("to_ship")
        gone = self.message("shipped", shipping={"courier": "JNE", "resi": "JNE77"})
        return waiting, gone

    def assertGone(self, order):
        """The order is where the message that is further on put it; both messages are there."""
        self.assertEqual(order.oms_channel_phase, "shipped")
        self.assertEqual(order.oms_ship_to["resi"], "JNE77")
        intakes = self.intakes()
        self.assertEqual(
            sorted(intake.payload["extra"]["phase"] for intake in intakes), ["shipped", "to_ship"]
        )
        self.assertEqual(order.oms_intake_id.payload["extra"]["phase"], "shipped")
        self.assertFalse(intakes.filtered("attention"))

    def test_the_one_that_is_further_on_wins_when_it_comes_later(self):
        waiting, gone = self.pair()
        order = self.order_of(self.submit_one(waiting, "accepted"))
        self.submit_one(gone, "updated")
        self.assertGone(order)

    def test_the_one_that_is_further_on_wins_when_it_comes_first(self):
        waiting, gone = self.pair()
        order = self.order_of(self.submit_one(gone, "accepted"))
        self.submit_one(waiting, "duplicate")
        self.assertGone(order)

    def test_the_queue_decides_alike(self):
        for first, second in (self.pair(), self.pair()[::-1]):
            with self.subTest(first=first["extra"]["phase"]):
                with self.env.cr.savepoint() as savepoint:
                    self.Intake._accept(self.channel, [first, second], "http")
                    self.intakes()._process()
                    self.assertGone(self.intakes().order_id)
                    savepoint.rollback()
                self.env.invalidate_all()

    def test_repetitions_change_nothing(self):
        waiting, gone = self.pair()
        order = self.order_of(self.submit_one(waiting, "accepted"))
        self.submit_one(gone, "updated")
        for message in (waiting, gone, waiting):
            self.assertEqual(self.submit_one(message)["status"], "duplicate")
        self.assertGone(order)

    def test_equally_far_the_later_one_wins_and_the_older_one_is_kept(self):
        order = self.order_of(self.submit_one(self.message("to_ship"), "accepted"))
        lines = [{"line_id": "1", "sku": "TEE-BLK-M", "quantity": 3, "unit_price": 82500}]
        self.submit_one(self.message("to_ship", lines=lines), "updated")
        self.assertEqual(order.order_line.product_uom_qty, 3)
        self.submit_one(self.message("to_ship"), "duplicate")
        self.assertEqual(order.order_line.product_uom_qty, 3, "an old message sent again")
        quantities = [intake.payload["lines"][0]["quantity"] for intake in self.intakes()]
        self.assertEqual(sorted(quantities), [2, 3])

    def test_a_confirmed_order_is_not_rewritten(self):
        order = self.order_of(self.submit_one(self.message("to_ship"), "accepted"))
        order.action_confirm()
        lines = [{"line_id": "1", "sku": "TEE-BLK-M", "quantity": 3, "unit_price": 82500}]
        for _again in range(2):
            answer = self.submit_one(self.message("to_ship", lines=lines), "quarantined")
            self.assertEqual(self.error_codes(answer), ["order_confirmed"])
        self.assertEqual(order.order_line.product_uom_qty, 2)
        self.submit_one(self.message("to_ship", note="Ring twice"), "updated")
        self.assertIn("Ring twice", order.note)
        self.assertEqual(order.order_line.product_uom_qty, 2)

    def test_cancelled_wins_over_placed_in_either_order(self):
        placed, gone = self.message("to_ship"), self.message("cancelled", status="cancelled")
        order = self.order_of(self.submit_one(placed, "accepted"))
        self.submit_one(gone, "updated")
        self.assertEqual(order.state, "cancel")
        for message in (gone, placed):
            answer = self.submit_one({**message, "external_id": "OTHER"})
        self.assertEqual((answer["status"], self.order_of(answer).state), ("duplicate", "cancel"))

    def test_the_dry_run_answers_alike(self):
        waiting, gone = self.pair()
        self.submit_one(waiting, "accepted")
        answer = self.env["oms.channel"].validate_orders("TOKO", [gone])[0]
        self.assertEqual(answer["status"], "updated")
        self.submit_one(gone, "updated")
        answer = self.env["oms.channel"].validate_orders("TOKO", [waiting])[0]
        self.assertEqual(answer["status"], "duplicate")

    def test_a_status_that_nobody_knows_needs_a_person(self):
        self.submit_one(self.message("to_ship"), "accepted")
        answer = self.submit_one(make_order(revision=SECOND, status="TELEPORTED"), "quarantined")
        self.assertEqual(self.error_codes(answer), ["revision_conflict"])
