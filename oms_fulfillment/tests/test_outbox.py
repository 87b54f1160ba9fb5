from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestOutbox(OmsReturnCase):
    """What a channel hears about its orders."""

    def setUp(self):
        super().setUp()
        self.market = self.marketplace
        self.market.outbox_mode = "pull"
        self.Outbox = self.env["oms.outbox"]

    def events(self, order):
        self._settle()
        messages = self.Outbox.search([("order_id", "=", order.id)], order="sequence")
        self.assertEqual(messages.mapped("sequence"), list(range(1, len(messages) + 1)))
        return messages

    def names(self, order):
        return self.events(order).mapped("event")

    # DERIVED FROM FACTS

    def test_whole_life_of_an_order(self):
        order = self._delivered()
        case = self._request(order, 1)
        self._received(case, 1)
        self._resolved(case, restock=1)
        self.assertEqual(
            self.names(order), ["confirmed", "shipped", "delivered", "returned", "refunded"]
        )
        confirmed, shipped, delivered, returned, refunded = self.events(order)
        line = order.order_line.filtered(lambda line: line.product_id == self.product)
        sku = self.product.default_code
        self.assertEqual(
            shipped.data["lines"],
            [{"line_id": None, "sku": sku, "quantity": line.product_uom_qty}],
        )
        self.assertEqual(delivered.happened_at, order.oms_fulfillment_ids.delivered_at)
        self.assertEqual(returned.data["return"], case.name)
        self.assertEqual(returned.data["lines"], [{"line_id": None, "sku": sku, "quantity": 1}])
        self.assertEqual(refunded.data["amount"], case.refund_amount)
        self.assertEqual(refunded.data["currency"], "IDR")
        self.assertTrue(confirmed.data["ship_by"].endswith("Z"))

    def test_each_fact_is_told_once(self):
        order = self._sold(self.market)
        self.assertEqual(self.names(order), ["confirmed"])
        for _again in range(3):
            order._oms_refresh()
        self.assertEqual(self.names(order), ["confirmed"])

    def test_hold_says_the_customers_sentence(self):
        code = self.env["oms.hold.code"].create(
            {
                "name": "Blacklisted",
                "code": "t_hold",
                "blocks_ship": True,
                "customer_text": "We are checking your order.",
            }
        )
        order = self._sold(self.market)
        order._oms_raise_hold(code.code, "The buyer owes us since 2019", "IDR 9.999.999")
        confirmed, held = self.events(order)
        self.assertEqual(
            held.data,
            {"code": "t_hold", "sentence": "We are checking your order.", "blocks": ["ship"]},
        )
        order._oms_active_holds().release("paid")
        self.assertEqual(self.names(order), ["confirmed", "held", "released"])
        self.assertEqual(
            self.events(order)[-1].data,
            {"code": "t_hold", "goes_on": True, "sentence": "Your order goes on."},
        )

    def test_the_end_of_one_hold_of_two_does_not_say_that_the_order_goes_on(self):
        code = self.env["oms.hold.code"].search([("blocks_ship", "=", True)], limit=2)
        order = self._sold(self.market)
        for one in code:
            order._oms_raise_hold(one.code, "Look at it")
        self.assertEqual(self.names(order), ["confirmed", "held", "held"])
        for goes_on in (False, True):
            order._oms_active_holds()[0].release("looked at")
            last = self.events(order)[-1]
            self.assertEqual((last.event, last.data["goes_on"]), ("released", goes_on))
            self.assertEqual(bool(last.data["sentence"]), goes_on)
        order._oms_refresh()
        self.assertEqual(len(self.events(order)), 5)

    def test_a_cancelled_order_does_not_go_on(self):
        code = self.env["oms.hold.code"].search([("blocks_ship", "=", True)], limit=1)
        order = self._sold(self.market)
        order._oms_raise_hold(code.code, "Look at it")
        self._settle()
        order._action_cancel()
        self.assertNotIn("released", self.names(order))

    # FORGOTTEN

    def _age(self, messages, days=200):
        """As if these had been told long ago."""
        past = fields.Datetime.now() - timedelta(days=days)
        messages.write({"state": "sent", "sent_at": past, "created_at": past})

    def test_what_was_told_long_ago_is_dropped_and_not_told_again(self):
        order = self._delivered()
        self.assertEqual(self.names(order), ["confirmed", "shipped", "delivered"])
        self._age(self.events(order))
        self.market.outbox_keep_days = 90
        self.Outbox._prune(self.market, 5000)
        left = self.Outbox.search([("order_id", "=", order.id)])
        self.assertEqual((left.mapped("event"), left.sequence), (["delivered"], 3))
        order._oms_refresh()
        case = self._request(order, 1)
        self._received(case, 1)
        self._settle()
        events = self.Outbox.search([("order_id", "=", order.id)], order="sequence")
        self.assertEqual(events.mapped("event"), ["delivered", "returned"])
        self.assertEqual(events.mapped("sequence"), [3, 4])
        self._age(events)
        self.Outbox._prune(self.market, 5000)
        order._oms_refresh()
        self.assertEqual(self.Outbox.search([("order_id", "=", order.id)]), events[1])

    def test_what_is_still_to_be_told_is_never_dropped(self):
        order = self._delivered()
        confirmed, shipped, _delivered = self.events(order)
        self._age(self.events(order))
        shipped.state = "dead"
        self.Outbox._prune(self.market, 5000)
        self.assertEqual(self.events_of(order), ["shipped", "delivered"])
        self.assertFalse(confirmed.exists())
        order._oms_refresh()
        self.assertEqual(self.events_of(order), ["shipped", "delivered"])

    def test_what_is_young_or_kept_for_ever_stays(self):
        order = self._delivered()
        self._age(self.events(order), days=80)
        self.Outbox._prune(self.market, 5000)
        self._age(self.events(order))
        self.market.outbox_keep_days = 0
        self.Outbox._prune(self.market, 5000)
        self.assertEqual(len(self.events(order)), 3)

    def events_of(self, order):
        return self.Outbox.search([("order_id", "=", order.id)], order="sequence").mapped("event")

    def test_cancelled_and_started_again(self):
        order = self._sold(self.market)
        order.oms_cancel_reason = "Buyer changed her mind"
        order._action_cancel()
        self.assertEqual(self.names(order), ["confirmed", "cancelled", "refunded"])
        self.assertEqual(
            self.events(order)[1].data, {"whole": True, "reason": "Buyer changed her mind"}
        )
        order.action_draft()
        order.action_confirm()
        self.assertEqual(self.names(order), ["confirmed", "cancelled", "refunded", "confirmed"])

    def test_channel_that_does_not_listen_costs_nothing(self):
        self.market.outbox_mode = "off"
        self.assertFalse(self.env["oms.channel"]._outbox_channel_ids())
        order = self._sold(self.market)
        self.assertFalse(self.events(order))

    def test_history_is_no_news(self):
        self.market.outbox_mode = "off"
        order = self._delivered()
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET create_date = create_date - interval '9 days' WHERE id = %s",
            [order.id],
        )
        self.env.cr.execute(
            "UPDATE oms_stage_log SET at = at - interval '8 days' WHERE order_id = %s", [order.id]
        )
        order.invalidate_recordset()
        order.oms_fulfillment_ids.handed_over_at -= timedelta(days=7)
        self.market.write({"outbox_mode": "pull", "outbox_since": False})
        self.market._outbox_switched()
        case = self._request(order, 1)
        self._received(case, 1)
        self.assertEqual(self.names(order), ["returned"])

    def test_units_that_will_not_come(self):
        order = self._sold(self.market)
        line = order.order_line.filtered(lambda line: line.product_id == self.product)
        line.oms_qty_cancelled = 1
        told = self.events(order)
        self.assertEqual(told.mapped("event"), ["confirmed", "cancelled"])
        self.assertFalse(told[1].data["whole"])
        self.assertEqual(told[1].data["lines"][0]["quantity"], 1)

    def test_stock(self):
        self.market.outbox_stock = True
        self.Outbox._tell_stock(self.market)
        domain = [("event", "=", "stock_changed"), ("channel_id", "=", self.market.id)]
        before = self.Outbox.search_count(domain)
        had = self.env["oms.channel"].available("MARKET-T", ["MUG"])[0]["available"]
        self.assertEqual(self.Outbox._tell_stock(self.market), 0)
        self._stock(self.product, 7)
        self.assertEqual(self.Outbox._tell_stock(self.market), 1)
        self.assertEqual(self.Outbox.search_count(domain), before + 1)
        latest = self.Outbox.search(domain, limit=1, order="id desc")
        self.assertEqual(latest.data["sku"], "MUG")
        self.assertEqual(latest.data["available"], had + 7)

    # READ BY RPC

    def test_fetch_and_acknowledge(self):
        robot = new_test_user(
            self.env,
            "robot",
            "oms_fulfillment.group_oms_integration",
            company_id=self.env.company.id,
            company_ids=[self.env.company.id],
        )
        outbox = self.Outbox.with_user(robot)
        orders = [self._sold(self.market) for _n in range(3)]
        self._ship(orders[0])
        self._settle()
        first = outbox.fetch_events("MARKET-T", 0, 2)
        self.assertEqual([event["position"] for event in first["events"]], [1, 2])
        self.assertTrue(first["more"])
        rest = outbox.fetch_events(channel="MARKET-T", after=first["cursor"])
        self.assertEqual([event["position"] for event in rest["events"]], [3, 4])
        self.assertFalse(rest["more"])
        event = rest["events"][-1]
        self.assertEqual((event["event"], event["order"]), ("shipped", orders[0].name))
        self.assertEqual(outbox.ack("MARKET-T", 3), {"acknowledged": 3, "open": 1})
        self.assertEqual(outbox.ack("MARKET-T", 3), {"acknowledged": 0, "open": 1})
        again = outbox.fetch_events("MARKET-T", 0)
        self.assertEqual(len(again["events"]), 4, "a reader may always begin again")
        self.assertEqual(
            outbox.fetch_events("MARKET-T", 4), {"events": [], "cursor": 4, "more": False}
        )

    def test_refusals(self):
        for code, method, *arguments in (
            ("unknown_channel", "fetch_events", "NOWHERE"),
            ("bad_value", "fetch_events", "MARKET-T", "x"),
            ("bad_value", "fetch_events", "MARKET-T", -1),
            ("bad_value", "ack", "MARKET-T", None),
            ("unknown_position", "ack", "MARKET-T", 5),
        ):
            with self.assertRaises(OmsRefusal) as caught:
                getattr(self.Outbox, method)(*arguments)
            self.assertEqual(caught.exception.code, code)
        clerk = new_test_user(self.env, "clerk", "base.group_user")
        with self.assertRaises(OmsRefusal):
            self.Outbox.with_user(clerk).fetch_events("MARKET-T")

    # TROUBLE SHOWS

    def test_what_the_channel_does_not_know_shows_on_the_order(self):
        order = self._sold(self.market)
        message = self.events(order)
        self.assertFalse(order.oms_outbox_trouble)
        message.write({"state": "failed", "attempts": 3, "last_error": "HTTP 500"})
        order.invalidate_recordset()
        self.assertIn("HTTP 500", order.oms_outbox_trouble)
        explained = self.env["sale.order"].oms_explain([order.name])[0]
        self.assertEqual(explained["notices"], [order.oms_outbox_trouble])
        found = self.env["sale.order"].search([("oms_outbox_trouble", "!=", False)])
        self.assertEqual(found, order)
        self.assertNotIn(order, order.search([("oms_outbox_trouble", "=", False)]))
        self.assertEqual(self.market.outbox_open_count, 1)

    def test_next_event_waits_for_the_one_before(self):
        self.market.write({"outbox_url": "http://127.0.0.1:9/", "outbox_mode": "push"})
        order = self._sold(self.market)
        self._ship(order)
        confirmed, shipped = self.events(order)
        other = self.events(self._sold(self.market))
        self.assertEqual(self.Outbox._due(self.market), confirmed | other)
        confirmed.write({"state": "dead"})
        self.assertEqual(self.Outbox._due(self.market), other)
        confirmed.action_skip()
        self.assertEqual(self.Outbox._due(self.market), shipped | other)
        shipped.write({"next_try": fields.Datetime.now() + timedelta(hours=1)})
        self.assertEqual(self.Outbox._due(self.market), other)

    def test_address_is_checked(self):
        for url in (False, "ftp://x.example", "javascript:alert(1)"):
            with self.assertRaises(OmsRefusal):
                self.market.write({"outbox_mode": "push", "outbox_url": url})
        self.market.write({"outbox_mode": "push", "outbox_url": "https://shop.example/hook"})
        self.assertGreaterEqual(len(self.market.outbox_secret), 40)
