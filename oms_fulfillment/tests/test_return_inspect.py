from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common_return import OmsReturnCase
from .test_return_policy import photo


@tagged("post_install", "-at_install")
class TestReturnInspect(OmsReturnCase):
    """Every unit that comes back goes to one place, with the entry that belongs there."""

    def _inspected(self, case, *findings, status="inspected", **values):
        lines = [{"sku": "MUG", "findings": list(findings)}]
        return self._one(
            self.Return.inspect([{"return": case.name, "lines": lines, **values}]), status
        )

    def _finding(self, disposition, quantity=1, **values):
        return {"disposition": disposition, "quantity": quantity, **values}

    def _came(self, units=3, **values):
        order = self._delivered(lines=[(self.product, 6, 100000, None)])
        case = self._request(order, units, **values)
        self._received(case)
        return case

    def _available(self):
        units = self.env["product.product"].oms_available(self.product.ids, self.warehouse.ids)
        return units[self.product.id][self.warehouse.id]

    def test_each_disposition_has_its_place(self):
        case = self._came(6)
        stock = self._on_hand(self.warehouse.lot_stock_id)
        available = self._available()
        self._inspected(
            case,
            self._finding("restock"),
            self._finding("grade_b", note="Scratched"),
            self._finding("quarantine"),
            self._finding("repair"),
            self._finding("vendor"),
            self._finding("scrap", refused=1, note="Broken by the customer"),
            photos=[photo()],
        )
        self.assertEqual(self._on_hand(self.warehouse.lot_stock_id), stock + 1)
        self.assertEqual(self._available(), available + 1, "what lies aside is promised to nobody")
        for disposition in ("grade_b", "quarantine", "repair", "vendor"):
            place = self.warehouse._oms_get_aside_location(disposition)
            self.assertEqual(self._on_hand(place), 1, disposition)
        self.assertEqual(self._on_hand(self.warehouse._oms_get_loss_location()), 1)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 0)
        line = case.line_ids
        self.assertEqual((line.restock, line.aside, line.scrap), (1, 4, 1))
        self.assertEqual((line.rejected, line.accepted), (1, 5))
        self.assertEqual(case.finding_ids.filtered("refused").note, "Broken by the customer")
        self.assertEqual(len(case.photo_ids), 1)
        self.assertEqual(case.refund_proposal, 500000)
        self.assertProved()

    def test_what_was_not_in_the_parcel_stays_with_the_customer(self):
        case = self._came(3)
        order = case.order_id
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 3)
        self._inspected(
            case, self._finding("restock"), self._finding("missing"), self._finding("wrong_item")
        )
        self.assertEqual((case.line_ids.absent, case.line_ids.accepted), (2, 1))
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 0)
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 5)
        self.assertEqual(order.order_line.qty_delivered, 5)
        answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual(answer["refund"], 100000)
        self.assertProved()
        again = self._request(order, 5)
        self._received(again)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 5)
        self.assertProved()

    def test_a_verdict_for_every_unit(self):
        case = self._came(2)
        for findings, code in (
            ([self._finding("restock")], "verdict_mismatch"),
            ([self._finding("restock", 3)], "verdict_mismatch"),
            ([self._finding("bin", 2)], "unknown_disposition"),
            ([self._finding("restock", 2, lot="X")], "unknown_lot"),
        ):
            answer = self._inspected(case, *findings, status="error")
            self.assertEqual(answer["errors"][0]["code"], code)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 2)

    def test_a_write_off_has_an_entry(self):
        categ = self.product.categ_id = self.env["product.category"].create({"name": "Valued"})
        stock = self._account("118900", "Stock", "asset_current")
        loss = self._account("628900", "Loss of stock", "expense")
        categ.write(
            {
                "property_valuation": "real_time",
                "property_cost_method": "average",
                "property_stock_valuation_account_id": stock.id,
            }
        )
        self.product.standard_price = 40000
        case = self._came(2)
        place = self.warehouse._oms_get_loss_location()
        place.valuation_account_id = False
        answer = self._inspected(case, self._finding("scrap", 2), status="error")
        self.assertEqual(answer["errors"][0]["code"], "no_loss_account")
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 2)
        place.valuation_account_id = loss
        before = self._balance(stock)
        self._inspected(case, self._finding("scrap", 2))
        self.assertEqual(self._balance(loss), 80000)
        self.assertEqual(self._balance(stock), before - 80000)

    def test_put_away(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        self.env["stock.putaway.rule"].create(
            {
                "product_id": self.product.id,
                "location_in_id": self.warehouse.lot_stock_id.id,
                "location_out_id": shelf.id,
            }
        )
        case = self._came(2)
        self._inspected(case, self._finding("restock", 2))
        self.assertEqual(self._on_hand(shelf), 2)

    def test_more_came_than_was_announced(self):
        order = self._delivered()
        case = self._request(order, 1)
        self._received(case, 2)
        line = case.line_ids
        self.assertEqual((line.quantity, line.surplus, line.received), (2, 1, 2))
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 2)
        self.assertProved()
        case = self._request(order, 1)
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        lines = [{"sku": "MUG", "quantity": 2}]
        answer = self._one(self.Return.receive([{"return": case.name, "lines": lines}]), "error")
        self.assertEqual(answer["errors"][0]["code"], "over_received")

    def test_serials_that_were_never_shipped(self):
        product = self._create_product("SER", 0, tracking="serial")
        Lot = self.env["stock.lot"]
        lots = Lot.create([{"name": f"S{n}", "product_id": product.id} for n in range(3)])
        for lot in lots[:2]:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 1, lot_id=lot
            )
        order = self._delivered(lines=[(product, 2, 1000, None)])
        case = self._request(order, 1, sku="SER")
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        picking = case.picking_id
        picking.move_line_ids.lot_id = lots[2]
        picking.move_ids.picked = True
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            picking.button_validate()
        self.assertEqual(caught.exception.code, "wrong_lot")
        self.assertIn("S0", str(caught.exception))
        picking.move_line_ids.lot_id = lots[1]
        picking.button_validate()
        self._settle()
        self.assertEqual(case.state, "received")

    def test_scanning(self):
        self.product.barcode = "899123"
        case = self._came(3)
        form = Form(self.env["oms.return.inspect"].with_context(default_case_id=case.id))
        form.scan = "899123"
        form.scan = "OMS-GRADE-SCRAP"
        form.refuse = True
        form.scan = "MUG"
        form.scan = "MUG"
        wizard = form.save()
        self.assertTrue(wizard.is_complete)
        found = wizard.line_ids.mapped(lambda row: (row.disposition, row.quantity, row.refused))
        self.assertEqual(found, [("restock", 1, 0), ("scrap", 2, 2)])
        for code, words in (("MUG", "All 3"), ("NOPE", "nothing of this"), ("OMS-GRADE-X", "no")):
            self.assertIn(words, wizard._scanned(code)["warning"]["message"])
        wizard.action_done()
        self._settle()
        self.assertEqual((case.state, case.line_ids.accepted), ("inspected", 1))
        self.assertProved()

    def test_the_rest_is_fine(self):
        case = self._came(3)
        wizard = self.env["oms.return.inspect"].create({"case_id": case.id})
        wizard._scanned("MUG")
        wizard.action_rest_to_stock()
        wizard.action_done()
        self.assertEqual(case.line_ids.restock, 3)
