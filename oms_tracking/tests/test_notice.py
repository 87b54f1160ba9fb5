from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, tagged

from ..engine.notice import phone_number, render, unknown_places
from .common import TrackingCase


@tagged("post_install", "-at_install", "oms_engine")
class TestNoticeEngine(BaseCase):
    def test_lines_without_anything_to_say_are_left_out(self):
        text = "Hello {name},\nResi: {resi}\n{courier} {service}\nBye {x"
        self.assertEqual(
            render(text, {"name": "Siti", "courier": "JNE"}), "Hello Siti,\nJNE \nBye {x"
        )
        self.assertEqual(render("{name}", {"name": "{link}", "link": "no"}), "{link}")

    def test_unknown_places(self):
        self.assertEqual(unknown_places("{name} {phone} {}"), ["phone", ""])

    def test_phone_numbers(self):
        for text in ("0812-3456-789", "+62 812 3456 789", "0062812 3456789", "62812 3456789"):
            self.assertEqual(phone_number(text), "+628123456789", text)
        for text in ("", None, "n/a", "12", "0812****789"):
            self.assertIn(phone_number(text), ("", "+62812789"), text)


@tagged("post_install", "-at_install")
class TestNotice(TrackingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.email = "siti@example.com"
        rules = cls.env["oms.notice.rule"].with_context(active_test=False).search([])
        rules.filtered(lambda rule: rule.method == "mail").active = True

    def now(self, parcel, status, **values):
        moment = fields.Datetime.now() - timedelta(minutes=5)
        return self.event(parcel, status, 0, **values) | {
            "occurred_at": moment.isoformat() + "+00:00"
        }

    def ship_now(self, order=None):
        order = order or self.make_order()
        parcel = {"courier": "JNE", "resi": self.new_resi()}
        (answer,) = self.env["oms.fulfillment"].ship(
            [{"fulfillment": order.oms_fulfillment_ids.name, "parcels": [parcel]}]
        )
        return self.Shipment.browse(answer["parcels"][0]["id"])

    def events(self, order):
        return (
            self.env["oms.notice"].search([("order_id", "=", order.id)], order="id").mapped("event")
        )

    def test_each_fact_once(self):
        parcel = self.ship_now()
        failed = self.now(parcel, "attempt_failed")
        for event in (self.now(parcel, "out_for_delivery"), failed, failed):
            self.push(event, event)
        self.push(self.now(parcel, "delivered"))
        parcel.shipped_at = fields.Datetime.now()
        told = ["confirmed", "shipped", "out_for_delivery", "attempt_failed", "delivered"]
        self.assertEqual(self.events(parcel.order_id), told)
        shipped = self.env["oms.notice"].search([("event", "=", "shipped")], limit=1)
        self.assertEqual(shipped.recipient, "siti@example.com")
        for shown in ("Siti", "JNE", parcel.resi, parcel.access_token):
            self.assertIn(shown, shipped.body)
        self.assertNotIn("Expected", shipped.body, "nothing was promised")

    def test_sent_by_odoos_own_queue(self):
        parcel = self.ship_now()
        self.env["oms.notice"]._cron_send()
        notice = self.env["oms.notice"].search([("shipment_id", "=", parcel.id)])
        self.assertEqual((notice.state, bool(notice.sent_at)), ("sent", True))
        mail = self.env["mail.mail"].search([("email_to", "=", "siti@example.com")], limit=1)
        self.assertIn(parcel.resi, mail.body_html)
        count = self.env["mail.mail"].search_count([])
        self.env["oms.notice"]._cron_send()
        self.assertEqual(self.env["mail.mail"].search_count([]), count)

    def test_a_number_that_comes_later(self):
        order = self.make_order()
        name = order.oms_fulfillment_ids.name
        (answer,) = self.env["oms.fulfillment"].ship([{"fulfillment": name}])
        (parcel,) = answer["parcels"]
        self.assertEqual(self.events(order), ["confirmed"])
        self.Shipment.set_resi([{"parcel": parcel["name"], "courier": "JNE", "resi": "X1"}])
        self.assertEqual(self.events(order), ["confirmed", "shipped"])

    def test_old_news_is_no_news(self):
        parcel = self.make_parcel()
        self.push(self.event(parcel, "delivered", 20))
        self.assertEqual(self.events(parcel.order_id), ["confirmed"])

    def test_late(self):
        parcel = self.ship_now()
        late = fields.Date.today() - timedelta(days=2)
        parcel.write({"promised_from": late, "promised_to": late})
        parcel._watch()
        parcel._watch()
        self.assertEqual(self.events(parcel.order_id), ["confirmed", "shipped", "delayed"])

    def test_who_wants_none_gets_none(self):
        self.partner.oms_notice_opt_out = True
        parcel = self.ship_now()
        notices = self.env["oms.notice"].search([("order_id", "=", parcel.order_id.id)])
        self.assertEqual(set(notices.mapped("state")), {"skipped"})
        self.assertIn("wants no messages", notices[0].reason)

    def test_without_an_address_the_reason_is_kept(self):
        self.partner.email = False
        order = self.make_order()
        notice = self.env["oms.notice"].search([("order_id", "=", order.id)])
        self.assertEqual((notice.state, notice.event), ("skipped", "confirmed"))

    def test_without_a_gateway_an_sms_fails_and_says_why(self):
        rules = self.env["oms.notice.rule"].with_context(active_test=False).search([])
        rules.active = False
        rules.filtered(lambda r: (r.method, r.event) == ("sms", "confirmed")).active = True
        order = self.make_order()
        notice = self.env["oms.notice"].search([("order_id", "=", order.id)])
        self.assertEqual((notice.method, notice.recipient), ("sms", "+6281234567890"))
        if "sms.sms" in self.env:
            notice._send()
            self.assertEqual(notice.state, "sent")
            return
        for _try in range(3):
            notice._send()
        self.assertEqual((notice.state, notice.attempts), ("failed", 3))
        self.assertIn("gateway", notice.reason)
        notice.action_retry()
        self.assertEqual(notice.state, "waiting")

    def test_channels(self):
        self.env["oms.notice.rule"].search([]).channel_ids = self.env["oms.channel"].create(
            {"name": "Other", "code": "OTH"}
        )
        self.assertFalse(self.events(self.make_order()))

    def test_silence_costs_nothing(self):
        self.env["oms.notice.rule"].search([]).active = False
        self.env["oms.notice.rule"]._events()
        with self.assertQueryCount(0):
            self.env["oms.notice"]._tell("shipped", [("1", None, None)])

    def test_preview_and_words(self):
        rule = self.env["oms.notice.rule"].search([("event", "=", "shipped")], limit=1)
        parcel = self.ship_now()
        rule.invalidate_recordset()
        self.assertIn(parcel.resi, rule.preview_body)
        self.assertEqual(rule.display_name, "Shipped, with its resi (Mail)")
        with self.assertRaisesRegex(ValidationError, "password"):
            rule.body = "Your {password}"
