from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import TrackingCase

# A white pixel: what a signature pad sends, in short.
INK = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/"
    "PchI7wAAAABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestManifest(TrackingCase):
    """Parcels go to the courier by scan and signature."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jnt = cls.env.ref("oms_tracking.courier_jnt")
        cls.by_jne, cls.by_jnt = (cls._create_carrier(courier) for courier in (cls.jne, cls.jnt))
        cls.clerk = new_test_user(
            cls.env,
            "clerk",
            "oms_fulfillment.group_oms_warehouse,oms_fulfillment.group_oms_courier",
        )
        cls.manifest = cls._create_manifest(cls.jne)

    @classmethod
    def _create_carrier(cls, courier):
        product = cls.env["product.product"].create({"name": courier.name, "type": "service"})
        values = {"name": courier.name, "product_id": product.id, "oms_courier_id": courier.id}
        return cls.env["delivery.carrier"].create(values)

    @classmethod
    def _create_manifest(cls, courier, **values):
        Manifest = cls.env["oms.manifest"].with_user(cls.clerk)
        return Manifest.create({"courier_id": courier.id, **values})

    def _packed(self, carrier=None, **values):
        order = self.make_order(**values)
        work = order.oms_fulfillment_ids
        work.picking_id.carrier_id = carrier or self.by_jne
        work._set_packed(fields.Datetime.now())
        order._oms_refresh_touched()
        return order

    def _scan(self, code, manifest=None):
        return (manifest or self.manifest).scan(code)

    def _sign(self, manifest=None, name="Pak Joko"):
        manifest = manifest or self.manifest
        action = manifest.action_close()
        Close = self.env["oms.manifest.close"].with_user(self.clerk)
        wizard = Close.with_context(**action["context"]).create(
            {"driver_name": name, "signature": INK, "vehicle": "B 1234 XYZ"}
        )
        wizard.action_close()
        self.env["sale.order"]._oms_refresh_touched()
        return manifest

    def test_scanned_parcels_leave_and_the_others_stay(self):
        first, second, left = self._packed(), self._packed(), self._packed()
        self.assertLessEqual(
            first.oms_fulfillment_ids | left.oms_fulfillment_ids, self.manifest._expected()
        )
        answer = self._scan(first.name)
        self.assertEqual((answer["verdict"], answer["tone"]), ("ok", "ok"), answer)
        self.assertEqual(self._scan(second.oms_fulfillment_ids.name)["verdict"], "ok")
        self._sign()
        states = [order.oms_fulfillment_ids.state for order in first | second | left]
        self.assertEqual(states, ["handed_over", "handed_over", "packed"])
        self.assertEqual(first.oms_fulfillment_ids.handed_over_at, self.manifest.closed_at)
        self.assertEqual(first.oms_shipment_ids.courier_id, self.jne)
        self.assertEqual(first.oms_stage_code, "tracking")
        self.assertIn(left.name, self.manifest.missed_text)
        self.assertEqual(self.manifest.driver_name, "Pak Joko")
        later = self._create_manifest(self.jne)
        self.assertIn(left.oms_fulfillment_ids, later._expected())
        self.assertEqual(self.env["oms.proof"].run(), [])

    def test_wrong_scans_stop_with_a_sentence_and_change_nothing(self):
        gone, held, raw = self._packed(), self._packed(), self.make_order()
        gone.oms_fulfillment_ids.action_hand_over()
        held._oms_raise_hold("fraud_review", "Look at it", blocks_ship=True)
        other = self._packed(self.by_jnt)
        cancelled = self._packed()
        cancelled._oms_channel_cancel("changed_mind")
        cancelled._oms_refresh_touched()
        expected = {
            gone.name: ("handed_over", "left at"),
            held.name: ("held", "Look at it"),
            raw.name: ("not_packed", "not packed"),
            other.name: ("wrong_courier", self.jnt.name),
            cancelled.name: ("cancelled", "cancelled"),
            "NOTHING-1": ("unknown", "NOTHING-1"),
            "": ("unknown", "no parcel"),
        }
        for code, (verdict, words) in expected.items():
            answer = self._scan(code)
            self.assertEqual((answer["verdict"], answer["tone"]), (verdict, "stop"), code)
            self.assertIn(words, answer["message"])
        self.assertFalse(self.manifest.line_ids)

    def test_second_scan_and_second_counter(self):
        order = self._packed()
        self._scan(order.name)
        again = self._scan(order.name)
        self.assertEqual((again["verdict"], again["tone"]), ("again", "warning"))
        other = self._create_manifest(self.jne, slot="16:00")
        answer = self._scan(order.name, other)
        self.assertEqual(answer["verdict"], "other_manifest")
        self.assertIn(self.manifest.name, answer["message"])
        self.assertEqual(len(self.manifest.line_ids), 1)
        self.manifest.unscan(self.manifest.line_ids.id)
        self.assertEqual(self._scan(order.name, other)["verdict"], "ok")

    def test_every_carton_of_an_order_is_scanned(self):
        order = self._packed()
        work = order.oms_fulfillment_ids
        boxes = self.Shipment.create(
            [
                {"fulfillment_id": work.id, "courier_id": self.jne.id, "resi": self.new_resi()}
                for _box in range(2)
            ]
        )
        self.assertEqual(self._scan(order.name)["verdict"], "ambiguous")
        self.assertEqual(self._scan(boxes[0].resi.lower())["verdict"], "ok")
        self._sign()
        line = self.manifest.line_ids
        self.assertEqual((line.state, work.state), ("failed", "packed"))
        self.assertIn("1 of 2", line.reason)
        later = self._create_manifest(self.jne, slot="next")
        for box in boxes:
            self.assertEqual(self._scan(box.resi, later)["verdict"], "ok")
        self._sign(later)
        self.assertEqual(work.state, "handed_over")

    def test_one_bad_parcel_stops_nobody(self):
        good, bad = self._packed(), self._packed()
        for order in bad | good:
            self._scan(order.name)
        bad._oms_raise_hold("fraud_review", "Look at it", blocks_ship=True)
        self._sign()
        self.assertEqual(good.oms_fulfillment_ids.state, "handed_over")
        line = self.manifest.line_ids.filtered(lambda line: line.state == "failed")
        self.assertEqual(line.fulfillment_id, bad.oms_fulfillment_ids)
        self.assertIn("Look at it", line.reason)
        bad.oms_hold_ids.release("Looked at it")
        self.manifest.action_retry()
        bad._oms_refresh_touched()
        self.assertEqual(bad.oms_fulfillment_ids.state, "handed_over")
        self.assertFalse(self.manifest.failed_count)

    def test_reopened_within_a_day_and_signed_anew(self):
        first, second = self._packed(), self._packed()
        self._scan(first.name)
        self._sign()
        with self.assertRaises(UserError):
            self.manifest.scan(second.name)
        self.manifest.action_reopen()
        self.assertFalse(self.manifest.signature)
        self.assertEqual(self._scan(second.name)["verdict"], "ok")
        with self.assertRaises(UserError):
            self.manifest.unscan(self.manifest.line_ids[0].id)
        self._sign(name="Pak Budi")
        self.assertEqual(second.oms_fulfillment_ids.state, "handed_over")
        self.manifest.closed_at -= timedelta(hours=25)
        with self.assertRaises(UserError):
            self.manifest.action_reopen()

    def test_long_manifest_is_finished_in_the_background(self):
        orders = self._packed() | self._packed() | self._packed()
        for order in orders:
            self._scan(order.name)
        self.patch(self.env.registry["oms.manifest"], "_hand_over", lambda manifest: None)
        self._sign()
        self.assertFalse(self.manifest._hand_over_some(2))
        self.assertTrue(self.manifest._hand_over_some(2))
        orders._oms_refresh_touched()
        self.assertEqual(set(orders.oms_fulfillment_ids.mapped("state")), {"handed_over"})

    def test_cash_is_summed_up_and_printed(self):
        order = self._packed(oms_payment_policy="cod", oms_cod_amount=40)
        self._scan(order.name)
        self.assertEqual(self.manifest.cod_total, 40)
        self._sign()
        self.assertEqual(self.manifest.cod_total, 40)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "oms_tracking.report_manifest", self.manifest.ids
        )[0]
        page = html.decode()
        for words in (self.manifest.name, order.name, "Pak Joko", "B 1234 XYZ", "Bandung"):
            self.assertIn(words, page)

    def test_roles(self):
        reader = new_test_user(self.env, "onlooker", "oms_fulfillment.group_oms_user")
        with self.assertRaises(UserError):
            self.manifest.with_user(reader).scan("X")
        self._packed()
        with self.assertRaises(UserError):
            self.manifest.action_close()
