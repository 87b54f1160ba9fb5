import base64
from dataclasses import replace

from odoo.tests import tagged

from ..connectors import kiriminaja
from ..connectors.errors import Permanent, Temporary, UnknownOutcome
from ..connectors.values import Account
from .connector_common import CUSTOMER, BookingCase, ConnectorCase, wire_parcel
from .courier_simulator import KEY


@tagged("post_install", "-at_install")
class TestKiriminAja(ConnectorCase):
    """The provider's own SDK over HTTP, each fault of the server switched on."""

    provider = "kiriminaja"

    def parcel(self, reference="QRST-1", **values):
        return wire_parcel(reference, **{"service": "REG", **values})

    def test_the_sdk_is_the_real_one(self):
        self.assertEqual(kiriminaja.sdk.__name__, "kiriminaja")
        self.assertIsInstance(self.connector().client, kiriminaja.sdk.KiriminAja)

    def test_rates_by_districts(self):
        (rate,) = self.connector().rate(self.parcel(), ["jne"])
        self.assertEqual((rate.service, rate.price, rate.days), ("REG23", 12000, (2, 3)))

    def test_districts_are_asked_once(self):
        connector = self.connector()
        connector.rate(self.parcel(), ["jne"])
        connector.rate(self.parcel(), ["jne"])
        self.assertEqual(self.courier.counted("district"), 2)
        self.assertEqual(set(connector.areas.values()), {"5789", "419"})

    def test_district_that_is_not_there_or_not_clear(self):
        for district, code in (("", "no"), ("Nirgendwo", "unclear")):
            nowhere = replace(CUSTOMER, district=district)
            with self.assertRaises(Permanent) as caught:
                self.connector().rate(self.parcel(destination=nowhere), ["jne"])
            self.assertEqual(caught.exception.code, f"{code}_destination_district")

    def test_booking_says_everything(self):
        booking = self.connector().book(self.parcel(cod=118000, insured=True))
        self.assertEqual((booking.resi, booking.cost), ("", 12000))
        sent = self.courier.sole().payload
        (package,) = sent["packages"]
        self.assertEqual(package["cod"], 118000)
        self.assertEqual((package["service"], package["service_type"]), ("jne", "REG23"))
        self.assertEqual(package["shipping_cost"], 12000, "the price of the rate is sent back")
        self.assertEqual(package["insurance_amount"], 600, "rounded up to a hundred")
        self.assertEqual(package["destination_kecamatan_id"], 419)
        self.assertEqual(sent["schedule"], "2026-07-02 10:00:00")

    def test_lost_answer_is_asked_for_by_reference(self):
        for fault in ("drop_after", "500_after"):
            parcel = self.parcel(f"QRST-{fault[:4]}")
            self.courier.fail("book", fault)
            with self.assertRaises(UnknownOutcome):
                self.connector().book(parcel)
            self.assertEqual(self.connector().recover(parcel).provider_ref, parcel.reference)
        self.courier.fail("book", "drop")
        with self.assertRaises(UnknownOutcome):
            self.connector().book(self.parcel("QRST-never"))
        self.assertIsNone(self.connector().recover(self.parcel("QRST-never")))
        self.assertEqual(len(self.courier.orders), 2)

    def test_nothing_happened(self):
        self.courier.fail("rate", "429", "500", "no_json", "drop")
        for _fault in range(4):
            with self.assertRaises(Temporary):
                self.connector().book(self.parcel())
        self.assertFalse(self.courier.orders)

    def test_success_with_a_failed_row_is_a_failure(self):
        self.courier.fail("row", "failed")
        with self.assertRaisesRegex(Permanent, "tercover"):
            self.connector().book(self.parcel())

    def test_service_that_is_not_offered(self):
        with self.assertRaisesRegex(Permanent, "REG23"):
            self.connector().book(self.parcel(service="YES"))

    def test_no_pickup_today(self):
        self.courier.pickup_slots[0]["libur"] = True
        with self.assertRaises(Temporary) as caught:
            self.connector().book(self.parcel())
        self.assertEqual(caught.exception.code, "no_pickup")

    def test_wrong_key_and_missing_package(self):
        self.courier.key = "another"
        with self.assertRaises(Permanent) as caught:
            self.connector().ping()
        self.assertEqual(caught.exception.code, "access")
        self.assertNotIn(KEY, str(caught.exception))
        sdk, kiriminaja.sdk = kiriminaja.sdk, None
        self.addCleanup(setattr, kiriminaja, "sdk", sdk)
        with self.assertRaises(Permanent) as caught:
            self.connector()
        self.assertEqual(caught.exception.code, "no_sdk")

    def test_cancel(self):
        booking = self.connector().book(self.parcel())
        with self.assertRaises(Permanent) as caught:
            self.connector().cancel(booking, "x")
        self.assertEqual(caught.exception.code, "no_number_yet")
        order = self.courier.sole()
        order.resi = "DEVEL-1"
        booking = replace(booking, resi="DEVEL-1")
        self.courier.fail("pending", "1")
        self.assertFalse(self.connector().cancel(booking, "x"), "the provider thinks")
        self.assertTrue(self.connector().cancel(booking, "x"))
        self.assertTrue(self.connector().cancel(booking, "x"), "it was cancelled before")

    def test_label(self):
        booking = replace(self.connector().book(self.parcel()), resi="DEVEL-1")
        self.assertTrue(self.connector().label(booking).startswith(b"%PDF"))

    def test_tracking_reads_sentences_and_corrections(self):
        booking = self.connector().book(self.parcel())
        order = self.courier.sole()
        order.resi, order.correction = "DEVEL-1", 3000
        for code, note in (
            (100, "Paket dibuat oleh KiriminAja"),
            (100, "Shipment received by jne counter officer at YOGYAKARTA"),
            (100, "Received at sorting center YOGYAKARTA"),
            (100, "With delivery courier YOGYAKARTA"),
            (200, "Delivered to BAGUS"),
        ):
            self.courier.advance(order, code, note)
        facts = self.connector().track(booking).facts
        self.assertEqual(
            [fact.code for fact in reversed(facts) if fact.kind == "event"],
            [
                "kiriminaja:100",
                "kiriminaja:100.picked_up",
                "kiriminaja:100.in_transit",
                "kiriminaja:100.out_for_delivery",
                "kiriminaja:200",
            ],
        )
        self.assertEqual([f.amount for f in facts if f.kind == "cost"], [15000])
        self.assertEqual(facts[0].sort_code, "JOG-JOG1000-JKT2020")

    def test_webhooks_are_batches(self):
        row = {"order_id": "QRST-1", "awb": "DEVEL-1", "sorting_code": "JOG-1"}
        body = {"method": "processed_packages", "data": [row, "junk", {"order_id": "QRST-2"}]}
        facts = kiriminaja.KiriminAja.parse(None, body)
        self.assertEqual([f.kind for f in facts], ["number", "look", "look"])
        self.assertEqual(facts[0].sort_code, "JOG-1")
        done = {**row, "finished_at": "2026-07-03 10:00:00"}
        body = {"method": "finished_packages", "data": [done]}
        event = kiriminaja.KiriminAja.parse(None, body)[1]
        self.assertEqual((event.code, event.occurred_at), ("kiriminaja:200", done["finished_at"]))
        for odd in ({}, [], None, {"method": ["x"]}, {"method": "shipped_packages", "data": 1}):
            self.assertIsInstance(kiriminaja.KiriminAja.parse(None, odd), list)

    def test_proof_is_our_own_key(self):
        verify = kiriminaja.KiriminAja.verify
        account = Account("kiriminaja", key=KEY)
        self.assertTrue(verify(account, {"Authorization": f"Bearer {KEY}"}, b"{}", 0))
        for value in (None, "", "Bearer ", f"Basic {KEY}", f"Bearer {KEY}x"):
            self.assertFalse(verify(account, {"Authorization": value}, b"{}", 0))
        self.assertFalse(verify(Account("kiriminaja"), {"Authorization": "Bearer "}, b"{}", 0))


@tagged("post_install", "-at_install")
class TestKiriminAjaBooking(BookingCase):
    """The whole way: booked, the number comes later, corrected, cancelled by the courier."""

    provider = "kiriminaja"
    service = "REG"

    def test_number_comes_later_and_changes(self):
        parcel = self.make_booked_order()
        self.courier.fail("book", "drop_after")
        self.run_queue()
        self.due_now(parcel)
        self.run_queue()
        self.assertEqual(parcel.booking_state, "booked")
        self.assertFalse(parcel.resi)
        order = self.courier.sole()
        order.resi = "DEVEL-1"
        self.courier.advance(order, 100, "Received at sorting center YOGYAKARTA")
        self.due_now(parcel)
        self.run_queue()
        self.assertEqual((parcel.resi, parcel.status), ("DEVEL-1", "in_transit"))
        self.assertTrue(base64.b64decode(parcel.label_pdf).startswith(b"%PDF"))
        order.resi = "DEVEL-2"
        self.due_now(parcel)
        self.run_queue()
        self.assertEqual(parcel.resi, "DEVEL-2")
        self.assertEqual(set(parcel.resi_ids.mapped("number")), {"DEVEL-1", "DEVEL-2"})
        self.make_booked_order()
        self.run_queue()
        areas = self.env["oms.courier.area"].search([("account_id", "=", self.account.id)])
        self.assertEqual(sorted(areas.mapped("area")), ["419", "5789"])
