import base64
import io

from PIL import Image

from odoo.tests import new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .common import TrackingCase, at

LABEL = "oms_tracking.report_label"


class LabelCase(TrackingCase):
    def plan(self, **values):
        order = self.make_order(**values)
        return order.oms_fulfillment_ids._plan_parcels()

    def print(self, parcels):
        html, _type = self.env["ir.actions.report"]._render_qweb_pdf(LABEL, parcels.ids)
        return html.decode()


@tagged("post_install", "-at_install")
class TestPlannedParcel(LabelCase):
    def test_a_parcel_before_the_hand_over(self):
        parcel = self.plan()
        order = parcel.order_id
        self.assertEqual(sorted(parcel.line_ids.mapped("quantity")), [2, 2])
        self.assertFalse(parcel.shipped_at)
        self.assertEqual(order.oms_fulfillment_ids._plan_parcels(), parcel, "planned once")
        self.assertEqual(order._oms_tracking_facts(), {}, "the order knows nothing of it yet")
        self.assertEqual(order.oms_stage_id.code, "fulfillment")

    def test_it_is_the_one_that_leaves(self):
        parcel = self.plan()
        left = self.ship(parcel.order_id)
        self.assertEqual(left, parcel)
        self.assertTrue(parcel.shipped_at)
        self.assertEqual(parcel.order_id.oms_stage_id.code, "tracking")

    def test_a_number_told_at_the_hand_over_is_its_number(self):
        parcel = self.plan()
        resi = self.new_resi()
        left = self.ship(parcel.order_id, [{"courier": "JNE", "resi": resi, "weight_kg": 1.5}])
        self.assertEqual((left, parcel.resi, parcel.weight_kg), (parcel, resi, 1.5))
        self.assertEqual(sorted(parcel.line_ids.mapped("quantity")), [2, 2])

    def test_more_parcels_than_planned(self):
        planned = self.plan()
        parcels = self.ship(
            planned.order_id,
            [
                {"courier": "JNE", "resi": self.new_resi(), "lines": [{"sku": sku, "quantity": 2}]}
                for sku in ("TRK-MUG", "TRK-PLATE")
            ],
        )
        self.assertEqual(parcels[0], planned)
        self.assertEqual(parcels.mapped("line_ids.quantity"), [2, 2])
        self.assertEqual(planned.line_ids.product_id, self.mug)

    def test_planned_parcels_that_nobody_used_are_void(self):
        order = self.make_order()
        work = order.oms_fulfillment_ids
        first = work._plan_parcels()
        second = first.copy({"fulfillment_id": work.id})
        left = self.ship(order, [{"courier": "JNE", "resi": self.new_resi()}])
        self.assertEqual(left, first)
        self.assertEqual(second.status, "cancelled")

    def test_one_parcel_for_each_package(self):
        order = self.make_order(oms_payment_policy="cod", oms_cod_amount=40)
        work = order.oms_fulfillment_ids
        packages = self.env["stock.package"].create(
            [{"shipping_weight": 1}, {"shipping_weight": 2}]
        )
        for line, package in zip(work.picking_id.move_line_ids, packages, strict=True):
            line.result_package_id = package
        parcels = work._plan_parcels()
        self.assertEqual(parcels.mapped("weight_kg"), [1, 2])
        self.assertEqual(parcels.mapped("line_ids.quantity"), [2, 2])
        self.assertEqual(parcels.mapped("cod_amount"), [40, 0])
        self.assertIn("1/2", self.print(parcels))
        self.assertEqual(self.ship(order), parcels)

    def test_label_of_the_packing_station(self):
        order = self.make_order()
        work = order.oms_fulfillment_ids
        action = work._oms_pack_label()
        self.assertEqual(action["report_name"], LABEL)
        self.print(work.shipment_ids)
        self.partner.street = "Jl. Kenanga 9"
        action = work._oms_pack_label()
        self.assertIn("out of date", action["params"]["message"])

    def test_a_cancelled_transfer_needs_no_parcel(self):
        parcel = self.plan()
        parcel.fulfillment_id.picking_id.action_cancel()
        parcel.order_id._oms_refresh_touched()
        self.assertEqual(parcel.status, "cancelled")

    def test_courier_faster_than_the_warehouse(self):
        parcel = self.plan()
        parcel.write({"courier_id": self.jne.id, "resi": self.new_resi()})
        self.push(self.event(parcel, "delivered", 3))
        self.assertFalse(parcel.fulfillment_id.delivered_at)
        self.ship(parcel.order_id)
        self.assertTrue(parcel.fulfillment_id.delivered_at)


@tagged("post_install", "-at_install")
class TestLabel(LabelCase):
    def test_what_it_says(self):
        parcel = self.plan(oms_payment_policy="cod", oms_cod_amount=40)
        parcel.write({"courier_id": self.jne.id, "service": "REG", "sort_code": "BDO-BDO10001"})
        parcel.resi = self.new_resi()
        html = self.print(parcel)
        order = parcel.order_id
        for shown in (
            *("JNE", "REG", "BDO-BDO10001", parcel.resi, "CASHLESS", "COD", "$ 40"),
            *("Siti Rahayu", "081234567890", "Jl. Melati 5", "Bandung", order.name, "Mug"),
        ):
            self.assertIn(shown, html)
        self.assertNotIn("NON-COD", html)
        self.jne.mask_phone = True
        masked = self.print(parcel)
        self.assertIn("0812****7890", masked)
        self.assertNotIn("081234567890", masked)

    def test_without_cash(self):
        self.assertIn("NON-COD", self.print(self.plan()))

    def test_prints_are_counted(self):
        parcel = self.plan()
        self.assertEqual(parcel.label_state, "none")
        self.print(parcel)
        self.print(parcel)
        self.assertEqual((parcel.print_count, parcel.label_state), (2, "valid"))
        self.assertEqual(parcel.print_ids.printed_by_id, self.env.user)

    def changed(self, parcel, words):
        """The label is not true any more: neither printed nor handed over, until it is renewed."""
        self.assertEqual(parcel.label_state, "stale")
        self.assertEqual(parcel.label_changes, words)
        self.assertIn(parcel, parcel.search([("label_state", "=", "stale")]))
        with self.assertRaisesRegex(OmsRefusal, f"{words}.*Renew Label"):
            parcel.action_print_labels()
        with self.assertRaisesRegex(OmsRefusal, parcel.name):
            self.print(parcel)
        with self.assertRaisesRegex(OmsRefusal, "out of date"):
            parcel.fulfillment_id.picking_id.button_validate()
        parcel.action_renew_label()
        self.assertEqual(parcel.label_state, "none")
        self.print(parcel)
        self.assertEqual(parcel.label_state, "valid")

    def test_another_address(self):
        parcel = self.plan()
        self.print(parcel)
        parcel.order_id.partner_shipping_id.street = "Jl. Kenanga 9"
        self.changed(parcel, "address")
        self.assertIn("Jl. Kenanga 9", self.print(parcel))

    def test_another_amount(self):
        parcel = self.plan(oms_payment_policy="cod", oms_cod_amount=40)
        self.print(parcel)
        parcel.order_id.oms_cod_amount = 30
        self.changed(parcel, "COD amount")
        self.assertEqual(parcel.cod_amount, 30)

    def test_other_contents(self):
        parcel = self.plan()
        self.print(parcel)
        move = parcel.fulfillment_id.picking_id.move_ids[0]
        move.quantity = 1
        self.changed(parcel, "contents")
        self.assertIn(1, parcel.line_ids.mapped("quantity"))

    def test_another_number(self):
        parcel = self.plan()
        parcel.write({"courier_id": self.jne.id, "resi": self.new_resi()})
        self.print(parcel)
        parcel.resi = self.new_resi()
        self.changed(parcel, "number")

    def test_after_the_hand_over_it_is_history(self):
        parcel = self.plan()
        self.print(parcel)
        self.ship(parcel.order_id)
        parcel.order_id.partner_shipping_id.street = "Jl. Kenanga 9"
        self.assertEqual(parcel.label_state, "valid")

    def test_a_hold_prints_nothing(self):
        parcel = self.plan()
        self.env["oms.hold"].create(
            {
                "order_id": parcel.order_id.id,
                "code_id": self.env.ref("oms_fulfillment.hold_manual").id,
                "reason": "Ask the customer",
                "blocks_ship": True,
            }
        )
        with self.assertRaisesRegex(OmsRefusal, "Ask the customer"):
            self.print(parcel)
        self.assertFalse(parcel.print_count)

    def test_void_parcels_have_no_label(self):
        parcel = self.plan()
        parcel.action_void()
        with self.assertRaisesRegex(OmsRefusal, "voided"):
            parcel.action_print_labels()

    def test_who_prints(self):
        parcel = self.plan()
        for group, may in (("courier", True), ("warehouse", True), ("finance", False)):
            user = new_test_user(self.env, f"lbl_{group}", f"oms_fulfillment.group_oms_{group}")
            if may:
                self.print(parcel.with_user(user))
                parcel.with_user(user).action_renew_label()
                continue
            with self.assertRaises(OmsRefusal):
                parcel.with_user(user).action_print_labels()

    def test_from_transfers_in_pick_order(self):
        orders = [self.make_order() for _number in range(3)]
        works = orders[2].oms_fulfillment_ids
        for order in orders[:2]:
            works |= order.oms_fulfillment_ids
        shelf = self.env["stock.location"].create(
            {"name": "A-01", "location_id": works.warehouse_id.lot_stock_id.id}
        )
        last = orders[1].oms_fulfillment_ids.picking_id
        last.move_line_ids.location_id = shelf
        action = works.picking_id.action_oms_print_labels()
        parcels = self.Shipment.browse(action["context"]["active_ids"])
        self.assertEqual(len(parcels), 3)
        self.assertEqual(parcels.order_id[-1], orders[1], "deeper shelves are walked to later")
        with self.assertRaisesRegex(OmsRefusal, "channel"):
            self.env["stock.picking"].action_oms_print_labels()


@tagged("post_install", "-at_install")
class TestLabelDocument(LabelCase):
    """The real PDF, made by wkhtmltopdf."""

    def pdf(self, parcels):
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf(LABEL, parcels.ids)
        self.assertEqual(kind, "pdf")
        return PdfFileReader(io.BytesIO(content))

    def test_one_page_each_of_the_right_size_and_the_couriers_own(self):
        parcels = self.plan(oms_payment_policy="cod", oms_cod_amount=40) | self.plan() | self.plan()
        parcels[0].write(
            {
                "courier_id": self.jne.id,
                "service": "REG23",
                "sort_code": "BDO-BDO10001",
                "weight_kg": 1.2,
            }
        )
        parcels[0].resi = self.new_resi()
        picture = io.BytesIO()
        Image.new("RGB", (812, 1218), "white").save(picture, "PNG")
        parcels[1].label_pdf = base64.b64encode(picture.getvalue())
        self.assertEqual(parcels[1].label_state, "valid", "the courier's label is true when made")
        document = self.pdf(parcels)
        self.assertEqual(len(document.pages), 3)
        for number in range(3):
            box = document.pages[number].mediabox
            width, height = (float(side) / 72 * 25.4 for side in box[2:])
            self.assertAlmostEqual(width, 100, delta=2)
            self.assertAlmostEqual(height, 150, delta=3)
        self.assertEqual(parcels.mapped("print_ids.source"), ["own", "courier", "own"])

    def test_the_couriers_label_must_be_booked_again(self):
        parcel = self.plan()
        parcel.label_pdf = base64.b64encode(b"%PDF-1.4 x")
        parcel.order_id.partner_shipping_id.street = "Jl. Kenanga 9"
        with self.assertRaisesRegex(OmsRefusal, "Cancel the booking"):
            parcel._ensure_printable()


@tagged("post_install", "-at_install")
class TestParcelFacts(LabelCase):
    def test_weights_and_costs(self):
        parcel = self.make_parcel()
        item = {"parcel": parcel.name, "weight_kg": 1, "length_cm": 40, "width_cm": 30}
        (answer,) = self.Shipment.set_facts([{**item, "height_cm": 10, "cost_estimated": 18000}])
        self.assertEqual((answer["status"], answer["chargeable_kg"]), ("recorded", 2))
        (answer,) = self.Shipment.set_facts([{"parcel": parcel.id, "billed_kg": 2.3}])
        self.assertEqual(answer["weight_excess_kg"], 0, "within the courier's tolerance")
        (answer,) = self.Shipment.set_facts(
            [{"parcel": parcel.id, "billed_kg": 4, "cost_billed": 36000}]
        )
        self.assertEqual((answer["weight_excess_kg"], parcel.cost_final), (2, 36000))
        self.Shipment.set_facts([{"parcel": parcel.id, "corrected_kg": 2, "cost_corrected": 18000}])
        self.assertEqual((parcel.weight_excess_kg, parcel.cost_final), (0, 18000))

    def test_nonsense_is_refused(self):
        parcel = self.make_parcel()
        for bad in ({"billed_kg": -1}, {"cost_billed": "nan"}, {"weight_kg": "heavy"}):
            (answer,) = self.Shipment.set_facts([{"parcel": parcel.id, **bad}])
            self.assertEqual(answer["status"], "error", bad)

    def test_proof_of_delivery(self):
        parcel = self.make_parcel()
        picture = io.BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "PNG")
        photo = base64.b64encode(picture.getvalue()).decode()
        self.Shipment.set_facts([{"parcel": parcel.id, "receiver": "Satpam", "photo": photo}])
        self.assertEqual(parcel.pod_receiver, "Satpam")
        self.assertTrue(parcel.pod_photo)


@tagged("post_install", "-at_install")
class TestWayBack(TrackingCase):
    def test_comes_back_under_another_number(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "refused", 20))
        item = {"parcel": parcel.name, "courier": "JNE", "resi": self.new_resi()}
        (answer,) = self.Shipment.bring_back([item])
        self.assertEqual(answer["status"], "recorded", answer)
        back = self.Shipment.browse(answer["id"])
        self.assertEqual((back.return_of_id, parcel.status), (parcel, "returning"))
        self.assertEqual(len(back.line_ids), len(parcel.line_ids))
        self.assertEqual(self.Shipment.bring_back([item])[0]["status"], "duplicate")
        self.push({**self.event(back, "delivered", 0), "occurred_at": at(24 * 400)})
        self.assertEqual(back.status, "label_created", "that has not happened yet")
        back._record_own_event("delivered")
        self.assertEqual((back.status, parcel.status), ("returned", "returned"))
        self.assertFalse(parcel.fulfillment_id.delivered_at)
        self.assertFalse(back.exception, "the first parcel is the one that needs somebody")

    def test_what_never_left_never_comes_back(self):
        parcel = self.make_order().oms_fulfillment_ids._plan_parcels()
        (answer,) = self.Shipment.bring_back([{"parcel": parcel.name}])
        self.assertEqual(answer["errors"][0]["code"], "nothing_to_bring_back")
