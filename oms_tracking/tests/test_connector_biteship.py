from odoo.tests import tagged

from ..connectors import biteship
from ..connectors.errors import Permanent, Temporary, UnknownOutcome
from ..connectors.values import Account
from .connector_common import ConnectorCase, wire_parcel
from .courier_simulator import KEY

SECRETS = (KEY, "agreed-secret")


@tagged("post_install", "-at_install")
class TestBiteship(ConnectorCase):
    """The connector over HTTP, each fault of the server switched on."""

    def test_rates(self):
        rates = self.connector().rate(wire_parcel(), ["jne", "anteraja"])
        self.assertEqual(
            [(rate.courier, rate.service, rate.price, rate.days) for rate in rates],
            [
                ("jne", "reg", 18000, (2, 3)),
                ("jne", "yes", 34000, (1, 1)),
                ("anteraja", "reg", 21000, None),
            ],
        )

    def test_booking_says_everything(self):
        booking = self.connector().book(wire_parcel(cod=118000, insured=True))
        order = self.courier.sole()
        self.assertEqual(booking.provider_ref, order.id)
        self.assertEqual(booking.resi, order.resi)
        self.assertEqual((booking.sort_code, booking.cost), ("JKT-JKT001", 18000))
        sent = order.payload
        self.assertEqual(sent["destination_cash_on_delivery"], 118000)
        self.assertEqual(sent["courier_insurance"], 100000)
        self.assertEqual(sent["origin_contact_phone"], "081200000001")
        self.assertEqual(sent["destination_postal_code"], 40132)
        self.assertEqual((sent["courier_company"], sent["courier_type"]), ("jne", "reg"))
        self.assertEqual(sent["items"][0]["weight"], 300)

    def test_lost_answer_is_an_unknown_outcome_and_is_found_again(self):
        for fault in ("drop_after", "500_after"):
            parcel = wire_parcel(f"QRST-{fault[:4]}")
            self.courier.fail("book", fault)
            with self.assertRaises(UnknownOutcome):
                self.connector().book(parcel)
            found = self.connector().recover(parcel)
            self.assertEqual(found.provider_ref, self.courier.by_reference(parcel.reference).id)
        self.assertEqual(len(self.courier.orders), 2)

    def test_nothing_happened(self):
        self.courier.fail("book", "429")
        with self.assertRaises(Temporary) as caught:
            self.connector().book(wire_parcel())
        self.assertEqual((caught.exception.code, caught.exception.retry_after), ("busy", 7))
        self.courier.fail("rate", "500", "no_json", "drop")
        for _fault in range(3):
            with self.assertRaises(Temporary):
                self.connector().rate(wire_parcel(), ["jne"])
        self.assertFalse(self.courier.orders)

    def test_server_out_of_reach_is_no_doubt(self):
        account = Account("biteship", key=KEY, base_url="http://127.0.0.1:1", timeout=10)
        with self.assertRaises(Temporary) as caught:
            biteship.Biteship(account).book(wire_parcel())
        self.assertEqual(caught.exception.code, "not_reached")

    def test_success_without_a_booking_is_no_success(self):
        self.courier.fail("row", "failed")
        with self.assertRaises(UnknownOutcome) as caught:
            self.connector().book(wire_parcel())
        self.assertEqual(caught.exception.code, "incomplete")

    def test_slow_answer_is_read(self):
        self.courier.fail("book", "slow")
        self.assertTrue(self.connector().book(wire_parcel()).resi)

    def test_refusals_keep_the_couriers_words_and_no_secret(self):
        self.courier.key = "another"
        connector = self.connector(webhook_secret="agreed-secret")
        with self.assertRaises(Permanent) as caught:
            connector.rate(wire_parcel(), ["jne"])
        self.assertEqual(caught.exception.code, "access")
        told = str(caught.exception) + repr(connector.account)
        for secret in SECRETS:
            self.assertNotIn(secret, told)
        self.courier.key = KEY
        nobody = wire_parcel(destination=wire_parcel().destination.__class__(postal_code="40132"))
        with self.assertRaisesRegex(Permanent, "destination_contact_phone"):
            self.connector().book(nobody)

    def test_address_without_a_place_is_refused_before_the_call(self):
        nowhere = wire_parcel(destination=wire_parcel().destination.__class__(street="Jl. X"))
        with self.assertRaises(Permanent) as caught:
            self.connector().book(nowhere)
        self.assertEqual(caught.exception.code, "no_destination_place")
        self.assertFalse(self.courier.requests)

    def test_secrets_are_hidden_in_what_the_server_says(self):
        door = self.connector().door
        self.assertEqual(door.redact(f"bad key {KEY}!"), "bad key ***!")

    def test_cancel(self):
        booking = self.connector().book(wire_parcel())
        self.courier.fail("cancel", "drop_after")
        with self.assertRaises(UnknownOutcome):
            self.connector().cancel(booking, "x")
        self.assertTrue(self.connector().cancel(booking, "x"), "it was cancelled before")
        other = self.connector().book(wire_parcel("QRST-2"))
        self.courier.advance(self.courier.by_reference("QRST-2"), "picked", "")
        with self.assertRaisesRegex(Permanent, "picked"):
            self.connector().cancel(other, "x")

    def test_tracking_reads_the_couriers_sentence(self):
        booking = self.connector().book(wire_parcel())
        order = self.courier.sole()
        for status, note in (
            ("picked", "Picked up"),
            ("dropping_off", "Paket menuju ke Staging"),
            ("dropping_off", "With delivery courier BANDUNG"),
            ("on_hold", "Alamat tidak ditemukan"),
            ("on_hold", "?"),
            ("delivered", "DELIVERED TO [SITI]"),
        ):
            self.courier.advance(order, status, note)
        facts = self.connector().track(booking).facts
        self.assertEqual(
            [fact.code for fact in facts if fact.kind == "event"],
            [
                "biteship:picked",
                "biteship:dropping_off.in_transit",
                "biteship:dropping_off.out_for_delivery",
                "biteship:on_hold.attempt_failed",
                "biteship:on_hold",
                "biteship:delivered",
            ],
        )

    def test_webhooks_as_they_really_are(self):
        parse = biteship.Biteship.parse
        booking = self.connector().book(wire_parcel())
        order = self.courier.sole()
        self.courier.advance(order, "picked", "")
        kinds = [f.kind for f in parse(None, self.courier.message(order, "order.status"))]
        self.assertEqual(kinds, ["number", "event", "look"])
        cost = parse(None, self.courier.message(order, "order.price"))[1]
        self.assertEqual((cost.kind, cost.amount), ("cost", 18000))
        self.assertEqual(cost.provider_ref, booking.provider_ref)
        for odd in ({}, [], None, "x", {"event": 1}, {"event": "order.status", "status": {}}):
            self.assertTrue(parse(None, odd))

    def test_proof(self):
        verify = biteship.Biteship.verify
        good = Account("biteship", webhook_header="X-Proof", webhook_secret="s3cret")
        self.assertTrue(verify(good, {"X-Proof": "s3cret"}, b'{"event": 1}', 0))
        for headers in ({}, {"X-Proof": ""}, {"X-Proof": "S3cret"}, {"X-Other": "s3cret"}):
            self.assertFalse(verify(good, headers, b'{"event": 1}', 0))
        self.assertTrue(verify(good, {}, b"{}", 0), "its test calls come without a proof")
        self.assertFalse(verify(Account("biteship"), {"X-Proof": ""}, b'{"event": 1}', 0))
