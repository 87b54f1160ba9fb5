import itertools
from datetime import timedelta

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.oms_shipment_status import PLAIN
from .common import START, TrackingCase, at


@tagged("post_install", "-at_install")
class TestPush(TrackingCase):
    def test_journey(self):
        parcel = self.make_parcel()
        answers = self.push(
            self.event(parcel, "picked_up", 1),
            self.event(parcel, "in_transit", 5),
            self.event(parcel, "delivered", 30),
        )
        self.assertEqual(self.statuses(answers), ["recorded"] * 3)
        self.assertEqual({answer["parcel_status"] for answer in answers}, {"delivered"})
        self.assertEqual(answers[0]["name"], parcel.name)
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual(parcel.attempts, 1)
        self.assertEqual(len(parcel.event_ids), 3)

    def test_every_order_of_arrival_ends_the_same(self):
        seen = set()
        journey = (("picked_up", 1), ("attempt_failed", 8), ("delivered", 30), ("in_transit", 31))
        for order in itertools.permutations(journey):
            parcel = self.make_parcel()
            for status, hours in order:
                self.push(self.event(parcel, status, hours), self.event(parcel, status, hours))
            seen.add((parcel.status, parcel.status_since, parcel.attempts, parcel.event_count))
        self.assertEqual(len(seen), 1, seen)
        self.assertEqual(seen.pop()[0], "delivered")

    def test_repeats_say_so(self):
        parcel = self.make_parcel()
        event = self.event(parcel, "picked_up", 1)
        answers = self.push(event, event) + self.push(event)
        self.assertEqual(self.statuses(answers), ["recorded", "duplicate", "duplicate"])
        self.assertEqual(len({answer["id"] for answer in answers}), 1)
        self.assertEqual(parcel.event_count, 1)

    def test_a_bad_event_spoils_nothing(self):
        parcel = self.make_parcel()
        answers = self.push(
            "nonsense",
            self.event(parcel, "picked_up", 1),
            self.event(parcel, "picked_up", 1, courier="Pigeon Post"),
            {**self.event(parcel, "picked_up", 2), "occurred_at": "soon"},
            {**self.event(parcel, "picked_up", 3), "status": "teleported"},
        )
        self.assertEqual(self.statuses(answers), ["error", "recorded", "error", "error", "error"])
        codes = [answer["errors"][0]["code"] for answer in answers if answer["errors"]]
        self.assertEqual(codes, ["not_an_object", "unknown_courier", "bad_time", "unknown_status"])
        self.assertIn("Pigeon Post", answers[2]["errors"][0]["message"])
        for answer in answers:
            self.assertTrue(all(error["next_step"] for error in answer["errors"]))

    def test_not_a_list(self):
        (answer,) = self.Shipment.push_events({"resi": "1"})
        self.assertEqual(answer["errors"][0]["code"], "not_a_list")

    def test_unknown_keys_are_kept_and_named(self):
        parcel = self.make_parcel()
        (answer,) = self.push(self.event(parcel, "picked_up", 1, driver="Budi"))
        self.assertIn("driver", answer["warnings"][0])
        self.assertEqual(parcel.event_ids.raw["driver"], "Budi")

    def test_codes_of_the_courier_and_common_codes(self):
        parcel = self.make_parcel()
        event = self.event(parcel, None, 1)
        failed = {**event, "code": "kiriminaja:152", "occurred_at": at(9)}
        self.push({**event, "code": "PU1"}, failed)
        self.assertEqual(set(parcel.event_ids.mapped("status")), {"picked_up", "attempt_failed"})
        self.assertTrue(parcel.exception)
        self.push({**event, "code": "D01", "occurred_at": at(20)})
        self.assertEqual((parcel.status, parcel.attempts), ("delivered", 2))
        self.assertFalse(parcel.exception)

    def test_unmapped_code_waits_for_its_meaning(self):
        parcel = self.make_parcel()
        event = {**self.event(parcel, None, 1), "code": "XX9", "text": "Selesai"}
        (answer,) = self.push(event)
        self.assertEqual(answer["status"], "recorded")
        self.assertEqual(answer["parcel_status"], "label_created")
        self.assertEqual(parcel.event_ids.status, "unknown")
        unmapped = self.env["oms.courier.unmapped"].search([("raw_code", "=", "XX9")])
        self.assertEqual((unmapped.event_count, unmapped.text), (1, "Selesai"))
        context = unmapped.action_map()["context"]
        Mapping = self.env["oms.courier.status"].with_context(**context)
        mapping = Mapping.create({"status": "delivered"})
        self.assertEqual(parcel.status, "delivered")
        self.assertTrue(parcel.fulfillment_id.delivered_at)
        self.assertFalse(self.env["oms.courier.unmapped"].search([("raw_code", "=", "XX9")]))
        mapping.status = "in_transit"
        self.assertEqual(parcel.status, "in_transit")
        mapping.unlink()
        self.assertEqual(parcel.event_ids.status, "unknown")

    def test_event_before_the_parcel(self):
        resi = self.new_resi()
        events = (self.event(resi, "picked_up", 1), self.event(resi, "delivered", 30))
        answers = self.push(*events, events[0])
        self.assertEqual(self.statuses(answers), ["waiting"] * 3)
        self.assertEqual(answers[0]["id"], answers[2]["id"])
        parcel = self.make_parcel(resi=resi)
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual(parcel.event_count, 2)
        inbox = self.env["oms.event.inbox"].browse(answers[0]["id"])
        self.assertEqual((inbox.state, inbox.shipment_id), ("applied", parcel))
        self.assertIn("place: Bandung", inbox.payload_text)
        self.assertNotIn("None", inbox.payload_text)
        self.assertEqual(self.statuses(self.push(*events)), ["duplicate"] * 2)

    def test_waiting_events_that_nobody_fetched_are_fetched_by_the_cron(self):
        resi = self.new_resi()
        (answer,) = self.push(self.event(resi, "picked_up", 1))
        inbox = self.env["oms.event.inbox"].browse(answer["id"])
        inbox.write({"state": "applied"})
        parcel = self.make_parcel(resi=resi)
        inbox.write({"state": "waiting"})
        with self.enter_registry_test_mode():
            self.env.ref("oms_tracking.cron_apply_waiting").method_direct_trigger()
        self.assertEqual((inbox.state, parcel.status), ("applied", "picked_up"))

    def test_another_company_finds_no_parcel(self):
        parcel = self.make_parcel()
        company = self.env["res.company"].create({"name": "Other"})
        other = self.Shipment.with_context(allowed_company_ids=company.ids)
        (answer,) = other.push_events([self.event(parcel, "delivered", 3)])
        self.assertEqual(answer["status"], "waiting")
        self.assertFalse(parcel.event_ids)

    def test_exception_reaches_the_order(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "picked_up", 1), self.event(parcel, "lost", 50))
        facts = parcel.order_id._oms_tracking_facts()[parcel.order_id.id]
        self.assertIn(parcel.name, facts["exception"])
        self.assertEqual(facts["record"][:2], ("oms.shipment", parcel.id))
        self.assertEqual(parcel.order_id.oms_blocker, "parcel_exception")
        (answer,) = self.env["sale.order"].oms_explain([parcel.order_id.name])
        self.assertIn(parcel.name, answer["blocker"]["message"])
        parcel.action_settle_exception()
        self.assertFalse(parcel.exception)
        self.push(self.event(parcel, "in_transit", 60))
        self.assertEqual((parcel.status, parcel.found), ("in_transit", True))

    def test_settled_exception_returns_with_news(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "refused", 9))
        parcel.action_settle_exception()
        self.push(self.event(parcel, "refused", 9, source_id="again"))
        self.assertFalse(parcel.exception)
        self.push(self.event(parcel, "returning", 20))
        self.assertTrue(parcel.exception)

    def test_constant_queries(self):
        def count(size):
            parcels = [self.make_parcel() for _number in range(size)]
            self.env.flush_all()
            self.env.invalidate_all()
            events = [
                self.event(parcel, status, hours)
                for parcel in parcels
                for hours, status in enumerate(("picked_up", "in_transit", "out_for_delivery"))
            ]
            before = self.env.cr.sql_log_count
            self.assertEqual(set(self.statuses(self.Shipment.push_events(events))), {"recorded"})
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertLessEqual(count(8), count(2) + 1)

    def test_a_scan_renews_no_index(self):
        """What each scan writes is in no index of parcels, neither as a column nor in a condition:
        only then can PostgreSQL leave the indexes as they are."""
        self.env.cr.execute(
            """
            SELECT index.relname, attribute.attname
              FROM pg_depend depend
              JOIN pg_class index ON index.oid = depend.objid AND index.relkind = 'i'
              JOIN pg_attribute attribute ON attribute.attrelid = depend.refobjid
                   AND attribute.attnum = depend.refobjsubid
             WHERE depend.refobjid = 'oms_shipment'::regclass
            """
        )
        columns = {column for _index, column in self.env.cr.fetchall()}
        self.assertLessEqual({"order_id", "rested_at", "resi_active"}, columns)
        self.assertFalse(columns & set(PLAIN))

    def test_journey_ends_and_goes_on(self):
        parcel = self.make_parcel()
        under_way = [("rested_at", "=", False), ("id", "=", parcel.id)]
        self.push(self.event(parcel, "picked_up", 1))
        self.assertEqual(self.Shipment.search(under_way), parcel)
        self.push(self.event(parcel, "lost", 30))
        self.assertEqual(parcel.rested_at, START + timedelta(hours=30))
        self.assertFalse(self.Shipment.search(under_way))
        self.push(self.event(parcel, "in_transit", 40))
        self.assertTrue(parcel.found)
        self.assertEqual(self.Shipment.search(under_way), parcel)

    def test_events_are_never_changed(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "picked_up", 1))
        for act in (
            lambda: parcel.event_ids.write({"status": "delivered"}),
            lambda: parcel.event_ids.sudo().write({"text": "x"}),
            lambda: parcel.event_ids.unlink(),
            lambda: parcel.unlink(),
        ):
            with self.assertRaises(UserError):
                act()

    def test_the_database_refuses_a_second_copy(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "picked_up", 1))
        vals = parcel.event_ids.copy_data()[0]
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            self.env["oms.shipment.event"].create(vals)

    def test_closed_return_settles_the_exception(self):
        parcel = self.make_parcel()
        order = parcel.order_id
        self.push(self.event(parcel, "lost", 30))
        self.assertTrue(parcel.exception)
        lines = [{"sku": "TRK-MUG", "quantity": 2}, {"sku": "TRK-PLATE", "quantity": 2}]
        Return = self.env["oms.return"]
        (answer,) = Return.request([{"order": order.name, "kind": "rts", "lines": lines}])
        case = {"return": answer["name"]}
        Return.approve([case])
        Return.receive([{**case, "lines": []}])
        self.assertTrue(parcel.exception, "the return is not closed yet")
        (answer,) = Return.resolve([case])
        self.assertEqual(answer["state"], "closed", answer)
        self.assertFalse(parcel.exception)
        self.assertEqual(order.oms_stage_id.code, "done")
