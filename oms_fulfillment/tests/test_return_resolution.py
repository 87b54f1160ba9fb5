from odoo.tests import tagged

from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturnResolution(OmsReturnCase):
    """The other ways to make it good."""

    def test_replacement_after_the_receipt(self):
        order = self._delivered()
        invoice = order.oms_invoice_ids
        case = self._request(order, 2, wish="replace")
        self.assertFalse(case.replacement_ids)
        self._received(case)
        self.assertEqual(self._resolved(case, restock=1, scrap=1)["refund"], 0)
        again = case.replacement_ids
        self.assertEqual(
            (again.order_line.product_uom_qty, again.amount_total, again.state), (2, 0, "sale")
        )
        self.assertEqual(order.oms_invoice_ids, invoice)
        self.assertEqual(order.order_line.qty_to_invoice, 0, "nothing is billed a second time")
        self._complete(again)
        self.assertStage(again, "done")
        self.assertEqual(case.state, "closed")
        self.assertProved()

    def test_replacement_in_advance(self):
        case = self._request(self._delivered(), 1, wish="advance")
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        again = case.replacement_ids
        self.assertEqual((again.state, again.order_line.product_uom_qty), ("sale", 1))
        self._one(self.Return.receive([{"return": case.name}]), "received")
        self.assertEqual(self._resolved(case, restock=1)["refund"], 0)
        self.assertEqual(case.replacement_ids, again, "it is sent once")
        self.assertProved()

    def test_replacement_stays_free_whatever_its_quantity(self):
        case = self._request(self._delivered(), 1, wish="advance")
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        again = case.replacement_ids
        again.order_line.product_uom_qty = 2
        self.assertEqual(again.amount_total, 0)

    def test_refund_without_return(self):
        order = self._delivered()
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}], "goods_stay": True}
        answer = self._one(self.Return.request([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "goods_stay")
        case = self._request(order, 1, goods_stay=True, override_reason="Not worth the shipping")
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        self.assertEqual((case.state, case.picking_ids), ("inspected", self.env["stock.picking"]))
        answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual((answer["refund"], case.state), (100000, "closed"))
        self.assertEqual(case.line_ids.override_reason, "Not worth the shipping")
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 2)
        self.assertProved()

    def test_return_without_refund(self):
        """A lost parcel that was paid for by a claim comes back: goods, no money."""
        order = self._delivered()
        case = self._request(order, 1, wish="none")
        self._received(case)
        self.assertEqual(self._resolved(case, restock=1)["refund"], 0)
        self.assertFalse(case.refund_move_id)
        self.assertEqual(case.state, "closed")
        self.assertProved()

    def test_sent_back_to_the_customer(self):
        order = self._delivered()
        case = self._request(order, 2)
        self._received(case)
        findings = [
            {"disposition": "restock", "quantity": 1},
            {"disposition": "send_back", "quantity": 1, "note": "Worn"},
        ]
        lines = [{"sku": "MUG", "findings": findings}]
        self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "inspected")
        place = self.warehouse.oms_return_location_id
        self.assertEqual(self._on_hand(place), 1, "it waits to be sent")
        self.assertEqual(self._one(self.Return.resolve([{"return": case.name}]))["refund"], 100000)
        transfer = case.picking_ids.filtered(lambda pick: pick.state == "assigned")
        self._validate(transfer)
        self.assertEqual(self._on_hand(place), 0)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 2)
        self.assertProved()

    def _validate(self, picking):
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self._settle()

    def test_what_is_replaced_is_not_refunded_as_well(self):
        for wish in ("replace", "advance"):
            order = self._delivered()
            case = self._request(order, 1, wish=wish)
            self._received(case)
            lines = [{"sku": "MUG", "restock": 1}]
            self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "inspected")
            both = [{"return": case.name, "lines": [{"sku": "MUG", "refund": 1}]}]
            answer = self._one(self.Return.resolve(both), "error")
            self.assertEqual(answer["errors"][0]["code"], "sent_again")
