import json
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.webhook import MAX_BODY
from .connector_common import BookingCase

PROOF = {"X-Courier-Proof": "agreed-secret"}
# The first call that is stored collides with another transaction; sequences are never rolled back.
COLLISION = """
    CREATE SEQUENCE oms_test_tries;
    CREATE FUNCTION oms_test_collide() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('oms_test_tries') = 1 THEN
            RAISE EXCEPTION 'two at once' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER oms_test_collide BEFORE INSERT ON oms_webhook_message
        FOR EACH ROW EXECUTE FUNCTION oms_test_collide();
"""


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase, BookingCase):
    """Calls of couriers' servers: proved, stored, answered, then read."""

    def setUp(self):
        super().setUp()
        self.path = f"/oms/webhook/biteship/{self.account.webhook_token}"
        self.messages = self.env["oms.webhook.message"]

    def send(self, body, path=None, method="POST", proof=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(PROOF if proof is None else proof)}
        return self.url_open(path or self.path, data=raw, headers=headers, method=method)

    def booked(self):
        parcel = self.make_booked_order()
        self.run_queue()
        return parcel, self.courier.sole()

    def run_queue(self, *xmlids):
        # tests that serve HTTP are in the registry's test mode all the time
        for xmlid in xmlids or ("cron_courier_jobs",):
            self.env.ref(f"oms_tracking.{xmlid}").method_direct_trigger()
        self.env.invalidate_all()

    def read_calls(self):
        self.run_queue("cron_webhook_queue")

    def test_stored_before_the_answer_and_read_afterwards(self):
        parcel, order = self.booked()
        self.courier.advance(order, "picked", "Picked up")
        answer = self.send(self.courier.message(order, "order.status"))
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "received"}))
        message = self.messages.search([("account_id", "=", self.account.id)])
        self.assertEqual(message.state, "received")
        self.assertEqual(parcel.status, "label_created")
        self.read_calls()
        self.assertEqual((message.state, message.shipment_ids), ("done", parcel))
        self.assertEqual(parcel.status, "picked_up")

    def test_duplicates_and_disorder_end_the_same(self):
        parcel, order = self.booked()
        for status in ("picked", "dropping_off", "delivered"):
            self.courier.advance(order, status, "")
        bodies = [self.courier.message(order, "order.status", index) for index in (2, 0, 1)]
        for body in bodies + bodies[::-1]:
            self.assertEqual(self.send(body).status_code, 200)
        self.read_calls()
        found = self.messages.search([("account_id", "=", self.account.id)])
        self.assertEqual(sorted(found.mapped("repeats")), [1, 1, 1])
        self.assertEqual(parcel.status, "delivered")
        self.due_now(parcel)
        self.run_queue()
        self.assertEqual(parcel.status, "delivered")
        codes = parcel.event_ids.mapped("raw_code")
        self.assertEqual(
            sorted(codes), ["biteship:delivered", "biteship:dropping_off", "biteship:picked"]
        )

    def test_old_number_does_not_come_back(self):
        parcel, order = self.booked()
        first = parcel.resi
        old = self.courier.message(order, "order.waybill_id")
        order.resi = "WYB-CHANGED"
        self.send(self.courier.message(order, "order.waybill_id"))
        self.read_calls()
        self.assertEqual(parcel.resi, "WYB-CHANGED")
        self.send(old)
        self.read_calls()
        self.assertEqual(parcel.resi, "WYB-CHANGED")
        self.assertEqual(set(parcel.resi_ids.mapped("number")), {first, "WYB-CHANGED"})

    def test_price_after_the_scales(self):
        parcel, order = self.booked()
        order.price = 25000
        self.send(self.courier.message(order, "order.price"))
        self.read_calls()
        self.assertEqual(parcel.cost_billed, self.account._from_wire(25000, parcel.currency_id))

    def test_faster_than_our_own_booking(self):
        parcel = self.make_booked_order()
        job = self.book_job(parcel)
        answer = job._prepare_book(False)()
        order = self.courier.sole()
        self.courier.advance(order, "picked", "Picked up")
        self.send(self.courier.message(order, "order.status"))
        self.read_calls()
        message = self.messages.search([("account_id", "=", self.account.id)])
        self.assertEqual(message.state, "unmatched")
        job.write({"answer": answer, "state": "answered"})
        self.run_queue()
        self.read_calls()
        self.assertEqual((message.state, parcel.status), ("done", "picked_up"))

    def test_refused_without_a_trace(self):
        good = {"event": "order.status", "order_id": "x"}
        token = self.account.webhook_token
        answers = [
            self.send(good, proof={}),
            self.send(good, proof={"X-Courier-Proof": "wrong"}),
            self.send(good, path="/oms/webhook/biteship/" + "A" * len(token)),
            self.send(good, path=f"/oms/webhook/kiriminaja/{token}"),
            self.send(good, path=f"/oms/webhook/nobody/{token}"),
            self.send(good, path="/oms/webhook/biteship/x"),
        ]
        self.account.active = False
        answers.append(self.send(good))
        self.assertEqual({answer.status_code for answer in answers}, {401})
        self.assertEqual(len({answer.text for answer in answers}), 1)
        self.assertFalse(self.messages.search([("account_id", "=", self.account.id)]))

    def test_a_call_whose_transaction_collides_is_stored_whole(self):
        """Odoo runs the request again; by then its body has been read once already."""
        self.env.cr.execute(COLLISION)
        body = json.dumps({"event": "order.status", "note": "x" * 5000}).encode()
        with mute_logger("odoo.sql_db"):
            answer = self.send(body)
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "received"}))
        self.env.cr.execute("SELECT last_value FROM oms_test_tries")
        self.assertEqual(self.env.cr.fetchone(), (2,), "the first try collided")
        message = self.messages.search([("account_id", "=", self.account.id)])
        self.assertEqual((message.body, message.repeats), (body.decode(), 0))

    def test_form_of_a_call(self):
        self.assertEqual(self.send(b"x" * (MAX_BODY + 1)).status_code, 413)
        self.assertEqual(self.send(b"", method="GET").status_code, 405)
        self.assertFalse(self.messages.search([("account_id", "=", self.account.id)]))

    def test_what_nobody_understands_waits(self):
        for body in (b"\xff\xfe", b"[" * 5000, b"null", b'{"event": "order.status"}', b"\x00"):
            self.assertEqual(self.send(body).status_code, 200, body[:20])
        self.read_calls()
        found = self.messages.search([("account_id", "=", self.account.id)])
        self.assertEqual(len(found), 5)
        self.assertLessEqual(set(found.mapped("state")), {"ping", "unmatched"})

    def test_what_there_was_no_time_for_waits_for_nobody(self):
        """A job whose time is out gives back what it had taken; the next one goes on at once."""
        for number in range(3):
            self.send({"event": "order.status", "order_id": f"unknown-{number}"})
        found = self.messages.search([("account_id", "=", self.account.id)], order="id")
        with patch("odoo.addons.base.models.ir_cron.MIN_TIME_PER_JOB", 0):
            for waiting in (2, 1, 0):
                self.read_calls()
                self.assertEqual(found.mapped("state").count("received"), waiting)
        self.assertEqual(found.mapped("tries"), [1, 1, 1])

    def test_health(self):
        _parcel, order = self.booked()
        self.send(self.courier.message(order, "order.status"))
        self.account.invalidate_recordset()
        self.assertEqual((self.account.message_backlog, self.account.message_count), (1, 1))
        self.assertTrue(self.account.message_last_at)
        self.read_calls()
        message = self.messages.search([("account_id", "=", self.account.id)])
        message._set_failed("broken")
        self.account.invalidate_recordset()
        self.assertEqual((self.account.message_backlog, self.account.message_error_rate), (0, 100))
        message.action_replay()
        self.assertEqual(message.state, "received")

    def test_test_button(self):
        action = self.account.action_webhook_test()
        self.assertEqual(action["res_model"], "oms.webhook.message")
        (message,) = self.messages.search([("account_id", "=", self.account.id)])
        self.assertEqual(message.state, "ping")

    def test_polling_fills_gaps_and_gives_up_in_the_end(self):
        parcel, order = self.booked()
        self.courier.advance(order, "picked", "Picked up")
        self.due_now(parcel)
        self.run_queue()
        self.assertEqual(parcel.status, "picked_up")
        track = parcel.job_ids.filtered(lambda job: job.kind == "track")
        self.assertGreater(track.next_try, fields.Datetime.now())
        self.env.cr.execute(
            "UPDATE oms_shipment SET last_event_at = now() - interval '50 days',"
            " booked_at = now() - interval '60 days' WHERE id = %s",
            [parcel.id],
        )
        parcel.invalidate_recordset()
        order.history.clear()
        self.due_now(parcel)
        self.run_queue()
        self.assertEqual((track.state, track.error_code), ("stopped", "silent"))
        self.assertIn(parcel.name, parcel.booking_error)
