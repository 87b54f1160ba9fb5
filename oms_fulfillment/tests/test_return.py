from datetime import datetime

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturn(OmsReturnCase):
    """Goods come back, are inspected and go where they belong."""

    # GOODS

    def test_goods_wait_beside_the_stock(self):
        order = self._delivered()
        stock = self._on_hand(self.warehouse.lot_stock_id)
        case = self._request(order, 2)
        self._received(case)
        place = self.warehouse.oms_return_location_id
        self.assertNotIn(str(self.warehouse.lot_stock_id.id), place.parent_path.split("/")[:-2])
        self.assertEqual(self._on_hand(place), 2)
        self.assertEqual(self._on_hand(self.warehouse.lot_stock_id), stock)
        self.assertEqual(case.picking_id.state, "done")
        self._resolved(case, restock=1, scrap=1)
        self.assertEqual(self._on_hand(place), 0)
        self.assertEqual(self._on_hand(self.warehouse.lot_stock_id), stock + 1)
        scrap = self.env["stock.scrap"].search([("oms_return_id", "=", case.id)])
        self.assertEqual((scrap.scrap_qty, scrap.state), (1, "done"))
        self.assertProved()

    def test_less_came_than_announced(self):
        order = self._delivered()
        case = self._request(order, 3)
        self._received(case, 2)
        self.assertEqual((case.line_ids.received, case.line_ids.missing), (2, 1))
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 1)
        answer = self._resolved(case, restock=2)
        self.assertEqual(answer["refund"], 200000)

    def test_nothing_came(self):
        order = self._delivered()
        case = self._request(order, 1)
        self._received(case, 0)
        self.assertEqual(case.state, "inspected")
        self.assertEqual(case.picking_id.state, "cancel")
        self.assertEqual(self._one(self.Return.resolve([{"return": case.name}]))["refund"], 0)
        self.assertEqual(case.state, "closed")

    def test_lots_are_kept_apart(self):
        product = self._create_product("LOT", 0, tracking="lot")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("L1", "L2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 1, lot_id=lot
            )
        order = self._delivered(lines=[(product, 2, 1000, None)])
        case = self._request(order, 2, sku="LOT")
        self._received(case)
        self._one(
            self.Return.inspect(
                [{"return": case.name, "lines": [{"sku": "LOT", "restock": 1, "scrap": 1}]}]
            ),
            "inspected",
        )
        scrap = self.env["stock.scrap"].search([("oms_return_id", "=", case.id)])
        quants = self.env["stock.quant"].search(
            [("location_id", "=", self.warehouse.lot_stock_id.id), ("lot_id", "in", lots.ids)]
        )
        self.assertEqual(len(scrap.lot_id), 1)
        self.assertEqual(quants.filtered("quantity").lot_id, lots - scrap.lot_id)

    # GUARDS

    def test_no_more_than_was_delivered(self):
        order = self._sold(self.marketplace)
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        answer = self._one(self.Return.request([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "over_returnable")
        self._ship(order)
        self.assertEqual(self._one(self.Return.request([item]))["status"], "error")
        self._deliver(order, fields.Datetime.now())
        self._request(order, 2)
        item["lines"][0]["quantity"] = 2
        answer = self._one(self.Return.request([item]), "error")
        self.assertIn("1 of", answer["errors"][0]["message"])

    def test_the_window_closes(self):
        order = self._sold(self.marketplace)
        self._ship(order)
        self._deliver(order, datetime(2026, 7, 3, 9, 0))
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        answer = self._one(self.Return.request([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "window_closed")
        item["override_reason"] = "The buyer was in hospital"
        answer = self._one(self.Return.request([item]), "requested")
        self.assertTrue(self.Return.browse(answer["id"]).override_reason)

    def test_repeating_changes_nothing(self):
        order = self._delivered()
        case = self._request(order, 1, reference="RMA-1")
        again = self.Return.request([{"order": order.name, "reference": "RMA-1"}])
        self.assertEqual((again[0]["status"], again[0]["id"]), ("duplicate", case.id))
        self._received(case)
        for method in ("approve", "receive"):
            answer = getattr(self.Return, method)([{"order": order.name, "reference": "RMA-1"}])
            self.assertEqual(answer[0]["status"], "duplicate")
        self._resolved(case, restock=1)
        before = self._balance(self.clearing)
        self.assertEqual(self.Return.resolve([{"return": case.name}])[0]["status"], "duplicate")
        self.assertEqual(self._balance(self.clearing), before)
        self.assertEqual(len(case.picking_ids.filtered("return_id")), 1)

    def test_one_bad_item_spoils_nobody(self):
        order = self._delivered()
        good = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        answers = self.Return.request(
            [
                {"order": "NOPE"},
                good,
                {**good, "reason": "no_such"},
                {**good, "lines": [{"sku": "X", "quantity": 1}]},
                {**good, "lines": [{"sku": "MUG", "quantity": float("nan")}]},
                None,
            ]
        )
        self.assertEqual(
            [answer["status"] for answer in answers],
            ["error", "requested", "error", "error", "error", "error"],
        )

    def test_order_of_the_steps(self):
        order = self._delivered()
        case = self._request(order, 1)
        for method in ("receive", "resolve"):
            answer = getattr(self.Return, method)([{"return": case.name}])
            self.assertEqual(answer[0]["errors"][0]["code"], "wrong_state")
        answer = self.Return.decline([{"return": case.name}])
        self.assertEqual(answer[0]["errors"][0]["code"], "reason_required")
        self._one(self.Return.decline([{"return": case.name, "reason": "Worn"}]), "declined")
        self.assertFalse(case.is_open)
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 3)
        self.assertFalse(case._set_state("approved"))

    def test_cancelled_return_cancels_its_transfer(self):
        order = self._delivered()
        case = self._request(order, 1)
        case.action_approve()
        self.assertEqual(case.picking_id.state, "assigned")
        case.action_cancel()
        self.assertEqual((case.state, case.picking_id.state), ("cancelled", "cancel"))
        self._settle()
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 3)

    def test_roles(self):
        order = self._delivered()
        case = self._request(order, 1)
        courier = new_test_user(
            self.env, "ret_courier", "oms_fulfillment.group_oms_courier", company_id=self.company.id
        )
        with self.assertRaises(UserError):
            self.env(user=courier, context={})["oms.return"].approve([{"return": case.name}])
        integration = new_test_user(
            self.env,
            "ret_3pl",
            "oms_fulfillment.group_oms_integration",
            company_id=self.company.id,
        )
        as_3pl = self.env(user=integration, context={})["oms.return"]
        self.assertEqual(as_3pl.approve([{"return": case.name}])[0]["status"], "approved")
        self.assertEqual(as_3pl.receive([{"return": case.name}])[0]["status"], "received")
        answer = as_3pl.inspect([{"return": case.name, "lines": [{"sku": "MUG", "restock": 1}]}])
        self.assertEqual(answer[0]["status"], "inspected", answer)
        answer = as_3pl.resolve([{"return": case.name}])
        self.assertEqual(answer[0]["status"], "resolved", answer)
        self.assertEqual(case.state, "closed")

    def test_wizard_and_buttons(self):
        order = self._delivered()
        wizard = Form(self.env["oms.return.create"].with_context(default_order_id=order.id))
        wizard.reason_id = self.env.ref("oms_fulfillment.return_reason_defective")
        self.assertEqual(len(wizard.line_ids), 1)
        action = wizard.save().action_request()
        case = self.Return.browse(action["res_id"])
        self.assertEqual(case.line_ids.quantity, 3)
        case.action_approve()
        case.line_ids.received = 2
        case.action_receive()
        case.line_ids.write({"restock": 1, "scrap": 1})
        case.action_inspect()
        case.action_resolve()
        self._settle()
        self.assertEqual((case.state, case.refund_amount), ("closed", 200000))
        self.assertProved()

    def _validate(self, picking, units):
        picking.move_ids.quantity = units
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()

    def test_receipt_on_the_transfer(self):
        """Goods that the warehouse books on the transfer are received by the return too."""
        order = self._delivered()
        case = self._request(order, 3)
        case.action_approve()
        self._validate(case.picking_id, 1)
        self.assertEqual((case.state, case.line_ids.received), ("approved", 1))
        with self.assertRaises(OmsRefusal) as caught:
            case.action_cancel()
        self.assertEqual(caught.exception.code, "goods_arrived")
        item = {"return": case.name, "lines": [{"sku": "MUG", "quantity": 0}]}
        answer = self.Return.receive([item])[0]
        self.assertEqual(answer["errors"][0]["code"], "already_received")

        rest = case.picking_ids.filtered(lambda picking: picking.state != "done")
        self.assertEqual(rest.move_ids.product_uom_qty, 2)
        with self.assertRaises(OmsRefusal) as caught, self.env.cr.savepoint():
            self._validate(rest, 3)
        self.assertEqual(caught.exception.code, "over_received")
        self._validate(rest, 2)
        self.assertEqual((case.state, case.line_ids.received), ("received", 3))
        case.action_inspect()
        case.action_resolve()
        self._settle()
        self.assertEqual(case.state, "closed")
        self.assertProved()

    def test_rest_of_a_receipt_never_comes(self):
        order = self._delivered()
        case = self._request(order, 3)
        case.action_approve()
        self._validate(case.picking_id, 1)
        case.action_receive()
        self.assertEqual((case.state, case.line_ids.received), ("received", 1))
        self.assertEqual(case.line_ids.missing, 2)
        self.assertEqual(set(case.picking_ids.mapped("state")), {"done", "cancel"})
        self.assertProved()
