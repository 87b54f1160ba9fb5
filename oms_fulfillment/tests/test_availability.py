import psycopg2

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_promise import PromiseCase


@tagged("post_install", "-at_install")
class TestAvailability(PromiseCase):
    def _rule(self, **values):
        if "percent" in values:
            values["kind"] = "percent"
        return self.env["oms.safety.stock"].create(values)

    def _available(self, product=None, channel=None, warehouse=None, date=None):
        product, warehouse = product or self.product, warehouse or self.warehouse
        channel = (channel or self.channel).id
        units = product.oms_available(product.ids, warehouse.ids, date, channel)
        return units[product.id][warehouse.id]

    # SAFETY STOCK

    def test_safety_stock_is_not_offered_and_the_most_specific_rule_holds(self):
        self._rule(units=1)
        self.assertEqual(self._available(), 9)
        self._rule(category_id=self.product.categ_id.id, percent=25)
        self.assertEqual(self._available(), 7)
        self._rule(product_id=self.product.id, units=4)
        self.assertEqual(self._available(), 6)
        only_here = self._rule(product_id=self.product.id, channel_id=self.other.id, units=9)
        self.assertEqual(self._available(), 6)
        self.assertEqual(self._available(channel=self.other), 1)
        only_here.units = 30
        self.assertEqual(self._available(channel=self.other), 0)
        only_here.active = False
        self.assertEqual(self._available(channel=self.other), 6)

    def test_the_category_nearest_to_the_product_counts(self):
        parent = self.env["product.category"].create({"name": "Kitchen"})
        child = self.env["product.category"].create({"name": "Mugs", "parent_id": parent.id})
        self.product.categ_id = child
        self._rule(category_id=parent.id, units=2)
        self.assertEqual(self._available(), 8)
        self._rule(category_id=child.id, units=3)
        self.assertEqual(self._available(), 7)
        self._rule(category_id=parent.id, warehouse_id=self.warehouse.id, units=5)
        self.assertEqual(self._available(), 7)

    @mute_logger("odoo.sql_db")
    def test_two_rules_for_the_same_scope_are_refused(self):
        self._rule(product_id=self.product.id, units=1)
        with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            self._rule(product_id=self.product.id, units=2)

    def test_an_order_that_was_promised_goods_gets_safety_stock(self):
        self._rule(product_id=self.product.id, units=4)
        order = self._confirmed([(self.product, 8)])
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(self._available(), 0)

    def test_rules_of_another_company_mean_nothing(self):
        stranger = self.env["res.company"].create({"name": "Stranger"})
        self._rule(company_id=stranger.id, units=5)
        self.assertEqual(self._available(), 10)

    # ONE NUMBER

    def test_every_screen_shows_the_same_number(self):
        self._rule(product_id=self.product.id, units=2)
        self._confirmed([(self.product, 3)])
        answer = self.env["oms.channel"].available("PHONE-T", ["MUG", "NOPE"])
        self.assertEqual((answer[0]["available"], answer[0]["status"]), (5, "ok"))
        self.assertEqual(answer[0]["warehouses"], {self.warehouse.code: 5})
        self.assertEqual(answer[1]["errors"][0]["code"], "unknown_sku")
        entry = self.env["oms.order.entry"]
        self.assertEqual(entry.find_products(self.channel.id, "MUG")[0]["available"], 5)
        draft = self._order([(self.product, 4), (self.product, 3)])
        self.assertEqual(draft.order_line.mapped("free_qty_today"), [5, 1])
        self.channel.write({"outbox_mode": "pull", "outbox_stock": True})
        self.env["oms.outbox"]._tell_stock(self.channel)
        told = self.env["oms.outbox"].search([("event", "=", "stock_changed")])
        self.assertEqual([m.data["available"] for m in told if m.data["sku"] == "MUG"], [5])

    def test_all_products_in_one_query(self):
        self._rule(category_id=self.product.categ_id.id, percent=10)
        Product = self.env["product.product"]
        ids = Product.search([("type", "=", "consu")]).ids
        places = (self.warehouse | self.second).ids
        Product.oms_available(ids, places)
        with self.assertQueryCount(2):  # the warehouses, and the query
            Product.oms_available(ids, places, fields.Datetime.now(), self.channel.id)

    def test_a_list_is_asked_for(self):
        with self.assertRaisesRegex(Exception, "is no list of SKUs"):
            self.env["oms.channel"].available("PHONE-T", "MUG")

    # WHAT IS NOT FOR SALE

    def test_quarantine_is_neither_offered_nor_reserved(self):
        quarantine = self.env["stock.location"].create(
            {
                "name": "Quarantine",
                "location_id": self.warehouse.lot_stock_id.id,
                "oms_not_for_sale": True,
            }
        )
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": quarantine.id})
        self.env["stock.quant"]._update_available_quantity(self.scarce, shelf, 5)
        self.assertEqual(self._available(self.scarce), 0)
        order = self._confirmed([(self.scarce, 1)])
        self.assertStage(order, "inventory_check", "stock_short")
        quarantine.oms_not_for_sale = False
        self.assertEqual(self._available(self.scarce), 5)
        self.env["oms.allocator"].run()
        self.assertStage(order, "fulfillment", "to_pick")

    # BY DATE

    def test_receipts_count_from_their_day_on_until_somebody_waits_for_them(self):
        self._receipt(self.scarce, 6, "2030-05-10 08:00:00")
        self.assertEqual(self._available(self.scarce), 0)
        self.assertEqual(self._available(self.scarce, date="2030-05-10 07:00:00"), 0)
        self.assertEqual(self._available(self.scarce, date="2030-05-10 09:00:00"), 6)
        self._confirmed([(self.scarce, 4)])
        self.assertEqual(self._available(self.scarce, date="2030-05-10 09:00:00"), 2)
        self.assertEqual(
            self._available(self.scarce, warehouse=self.second, date="2030-05-11 00:00:00"), 0
        )

    def test_receipts_and_demand_count_once_in_a_warehouse_of_several_steps(self):
        self.warehouse.write({"reception_steps": "two_steps", "delivery_steps": "pick_ship"})
        receipt = self._receipt(self.scarce, 6, "2030-05-10 08:00:00")
        when = "2030-05-11 00:00:00"
        self.assertEqual(self._available(self.scarce, date=when), 6)
        self._confirmed([(self.scarce, 4), (self.product, 1)])
        self.assertEqual(self._available(self.scarce, date=when), 2)
        receipt.move_ids.picked = True
        receipt.with_context(skip_sms=True).button_validate()
        # The goods lie in the input location now, on their way to the shelf.
        self.assertEqual(self._available(self.scarce), 0)
        self.assertEqual(self._available(self.scarce, date=when), 2)
        self.assertEqual(self._available(), 9)
        self.assertEqual(self._available(date=when), 9)

    def test_receipts_in_other_units_count_in_the_product_s_own(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        receipt = self._receipt(self.scarce, 1, "2030-05-10 08:00:00")
        receipt.move_ids.product_uom = dozen
        self.assertEqual(self._available(self.scarce, date="2030-05-11 00:00:00"), 12)
        order = self._order([(self.scarce, 1)])
        order.order_line.product_uom_id = dozen
        order.action_confirm()
        self._settle()
        self.assertEqual(self._available(self.scarce, date="2030-05-11 00:00:00"), 0)

    # WHO MAY

    def test_only_managers_write_the_rules(self):
        agent = new_test_user(self.env, "agent-s", "oms_fulfillment.group_oms_agent")
        manager = new_test_user(self.env, "manager-s", "oms_fulfillment.group_oms_manager")
        rules = self.env["oms.safety.stock"]
        self.assertTrue(rules.with_user(manager).has_access("create"))
        self.assertTrue(rules.with_user(agent).has_access("read"))
        self.assertFalse(rules.with_user(agent).has_access("create"))
