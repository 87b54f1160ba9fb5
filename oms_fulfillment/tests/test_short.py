from odoo.tests import tagged

from .action_common import ActionCase


@tagged("post_install", "-at_install")
class TestShort(ActionCase):
    """Units that are reserved and not there: reason -> stock -> order."""

    def _short(self, work, quantity, reason="mismatch", sku="MUG", **item):
        lines = [{"sku": sku, "quantity": quantity, **item.pop("spec", {})}]
        return self._done("report_short", work, lines=lines, reason=reason, **item)

    # WHAT THE STOCK LEARNS

    def test_fewer_than_counted_takes_these_units_off(self):
        order = self._confirmed([(self.product, 6)])
        answer = self._short(order.oms_fulfillment_ids, 4, then="backorder")
        self.assertEqual(
            (answer["status"], answer["missing"], answer["waiting"]), ("reported", 4, 4)
        )
        # The four that the book still had on the shelf serve the order at once.
        self.assertEqual(self._on_hand(self.product), (0.0, 6.0))
        self.assertEqual(self._units(order), {"ordered": 6.0, "reserved": 6.0})
        loss = self.env["stock.move"].search(
            [("product_id", "=", self.product.id), ("is_inventory", "=", True)]
        )
        self.assertIn(order.oms_fulfillment_ids.name, loss.inventory_name)
        self.assertProved()

    def test_nothing_there_counts_the_place_to_zero(self):
        order = self._confirmed([(self.product, 4)])
        rival = self._confirmed([(self.product, 2)])
        packer = self._confirmed([(self.product, 1)])
        packer.oms_fulfillment_ids.action_pick()
        self._short(order.oms_fulfillment_ids, 4, "not_in_stock", then="backorder")
        self.assertEqual(self._on_hand(self.product), (0.0, 1.0), "one lies in a tote")
        self.assertEqual(self._units(order), {"ordered": 4.0, "unallocated": 4.0})
        self.assertEqual(self._units(rival), {"ordered": 2.0, "unallocated": 2.0})
        self.assertEqual(self._units(packer), {"ordered": 1.0, "picked": 1.0})
        self.assertStage(order, "inventory_check", "stock_short")
        self.assertStage(rival, "inventory_check", "stock_short")
        self.assertProved()

    def test_damaged_goods_stay_in_the_house_and_are_promised_to_nobody(self):
        order = self._confirmed([(self.product, 10)])
        self._short(order.oms_fulfillment_ids, 3, "damaged", then="backorder")
        place = self.warehouse.oms_damage_location_id
        self.assertEqual(self._on_hand(self.product, place), (3.0, 3.0))
        self.assertEqual(self._on_hand(self.product), (0.0, 7.0))
        self.assertEqual(self._units(order), {"ordered": 10.0, "reserved": 7.0, "unallocated": 3.0})
        free = self.env["product.product"].oms_available(self.product.ids, self.warehouse.ids)
        self.assertEqual(free[self.product.id][self.warehouse.id], 0.0)
        self.assertProved()

    def test_the_lot_that_is_missing(self):
        product = self._create_product("LOT", 0, tracking="lot")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("L1", "L2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 3, lot_id=lot
            )
        order = self._confirmed([(product, 5)])
        work = order.oms_fulfillment_ids
        refused = self._refused(
            "report_short",
            work,
            reason="mismatch",
            lines=[{"sku": "LOT", "quantity": 1, "lots": ["L9"]}],
        )
        self.assertEqual(refused, "more_than_reserved")
        spec = {"lots": ["L1"]}
        self._short(work, 3, "not_in_stock", sku="LOT", then="cancel", spec=spec)
        self.assertEqual(work.picking_id.move_ids.lot_ids, lots[1])
        self.assertEqual(lots.mapped("product_qty"), [0.0, 3.0])
        self.assertEqual(work.action_ids.line_ids.lot_id, lots[0])
        self.assertEqual(self._units(order), {"ordered": 5.0, "cancelled": 3.0, "reserved": 2.0})
        self.assertProved()

    # WHAT BECOMES OF THE ORDER

    def test_sent_from_another_warehouse(self):
        order = self._confirmed([(self.product, 10)])
        work = order.oms_fulfillment_ids
        self._stock(self.product, 2, self.second)
        answer = self._short(work, 3, "not_in_stock", then="resource")
        self.assertEqual((answer["moved"], answer["waiting"]), (2.0, 1.0))
        new = order.oms_fulfillment_ids - work
        self.assertEqual(answer["fulfillments"][0]["name"], new.name)
        self.assertEqual((new.warehouse_id, new.picking_id.state), (self.second, "assigned"))
        self.assertEqual(self._units(order), {"ordered": 10.0, "reserved": 9.0, "unallocated": 1.0})
        self.assertProved()

    def test_another_shelf_of_the_same_warehouse_comes_first(self):
        shelf = self.env["stock.location"].create(
            {"name": "B-02", "location_id": self.warehouse.lot_stock_id.id}
        )
        order = self._confirmed([(self.product, 10)])
        work = order.oms_fulfillment_ids
        self.env["stock.quant"]._update_available_quantity(self.product, shelf, 2)
        self._stock(self.product, 5, self.second)
        answer = self._short(work, 2, "not_in_stock", then="resource")
        self.assertEqual(answer["moved"], 0.0)
        self.assertEqual(order.oms_fulfillment_ids, work)
        self.assertEqual(self._units(order), {"ordered": 10.0, "reserved": 10.0})
        self.assertIn(shelf, work.picking_id.move_ids.move_line_ids.location_id)
        self.assertProved()

    def test_packed_parcel_leaves_without_what_was_missing(self):
        order = self._confirmed([(self.product, 10), (self.product_b, 1)])
        work = order.oms_fulfillment_ids
        work.action_pack()
        answer = self._short(work, 1, "damaged", then="backorder")
        rest = order.oms_fulfillment_ids - work
        self.assertEqual(answer["fulfillments"][0]["name"], rest.name)
        self.assertEqual(self._units(order), {"ordered": 11.0, "packed": 10.0, "unallocated": 1.0})
        self._done("ship", work)
        self._stock(self.product, 1)
        self.env["oms.allocator"].run()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 11.0, "shipped": 10.0, "reserved": 1.0})
        self.assertProved()

    def test_cancelled_without_waiting(self):
        order = self._confirmed([(self.product, 10)])
        answer = self._short(order.oms_fulfillment_ids, 10, "not_in_stock", then="cancel")
        self.assertEqual((answer["cancelled"], answer["state"]), (10.0, "cancelled"))
        self.assertStage(order, "cancelled")
        self.assertEqual(order.oms_cancel_reason_id.code, "out_of_stock")
        self.assertProved()

    def test_the_reason_decides_where_nobody_chooses(self):
        reason = self.env["oms.short.reason"].search([("code", "=", "expired")])
        reason.then = "cancel"
        order = self._confirmed([(self.product, 2)])
        answer = self._short(order.oms_fulfillment_ids, 1, "expired")
        self.assertEqual(answer["cancelled"], 1.0)

    def test_reported_twice_counts_once(self):
        order = self._confirmed([(self.product, 4)])
        work = order.oms_fulfillment_ids
        first = self._short(work, 2, then="backorder", reference="scan-7")
        again = self._act(
            "report_short",
            work,
            lines=[{"sku": "MUG", "quantity": 2}],
            reason="mismatch",
            reference="scan-7",
        )
        self.assertEqual(again["status"], "duplicate")
        self.assertEqual(again["missing"], first["missing"])
        self.assertEqual(self._on_hand(self.product)[1], 8.0)
        self.assertProved()

    def test_what_can_not_be_is_refused(self):
        work = self._confirmed([(self.product, 2)]).oms_fulfillment_ids
        lines = [{"sku": "MUG", "quantity": 3}]
        for item, code in [
            ({"lines": lines, "reason": "mismatch"}, "more_than_reserved"),
            ({"lines": lines, "reason": "gone"}, "unknown_reason"),
            ({"lines": lines, "reason": "mismatch", "then": "pray"}, "bad_value"),
            ({"reason": "mismatch"}, "lines_missing"),
            ({"lines": [{"sku": "X", "quantity": 1}], "reason": "mismatch"}, "unknown_sku"),
        ]:
            self.assertEqual(self._refused("report_short", work, **item), code)
        work.action_hand_over()
        self.assertEqual(
            self._refused("report_short", work, lines=lines, reason="mismatch"), "not_supported"
        )
        self.assertProved()
