from odoo.tests import tagged

from ..exceptions import OmsRefusal
from .action_common import ActionCase


@tagged("post_install", "-at_install")
class TestOverDelivery(ActionCase):
    """Nobody gets more than was ordered, whoever changed what in the meantime."""

    def _validate(self, picking):
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self._settle()

    def test_more_than_demanded_does_not_leave(self):
        self._stock(self.product, 9)
        order = self._confirmed([(self.product, 3)])
        move = order.picking_ids.move_ids
        move.quantity = 5
        move.picked = True
        with self.assertRaises(OmsRefusal) as refused, self.env.cr.savepoint():
            self._validate(order.picking_ids)
        self.assertEqual(refused.exception.code, "more_than_ordered")
        move.quantity = 3
        self._validate(order.picking_ids)
        self.assertEqual(self._units(order), {"ordered": 3.0, "shipped": 3.0})
        self.assertProved()

    def test_order_changed_while_its_goods_were_picked(self):
        self._stock(self.product, 9)
        for units in (1, 0):
            order = self._confirmed([(self.product, 3)])
            order.picking_ids.move_ids.picked = True
            order.order_line.product_uom_qty = units
            self._settle()
            self.assertProved()
            picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
            if not picking:
                continue
            try:
                with self.env.cr.savepoint():
                    self._validate(picking)
            except OmsRefusal as refused:
                self.assertEqual(refused.code, "more_than_ordered")
            self._settle()
            self.assertProved()

    def test_what_has_left_is_not_rewritten(self):
        self._stock(self.product, 9)
        order = self._confirmed([(self.product, 3)])
        move = order.picking_ids.move_ids
        move.picked = True
        self._validate(order.picking_ids)
        for units in (0, 2, 4):
            with self.assertRaises(OmsRefusal) as refused, self.env.cr.savepoint():
                move.quantity = units
            self.assertEqual(refused.exception.code, "already_left")
        self.assertEqual(move.quantity, 3)
        self.assertEqual(self._units(order), {"ordered": 3.0, "shipped": 3.0})
        self.assertProved()
