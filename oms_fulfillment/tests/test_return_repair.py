from odoo.tests import tagged

from ..exceptions import OmsRefusal
from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturnRepair(OmsReturnCase):
    """Goods that are repaired and go back to the customer, without money."""

    def _in_repair(self, units=2):
        case = self._request(self._delivered(), units, wish="repair")
        self._received(case)
        case.action_inspect()
        self._settle()
        return case

    def _place(self):
        return self.warehouse._oms_get_aside_location("repair")

    def _repaired(self, case, status, quantity=None):
        lines = None if quantity is None else [{"sku": "MUG", "quantity": quantity}]
        self._one(self.Return.repaired([{"return": case.name, "lines": lines}]), status)

    def _send(self, case):
        transfer = case.picking_ids.filtered(lambda pick: pick.state == "assigned")
        transfer.move_ids.picked = True
        transfer.with_context(skip_backorder=True).button_validate()
        self._settle()

    def _returnable(self, case):
        return case.order_id._oms_returnable("customer")[case.line_ids.sale_line_id]

    def test_repaired_and_sent_back(self):
        case = self._in_repair()
        self.assertEqual(case.finding_ids.mapped("disposition"), ["repair"])
        self.assertEqual((self._on_hand(self._place()), case.to_repair), (2, 2))
        self.assertEqual(self._returnable(case), 1)
        self._repaired(case, "repaired", 1)
        self._repaired(case, "duplicate", 1)
        self.assertEqual(len(case.picking_ids.filtered(lambda p: p.state == "assigned")), 1)
        self._send(case)
        self.assertEqual((case.state, case.to_repair), ("inspected", 1))
        self.assertEqual(self._returnable(case), 2, "a repaired unit may come back again")
        self._repaired(case, "repaired")
        self._send(case)
        self.assertEqual((case.state, self._on_hand(self._place())), ("closed", 0))
        self.assertEqual(self._returnable(case), 3)
        self.assertEqual((case.refund_amount, case.order_id.order_line.qty_delivered), (0, 3))
        self._repaired(case, "duplicate")
        self.assertProved()
        again = self._request(case.order_id, 3)
        self._received(again)
        self._resolved(again, restock=3)
        self.assertEqual(again.refund_amount, 300000)
        self.assertProved()

    def test_the_button_takes_what_is_typed_or_all(self):
        case = self._in_repair()
        case.line_ids.repaired = 1
        case.action_repaired()
        self._send(case)
        self.assertEqual(case.to_repair, 1)
        case.action_repaired()
        self._send(case)
        self.assertEqual(case.state, "closed")

    def test_no_more_than_is_there(self):
        case = self._in_repair(1)
        answer = self.Return.repaired(
            [{"return": case.name, "lines": [{"sku": "MUG", "quantity": 2}]}]
        )[0]
        self.assertEqual(answer["errors"][0]["code"], "over_repaired")
        with self.assertRaises(OmsRefusal) as caught:
            case.action_resolve()
        self.assertEqual(caught.exception.code, "repair_open")

    def test_what_can_not_be_repaired_is_refunded(self):
        case = self._in_repair(2)
        with self.assertRaises(OmsRefusal) as caught:
            case.line_ids.wish = "refund"
        self.assertEqual(caught.exception.code, "reason_required")
        item = {"return": case.name, "lines": [{"sku": "MUG", "wish": "refund"}]}
        answer = self._one(self.Return.change_wish([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "reason_required")
        self._one(self.Return.change_wish([{**item, "reason": "Board is dead"}]), "changed")
        self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual((case.refund_amount, case.state), (200000, "closed"))
        self.assertEqual(case.line_ids.wish_reason, "Board is dead")
        self.assertProved()

    def test_the_rest_can_not_be_repaired(self):
        case = self._in_repair(2)
        self._repaired(case, "repaired", 1)
        self._send(case)
        item = {"return": case.name, "reason": "Dead", "lines": [{"sku": "MUG", "wish": "replace"}]}
        self._one(self.Return.change_wish([item]), "changed")
        self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual(case.replacement_ids.order_line.product_uom_qty, 1)
        self.assertEqual(case.refund_amount, 0)
        self.assertProved()

    def test_it_does_not_go_to_stock(self):
        case = self._request(self._delivered(), 1, wish="repair")
        self._received(case)
        lines = [{"sku": "MUG", "restock": 1}]
        answer = self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "error")
        self.assertEqual(answer["errors"][0]["code"], "repair_place")
