from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestBatch(OmsCase):
    """Many orders confirmed and reserved together end as each would alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.auto_confirm = True

    def _orders(self, *baskets):
        """Orders of these baskets, in the order of their promises, confirmed in one batch."""
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.partner.id,
                    "oms_channel_id": self.channel.id,
                    "date_order": f"2026-07-01 09:{minute:02}:00",
                    "order_line": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "product_uom_qty": units,
                                "product_uom_id": (uom[0] if uom else product.uom_id).id,
                            },
                        )
                        for product, units, *uom in basket
                    ],
                }
                for minute, basket in enumerate(baskets)
            ]
        )
        orders._oms_advance()
        self._settle()
        return orders

    def _place(self, product, place, units):
        self.env["stock.quant"]._update_available_quantity(product, place, units)

    def test_the_oldest_promise_is_served_first_from_the_oldest_stock(self):
        shelf, cellar = self.env["stock.location"].create(
            [
                {"name": name, "location_id": self.warehouse.lot_stock_id.id}
                for name in ("Shelf", "Cellar")
            ]
        )
        product = self._create_product("SPREAD", 0)
        self._place(product, shelf, 3)
        self._place(product, cellar, 4)
        quants = product.stock_quant_ids.filtered("quantity").sorted("id")
        quants[0].in_date = "2026-06-02"
        quants[1].in_date = "2026-06-01"
        orders = self._orders([(product, 5)], [(product, 1)], [(product, 4)], [(product, 1)])
        taken = [
            {line.location_id.name: line.quantity for line in order.picking_ids.move_line_ids}
            for order in orders
        ]
        self.assertEqual(taken, [{"Cellar": 4, "Shelf": 1}, {"Shelf": 1}, {"Shelf": 1}, {}])
        self.assertEqual(quants.mapped("reserved_quantity"), [3, 4])
        self.assertEqual(
            orders.picking_ids.move_ids.mapped("state"),
            ["assigned", "assigned", "partially_available", "confirmed"],
        )
        self.assertEqual(
            orders.mapped("oms_blocker"), ["to_pick", "to_pick", "stock_short", "stock_short"]
        )
        self.assertProved()

    def test_an_order_in_dozens_keeps_its_place_before_one_in_units(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        product = self._create_product("EGG", 14)
        older, newer = self._orders([(product, 1, dozen)], [(product, 5)])
        self.assertEqual(older.picking_ids.move_ids.state, "assigned")
        self.assertEqual(newer.picking_ids.move_line_ids.quantity, 2)
        self.assertProved()

    def test_lots_are_reserved_beside_plain_goods(self):
        traced = self._create_product("TRACED", 0, tracking="lot")
        lot = self.env["stock.lot"].create({"name": "L-1", "product_id": traced.id})
        self.env["stock.quant"]._update_available_quantity(
            traced, self.warehouse.lot_stock_id, 3, lot_id=lot
        )
        orders = self._orders([(traced, 2), (self.product, 1)], [(traced, 2), (self.product_b, 1)])
        self.assertEqual(orders.mapped("oms_blocker"), ["to_pick", "stock_short"])
        lines = orders.picking_ids.move_line_ids.filtered(lambda line: line.product_id == traced)
        self.assertEqual(lines.lot_id, lot)
        self.assertEqual(lines.mapped("quantity"), [2, 1])
        self.assertProved()

    def test_two_steps_make_one_transfer_after_the_other(self):
        self.warehouse.delivery_steps = "pick_ship"
        orders = self._orders([(self.product, 1), (self.product_b, 1)], [(self.product, 2)])
        for order, goods in zip(orders, (2, 1), strict=True):
            self.assertEqual(order.picking_ids.mapped("picking_type_code"), ["internal"])
            self.assertEqual(len(order.picking_ids.move_ids), goods)
            self.assertEqual(order.picking_ids.state, "assigned")
            order.picking_ids.button_validate()
            self._settle()
            shipped = order.picking_ids.filtered(lambda one: one.picking_type_code == "outgoing")
            self.assertEqual(shipped.mapped("state"), ["assigned"])
        self.assertProved()

    def test_each_transfer_says_once_where_it_came_from(self):
        orders = self._orders([(self.product, 1), (self.product_b, 1)], [(self.product, 2)])
        for order in orders:
            notes = order.picking_ids.message_ids.mapped("body")
            self.assertEqual(len([body for body in notes if order.name in body]), 1)

    @mute_logger("odoo.addons.stock.models.stock_orderpoint")
    def test_what_runs_short_is_still_reordered(self):
        second = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        self.warehouse.resupply_wh_ids = second
        product = self._create_product("REFILL", 6, route_ids=self.warehouse.resupply_route_ids.ids)
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": product.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "product_min_qty": 5,
                "product_max_qty": 8,
                "trigger": "auto",
            }
        )
        self._orders([(product, 4)], [(self.product, 1)])
        asked = self.env["stock.move"].search(
            [("product_id", "=", product.id), ("location_id", "=", second.lot_stock_id.id)]
        )
        self.assertEqual(asked.product_uom_qty, 6)

    def _statements(self, count):
        """How many statements it takes to confirm ``count`` orders of two goods."""
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.partner.id,
                    "oms_channel_id": self.channel.id,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "product_uom_qty": 1})
                        for product in (self.product, self.product_b)
                    ],
                }
                for _number in range(count)
            ]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        orders._oms_advance()
        self._settle()
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        return self.env.cr.sql_log_count - before

    def test_an_order_more_costs_few_statements(self):
        self._stock(self.product, 100)
        self._stock(self.product_b, 100)
        self._statements(2)
        few, many = self._statements(2), self._statements(12)
        # Odoo's own confirmation needs 40 for each.
        self.assertLess((many - few) / 10, 16)
