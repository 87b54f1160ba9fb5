from odoo.tests import tagged

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestParcelClosed(OmsCase):
    """Goods that come after somebody picked or packed are not added to the parcel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._stock(cls.scarce, 3)

    def _begun(self, action, lines=None):
        order = self._confirmed(lines or [(self.scarce, 5)])
        work = order.oms_fulfillment_ids
        getattr(work, action)()
        self._settle()
        return order, work

    def _more(self, units=10):
        self._stock(self.scarce, units)
        self.env["oms.allocator"]._allocate(self.scarce.ids)
        self._settle()

    def test_what_comes_later_is_picked_beside_a_tote(self):
        self._comes_beside("action_pick")

    def test_what_comes_later_is_picked_beside_a_parcel(self):
        self._comes_beside("action_pack")

    def _comes_beside(self, action):
        order, work = self._begun(action)
        before = work.state, work.picking_id.move_ids.quantity
        self._more()
        self.assertEqual((work.state, work.picking_id.move_ids.quantity), before)
        later = order.oms_fulfillment_ids - work
        self.assertEqual((later.state, later.goods), ("ready", "2 x RARE"))
        work.action_hand_over()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 5, "shipped": 3, "reserved": 2})
        later.action_hand_over()
        self.assertProved()
        self.assertEqual(order.order_line.qty_delivered, 5)
        self.assertEqual(len(order.picking_ids), 2)

    def test_a_line_that_waits_whole_moves_whole(self):
        order, work = self._begun("action_pick", [(self.product, 1), (self.scarce, 3)])
        self.assertEqual(work.state, "picked")
        other = self._confirmed([(self.product_b, 1), (self.scarce, 2)])
        first = other.oms_fulfillment_ids
        first.action_pick()
        self._settle()
        self._more(2)
        later = other.oms_fulfillment_ids - first
        self.assertEqual((first.goods, later.goods), ("1 x TEA", "2 x RARE"))
        self.assertEqual(later.state, "ready")
        self.assertEqual(len(order.oms_fulfillment_ids), 1)
        self.assertProved()

    def test_a_larger_quantity_is_not_put_into_the_parcel(self):
        order, work = self._begun("action_pack", [(self.product, 2)])
        order.order_line.product_uom_qty = 6
        self._settle()
        self.assertEqual(work.picking_id.move_ids.mapped("quantity"), [2])
        later = order.oms_fulfillment_ids - work
        self.assertEqual((later.goods, later.state), ("4 x MUG", "ready"))
        self.assertProved()

    def test_nobody_else_gets_what_the_older_promise_waits_for(self):
        order, work = self._begun("action_pick")
        younger = self._confirmed([(self.scarce, 2)])
        self._more(2)
        self.assertEqual((order.oms_fulfillment_ids - work).state, "ready")
        self.assertStage(younger, "inventory_check", "stock_short")

    def test_nothing_is_split_off_while_nothing_comes(self):
        order, work = self._begun("action_pick")
        self.env["oms.allocator"]._allocate(self.scarce.ids)
        self._settle()
        self.assertEqual(order.oms_fulfillment_ids, work)
