from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from ..models.oms_intake_queue import MAX_TRIES
from .intake_common import IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestIntakeQueue(IntakeCase):
    """Messages that wait for the queue: in order, again when they fail, given up in the end."""

    def accept(self, *orders):
        results = self.Intake.sudo()._accept(self.channel, list(orders), "http")
        return self.Intake.concat(*(intake for intake, _known in results))

    def run_queue(self, worker="cron_intake_queue"):
        with self.enter_registry_test_mode():
            self.env.ref(f"oms_fulfillment.{worker}").method_direct_trigger()
        self.env.invalidate_all()

    def test_whole_queue_is_worked_off(self):
        intakes = self.accept(*(make_order(f"Q-{n}") for n in range(7)))
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["oms.intake"]._cron_process(batch=3)
        self.env.invalidate_all()
        self.assertEqual(set(intakes.mapped("state")), {"accepted"})
        self.assertEqual(len(intakes.order_id), 7)
        self.assertEqual(set(intakes.mapped("tries")), {1})

    def test_older_revision_first(self):
        first, second = self.accept(make_order("Q", revision=1), make_order("Q", revision=2))
        self.assertEqual(self.Intake._claim(10), first)
        self.assertFalse(self.Intake._claim(10), "it waits until the older one is an order")
        first._process_claimed()
        self.assertEqual(self.Intake._claim(10), second)

    def test_leased_message_is_nobody_elses_until_the_lease_ends(self):
        (intake,) = self.accept(make_order("Q"))
        self.assertEqual(self.Intake._claim(10), intake)
        self.assertFalse(self.Intake._claim(10))
        self.assertGreater(intake.next_try, fields.Datetime.now() + timedelta(seconds=30))
        # its worker died, the time passed
        intake.next_try = fields.Datetime.now() - timedelta(seconds=1)
        self.run_queue("cron_intake_queue_2")
        self.assertEqual((intake.state, intake.tries), ("accepted", 2))

    def test_message_that_kills_its_worker_is_given_up(self):
        killer, other = self.accept(make_order("KILL"), make_order("Q"))
        self.Intake._claim(10)
        for intake in killer | other:
            intake.write({"next_try": fields.Datetime.now(), "tries": MAX_TRIES})
        other.tries = 1
        self.run_queue()
        self.assertEqual((killer.state, other.state), ("dead", "accepted"))
        self.assertEqual(killer.error_code, "stopped")
        self.assertTrue(killer.attention)
        self.assertEqual(self.channel.intake_dead_count, 1)
        killer.action_replay()
        self.assertEqual(killer.state, "accepted")

    def test_failure_is_tried_again_with_longer_waits(self):
        (intake,) = self.accept(make_order("Q"))
        build = type(self.Intake)._build_orders
        broken = patch.object(type(self.Intake), "_build_orders", side_effect=ZeroDivisionError)
        waits = []
        logger = "odoo.addons.oms_fulfillment.models.oms_intake_process"
        with broken, self.assertLogs(logger, "ERROR"):
            for _try in range(MAX_TRIES):
                intake.next_try = fields.Datetime.now()
                self.run_queue()
                waits.append((intake.next_try - fields.Datetime.now()).total_seconds())
        self.assertEqual((intake.state, intake.tries), ("dead", MAX_TRIES))
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[-1], 10 * waits[0])
        self.assertEqual(type(self.Intake)._build_orders, build)
        self.run_queue()
        self.assertEqual(intake.state, "dead", "a person decides now")
        intake.action_replay()
        self.assertEqual(intake.state, "accepted")

    def test_error_outside_of_an_order_stops_one_message_only(self):
        intakes = self.accept(*(make_order(f"Q-{n}") for n in range(3)))
        advance = type(self.env["sale.order"])._oms_advance

        def fail_for_one(orders):
            if "Q-1" in orders.mapped("oms_external_id"):
                raise ZeroDivisionError("at the moon")
            return advance(orders)

        with patch.object(type(self.env["sale.order"]), "_oms_advance", fail_for_one):
            self.run_queue()
        self.assertEqual(intakes.mapped("state"), ["accepted", "failed", "accepted"])
        self.assertIn("at the moon", intakes[1].reason)
        self.assertFalse(intakes[1].order_id, "half an order is none")

    def test_sent_again_after_it_was_given_up(self):
        bad = make_order("Q", lines=[{"sku": "NEW-SKU", "quantity": 1, "unit_price": 1}])
        (intake,) = self.accept(bad)
        self.run_queue()
        self.assertEqual(intake.state, "quarantined")
        self.tee.default_code = "NEW-SKU"
        self.assertEqual(self.accept(bad), intake)
        self.assertEqual(intake.state, "received")
        self.run_queue()
        self.assertEqual(intake.state, "accepted")

    # HEALTH AND RECONCILIATION

    def test_health(self):
        self.assertFalse(self.channel.intake_last_at)
        intake = self.accept(make_order("Q"), {"bad": 1})
        intake.received_at = fields.Datetime.now() - timedelta(minutes=7)
        self.channel.invalidate_recordset()
        self.assertEqual((self.channel.intake_queue_count, self.channel.intake_lag), (2, 7))
        self.run_queue()
        self.assertEqual((self.channel.intake_queue_count, self.channel.intake_lag), (0, 0))
        self.assertEqual(self.channel.intake_open_count, 1)

    def test_which_are_missing(self):
        self.submit(make_order("A"), make_order("B", lines=[]))
        robot = new_test_user(self.env, "robot", "oms_fulfillment.group_oms_integration")
        answer = self.env["oms.channel"].with_user(robot).reconcile("TOKO", ["A", "B", "C", "D"])
        self.assertEqual((answer["said"], answer["here"]), (4, 1))
        self.assertEqual(answer["missing"], ["C", "D"])
        (waiting,) = answer["waiting"]
        self.assertEqual((waiting["external_id"], waiting["state"]), ("B", "quarantined"))
        self.assertTrue(waiting["reason"])
        missing = self.Intake.search([("state", "=", "missing")])
        self.assertEqual(sorted(missing.mapped("external_id")), ["C", "D"])
        self.assertEqual(set(missing.mapped("attention")), {True})
        self.assertEqual(self.channel.intake_missing_count, 2)
        self.assertIn("2 missing", self.channel.reconciled_result)
        # once more changes nothing; the order that comes is no longer missing
        self.env["oms.channel"].reconcile("TOKO", ["A", "B", "C", "D"])
        self.assertEqual(self.Intake.search_count([("state", "=", "missing")]), 2)
        self.submit_one(make_order("C"), "accepted")
        self.submit_one(make_order("D", revision=0), "accepted")
        self.assertFalse(self.Intake.search([("state", "=", "missing")]))
        answer = self.env["oms.channel"].reconcile("TOKO", ["A", "C", "D"])
        self.assertEqual((answer["here"], answer["missing"]), (3, []))

    def test_how_many_of_a_day(self):
        self.env.company.partner_id.tz = "Asia/Jakarta"
        self.submit(
            make_order("A", ordered_at="2026-07-01T00:05:00+07:00"),
            make_order("B", ordered_at="2026-07-01T23:55:00+07:00"),
            make_order("C", ordered_at="2026-07-02T00:00:00+07:00"),
        )
        answer = self.env["oms.channel"].reconcile("TOKO", count=5, date="2026-07-01")
        self.assertEqual((answer["here"], answer["difference"]), (2, 3))

    def test_reconcile_refusals(self):
        for code, arguments in (
            ("unknown_channel", {"channel": "NOWHERE", "external_ids": []}),
            ("bad_value", {"channel": "TOKO", "external_ids": "A"}),
            ("bad_value", {"channel": "TOKO", "external_ids": [7]}),
            ("bad_value", {"channel": "TOKO", "external_ids": ["\0"]}),
            ("too_many", {"channel": "TOKO", "external_ids": ["A"] * 10_001}),
            ("bad_value", {"channel": "TOKO"}),
            ("bad_value", {"channel": "TOKO", "count": 1, "date": "yesterday"}),
        ):
            with self.assertRaises(OmsRefusal) as caught:
                self.env["oms.channel"].reconcile(**arguments)
            self.assertEqual(caught.exception.code, code)
