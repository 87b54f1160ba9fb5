import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TrackingCase


@tagged("post_install", "-at_install")
class TestResi(TrackingCase):
    def test_set_later_and_replace(self):
        parcel = self.ship(self.make_order())
        self.assertFalse(parcel.resi)
        work = parcel.fulfillment_id
        first, second = self.new_resi(), self.new_resi()
        (answer,) = self.Shipment.set_resi(
            [{"fulfillment": work.name, "courier": "jne", "service": "REG", "resi": f" {first} "}]
        )
        self.assertEqual((answer["status"], answer["resi"]), ("recorded", first), answer)
        self.assertIn(f"/track/{parcel.access_token}", answer["link"])
        self.assertEqual(work.picking_id.carrier_tracking_ref, first)
        answers = self.Shipment.set_resi([{"parcel": parcel.name, "resi": second}] * 2)
        self.assertEqual(self.statuses(answers), ["recorded", "duplicate"])
        parcel.invalidate_recordset(["resi_ids"])
        self.assertEqual(parcel.resi_ids.mapped("number"), [second, first])
        self.assertTrue(parcel.resi_ids[1].until)
        self.assertEqual(work.picking_id.carrier_tracking_ref, second)
        self.push(self.event(first, "picked_up", 1))
        self.assertEqual(parcel.status, "picked_up")

    def test_taken(self):
        taken = self.make_parcel()
        parcel = self.ship(self.make_order())
        (answer,) = self.Shipment.set_resi(
            [{"parcel": parcel.id, "courier": "JNE", "resi": taken.resi.lower()}]
        )
        error = answer["errors"][0]
        self.assertEqual((answer["status"], error["code"]), ("error", "resi_taken"))
        self.assertIn(taken.name, error["message"])
        self.assertIn("void", error["next_step"])

    def test_free_again_after_the_journey_or_void(self):
        delivered, voided = self.make_parcel(), self.make_parcel()
        self.push(self.event(delivered, "delivered", 2))
        voided.action_void()
        self.assertEqual(voided.status, "cancelled")
        for old in (delivered, voided):
            parcel = self.ship(self.make_order())
            (answer,) = self.Shipment.set_resi(
                [{"parcel": parcel.name, "courier": "JNE", "resi": old.resi}]
            )
            self.assertEqual(answer["status"], "recorded", answer)

    def test_same_number_of_another_courier(self):
        parcel, other = self.make_parcel(), self.ship(self.make_order())
        (answer,) = self.Shipment.set_resi(
            [{"parcel": other.name, "courier": "sicepat", "resi": parcel.resi}]
        )
        self.assertEqual(answer["status"], "recorded", answer)

    def test_refusals(self):
        parcel = self.ship(self.make_order())
        items = (
            ({"parcel": parcel.name, "resi": "123"}, "no_courier"),
            ({"parcel": parcel.name, "resi": ""}, "missing"),
            ({"parcel": parcel.name, "resi": "1" * 50, "courier": "JNE"}, "bad_resi"),
            ({"parcel": parcel.name, "resi": "123", "courier": "Pigeon"}, "unknown_courier"),
            ({"parcel": "PCL-NONE", "resi": "123"}, "unknown_parcel"),
            ({"resi": "123"}, "unknown_parcel"),
        )
        answers = self.Shipment.set_resi([item for item, _code in items])
        codes = [answer["errors"][0]["code"] for answer in answers]
        self.assertEqual(codes, [code for _item, code in items])

    def test_the_database_refuses_a_second_parcel(self):
        one, two = self.make_parcel(), self.make_parcel()
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            self.env.cr.execute(
                "UPDATE oms_shipment SET resi = %s WHERE id = %s", (one.resi, two.id)
            )

    def test_void_only_before_pickup(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "in_transit", 1))
        with self.assertRaisesRegex(Exception, parcel.name):
            parcel.action_void()

    def test_suggestion(self):
        suggest = self.env["oms.courier"]._suggest
        self.assertEqual(suggest("SPXID054330680586").code, "SPX")
        self.assertEqual(suggest("jx8009962760").code, "JNT")
        self.assertFalse(suggest("?"))

    def test_settlement_finds_the_order(self):
        parcel = self.make_parcel()
        find, company = self.Shipment._orders_by_resi, self.env.company
        sent = f" {parcel.resi}"
        self.assertEqual(find([sent, "NONE"], company), {sent: parcel.order_id})
        self.assertFalse(find([parcel.resi], self.env["res.company"]))
        self.assertFalse(find(["NONE", None], company))
