from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common_promise import PromiseCase

NOW = "2030-05-06 03:00:00"


class DelayCase(PromiseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("id_ID")
        cls.env["ir.module.module"]._load_module_terms(["oms_fulfillment"], ["id_ID"])
        cls.channel.write({"ship_by_hours": 24, "transit_days": 2, "delay_notice_days": 3})
        cls.partner.write({"email": "siti@example.com", "lang": "id_ID"})

    def _day(self, days):
        return fields.Datetime.now() + timedelta(days=days)

    def _delayed(self, lines=None, days=20):
        """An order whose customer was told of a delay; (order, notice)."""
        receipt = self._receipt(self.scarce, 9, self._day(10))
        order = self._confirmed(lines or [(self.scarce, 4), (self.product, 2)])
        receipt.move_ids.date = self._day(days)
        self._settle()
        return order, order.oms_delay_notice_ids


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDelay(DelayCase):
    def test_the_customer_is_told_once_per_new_date_in_their_language(self):
        receipt = self._receipt(self.scarce, 9, self._day(10))
        order = self._confirmed([(self.scarce, 4)])
        receipt.move_ids.date = self._day(12)
        self._settle()
        self.assertFalse(order.oms_delay_notice_ids, "two days later are tolerated")
        receipt.move_ids.date = self._day(14)
        self._settle()
        order._oms_touch()
        self._settle()
        self.assertEqual(len(order.oms_delay_notice_ids), 1)
        mails = self.env["mail.mail"].search([("model", "=", "oms.delay.notice")])
        self.assertEqual(len(mails), 1)
        self.assertIn("tanggal", mails.subject)
        self.assertIn(order.oms_delay_notice_ids.token, mails.body_html)
        self.assertEqual(mails.recipient_ids, self.partner)
        receipt.move_ids.date = self._day(16)
        self._settle()
        notices = order.oms_delay_notice_ids.sorted("promised")
        self.assertEqual(notices.mapped("state"), ["over", "open"])

    def test_a_channel_that_says_nothing_tells_nobody(self):
        self.channel.delay_notice_days = 0
        _order, notice = self._delayed()
        self.assertFalse(notice)

    def test_waiting_is_accepted(self):
        order, notice = self._delayed()
        self.assertEqual(notice._offered(), ["wait", "ship", "cancel"])
        self.assertEqual(notice._choose("wait"), "done")
        self.assertEqual(notice._choose("wait"), "again")
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(self._units(order), {"ordered": 6, "reserved": 2, "unallocated": 4})
        with self.assertRaisesRegex(Exception, "answered already"):
            notice._choose("cancel")
        self.assertProved()

    def test_what_is_there_leaves_and_the_rest_follows(self):
        order, notice = self._delayed([(self.scarce, 4), (self.product, 12)])
        notice._choose("ship")
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(order.oms_fulfillment_ids.mapped("state"), ["ready", "waiting"])
        ready, waiting = order.oms_fulfillment_ids
        self.assertEqual(ready.picking_id.move_ids.mapped("product_uom_qty"), [10])
        self.assertEqual(sorted(waiting.picking_id.move_ids.mapped("product_uom_qty")), [2, 4])
        self.assertEqual(self._units(order), {"ordered": 16, "reserved": 10, "unallocated": 6})
        ready.action_hand_over()
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 16, "shipped": 10, "unallocated": 6})
        self._stock(self.scarce, 4)
        self._stock(self.product, 2)
        self.env["oms.allocator"].run()
        self._settle()
        self.assertEqual(waiting.state, "ready")
        self.assertProved()

    def test_what_is_missing_is_cancelled(self):
        order, notice = self._delayed()
        notice._choose("cancel")
        self.assertEqual(self._units(order), {"ordered": 6, "cancelled": 4, "reserved": 2})
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertProved()

    def test_an_order_of_which_nothing_is_there_is_cancelled_as_a_whole(self):
        order, notice = self._delayed([(self.scarce, 4)])
        self.assertEqual(notice._offered(), ["wait", "cancel"])
        notice._choose("cancel")
        self.assertStage(order, "cancelled")
        self.assertProved()

    def test_something_else_at_the_same_price(self):
        self.scarce.product_tmpl_id.oms_substitute_ids = self.product_b + self.product
        self.product_b.list_price = 99
        order, notice = self._delayed([(self.scarce, 4), (self.product, 8)])
        # Two mugs are left: not enough for four.
        self.assertEqual(order._oms_substitutes(), self.product_b)
        total = order.amount_total
        notice._choose("substitute", str(self.product_b.id))
        self._settle()
        self.assertEqual(self._units(order), {"ordered": 16, "cancelled": 4, "reserved": 12})
        line = order.order_line[-1]
        self.assertEqual((line.product_id, line.price_unit), (self.product_b, 50000))
        self.assertEqual(order.amount_total - total, 4 * 50000)
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertProved()

    def test_only_what_is_offered_is_done(self):
        order, notice = self._delayed()
        with self.assertRaisesRegex(Exception, "can't be done any more"):
            notice._choose("substitute", str(self.product_b.id))
        with self.assertRaisesRegex(Exception, "Nothing was chosen"):
            notice._choose("steal")
        self._stock(self.scarce, 4)
        self.env["oms.allocator"].run()
        self._settle()
        self.assertEqual(notice._offered(), [])
        with self.assertRaisesRegex(Exception, "can't be done any more"):
            notice._choose("cancel")
        self.assertEqual(self._units(order), {"ordered": 6, "reserved": 6})


@tagged("post_install", "-at_install")
class TestDelayPage(DelayCase, HttpCase):
    def _post(self, notice, **values):
        page = self.url_open(notice._path())
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(notice._path(), data={"csrf_token": token, **values})

    def test_the_page_needs_no_login_and_speaks_the_customer_s_language(self):
        order, notice = self._delayed()
        page = self.url_open(notice._path())
        self.assertEqual(page.status_code, 200)
        self.assertIn(order.name, page.text)
        self.assertIn("Product RARE", page.text)
        self.assertIn("Batalkan", page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")

    def test_a_choice_on_the_page_is_carried_out_once(self):
        order, notice = self._delayed()
        page = self._post(notice, choice="cancel")
        self.assertIn("done=1", page.url)
        self.env.invalidate_all()
        self.assertEqual((notice.state, notice.choice), ("answered", "cancel"))
        self.assertEqual(self._units(order)["cancelled"], 4)

    def test_a_token_that_leads_nowhere(self):
        for token in ("x" * 32, "short", "%F0%9F%99%82" * 8):
            self.assertEqual(self.url_open(f"/oms/delay/{token}").status_code, 404)
