from odoo.tests import tagged

from .common_promise import PromiseCase


@tagged("post_install", "-at_install")
class TestStockFeed(PromiseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write({"outbox_mode": "pull", "outbox_stock": True})
        cls.outbox = cls.env["oms.outbox"]
        cls.feed = cls.env["oms.stock.feed"]

    def _row(self, product=None):
        self.outbox._tell_stock(self.channel)
        product = product or self.product
        return self.feed.search(
            [("channel_id", "=", self.channel.id), ("product_id", "=", product.id)]
        )

    def _read(self):
        cursor = self.outbox.fetch_events("PHONE-T", 0, 5000)["cursor"]
        self.outbox.ack("PHONE-T", cursor)
        self.feed.invalidate_model()

    def test_what_was_told_is_shown_beside_what_holds_now(self):
        row = self._row()
        self.assertEqual((row.told, row.state, row.differs), (10, "pending", True))
        self._read()
        self.assertEqual((row.heard, row.state, row.differs), (10, "sent", False))
        self._confirmed([(self.product, 3)])
        self.feed.invalidate_model()
        self.assertEqual((row.available, row.differs), (7, True))
        found = self.feed.search([("differs", "=", True), ("channel_id", "=", self.channel.id)])
        self.assertEqual(found, row)
        self.assertEqual(self._row().told, 7)
        self._read()
        self.assertFalse(row.differs)

    def test_a_number_that_did_not_arrive_gives_way_to_the_newer_one(self):
        row = self._row()
        first = row.message_id
        self._confirmed([(self.product, 3)])
        self._row()
        self._confirmed([(self.product, 2)])
        row = self._row()
        self.assertEqual(first.state, "skipped")
        told = self.outbox.search([("stream", "=", first.stream), ("state", "=", "pending")])
        self.assertEqual(told, row.message_id)
        self.assertEqual((told.data["available"], told.sequence), (5, 3))

    def test_nothing_changed_tells_nothing_and_a_resync_tells_everything(self):
        self._row()
        self.assertEqual(self.outbox._tell_stock(self.channel), 0)
        self._read()
        count = self.feed.search_count([("channel_id", "=", self.channel.id)])
        self.channel.action_stock_resync()
        pending = self.outbox.search_count(
            [("channel_id", "=", self.channel.id), ("state", "=", "pending")]
        )
        self.assertEqual(pending, count)

    def test_a_failure_is_shown_with_its_reason(self):
        row = self._row()
        row.message_id.write({"state": "failed", "last_error": "HTTP 500"})
        self.assertEqual((row.state, row.error), ("failed", "HTTP 500"))
        failed = self.feed.search([("message_id.state", "in", ("failed", "dead"))])
        self.assertIn(row, failed)
