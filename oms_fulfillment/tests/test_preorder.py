from contextlib import contextmanager
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..exceptions import OmsRefusal
from .common_promise import PromiseCase

NOW = "2030-05-06 03:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPreorder(PromiseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.release = fields.Datetime.now() + timedelta(days=10)
        cls.preorder = cls.env["oms.preorder"].create(
            {"product_id": cls.scarce.id, "cap": 5, "release_date": cls.release}
        )

    @contextmanager
    def _refused(self, sentence):
        with self.assertRaisesRegex(OmsRefusal, sentence), self.env.cr.savepoint():
            yield

    def test_no_more_than_the_cap_is_sold(self):
        self._confirmed([(self.scarce, 3)])
        self.assertEqual((self.preorder.sold, self.preorder.left), (3, 2))
        order = self._order([(self.scarce, 3)])
        with self._refused("at most 5 units; this would make 6"):
            order.action_confirm()
        order = self._confirmed([(self.scarce, 2)])
        with self._refused("this would make 7"):
            order.order_line.product_uom_qty = 4

    def test_what_is_cancelled_may_be_sold_again(self):
        order = self._confirmed([(self.scarce, 5)])
        order._action_cancel()
        self._confirmed([(self.scarce, 5)])
        self.assertProved()

    def test_a_channel_with_a_pre_order_of_its_own(self):
        self.preorder.copy({"channel_id": self.channel.id, "cap": 1})
        order = self._order([(self.scarce, 2)])
        with self._refused("at most 1 units"):
            order.action_confirm()
        self._confirmed([(self.scarce, 5)], oms_channel_id=self.other.id)

    def test_an_order_that_confirms_itself_is_held_with_the_reason(self):
        self.channel.auto_confirm = True
        order = self._order([(self.scarce, 9)])
        order._oms_advance()
        self._settle()
        self.assertEqual(order.state, "draft")
        self.assertIn("at most 5 units", order._oms_active_holds().reason)

    def test_nothing_is_reserved_before_the_release(self):
        order = self._confirmed([(self.scarce, 3)])
        self._stock(self.scarce, 3)
        self.env["oms.allocator"].run()
        self.assertStage(order, "inventory_check", "stock_short")
        self.assertIn("Pre-order: 3 × RARE are released on 05/16/2030", order.oms_explanation)
        arrival = self.channel._promise_clock().arrives(self.release)
        self.assertEqual(order.oms_promise_current, arrival)
        with freeze_time(self.release + timedelta(minutes=1)):
            self.env["oms.allocator"].run()
            self.assertStage(order, "fulfillment", "to_pick")
            self.env.invalidate_all()
            self._stock(self.scarce, 9)
            later = self._confirmed([(self.scarce, 9)])
            self.assertFalse(later.order_line.oms_preorder_id, "released: sold as anything else")
        self.assertProved()
