from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..models.oms_courier_job_queue import MAX_TRIES
from .common import at
from .connector_common import BookingCase


@tagged("post_install", "-at_install")
class TestBooking(BookingCase):
    """Parcels are booked after the commit, once each, whatever happens in between."""

    def test_booked_after_the_commit(self):
        parcel = self.make_booked_order()
        self.assertEqual(parcel.booking_state, "waiting")
        self.assertFalse(self.courier.requests, "nothing is sent from inside the validation")
        self.run_queue()
        order = self.courier.sole()
        self.assertEqual(parcel.booking_state, "booked")
        self.assertEqual(parcel.resi, order.resi)
        self.assertEqual(parcel.sort_code, "JKT-JKT001")
        self.assertEqual(parcel.fulfillment_id.picking_id.carrier_tracking_ref, order.resi)
        self.assertEqual(order.reference, self.book_job(parcel).reference)
        self.assertTrue(order.reference.startswith(self.account.reference_prefix))
        self.assertLessEqual(len(order.reference), 20)

    def test_what_the_contents_are_worth(self):
        """In the order's units: a dozen at 120 is 12 mugs at 10, and insured for 120."""
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_id": self.mug.id, "product_uom_qty": 1, "product_uom_id": dozen.id}
        order = self.make_order(
            carrier_id=self.carrier.id, order_line=[(0, 0, {**line, "price_unit": 120})]
        )
        parcel = self.ship(order)
        self.assertEqual(parcel.line_ids.quantity, 12)
        total = order.amount_total
        wire = parcel._prepare_wire("X")
        self.assertEqual([(item.quantity, item.value) for item in wire.items], [(12, total / 12)])
        self.assertEqual((wire.value, parcel._contents_value()), (total, total))
        quote = self.carrier._oms_prepare_quote(order)
        self.assertEqual((quote.value, quote.items[0].quantity), (total, 12))
        kit = order.order_line
        kit.oms_parts = {str(self.mug.id): 2, str(self.plate.id): 1}
        worth = [kit._oms_worth(self.mug, 2), kit._oms_worth(self.plate, 1)]
        self.assertEqual(worth, [total / 2] * 2, "components share the price of their kit")

    def test_the_promise_is_frozen_when_booked(self):
        """Days on the way count from the hand-over; what was promised stays."""
        self.account.book_when = "packed"
        self.carrier.write({"oms_days_min": 1, "oms_days_max": 2})
        order = self.make_order(carrier_id=self.carrier.id)
        parcel = order.oms_fulfillment_ids._plan_parcels()
        self.assertFalse(parcel.promised_to)
        parcel.action_book()
        self.run_queue()
        self.assertEqual(parcel.booking_state, "booked", parcel.booking_error)
        promised = (parcel.promised_from, parcel.promised_to)
        self.assertTrue(all(promised) and parcel.promise_source == "carrier")
        self.carrier.oms_days_max = 9
        self.env["oms.fulfillment"].ship([{"order": order.name, "shipped_at": at(0)}])
        self.assertEqual((parcel.promised_from, parcel.promised_to), promised)
        self.assertEqual(parcel.started_on, date(2026, 7, 1))

    def test_lost_answer_books_once(self):
        for fault in ("drop_after", "500_after"):
            before = len(self.courier.orders)
            self.courier.fail("book", fault)
            parcel = self.make_booked_order()
            self.run_queue()
            self.assertFalse(parcel.resi)
            self.assertTrue(self.book_job(parcel).unsure)
            self.assertIn("Test account", parcel.booking_error)
            self.due_now(parcel)
            self.run_queue()
            self.assertEqual(parcel.booking_state, "booked")
            self.assertEqual(len(self.courier.orders), before + 1, fault)

    def test_worker_that_died_asks_first(self):
        parcel = self.make_booked_order()
        job = self.book_job(parcel)
        leased, unsure = self.env["oms.courier.job"]._lease()
        self.assertEqual((leased, unsure), (job, False))
        self.assertIsNone(self.env["oms.courier.job"]._lease(), "it is leased")
        # the worker sends it, and dies before it hears the answer
        self.connector().book(parcel._prepare_wire(job.reference))
        self.due_now(parcel)
        self.run_queue("cron_courier_jobs_2")
        self.assertEqual(parcel.resi, self.courier.sole().resi)
        self.assertEqual(job.tries, 2)

    def test_answer_that_was_stored_is_applied_without_a_call(self):
        parcel = self.make_booked_order()
        job = self.book_job(parcel)
        call = job._prepare_book(False)
        job.write({"answer": call(), "state": "answered"})
        self.run_queue()
        self.assertEqual(parcel.booking_state, "booked")
        self.assertEqual(self.courier.counted("book"), 1)

    def test_busy_server_is_left_in_peace(self):
        self.courier.fail("book", "429")
        parcels = self.make_booked_order() | self.make_booked_order()
        self.run_queue()
        self.assertEqual(self.courier.counted("book"), 1)
        self.assertTrue(self.account.quiet_until)
        self.assertFalse(any(parcels.mapped("resi")))
        self.due_now(parcels)
        self.run_queue()
        self.assertEqual(set(parcels.mapped("booking_state")), {"booked"})

    def test_refusal_waits_for_a_person_with_the_couriers_words(self):
        parcel = self.make_booked_order()
        self.partner.phone = False
        self.run_queue()
        self.assertEqual(parcel.booking_state, "stopped")
        self.assertIn("destination_contact_phone", parcel.booking_error)
        self.assertFalse(self.book_job(parcel).unsure)
        self.partner.phone = "081234567890"
        parcel.action_retry_calls()
        self.run_queue()
        self.assertEqual(parcel.booking_state, "booked")
        self.assertFalse(parcel.booking_error)

    def test_what_the_parcel_lacks_is_said_before_the_call(self):
        self.account.default_weight_kg = 0
        parcel = self.make_booked_order()
        self.run_queue()
        self.assertEqual(self.book_job(parcel).error_code, "no_weight")
        self.assertFalse(self.courier.requests)

    def test_given_up_after_some_tries(self):
        self.courier.fail("book", *["500"] * MAX_TRIES)
        parcel = self.make_booked_order()
        for _try in range(MAX_TRIES):
            self.due_now(parcel)
            self.run_queue()
        job = self.book_job(parcel)
        self.assertEqual((job.state, job.tries), ("stopped", MAX_TRIES))
        self.assertTrue(job.unsure, "it is asked first when a person tries again")

    def test_cash_on_delivery_is_part_of_the_booking(self):
        self.channel.payment_policy = "cod"
        parcel = self.make_booked_order()
        currency = parcel.currency_id
        self.run_queue()
        sent = self.courier.sole().payload["destination_cash_on_delivery"]
        self.assertEqual(sent, round(self.account._to_wire(parcel.cod_amount, currency)))
        with self.assertRaisesRegex(OmsRefusal, "collect"):
            parcel.cod_amount = 1

    def test_cancelled_and_booked_anew(self):
        parcel = self.make_booked_order()
        self.run_queue()
        first = parcel.resi
        parcel.action_cancel_booking()
        self.assertEqual(parcel.booking_state, "cancelling")
        self.run_queue()
        self.assertFalse(parcel.booking_state)
        self.assertFalse(parcel.resi)
        self.assertEqual(self.courier.sole().status, "cancelled")
        parcel.action_book()
        self.run_queue()
        self.assertEqual(len(self.courier.orders), 2)
        self.assertNotEqual(parcel.resi, first)
        self.assertEqual(len(parcel.resi_ids), 2)

    def test_void_takes_the_booking_back(self):
        parcel = self.make_booked_order()
        self.run_queue()
        parcel.action_void()
        self.run_queue()
        self.assertEqual(self.courier.sole().status, "cancelled")

    def test_void_while_the_courier_is_asked(self):
        parcel = self.make_booked_order()
        job = self.book_job(parcel)
        job.write({"answer": job._prepare_book(False)(), "state": "answered"})
        parcel.action_void()
        self.run_queue()
        self.assertEqual(self.courier.sole().status, "cancelled", "nobody needs it any more")

    def test_cancel_that_came_too_late(self):
        parcel = self.make_booked_order()
        self.run_queue()
        self.courier.advance(self.courier.sole(), "picked", "")
        parcel.action_cancel_booking()
        self.run_queue()
        self.assertEqual(parcel.booking_state, "not_cancelled")
        self.assertIn("picked", parcel.booking_error)

    def test_number_that_another_parcel_has(self):
        taken = self.make_parcel()
        parcel = self.make_booked_order()
        job = self.book_job(parcel)
        answer = job._prepare_book(False)()
        answer["booking"]["resi"] = taken.resi
        job.write({"answer": answer, "state": "answered"})
        self.run_queue()
        self.assertEqual(parcel.booking_state, "stopped")
        self.assertIn(taken.name, parcel.booking_error)
        taken.action_void()
        parcel.action_retry_calls()
        self.run_queue()
        self.assertEqual(parcel.booking_state, "booked")
        self.assertEqual(self.courier.counted("book"), 1, "the answer was kept")

    def test_packed_parcels_have_their_number_before_they_leave(self):
        self.account.book_when = "packed"
        order = self.make_order(carrier_id=self.carrier.id)
        order.oms_fulfillment_ids.action_pack()
        parcel = order.oms_shipment_ids
        self.run_queue()
        self.assertTrue(parcel.resi)
        self.assertFalse(parcel.shipped_at)
        self.assertEqual(self.ship(order), parcel)
        self.assertTrue(parcel.shipped_at)

    def test_rate_at_quotation(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [(0, 0, {"product_id": self.mug.id, "product_uom_qty": 1})],
            }
        )
        answer = self.carrier.rate_shipment(order)
        self.assertTrue(answer["success"], answer)
        self.assertEqual(
            answer["price"], self.account._from_wire(18000, self.env.company.currency_id)
        )
        self.carrier.oms_service = "oke"
        self.assertFalse(self.carrier.rate_shipment(order)["success"])
        self.courier.fail("rate", "500")
        self.assertIn("Test account", self.carrier.rate_shipment(order)["error_message"])

    def test_odoos_own_hooks(self):
        parcel = self.make_booked_order()
        picking = parcel.fulfillment_id.picking_id
        self.run_queue()
        parcel.courier_id.tracking_url = "https://example.com/%s"
        self.assertIn(parcel.resi, picking.carrier_tracking_url)
        picking.cancel_shipment()
        self.run_queue()
        self.assertEqual(self.courier.sole().status, "cancelled")

    def test_roles(self):
        parcel = self.make_booked_order()
        reader = new_test_user(self.env, "bk_user", groups="oms_fulfillment.group_oms_user")
        self.assertFalse(parcel.with_user(reader).booking_error)
        with self.assertRaises(AccessError):
            self.account.with_user(reader).read(["api_key"])
        with self.assertRaises(OmsRefusal):
            self.book_job(parcel).with_user(reader).action_retry()
