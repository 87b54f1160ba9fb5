from ast import literal_eval
from datetime import date, timedelta

from lxml import etree

from odoo import fields
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .common import START, TrackingCase, at


@tagged("post_install", "-at_install")
class TestPromise(TrackingCase):
    """Wednesday 1 July 2026, 10:00 in Jakarta, is the hour of the hand-over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "JNE REG",
                "product_id": cls.mug.id,
                "oms_courier_id": cls.jne.id,
                "oms_days_min": 2,
                "oms_days_max": 3,
            }
        )
        cls.partner.state_id = cls.env.ref("base.state_id_jb")

    def shipped(self):
        return self.make_parcel(order=self.make_order(carrier_id=self.carrier.id))

    def test_the_couriers_promise_in_its_working_days(self):
        self.env["oms.holiday"].create({"date": "2026-07-02", "name": "A free day"})
        parcel = self.shipped()
        self.assertEqual(
            (parcel.promised_from, parcel.promised_to, parcel.promise_source),
            (date(2026, 7, 4), date(2026, 7, 6), "carrier"),
            "over the holiday, and over Sunday",
        )
        with freeze_time("2026-07-01 05:00:00"):
            self.assertEqual(parcel.window, "Sat 4 - Mon 6 Jul")

    def test_history_moves_the_next_promise_and_never_an_old_one(self):
        old = self.shipped()
        old_window = (old.promised_from, old.promised_to)
        for _number in range(4):
            parcel = self.shipped()
            self.push(self.event(parcel, "delivered", 24 * 6))
            self.assertEqual(parcel.delivered_on, date(2026, 7, 7))
        with freeze_time("2026-07-20 20:00:00"):
            self.env["oms.lane"]._cron_measure()
        lane = self.env["oms.lane"].search(
            [("courier_id", "=", self.jne.id), ("level", "=", "service")]
        )
        self.assertEqual((lane.deliveries, lane.high_days), (4, 5))
        new = self.shipped()
        self.assertEqual(new.promise_source, "service", "the warehouse has no address here")
        self.assertEqual(new.promised_to, date(2026, 7, 6), "4 deliveries of 24 say 5 days")
        self.assertEqual((old.promised_from, old.promised_to), old_window)

    def test_nothing_is_promised_out_of_nothing(self):
        parcel = self.make_parcel()
        self.assertFalse(parcel.promised_to or parcel.window)

    def test_the_customers_clock(self):
        self.partner.state_id = self.env.ref("base.state_id_ba")
        parcel = self.shipped()
        self.assertEqual(parcel.customer_tz, "Asia/Makassar")
        self.push(self.event(parcel, "delivered", 13.5))
        self.assertEqual(parcel.delivered_on, date(2026, 7, 2), "half past midnight in Bali")


@tagged("post_install", "-at_install")
class TestException(TrackingCase):
    def watch(self, hours):
        with freeze_time(START + timedelta(hours=hours)):
            self.Shipment._cron_watch()

    def test_no_scan_ends_with_the_scan(self):
        self.jne.desk_user_id = self.env.user
        parcel = self.make_parcel()
        self.watch(23)
        self.assertFalse(parcel.exception)
        self.watch(25)
        self.assertEqual((parcel.exception_code, parcel.exception), ("no_scan", True))
        self.assertEqual(parcel.exception_owner_id, self.env.user)
        self.assertEqual(parcel.exception_due, START + timedelta(hours=49))
        self.assertIn("No scan", parcel.exception_reason)
        with freeze_time(START + timedelta(hours=26)):
            self.push(self.event(parcel, "picked_up", 1))
        self.assertFalse(parcel.exception)

    def test_settled_stays_settled_until_something_else_happens(self):
        parcel = self.make_parcel()
        self.watch(25)
        parcel.action_settle_exception()
        self.watch(26)
        self.assertFalse(parcel.exception)
        with freeze_time(START + timedelta(hours=30)):
            self.push(self.event(parcel, "refused", 29))
        self.assertEqual((parcel.exception_code, parcel.exception), ("refused", True))

    def test_late_then_stuck(self):
        parcel = self.make_parcel()
        parcel.write({"promised_from": "2026-07-03", "promised_to": "2026-07-03"})
        with freeze_time(START + timedelta(hours=2)):
            self.push(self.event(parcel, "in_transit", 1))
        self.watch(50)
        self.assertFalse(parcel.exception)
        self.watch(72)
        self.assertEqual(parcel.exception_code, "late")
        with freeze_time(START + timedelta(hours=73)):
            self.push(self.event(parcel, "delivered", 72.5))
        self.assertFalse(parcel.exception)

    def test_words_about_the_address(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "attempt_failed", 8, text="ALAMAT TIDAK LENGKAP"))
        self.assertEqual(parcel.exception_code, "address")
        self.assertTrue(parcel._blocks_order())

    def test_weight(self):
        parcel = self.make_parcel()
        item = {"parcel": parcel.id, "weight_kg": 1, "cost_estimated": 10000}
        self.push(self.event(parcel, "delivered", 8))
        self.Shipment.set_facts([{**item, "billed_kg": 3, "cost_billed": 30000}])
        self.assertEqual(parcel.exception_code, "weight")
        claim = self.env["oms.claim"].browse(parcel.action_claim()["res_id"])
        self.assertEqual((claim.kind, claim.amount), ("weight", 20000))
        self.Shipment.set_facts([{"parcel": parcel.id, "corrected_kg": 1, "cost_corrected": 10000}])
        self.assertFalse(parcel.exception)

    def test_deliver_again(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "attempt_failed", 8))
        desk = new_test_user(self.env, "exc_desk", "oms_fulfillment.group_oms_courier")
        instruction = (
            self.env["oms.shipment.instruction"]
            .with_user(desk)
            .create({"shipment_id": parcel.id, "phone": "0812", "note": "After 17:00"})
        )
        self.assertIn(parcel.resi, instruction.text)
        self.assertIn("After 17:00", instruction.text)
        view = self.env.ref("oms_tracking.oms_shipment_instruction_view_search")
        (choice,) = etree.fromstring(view.arch).xpath("//filter[@name='group_courier']/@context")
        groups = instruction._read_group([], [literal_eval(choice)["group_by"]])
        self.assertEqual(groups, [(self.jne,)], "who calls a courier sees what to tell them")
        self.assertTrue(parcel.exception, "the courier does not know yet")
        instruction.action_told()
        self.assertFalse(parcel.exception)
        self.assertEqual(instruction.told_by_id, desk)
        self.push(self.event(parcel, "attempt_failed", 30))
        self.assertTrue(parcel.exception)
        self.push(self.event(parcel, "delivered", 40))
        with self.assertRaisesRegex(OmsRefusal, "Delivered"):
            instruction.copy({"shipment_id": parcel.id})

    def test_claim(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "lost", 80))
        claim = self.env["oms.claim"].browse(parcel.action_claim()["res_id"])
        self.assertEqual((claim.kind, claim.amount), ("lost", 40))
        self.assertEqual(parcel.action_claim()["res_id"], claim.id, "one open claim")
        self.assertEqual(claim.due, fields.Date.context_today(claim) + timedelta(days=7))
        claim.action_file()
        self.assertFalse(parcel.exception)
        with self.assertRaisesRegex(OmsRefusal, claim.name):
            claim.action_pay()
        claim.action_accept()
        claim.recovered_amount = 25
        claim.action_pay()
        self.assertEqual((claim.state, claim.recovered_amount), ("paid", 25))
        claim.copy().amount = 0
        with self.assertRaisesRegex(OmsRefusal, "claims nothing"):
            parcel.claim_ids.filtered("is_open").action_file()

    def test_return(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "refused", 20), self.event(parcel, "returning", 30))
        case = self.env["oms.return"].browse(parcel.action_open_return()["res_id"])
        self.assertEqual((case.kind, case.order_id), ("rts", parcel.order_id))
        self.assertEqual(parcel.action_open_return()["res_id"], case.id)

    def test_the_desk_takes_it(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "refused", 20))
        desk = new_test_user(self.env, "exc_taker", "oms_fulfillment.group_oms_courier")
        parcel.with_user(desk).action_take()
        self.assertEqual(parcel.exception_owner_id, desk)
        self.assertEqual(at(0), "2026-07-01T10:00:00+07:00")
