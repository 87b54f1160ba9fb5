from odoo.tests import tagged

from .common import START, TrackingCase, at


@tagged("post_install", "-at_install")
class TestFulfillment(TrackingCase):
    def parcel(self, **units):
        return {
            "courier": "JNE",
            "resi": self.new_resi(),
            "lines": [{"sku": f"TRK-{sku.upper()}", "quantity": n} for sku, n in units.items()],
        }

    def test_one_parcel_with_everything(self):
        carrier = self.env["delivery.carrier"].create(
            {"name": "JNE", "product_id": self.mug.id, "oms_courier_id": self.jne.id}
        )
        order = self.make_order(carrier_id=carrier.id)
        parcel = self.ship(order)
        self.assertEqual(parcel.courier_id, self.jne)
        self.assertEqual(sorted(parcel.line_ids.mapped("quantity")), [2, 2])
        self.assertEqual(parcel.order_id, order)
        self.assertTrue(parcel.name.startswith("PCL"))
        self.assertEqual(order.oms_stage_id.code, "tracking")

    def test_hand_over_by_button_registers_a_parcel(self):
        order = self.make_order()
        order.oms_fulfillment_ids.action_hand_over()
        order._oms_refresh_touched()
        self.assertEqual(len(order.oms_shipment_ids), 1)

    def test_two_parcels_deliver_together(self):
        order = self.make_order()
        one, two = self.ship(order, [self.parcel(mug=2), self.parcel(plate=2)])
        work = order.oms_fulfillment_ids
        self.assertEqual(work.picking_id.carrier_tracking_ref, f"{one.resi},{two.resi}")
        self.push(self.event(one, "delivered", 20))
        self.assertFalse(work.delivered_at)
        self.assertEqual(order.oms_stage_id.code, "tracking")
        self.push(self.event(two, "delivered", 10))
        self.assertEqual(work.delivered_at, max(one.delivered_at, two.delivered_at))
        self.assertEqual(work.state, "delivered")
        self.assertEqual(order.oms_stage_id.code, "receipt_inspection")
        self.push(self.event(two, "in_transit", 60))
        self.assertEqual(order.oms_stage_id.code, "receipt_inspection")

    def test_a_cancelled_parcel_does_not_hold_up_the_delivery(self):
        order = self.make_order()
        one, two = self.ship(order, [self.parcel(mug=2), self.parcel(plate=2)])
        work = order.oms_fulfillment_ids
        two.action_void()
        self.push(self.event(one, "delivered", 20))
        self.assertFalse(work.delivered_at, "the plates are in no parcel")
        (answer,) = work._register_parcels([self.parcel(plate=2)])
        self.push(self.event(answer["resi"], "delivered", 30))
        self.assertTrue(work.delivered_at)

    def test_more_than_shipped(self):
        order = self.make_order()
        (parcel,) = self.ship(order, [self.parcel(mug=2)])
        work = parcel.fulfillment_id
        with self.assertRaisesRegex(Exception, "TRK-MUG"):
            work._register_parcels([self.parcel(mug=1)])

    def test_registering_twice_makes_nothing_new(self):
        order = self.make_order()
        parcel = self.ship(order, [self.parcel(mug=2, plate=2)])
        work = order.oms_fulfillment_ids
        again = work._register_parcels([{"courier": "JNE", "resi": parcel.resi}])
        self.assertEqual([answer["id"] for answer in again], parcel.ids)
        self.assertEqual([answer["id"] for answer in work._register_parcels([])], parcel.ids)

    def test_bad_parcels_are_refused_and_nothing_leaves(self):
        for bad in ({"courier": "Pigeon"}, {"courier": "JNE", "weight_kg": -1}):
            order = self.make_order()
            (answer,) = self.env["oms.fulfillment"].ship(
                [{"fulfillment": order.oms_fulfillment_ids.name, "parcels": [bad]}]
            )
            self.assertEqual(answer["status"], "error", answer)
            self.assertFalse(order.oms_shipment_ids)
            self.assertNotEqual(order.oms_fulfillment_ids.picking_id.state, "done")

    def test_cod_is_asked_for_once(self):
        order = self.make_order(oms_payment_policy="cod", oms_cod_amount=40)
        parcels = self.ship(order, [self.parcel(mug=2), self.parcel(plate=2)])
        self.assertEqual(parcels.mapped("cod_amount"), [40, 0])

    def test_own_fleet(self):
        parcel = self.ship(self.make_order(), [{"courier": "own"}])
        wizard = (
            self.env["oms.shipment.record"]
            .with_context(active_model="oms.shipment", active_ids=parcel.ids)
            .create({"status": "delivered", "occurred_at": START, "place": "Bandung"})
        )
        wizard.action_record()
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual(parcel.event_ids.source, "own")
        self.assertTrue(parcel.fulfillment_id.delivered_at)

    def test_return_to_sender(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "returning", 40), self.event(parcel, "delivered", 60))
        self.assertEqual(parcel.status, "returned")
        self.assertFalse(parcel.fulfillment_id.delivered_at)
        self.assertTrue(parcel.order_id._oms_tracking_facts()[parcel.order_id.id]["exception"])

    def test_snapshot(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "picked_up", 1, text="Diterima di counter"))
        (answer,) = self.env["sale.order"].oms_snapshot([parcel.order_id.name])
        (shown,) = answer["parcels"]
        self.assertEqual((shown["courier"], shown["resi"]), ("JNE", parcel.resi))
        self.assertEqual(shown["status"], "picked_up")
        self.assertTrue(shown["link"].endswith(f"/track/{parcel.access_token}"))
        self.assertEqual(shown["events"][0]["occurred_at"], "2026-07-01 04:00:00")
        self.assertEqual(len(shown["lines"]), 2)

    def test_facts_without_parcels(self):
        order = self.make_order()
        self.assertEqual(order._oms_tracking_facts(), {})
        facts = self.ship(order).order_id._oms_tracking_facts()[order.id]
        self.assertEqual((facts["parcels"], facts["without_resi"]), (1, 1))
        self.assertIsNone(facts["exception"])
        self.assertEqual(at(0), "2026-07-01T10:00:00+07:00")


@tagged("post_install", "-at_install")
class TestSharedParcel(TrackingCase):
    def test_two_orders_in_one_parcel_have_one_number(self):
        orders = self.make_order() | self.make_order(units=1)
        works = orders.oms_fulfillment_ids
        names = works.mapped("name")
        merged = self.env["oms.fulfillment"].merge([{"fulfillments": names}])[0]
        self.assertEqual(merged["status"], "merged", merged)
        item = {"fulfillment": names[1], "parcels": [{"courier": "JNE", "resi": self.new_resi()}]}
        answer = self.env["oms.fulfillment"].ship([item])[0]
        self.assertEqual((answer["status"], len(answer["parcels"])), ("shipped", 1), answer)
        self.assertEqual(len(works.shipment_ids), 1)
        again = self.env["oms.fulfillment"].ship([{"fulfillment": names[1]}])[0]
        self.assertEqual(again["parcels"], answer["parcels"])
        self.env["oms.fulfillment"].mark_delivered([{"fulfillment": names[0]}])
        self.assertEqual(works.mapped("state"), ["delivered", "delivered"])
