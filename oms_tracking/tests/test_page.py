import re
import secrets
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import TrackingCase


class PageCase(TrackingCase, HttpCase):
    """A visitor of the public page."""

    def page(self, parcel, query=""):
        self.env.flush_all()
        return self.url_open(f"/track/{parcel.access_token}{query}")

    def post(self, parcel, action, **data):
        html = self.page(parcel).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', html)
        nonce = re.search(r'name="nonce" value="([^"]+)"', html)
        data.setdefault("csrf_token", token and token[1])
        data.setdefault("nonce", nonce and nonce[1])
        return self.url_open(f"/track/{parcel.access_token}/{action}", data=data)

    def deliver(self, parcel):
        """Deliver an hour ago, so that return windows are open."""
        now = fields.Datetime.now() - timedelta(hours=1)
        self.push({**self.event(parcel, "delivered", 0), "occurred_at": now.isoformat() + "+00:00"})
        self.env.flush_all()


@tagged("post_install", "-at_install")
class TestPage(PageCase):
    def test_under_way(self):
        parcel = self.make_parcel()
        self.push(
            self.event(parcel, "picked_up", 1, place="Cikarang", text="Diterima oleh SITI RAHAYU")
        )
        response = self.page(parcel)
        self.assertEqual(response.status_code, 200)
        html = response.text
        order = parcel.order_id.name
        for shown in (order, parcel.resi, "Cikarang", "11:00 WIB", "Siti", "Bandung"):
            self.assertIn(shown, html)
        for hidden in ("Rahayu", "RAHAYU", "Melati", "0812", "Confirm receipt", "<script", "<link"):
            self.assertNotIn(hidden, html)
        self.assertLess(len(response.content), 30_000)
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("no-store", response.headers["Cache-Control"])

    def test_every_parcel_of_the_order_on_one_page(self):
        order = self.make_order()
        one, two = self.ship(
            order,
            [
                {"courier": "JNE", "resi": self.new_resi(), "lines": [{"sku": sku, "quantity": 2}]}
                for sku in ("TRK-MUG", "TRK-PLATE")
            ],
        )
        self.push(self.event(one, "delivered", 2))
        html = self.page(two).text
        self.assertIn(one.resi, html)
        self.assertRegex(html, r"1\s+of\s+2\s+parcels")

    def test_guessed_tokens_all_look_the_same(self):
        parcel = self.make_parcel()
        guesses = (secrets.token_urlsafe(24), parcel.access_token[:-1], str(parcel.id), "é" * 30)
        for guess in guesses:
            response = self.url_open(f"/track/{guess}")
            self.assertEqual(response.status_code, 404, guess)
            self.assertIn("leads nowhere", response.text)
            self.assertNotIn(parcel.order_id.name, response.text)

    def test_accept(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        self.assertIn("Confirm receipt", self.page(parcel).text)
        response = self.post(parcel, "accept")
        self.assertEqual(response.status_code, 200)
        self.assertIn("Thank you", response.text)
        work = parcel.fulfillment_id
        self.assertEqual((work.state, work.accepted_by), ("accepted", "customer"))
        self.assertNotIn("Confirm receipt", self.page(parcel).text)

    def test_nothing_ticked_confirms_nothing(self):
        """Who opened the list of what to confirm and ticked nothing did not confirm all of it."""
        parcel = self.make_parcel()
        self.deliver(parcel)
        self.assertIn('name="part"', self.page(parcel).text)
        response = self.post(parcel, "accept", part="1")
        self.assertEqual(response.status_code, 422)
        self.assertIn("Tick what", response.text)
        self.assertFalse(parcel.fulfillment_id.accepted_at)
        line = parcel.order_id.order_line[0]
        self.post(parcel, "accept", part="1", **{f"line_{line.id}": 1})
        moves = parcel.fulfillment_id.picking_id.move_ids
        self.assertEqual(moves.filtered("oms_accepted_at").sale_line_id, line)

    def test_accept_names_the_order_by_what_is_unique(self):
        parcel = self.make_parcel()
        self.make_order(oms_external_id=parcel.order_id.name)
        with_number = self.make_parcel(order=self.make_order(oms_external_id="260701TRK"))
        self.deliver(with_number)
        self.assertEqual(with_number._page_accept()["status"], "accepted")
        self.deliver(parcel)
        self.assertEqual(parcel._page_accept()["errors"][0]["code"], "ambiguous_order")

    def test_accept_before_delivery_is_refused(self):
        parcel = self.make_parcel()
        self.page(parcel)
        response = self.post(parcel, "accept", csrf_token=self.csrf())
        self.assertEqual(response.status_code, 422)
        self.assertFalse(parcel.fulfillment_id.accepted_at)

    def test_forms_need_their_token(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        with mute_logger("odoo.http"):
            response = self.post(parcel, "accept", csrf_token="0o1")
        self.assertEqual(response.status_code, 400)
        self.assertFalse(parcel.fulfillment_id.accepted_at)

    def test_report_a_problem(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        order = parcel.order_id
        line = order.order_line[0]
        data = {f"quantity_{line.id}": 1, "reason": "defective", "note": "Retak <b>"}
        data["nonce"] = secrets.token_urlsafe(8)
        response = self.post(parcel, "report", **data)
        self.assertEqual(response.status_code, 200, response.text)
        case = order.oms_return_ids
        self.assertEqual((case.line_ids.sale_line_id, case.line_ids.quantity), (line, 1))
        self.assertEqual(case.note, "Retak <b>")
        self.assertIn(case.name, response.text)
        self.post(parcel, "report", **data)
        self.assertEqual(len(order.oms_return_ids), 1, "the same form sent twice is one report")

    def test_confirm_a_part_and_report_the_rest(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        one, two = parcel.order_id.order_line
        self.post(parcel, "report", reason="defective", **{f"quantity_{one.id}": 1})
        html = self.page(parcel).text
        self.assertIn("everything but what you reported", html)
        self.assertNotIn(f'name="line_{one.id}"', html)
        response = self.post(parcel, "accept", **{f"line_{two.id}": 1})
        self.assertEqual(response.status_code, 200, response.text)
        moves = parcel.fulfillment_id.picking_id.move_ids
        self.assertEqual(moves.filtered("oms_accepted_at").sale_line_id, two)
        self.assertNotIn("Confirm receipt", self.page(parcel).text)

    def test_what_cannot_come_back_is_said(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        policy = self.env["oms.return.policy"].create(
            {"name": "Photos", "photo_needed": True, "note": "Unopened, please."}
        )
        line = parcel.order_id.order_line[0]
        html = self.page(parcel).text
        self.assertIn("Unopened, please.", html)
        response = self.post(parcel, "report", reason="defective", **{f"quantity_{line.id}": 1})
        self.assertEqual(response.status_code, 422)
        self.assertIn("only be returned with a photo", response.text)
        policy.allowed = False
        html = self.page(parcel).text
        self.assertNotIn("Report a problem", html)
        self.assertIn("can&#39;t be returned", html)

    def test_report_reaches_no_other_order(self):
        parcel, other = self.make_parcel(), self.make_parcel()
        for one in (parcel, other):
            self.deliver(one)
        line = other.order_id.order_line[0]
        for data in (
            {f"quantity_{line.id}": 1, "order": other.order_id.name},
            {f"quantity_{parcel.order_id.order_line[0].id}": 99},
            {"quantity_x": 1},
            {f"quantity_{parcel.order_id.order_line[0].id}": "nan"},
        ):
            response = self.post(parcel, "report", reason="defective", **data)
            self.assertEqual(response.status_code, 422, data)
        self.assertFalse(other.order_id.oms_return_ids | parcel.order_id.oms_return_ids)

    def test_get_on_forms_is_refused(self):
        parcel = self.make_parcel()
        self.env.flush_all()
        for action in ("accept", "report"):
            response = self.url_open(f"/track/{parcel.access_token}/{action}")
            self.assertIn(response.status_code, (404, 405))

    def test_language(self):
        self.env["res.lang"]._activate_lang("id_ID")
        parcel = self.make_parcel()
        self.env.flush_all()
        response = self.url_open(
            f"/track/{parcel.access_token}",
            headers={"Accept-Language": "id"},
            allow_redirects=False,
        )
        self.assertEqual(response.status_code, 200)
        self.assertIn('lang="id-ID"', response.text)
        self.assertIn('lang="en-US"', self.page(parcel, "?lang=en_US").text)

    def csrf(self):
        parcel = self.make_parcel()
        self.deliver(parcel)
        return re.search(r'name="csrf_token" value="([^"]+)"', self.page(parcel).text)[1]
