from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .pack_common import STATION, PackCase

MUG, TEA = "8991234567891", "8991234567907"


@tagged("post_install", "-at_install")
class TestPackStation(PackCase):
    def test_order_is_packed_by_scans(self):
        order = self._confirmed([(self.product, 2), (self.product_b, 1)])
        screen = self.accepted(order.name)
        self.assertEqual((screen["screen"], screen["next"]["sku"]), ("pack", "MUG"))
        self._settle()
        self.assertEqual(self.work(order).state, "picked")
        self.accepted(MUG, MUG)
        self.assertEqual(self.screen["next"]["sku"], "TEA")
        screen = self.accepted("TEA", "OMS-DONE")
        self.assertEqual(screen["screen"], "done")
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3, "packed": 3})
        self.assertEqual(self.work(order).packed_by_id, self.packer)
        lines = order.picking_ids.move_line_ids
        self.assertEqual(len(lines.result_package_id), 1)
        self.assertTrue(all(lines.mapped("picked")))
        self.assertEqual(screen["done"]["cartons"][0]["name"], lines.result_package_id.name)
        self.work(order).action_hand_over()
        self.assertProved()

    def test_wrong_and_surplus_units_stop_and_say_what_was_expected(self):
        order = self._confirmed([(self.product, 1), (self.product_b, 1)])
        self.accepted(order.name, MUG)
        self.assertEqual(self.refused(MUG), "surplus")
        self.assertIn("Expected: 1 of [TEA]", self.screen["alarm"]["next_step"])
        self.scarce.barcode = "4006381333931"
        self.assertEqual(self.refused("4006381333931"), "not_in_order")
        self.assertEqual(self.refused("NONSENSE"), "unknown_code")
        self.assertEqual(self.refused("OMS-DONE"), "not_complete")
        self.assertEqual(self.done(), {"MUG": 1, "TEA": 0})
        self.accepted(TEA, "OMS-DONE")
        session = self.Session.search([("order_id", "=", order.id)])
        self.assertEqual((session.scans, session.mistakes, session.units), (5, 3, 2))

    def test_undo_by_scan(self):
        order = self._confirmed([(self.product, 2)])
        self.accepted(order.name, MUG, MUG, "OMS-UNDO")
        self.assertIn("out of the parcel", self.screen["message"])
        self.assertEqual(self.done(), {"MUG": 1})
        self.accepted("OMS-UNDO")
        self.assertEqual(self.refused("OMS-UNDO"), "nothing_to_undo")
        self.accepted("2*MUG", "OMS-DONE")
        self.assertEqual(self.screen["screen"], "done")

    def test_cartons_become_packages(self):
        order = self._confirmed([(self.product, 3), (self.product_b, 1)])
        self.assertEqual(self.refused(order.name, "OMS-CARTON"), "carton_empty")
        self.accepted(MUG, MUG, "OMS-CARTON", MUG, TEA)
        self.assertEqual(self.refused("OMS-CARTON"), "last_carton")
        self.accepted("OMS-DONE")
        lines = order.picking_ids.move_line_ids
        contents = [
            sorted((line.product_id.default_code, line.quantity) for line in own)
            for _package, own in sorted(
                lines.grouped("result_package_id").items(), key=lambda pair: pair[0].id
            )
        ]
        self.assertEqual(contents, [[("MUG", 2)], [("MUG", 1), ("TEA", 1)]])
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 4, "packed": 4})
        self.work(order).action_hand_over()
        self.assertProved()

    def test_packaging_counts_its_units(self):
        six = self.env["uom.uom"].create(
            {"name": "Box of 6", "relative_factor": 6, "relative_uom_id": self.product.uom_id.id}
        )
        self.env["product.uom"].create(
            {"product_id": self.product.id, "uom_id": six.id, "barcode": "BOX-6"}
        )
        order = self._confirmed([(self.product, 7)])
        self.accepted(order.name, "BOX-6")
        self.assertEqual(self.done(), {"MUG": 6})
        self.assertEqual(self.refused("BOX-6"), "surplus")
        self.accepted(MUG, "OMS-DONE")

    # WEIGHT

    def test_weight_is_compared_carton_by_carton(self):
        self.warehouse.oms_pack_weigh = True
        order = self._confirmed([(self.product, 4)])
        self.accepted(order.name, "3*MUG", "OMS-CARTON", MUG, "OMS-DONE")
        self.assertEqual(self.screen["screen"], "weigh")
        self.assertEqual(self.screen["weigh"]["expected"], 1.5)
        self.assertEqual(self.refused("heavy"), "bad_weight")
        self.assertEqual(self.refused("2"), "weight_off")
        self.assertIn("0.500 kg too much", self.screen["alarm"]["message"])
        self.assertEqual(self.refused("1,2 kg"), "weight_off")
        self.assertEqual(self.accepted("1520 g")["weigh"]["carton"], 2)
        self.accepted("0.5")
        self.assertEqual(self.screen["screen"], "done")
        weights = order.picking_ids.move_line_ids.result_package_id.mapped("shipping_weight")
        self.assertEqual(sorted(weights), [0.5, 1.52])

    def test_weight_is_only_noted_where_a_product_has_none(self):
        self.warehouse.oms_pack_weigh = True
        self.product.weight = 0
        order = self._confirmed([(self.product, 1)])
        self.accepted(order.name, MUG, "OMS-DONE", "7.7")
        self.assertEqual(self.screen["screen"], "done")

    # OVERRIDE

    def test_short_pick_leaves_without_the_missing_unit(self):
        order = self._confirmed([(self.product, 3)])
        self.accepted(order.name, MUG, MUG, "OMS-SHORT")
        self.assertEqual(self.screen["screen"], "reason")
        self.assertEqual(self.refused("OMS-WHY-NONSENSE"), "no_choice")
        self.accepted("OMS-WHY-NOT_IN_STOCK", "OMS-THEN-BACKORDER", "OMS-DONE")
        self.assertEqual(self.screen["screen"], "done")
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3, "packed": 2, "unallocated": 1})
        self.assertEqual(self.product.qty_available, 2, "nothing else lies in that place")
        self.assertProved()

    def test_short_pick_gives_the_missing_unit_up(self):
        order = self._confirmed([(self.product, 2), (self.product_b, 1)])
        self.accepted(order.name, MUG, TEA, "OMS-SHORT", "OMS-WHY-DAMAGED", "OMS-THEN-CANCEL")
        self.accepted("OMS-DONE")
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3, "packed": 2, "cancelled": 1})
        self.assertProved()

    def test_nothing_of_it_is_there(self):
        order = self._confirmed([(self.product, 1)])
        self.accepted(order.name, "OMS-SHORT", "OMS-WHY-MISMATCH", "OMS-THEN-CANCEL")
        self.assertEqual(self.screen["message"], "Nothing is left to pack.")
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 1, "cancelled": 1})
        self.assertProved()

    def test_supervisor_overrides_with_badge_and_reason(self):
        boss = new_test_user(self.env, "boss", "oms_fulfillment.group_oms_manager")
        boss.oms_badge = "BADGE-12345"
        order = self._confirmed([(self.product, 1)])
        self.accepted(order.name, "OMS-OVERRIDE")
        self.assertEqual(self.screen["screen"], "badge")
        self.assertEqual(self.refused("BADGE-99999"), "no_supervisor")
        self.accepted("BADGE-12345")
        self.assertEqual([choice["digit"] for choice in self.screen["choices"]], [1, 2, 3, 4])
        self.accepted("1")
        self.assertEqual(self.done(), {"MUG": 1})
        scan = self.env["oms.pack.scan"].search([("waived", "=", True)])
        self.assertEqual(
            (scan.supervisor_id, scan.user_id, scan.reason), (boss, self.packer, "barcode")
        )
        badges = self.env["oms.pack.scan"].search([("code", "ilike", "BADGE")])
        self.assertFalse(badges, "a badge is a secret")
        self.accepted("OMS-DONE")
        self.assertEqual(self.Session.search([("order_id", "=", order.id)]).overrides, 1)

    def test_weight_is_waived_by_a_supervisor(self):
        self.warehouse.oms_pack_weigh = True
        self.packer.group_ids += self.env.ref("oms_fulfillment.group_oms_manager")
        order = self._confirmed([(self.product, 1)])
        self.refused(order.name, MUG, "OMS-DONE", "2")
        self.accepted("OMS-OVERRIDE", "OMS-FOR-PACK")
        self.assertEqual(self.screen["screen"], "done")
        package = order.picking_ids.move_line_ids.result_package_id
        self.assertEqual(package.shipping_weight, 2)

    # WHAT IS REFUSED

    def test_held_order_says_why(self):
        order = self._confirmed([(self.product, 1)])
        order._oms_raise_hold("manual", "Buyer asked to wait")
        self.assertEqual(self.refused(order.name), "on_hold")
        self.assertIn("Buyer asked to wait", self.screen["alarm"]["message"])

    def test_hold_while_packing_stops_the_next_scan(self):
        order = self._confirmed([(self.product, 2)])
        self.accepted(order.name, MUG)
        order._oms_raise_hold("manual", "Address is wrong")
        self.assertEqual(self.refused(MUG), "on_hold")
        self.assertEqual(self.refused("OMS-DONE"), "on_hold")
        self.accepted("OMS-LEAVE")
        self.assertEqual(self.screen["screen"], "idle")

    def test_what_is_not_to_be_packed(self):
        order = self._confirmed([(self.product, 1)])
        self.accepted(order.name, MUG, "OMS-DONE")
        self.assertEqual(self.refused(order.name), "already_packed")
        self.assertIn("packer", self.screen["alarm"]["message"])
        self.work(order).action_hand_over()
        self.assertEqual(self.refused(order.name), "already_packed")
        waiting = self._confirmed([(self.scarce, 1)])
        self.assertEqual(self.refused(waiting.name), "nothing_reserved")
        cancelled = self._confirmed([(self.product, 1)])
        cancelled._action_cancel()
        self.assertEqual(self.refused(cancelled.name), "cancelled")
        self.assertEqual(self.refused("OMS-DONE"), "nothing_open")
        self.assertEqual(self.refused(""), "unknown_code")
        plain = self._order(oms_channel_id=False)
        plain.action_confirm()
        self.assertEqual(self.refused(plain.picking_ids.name), "not_managed")
        third = self._confirmed([(self.product, 1)])
        self.work(third).provider_id = self.partner
        self.assertEqual(self.refused(third.name), "packed_by_3pl")

    def test_cancelled_while_packing(self):
        order = self._confirmed([(self.product, 1)])
        self.accepted(order.name, MUG)
        order._action_cancel()
        self._settle()
        self.assertEqual(self.refused("OMS-DONE"), "not_open")
        self.accepted("OMS-LEAVE")

    def test_only_the_warehouse_packs(self):
        courier = new_test_user(self.env, "desk", "oms_fulfillment.group_oms_courier")
        for call in (
            lambda: self.Session.with_user(courier).start(STATION),
            lambda: self.Session.with_user(courier).send(STATION, []),
        ):
            with self.assertRaisesRegex(UserError, "may not pack"):
                call()
        with self.assertRaisesRegex(UserError, "can't be changed"):
            order = self._confirmed([(self.product, 1)])
            self.accepted(order.name)
            self.env["oms.pack.scan"].search([], limit=1).quantity = 5

    # TWO PEOPLE, ONE CONNECTION

    def test_two_people_on_one_order_are_told(self):
        other = new_test_user(self.env, "other", "oms_fulfillment.group_oms_warehouse")
        order = self._confirmed([(self.product, 2)])
        session = self.accepted(order.name, MUG)["session"]
        self.assertEqual(self.refused(order.name, station="station-2", user=other), "busy")
        self.assertIn("packer", self.screen["alarm"]["message"])
        (choice,) = self.screen["choices"]
        screen = self.accepted(choice["code"], station="station-2", user=other)
        self.assertEqual(self.done(), {"MUG": 1}, "what was packed stays packed")
        self.assertEqual(screen["session"], session)
        self.assertEqual(self.refused(MUG, session=session), "taken_over")
        self.assertIn("other", self.screen["alarm"]["message"])
        self.accepted(MUG, "OMS-DONE", station="station-2", user=other)
        self.assertEqual(self.work(order).packed_by_id, other)

    def test_scans_that_come_twice_count_once(self):
        order = self._confirmed([(self.product, 3)])
        items = [
            {"key": f"twice-{number}", "code": code, "at": "2026-11-25T10:00:00+07:00"}
            for number, code in enumerate((order.name, MUG, "WRONG", MUG))
        ]
        first = self.Session.send(STATION, items)
        again = self.Session.send(STATION, items)
        self.assertEqual([a["status"] for a in first["answers"]], ["ok", "ok", "refused", "ok"])
        self.assertEqual(
            [a["status"] for a in again["answers"]],
            ["duplicate", "duplicate", "refused", "duplicate"],
        )
        self.assertEqual(again["progress"], {"done": 2, "total": 3})
        self.assertEqual(self.Session.start(STATION)["progress"], {"done": 2, "total": 3})

    def test_put_aside_and_gone_on_with(self):
        order = self._confirmed([(self.product, 2)])
        self.accepted(order.name, MUG, "OMS-LEAVE", order.name)
        self.assertEqual(self.screen["progress"], {"done": 1, "total": 2})

    # WHAT OPENS THE WORK

    def test_transfer_batch_tote_and_unit_open_the_work(self):
        order = self._confirmed([(self.product, 1)])
        other = self._confirmed([(self.product, 1), (self.product_b, 1)])
        self.assertEqual(self.accepted(order.picking_ids.name)["work"]["order"], order.name)
        self.accepted("OMS-LEAVE")
        batch = self.env["stock.picking.batch"].create(
            {"picking_ids": [(6, 0, (order | other).picking_ids.ids)]}
        )
        screen = self.accepted(batch.name)
        self.assertEqual(screen["screen"], "choose")
        self.assertEqual(len(screen["choices"]), 2)
        screen = self.accepted(MUG)
        self.assertEqual(screen["work"]["order"], order.name, "the order of one unit")
        self.assertEqual(self.done(), {"MUG": 1})
        self.accepted("OMS-DONE")
        self.assertEqual(self.refused(TEA), "no_single")
        tote = self.env["stock.package"].create({"name": "TOTE-7"})
        other.picking_ids.move_line_ids.result_package_id = tote
        self.assertEqual(self.accepted("TOTE-7")["work"]["order"], other.name)

    def test_last_unit_closes_the_parcel(self):
        self.warehouse.oms_pack_auto_done = True
        order = self._confirmed([(self.product, 1)])
        self.assertEqual(self.accepted(MUG)["screen"], "done")
        self._settle()
        self.assertEqual(self.work(order).state, "packed")

    def test_orders_in_one_parcel_are_packed_together(self):
        first, second = (self._confirmed([(self.product, 1)]) for _ in range(2))
        self.env["oms.fulfillment"].merge(
            [{"fulfillments": [self.work(first).name, self.work(second).name]}]
        )
        screen = self.accepted(second.name)
        self.assertEqual(screen["progress"]["total"], 2)
        self.accepted(MUG, MUG, "OMS-DONE")
        self._settle()
        self.assertEqual(
            [self.work(order).state for order in (first, second)], ["packed", "packed"]
        )
        self.assertProved()


@tagged("post_install", "-at_install")
class TestPackLots(PackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.serial = cls._create_product("PHONE", 0, tracking="serial", barcode="8991234567914")
        cls.lots = cls.env["stock.lot"].create(
            [{"name": f"SN-{n}", "product_id": cls.serial.id} for n in range(1, 5)]
        )
        for lot in cls.lots[:3]:
            cls.env["stock.quant"]._update_available_quantity(
                cls.serial, cls.warehouse.lot_stock_id, 1, lot_id=lot
            )

    def test_serial_numbers(self):
        order = self._confirmed([(self.serial, 2)])
        reserved = order.picking_ids.move_line_ids.lot_id
        spare = self.lots[:3] - reserved
        self.assertEqual(self.refused(order.name, "8991234567914"), "lot_needed")
        self.accepted(reserved[0].name)
        self.assertEqual(self.refused(reserved[0].name), "serial_twice")
        self.assertEqual(self.refused("SN-4"), "lot_not_here")
        self.accepted(spare.name)
        self.accepted("OMS-DONE")
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, reserved[0] | spare)
        self._settle()
        self.work(order).action_hand_over()
        self.assertProved()
        quants = self.serial.stock_quant_ids.filtered(lambda q: q.location_id.usage == "internal")
        self.assertEqual(
            [(q.lot_id, q.reserved_quantity) for q in quants if q.quantity], [(reserved[1], 0)]
        )

    def test_short_pick_names_the_serial_that_nobody_scanned(self):
        order = self._confirmed([(self.serial, 2)])
        here, gone = order.picking_ids.move_line_ids.lot_id
        self.accepted(order.name, here.name, "OMS-SHORT", "OMS-WHY-NOT_IN_STOCK")
        self.accepted("OMS-THEN-CANCEL")
        done = self.work(order).action_ids.filtered(lambda one: one.action == "short")
        self.assertEqual((done.line_ids.lot_id, done.line_ids.quantity), (gone, 1))
        self.assertTrue(done.reference)
        self.accepted("OMS-DONE")
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, here)
        self.assertProved()

    def test_gs1(self):
        order = self._confirmed([(self.serial, 1), (self.product, 5)])
        lot = order.picking_ids.move_line_ids.lot_id
        self.accepted(order.name, f"(01)08991234567914(21){lot.name}")
        self.accepted("]C10108991234567891\x1d3003")
        self.assertEqual(self.done(), {"PHONE": 1, "MUG": 3})
        self.assertEqual(self.refused("0108991234567914" + "21NOPE"), "lot_not_here")


@tagged("post_install", "-at_install")
class TestPackSteps(PackCase):
    def test_two_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._confirmed([(self.product, 2)])
        pick = order.picking_ids
        self.assertEqual(self.refused(pick.name), "not_picked")
        pick.with_context(skip_sms=True).button_validate()
        self._settle()
        self.accepted(pick.name, MUG, MUG, "OMS-DONE")
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 2, "packed": 2})
        self.work(order).action_hand_over()
        self.assertProved()

    def test_three_steps(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._confirmed([(self.product, 2), (self.product_b, 1)])
        order.picking_ids.with_context(skip_sms=True).button_validate()
        self._settle()
        self.accepted(order.name, MUG, MUG, TEA, "OMS-DONE")
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 3, "packed": 3})
        self.assertEqual(self.work(order).picking_id.state, "assigned")
        self.assertTrue(self.work(order).picking_id.move_line_ids.package_id)
        self.work(order).action_hand_over()
        self.assertProved()
