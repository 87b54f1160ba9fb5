import psycopg2

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_promise import PromiseCase


@tagged("post_install", "-at_install")
class TestStockShare(PromiseCase):
    """Units that are kept for a channel or for customers with a tag."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._stock(cls.product, 10)
        cls.tag = cls.env["res.partner.category"].create({"name": "Reseller"})
        cls.reseller = cls.partner.copy({"name": "Toko Jaya", "category_id": cls.tag.ids})

    def _share(self, holder=None, **values):
        holder = self.channel if holder is None else holder
        name = "channel_id" if holder._name == "oms.channel" else "partner_category_id"
        values.setdefault("product_id", self.product.id)
        if "percent" in values:
            values["kind"] = "percent"
        return self.env["oms.stock.share"].create({name: holder.id, **values})

    def _available(self, channel=None, partner=None, date=None, product=None):
        product = product or self.product
        units = product.oms_available(
            product.ids,
            self.warehouse.ids,
            date,
            (channel or self.channel).id,
            partner and partner.id,
        )
        return units[product.id][self.warehouse.id]

    def _others_order(self, units, product=None, **values):
        return self._confirmed(
            [(product or self.product, units)], oms_channel_id=self.other.id, **values
        )

    # THE NUMBER

    def test_the_share_is_offered_to_its_channel_alone(self):
        self._share(units=12)
        self.assertEqual(self._available(), 20)
        self.assertEqual(self._available(self.other), 8)
        nobody = self.product.oms_available(self.product.ids, self.warehouse.ids)
        self.assertEqual(nobody[self.product.id][self.warehouse.id], 8)

    def test_the_share_is_of_the_customers_with_the_tag_and_their_contacts(self):
        self._share(self.tag, percent=30)
        clerk = self.env["res.partner"].create({"name": "Clerk", "parent_id": self.reseller.id})
        self.assertEqual(self._available(), 14)
        self.assertEqual(self._available(partner=self.reseller), 20)
        self.assertEqual(self._available(partner=clerk), 20)
        self.assertEqual(self._available(partner=self.partner), 14)

    def test_open_orders_use_the_share_up_first_then_what_is_common(self):
        share = self._share(units=12)
        self._confirmed([(self.product, 5)])
        self.assertEqual((self._available(), self._available(self.other)), (15, 8))
        self.assertEqual(share.kept, 7)
        self._confirmed([(self.product, 9)])
        self.assertEqual((self._available(), self._available(self.other)), (6, 6))
        self.env.invalidate_all()
        self.assertEqual(share.kept, 0)

    def test_shares_and_safety_stock_add_up(self):
        self._share(units=12)
        self.env["oms.safety.stock"].create({"product_id": self.product.id, "units": 3})
        self.assertEqual((self._available(), self._available(self.other)), (17, 5))

    def test_the_most_specific_share_holds(self):
        self._share(units=2, product_id=False)
        self._share(units=4, product_id=False, category_id=self.product.categ_id.id)
        self.assertEqual(self._available(self.other), 16)
        self._share(units=0, warehouse_id=self.warehouse.id)
        self.assertEqual(self._available(self.other), 20)

    def test_what_comes_fills_the_share_first(self):
        self._share(units=6, product_id=self.scarce.id)
        self._receipt(self.scarce, 10, "2030-05-10 08:00:00")
        after = "2030-05-11 00:00:00"
        self.assertEqual(self._available(date=after, product=self.scarce), 10)
        self.assertEqual(self._available(self.other, date=after, product=self.scarce), 4)
        self._confirmed([(self.scarce, 2)])
        self.assertEqual(self._available(date=after, product=self.scarce), 8)
        self.assertEqual(self._available(self.other, date=after, product=self.scarce), 4)

    def test_every_screen_shows_the_same_number(self):
        self._share(units=12)
        self.assertEqual(
            [
                self.env["oms.channel"].available(code, ["MUG"])[0]["available"]
                for code in ("PHONE-T", "WEB-T")
            ],
            [20, 8],
        )
        entry = self.env["oms.order.entry"]
        self.assertEqual(entry.find_products(self.other.id, "MUG")[0]["available"], 8)
        draft = self._order([(self.product, 1)], oms_channel_id=self.other.id)
        self.assertEqual(draft.order_line.free_qty_today, 8)
        self.other.write({"outbox_mode": "pull", "outbox_stock": True})
        self.env["oms.outbox"]._tell_stock(self.other)
        told = self.env["oms.outbox"].search([("event", "=", "stock_changed")])
        self.assertEqual([m.data["available"] for m in told if m.data["sku"] == "MUG"], [8])
        lines = [{"sku": "MUG", "quantity": 9}]
        answers = [
            self.env["oms.channel"].promise(code, [{"lines": lines}])[0]["lines"][0]["short"]
            for code in ("PHONE-T", "WEB-T")
        ]
        self.assertEqual(answers, [0, 1])

    def test_the_customer_s_tag_counts_on_the_order_form_and_in_order_entry(self):
        self._share(self.tag, units=15)
        drafts = self._order() | self._order(partner_id=self.reseller.id)
        self.assertEqual(drafts.order_line.mapped("free_qty_today"), [5, 20])
        draft = {
            "channel_id": self.channel.id,
            "lines": [{"product_id": self.product.id, "quantity": 7, "price": None}],
        }
        quote = self.env["oms.order.entry"].quote
        self.assertIsNone(quote(draft)["arrival"])
        known = quote({**draft, "partner_id": self.reseller.id})
        self.assertEqual(known["lines"][0]["available"], 20)
        self.assertTrue(known["arrival"])

    def test_constant_number_of_queries_and_none_without_a_share(self):
        Product = self.env["product.product"]
        ids = Product.search([("type", "=", "consu")]).ids
        places = (self.warehouse | self.second).ids

        def ask():
            Product.oms_available(ids, places, fields.Datetime.now(), self.channel.id)

        ask()
        with self.assertQueryCount(2):  # the warehouses, and the stock
            ask()
        self._share(units=5)
        self._share(self.other, percent=10, product_id=False)
        ask()
        with self.assertQueryCount(3):  # and what open orders have
            ask()

    # THE ALLOCATOR

    def test_a_rush_of_one_channel_never_eats_the_share_of_another(self):
        self._share(units=12)
        rush = [self._others_order(3) for _number in range(5)]
        reserved = [sum(order.picking_ids.move_ids.mapped("quantity")) for order in rush]
        self.assertEqual(reserved, [3, 3, 2, 0, 0])
        mine = self._confirmed([(self.product, 12)])
        self.assertStage(mine, "fulfillment", "to_pick")
        self.assertEqual(self._available(), 0)
        self.assertProved()

    def test_lots_and_dozens_are_kept_as_well(self):
        lots = self._create_product("LOT", 0, tracking="lot")
        lot = self.env["stock.lot"].create({"name": "L1", "product_id": lots.id})
        self.env["stock.quant"]._update_available_quantity(
            lots, self.warehouse.lot_stock_id, 10, lot_id=lot
        )
        self._share(units=6, product_id=lots.id)
        order = self._others_order(7, lots)
        self.assertEqual(order.picking_ids.move_ids.quantity, 4)
        self.assertEqual(order.picking_ids.move_ids.state, "partially_available")
        dozens = self._create_product("DOZ", 30)
        self._share(units=10, product_id=dozens.id)
        order = self._order([(dozens, 2)], oms_channel_id=self.other.id)
        order.order_line.product_uom_id = self.env.ref("uom.product_uom_dozen")
        order.action_confirm()
        self._settle()
        self.assertEqual(order.picking_ids.move_ids.move_line_ids.quantity_product_uom, 20)

    def test_what_is_not_kept_any_more_goes_to_who_waits(self):
        share = self._share(units=12)
        order = self._others_order(12)
        self.assertStage(order, "inventory_check", "stock_short")
        share.units = 3
        self.env["oms.allocator"]._allocate(self.product.ids)
        self.assertStage(order, "fulfillment", "to_pick")

    def test_a_cancelled_order_gives_its_part_of_the_share_back(self):
        self._share(units=12)
        mine = self._confirmed([(self.product, 12)])
        self.assertEqual(self._available(self.other), 8)
        mine._action_cancel()
        self._settle()
        self.assertEqual((self._available(), self._available(self.other)), (20, 8))

    def test_orders_of_a_tag_take_what_is_kept_for_it(self):
        self._share(self.tag, units=15)
        self.assertStage(self._confirmed([(self.product, 6)]), "inventory_check", "stock_short")
        order = self._confirmed([(self.product, 15)], partner_id=self.reseller.id)
        self.assertStage(order, "fulfillment", "to_pick")

    def test_the_order_says_for_whom_the_goods_are_kept(self):
        self.channel.name = "Shopee"
        self._share(units=12)
        order = self._others_order(9)
        answer = self.env["sale.order"].oms_explain([order.name])[0]["blocker"]
        self.assertEqual((answer["code"], answer["whose_move"]), ("stock_short", "manager"))
        self.assertIn("1 × MUG wait", answer["message"])
        self.assertIn("12 of 12 free units there are kept for Shopee", answer["message"])
        self.assertIn("Stock Shares", answer["message"])
        self._receipt(self.product, 5, "2030-05-10 08:00:00")
        self._settle()
        order.invalidate_recordset()
        self.assertIn("More comes on 05/10/2030", order.oms_explanation)

    def test_the_promise_does_not_count_on_what_is_kept_for_others(self):
        self._share(units=12)
        self._receipt(self.product, 5, "2030-05-10 08:00:00")
        order = self._others_order(9)
        self.assertEqual(order.oms_expected[0]["at"], "2030-05-10 08:00:00")
        self.assertEqual(order.oms_promise_current.year, 2030)

    # SOURCING

    def test_sourcing_sees_what_the_order_s_channel_may_have(self):
        self._stock(self.product, 20, self.second)
        self._share(units=15, warehouse_id=self.warehouse.id)
        self.env["oms.sourcing.rule"].create(
            {
                "name": "Any",
                "line_ids": [
                    fields.Command.create({"warehouse_id": place.id, "sequence": number})
                    for number, place in enumerate((self.warehouse, self.second))
                ],
            }
        )
        mine = self._order([(self.product, 9)])
        others = self._order([(self.product, 9)], oms_channel_id=self.other.id)
        more = self._order([(self.product, 9)])
        (mine | others | more).action_confirm()
        self._settle()
        self.assertEqual(
            [order.picking_ids.picking_type_id.warehouse_id for order in (mine, others, more)],
            [self.warehouse, self.second, self.warehouse],
        )
        for order in (mine, others, more):
            self.assertStage(order, "fulfillment", "to_pick")

    # WHO AND WHAT

    @mute_logger("odoo.sql_db")
    def test_impossible_shares_are_refused(self):
        self._share(units=1)
        for values in (
            {"units": 2},
            {"units": 1, "partner_category_id": self.tag.id, "warehouse_id": self.second.id},
            {"units": -1, "warehouse_id": self.second.id},
        ):
            with self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
                self._share(**values)

    def test_only_managers_write_shares_and_companies_keep_to_themselves(self):
        agent = new_test_user(self.env, "agent-sh", "oms_fulfillment.group_oms_agent")
        manager = new_test_user(self.env, "manager-sh", "oms_fulfillment.group_oms_manager")
        shares = self.env["oms.stock.share"]
        self.assertTrue(shares.with_user(agent).has_access("read"))
        self.assertFalse(shares.with_user(agent).has_access("create"))
        mine = shares.with_user(manager).create(
            {"channel_id": self.channel.id, "product_id": self.product.id, "units": 2}
        )
        self.assertEqual(mine.kept, 2)
        stranger = self.env["res.company"].create({"name": "Stranger"})
        theirs = shares.create(
            {
                "company_id": stranger.id,
                "partner_category_id": self.tag.id,
                "units": 19,
            }
        )
        self.assertFalse(theirs.with_user(manager).has_access("read"))
        self.assertEqual(self._available(self.other), 18)
