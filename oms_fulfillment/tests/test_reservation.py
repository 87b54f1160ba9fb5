from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common_promise import PromiseCase


@tagged("post_install", "-at_install")
class TestReservationExpiry(PromiseCase):
    def _run(self, hours):
        moment = fields.Datetime.now() + timedelta(hours=hours)
        self.env.flush_all()
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("oms_fulfillment.cron_reservations").method_direct_trigger()
        self.env.invalidate_all()
        self._settle()

    def test_an_unpaid_order_gives_its_goods_back_until_it_is_paid(self):
        self.channel.write({"payment_policy": "prepaid", "reserve_hours": 24})
        self.env["oms.verification.rule"].search([]).active = False
        order = self._confirmed([(self.product, 8)])
        self.assertStage(order, "fulfillment", "to_pick")
        self._run(20)
        self.assertEqual(self._units(order), {"ordered": 8, "reserved": 8})
        other = self._confirmed([(self.product, 9)], oms_payment_policy="terms")
        self.assertEqual(self._units(other)["reserved"], 2)
        self._run(25)
        self.assertStage(order, "inventory_check", "stock_short")
        self.assertIn("Not paid for within 24 hours", order.oms_explanation)
        self.assertEqual(order.oms_explanation_party, "customer")
        self.assertEqual(self._units(other), {"ordered": 9, "reserved": 9})
        self._stock(self.product, 7)
        self.env["oms.allocator"].run()
        self.assertEqual(self._units(order), {"ordered": 8, "unallocated": 8})
        order.oms_paid_at = fields.Datetime.now()
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertFalse(order.oms_unreserved_at)
        self.assertProved()

    def test_a_channel_without_a_limit_keeps_them(self):
        self.channel.payment_policy = "prepaid"
        self.env["oms.verification.rule"].search([]).active = False
        order = self._confirmed([(self.product, 8)])
        self._run(999)
        self.assertEqual(self._units(order)["reserved"], 8)


@tagged("post_install", "-at_install")
class TestReservationCheck(PromiseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "manager-c", "oms_fulfillment.group_oms_manager")
        cls.allocator = cls.env["oms.allocator"].with_user(cls.manager)

    def _damage(self, product, **values):
        """Write on a product's quant what no code would."""
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(
                f"UPDATE stock_quant SET {name} = %s WHERE product_id = %s"  # noqa: S608
                " AND location_id = %s",
                [value, product.id, self.warehouse.lot_stock_id.id],
            )
        self.env.invalidate_all()

    def _codes(self):
        mine = (self.product | self.product_b | self.scarce).ids
        return {
            item["product"].split("]")[0].strip("["): item["code"]
            for item in self.allocator.check()
            if item["product_id"] in mine
        }

    def _reserved(self, product):
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )
        return sum(quants.mapped("reserved_quantity"))

    def test_a_sound_database_has_nothing_to_repair(self):
        self._confirmed([(self.product, 3)])
        self.assertEqual(self._codes(), {})

    def test_what_is_reserved_by_nobody_is_freed_for_who_waits(self):
        self._damage(self.product, reserved_quantity=10)
        order = self._confirmed([(self.product, 4)])
        self.assertStage(order, "inventory_check", "stock_short")
        self.assertEqual(self._codes(), {"MUG": "no_transfer"})
        answer = self.allocator.repair()
        self.assertEqual(len(answer["found"]), 1)
        self.assertEqual((answer["left"], answer["released"]), ([], []))
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(self._reserved(self.product), 4)
        self.assertEqual(self.allocator.repair()["found"], [])
        self.assertProved()

    def test_stock_and_transfers_agree_again(self):
        self._confirmed([(self.product, 4)])
        self._confirmed([(self.product_b, 2)])
        self._damage(self.product, reserved_quantity=1)
        self._damage(self.product_b, reserved_quantity=-3)
        self.assertEqual(self._codes(), {"MUG": "drift", "TEA": "negative_reserved"})
        self.assertEqual(self.allocator.repair()["left"], [])
        self.assertEqual((self._reserved(self.product), self._reserved(self.product_b)), (4, 2))
        self.assertProved()

    def test_what_is_promised_twice_is_left_to_the_older_promise(self):
        old = self._confirmed([(self.product, 6)])
        young = self._confirmed([(self.product, 4)])
        self._damage(self.product, quantity=7)
        self.assertEqual(self._codes(), {"MUG": "over_reserved"})
        answer = self.allocator.repair()
        self.assertEqual(answer["released"], [young.picking_ids.name])
        self.assertEqual(answer["left"], [])
        self.assertEqual(self._units(old), {"ordered": 6, "reserved": 6})
        self.assertEqual(self._units(young), {"ordered": 4, "reserved": 1, "unallocated": 3})
        self.assertProved()

    def test_stock_below_zero_is_said_and_left_to_a_count(self):
        self._damage(self.product, quantity=-2)
        self.assertEqual(self._codes(), {"MUG": "negative_stock"})
        self.allocator.repair()
        self.assertEqual(self._codes(), {"MUG": "negative_stock"})

    def test_the_window_repairs_and_shows_what_is_left(self):
        self._damage(self.product, reserved_quantity=3)
        window = self.env["oms.reservation.check"].with_user(self.manager).create({})
        self.assertEqual(window.line_ids.mapped("code"), ["no_transfer"])
        window.action_repair()
        self.assertTrue(window.done)
        self.assertFalse(window.line_ids)

    def test_only_managers_repair(self):
        agent = new_test_user(self.env, "agent-c", "oms_fulfillment.group_oms_warehouse")
        with self.assertRaisesRegex(UserError, "may not check reservations"):
            self.env["oms.allocator"].with_user(agent).repair()
