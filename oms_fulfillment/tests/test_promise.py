from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common_promise import PromiseCase

NOW = "2030-05-06 03:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestPromise(PromiseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write({"ship_by_hours": 24, "transit_days": 2})

    def _day(self, days):
        return fields.Datetime.now() + timedelta(days=days)

    def _reorder(self):
        self.env["oms.allocator"].run()
        self._settle()

    def test_an_order_in_stock_is_promised_as_before(self):
        order = self._confirmed()
        self.assertEqual(order.oms_promise_current, self._day(3))
        self.assertEqual(order.oms_promise_original, order.oms_promise_current)
        self.assertFalse(order.oms_expected or order.oms_promise_log_ids)

    def test_the_first_promise_waits_for_the_receipt(self):
        self._receipt(self.scarce, 5, self._day(10))
        draft = self._order([(self.scarce, 4)])
        self.assertEqual(draft.oms_promise_current, self._day(13))
        order = self._confirmed([(self.scarce, 4)])
        self.assertEqual(order.oms_promise_original, self._day(13))
        self.assertEqual(order.oms_promise_current, self._day(13))
        self.assertEqual(order.oms_promise_drift, 0)
        self.assertIn("next receipt 05/16/2030 (PO0012)", order.oms_explanation)
        self.assertFalse(order.oms_promise_log_ids)

    def test_each_unit_of_a_receipt_is_promised_once(self):
        self._receipt(self.scarce, 5, self._day(10))
        self._receipt(self.scarce, 5, self._day(20))
        first = self._confirmed([(self.scarce, 4)])
        second = self._confirmed([(self.scarce, 4)])
        third = self._confirmed([(self.scarce, 4)])
        self.assertEqual(first.oms_promise_current, self._day(13))
        self.assertEqual(second.oms_promise_current, self._day(23))
        item = third.oms_expected[0]
        self.assertEqual((item["units"], item["short"]), (2, 2))
        self.assertIn("2 of them come on", third.oms_explanation)
        self.assertIn("nothing planned brings the rest", third.oms_explanation)
        fourth = self._confirmed([(self.scarce, 1)])
        self.assertIn("was promised to older orders", fourth.oms_explanation)

    def test_a_late_receipt_moves_the_promise_and_says_why(self):
        receipt = self._receipt(self.scarce, 5, self._day(10))
        order = self._confirmed([(self.scarce, 4)])
        receipt.move_ids.date = self._day(14)
        self._settle()
        self.assertEqual(order.oms_promise_current, self._day(17))
        self.assertEqual(order.oms_promise_original, self._day(13))
        self.assertEqual(order.oms_promise_drift, 4)
        log = order.oms_promise_log_ids
        self.assertEqual((log.before, log.after), (self._day(13), self._day(17)))
        self.assertTrue(log.later)
        self.assertIn("PO0012", log.cause)
        late = self.env["sale.order"].search([("oms_promise_drift", ">", 0)])
        self.assertIn(order, late)
        receipt.move_ids.date = self._day(8)
        self._settle()
        self.assertEqual(order.oms_promise_current, self._day(13), "never before the first one")
        self.assertEqual(len(order.oms_promise_log_ids), 2)

    def test_a_cancelled_receipt_leaves_the_promise_and_says_it(self):
        receipt = self._receipt(self.scarce, 5, self._day(10))
        order = self._confirmed([(self.scarce, 4)])
        receipt.action_cancel()
        self._settle()
        self.assertEqual(order.oms_promise_current, self._day(13))
        self.assertIn("no receipt is planned", order.oms_explanation)

    def test_goods_that_came_early_make_a_late_promise_better_again(self):
        receipt = self._receipt(self.scarce, 5, self._day(10))
        order = self._confirmed([(self.scarce, 4)])
        receipt.move_ids.date = self._day(30)
        self._settle()
        self.assertEqual(order.oms_promise_current, self._day(33))
        self._stock(self.scarce, 4)
        self._reorder()
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(order.oms_promise_current, self._day(13))
        self.assertFalse(order.oms_expected)
        self.assertFalse(order.oms_promise_log_ids[0].later)

    def test_an_overdue_receipt_is_seen_by_the_scheduled_job(self):
        self._receipt(self.scarce, 5, self._day(2))
        order = self._confirmed([(self.scarce, 4)])
        self.assertEqual(order.oms_promise_current, self._day(5))
        with freeze_time("2030-05-10 04:00:00"), self.enter_registry_test_mode():
            self.env.flush_all()
            self.env.ref("oms_fulfillment.cron_promises").method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual(order.oms_promise_drift, 3)

    def test_who_was_promised_first_is_served_first_though_the_promise_moved(self):
        receipt = self._receipt(self.scarce, 2, self._day(10))
        old = self._confirmed([(self.scarce, 2)])
        self._receipt(self.scarce, 2, self._day(15))
        young = self._confirmed([(self.scarce, 2)])
        receipt.move_ids.date = self._day(40)
        self._settle()
        self.assertEqual(old.oms_promise_current, self._day(18), "takes the other's receipt")
        self.assertEqual(young.oms_promise_current, self._day(43))
        self._stock(self.scarce, 2)
        self._reorder()
        self.assertStage(old, "fulfillment", "to_pick")
        self.assertStage(young, "inventory_check", "stock_short")

    def test_a_wish_is_kept_beside_the_promise(self):
        self._receipt(self.scarce, 5, self._day(10))
        order = self._confirmed([(self.scarce, 1)], oms_promise_requested=self._day(5))
        self.assertEqual(order.oms_promise_requested, self._day(5))
        self.assertEqual(order.oms_promise_current, self._day(13))
        later = self._confirmed([(self.scarce, 1)], oms_promise_requested=self._day(20))
        self.assertEqual(later.oms_promise_current, self._day(20))

    def test_order_entry_says_the_day_while_typing(self):
        self._receipt(self.scarce, 5, self._day(10))
        line = {"product_id": self.scarce.id, "quantity": 3}
        draft = {"channel_id": self.channel.id, "partner_id": self.partner.id, "lines": [line]}
        quote = self.env["oms.order.entry"].quote(draft)
        self.assertEqual(quote["arrival"], fields.Datetime.to_string(self._day(13)))
        self.assertEqual(quote["lines"][0]["receipt"], fields.Datetime.to_string(self._day(10)))
        self._confirmed([(self.scarce, 4)])
        quote = self.env["oms.order.entry"].quote(draft)
        self.assertIsNone(quote["arrival"])

    def test_other_systems_ask_for_the_date(self):
        self._receipt(self.scarce, 5, self._day(10))
        self.env["oms.safety.stock"].create({"product_id": self.product.id, "units": 8})
        lines = [{"sku": "RARE", "quantity": 3}, {"sku": "MUG", "quantity": 2}]
        answer, none, unknown, bad = self.env["oms.channel"].promise(
            "PHONE-T",
            [
                {"lines": lines},
                {"lines": [{"sku": "MUG", "quantity": 3}]},
                {"lines": [{"sku": "NOPE"}]},
                {"lines": [{"sku": "MUG", "quantity": "x"}]},
            ],
        )
        self.assertEqual(answer["arrives_at"], fields.Datetime.to_string(self._day(13)))
        self.assertEqual(answer["warehouse"], self.warehouse.code)
        self.assertEqual([line["source"] for line in answer["lines"]], ["PO0012", None])
        self.assertEqual((none["arrives_at"], none["lines"][0]["short"]), (None, 1))
        self.assertEqual(unknown["errors"][0]["code"], "unknown_sku")
        self.assertEqual(bad["errors"][0]["code"], "bad_quantity")
