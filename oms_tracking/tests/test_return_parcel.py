import re
from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .connector_common import BookingCase
from .test_page import PageCase


class WayBackCase(BookingCase):
    """A delivered order, and a return of it that was approved."""

    def setUp(self):
        super().setUp()
        self.warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        self.warehouse.oms_return_carrier_id = self.carrier

    def delivered(self, **values):
        parcel = self.make_parcel(order=self.make_order(**values))
        now = fields.Datetime.now() - timedelta(hours=1)
        self.push({**self.event(parcel, "delivered", 0), "occurred_at": now.isoformat() + "+00:00"})
        return parcel

    def approved(self, parcel=None, units=1, **values):
        parcel = parcel or self.delivered()
        item = {
            "order": parcel.order_id.name,
            "reason": "defective",
            "lines": [{"sku": "TRK-MUG", "quantity": units}],
            **values,
        }
        (answer,) = self.env["oms.return"].request([item])
        self.assertEqual(answer["status"], "requested", answer)
        case = self.env["oms.return"].browse(answer["id"])
        self.env["oms.return"].approve([{"return": case.name}])
        return case

    def booked(self, *cases):
        names = [case.name for case in cases]
        (answer,) = self.env["oms.return.parcel"].book([{"returns": names}])
        self.assertEqual(answer["status"], "requested", answer)
        self.run_queue()
        return cases[0].parcel_id

    def scan(self, shipment, status, minutes=30):
        at = fields.Datetime.now() - timedelta(minutes=minutes)
        self.push({**self.event(shipment, status, 0), "occurred_at": at.isoformat() + "+00:00"})


@tagged("post_install", "-at_install")
class TestWayBack(WayBackCase):
    """The parcel of a return is booked, tracked and received; the order hears nothing of it."""

    def test_booked_from_the_customer_to_the_warehouse(self):
        rules = self.env["oms.notice.rule"].with_context(active_test=False)
        rules.search([("event", "=", "return_label")]).active = True
        self.partner.email = "siti@example.com"
        out = self.delivered()
        case = self.approved(out)
        parcel = self.booked(case)
        shipment = parcel.shipment_id
        self.assertEqual((shipment.kind, shipment.booking_state), ("return", "booked"))
        self.assertEqual((parcel.resi, shipment.cod_amount), (shipment.resi, 0))
        order = self.courier.sole()
        self.assertEqual(order.resi, shipment.resi)
        wire = shipment._prepare_wire("X")
        self.assertEqual((wire.origin.city, wire.destination.city), ("Bandung", "Sleman"))
        self.assertEqual(wire.cod, 0)
        self.assertEqual([(item.sku, item.quantity) for item in wire.items], [("TRK-MUG", 1)])
        notice = self.env["oms.notice"].search([("event", "=", "return_label")])
        self.assertIn(shipment.resi, notice.body)
        self.env["oms.notice"]._cron_send()
        mail = self.env["mail.mail"].search([("subject", "=", notice.subject)])
        self.assertEqual((notice.state, len(mail.attachment_ids)), ("sent", 1), notice.reason)
        (again,) = self.env["oms.return.parcel"].book([{"parcel": parcel.name}])
        self.assertEqual(again["status"], "duplicate")
        self.assertEqual(out.fulfillment_id.picking_id.carrier_tracking_ref, out.resi)

    def test_tracked_until_it_is_received(self):
        out = self.delivered()
        order = out.order_id
        case = self.approved(out)
        stage = order.oms_stage_id
        facts = order._oms_tracking_facts()[order.id]
        parcel = self.booked(case)
        shipment = parcel.shipment_id
        self.scan(shipment, "picked_up", 40)
        self.assertEqual((shipment.status, case.state), ("returning", "in_transit"))
        self.assertTrue(shipment.shipped_at)
        self.assertFalse(shipment.exception, "a return that travels needs nobody")
        self.scan(shipment, "delivered", 20)
        self.assertEqual((shipment.status, parcel.state), ("returned", "arrived"))
        self.assertEqual(out.status, "delivered", "the first parcel stays delivered")
        self.assertEqual(order.oms_stage_id, stage)
        self.assertEqual(order._oms_tracking_facts()[order.id]["parcels"], facts["parcels"])
        self.env.flush_all()
        score = self.env["oms.courier.score"].search([("shipment_id", "in", (shipment | out).ids)])
        self.assertEqual(score.shipment_id, out, "the courier's scorecard is about deliveries")
        parcels, _cases, _orders = self.env["oms.return.parcel"]._find_scanned(shipment.resi)
        self.assertEqual(parcels, parcel)
        parcel.action_receive()
        self.assertEqual((case.state, parcel.state), ("received", "done"))

    def test_a_number_that_the_customer_used(self):
        case = self.approved()
        number = self.new_resi()
        item = {"returns": [case.name], "resi": number, "courier": "JNE"}
        (answer,) = self.env["oms.return.parcel"].announce([item])
        self.assertEqual((answer["status"], answer["resi"]), ("announced", number))
        shipment = case.parcel_id.shipment_id
        self.assertEqual((shipment.resi, shipment.courier_id), (number, self.jne))
        self.scan(shipment, "in_transit")
        self.assertEqual(case.state, "in_transit")
        other = self.new_resi()
        case.parcel_id.resi = other
        self.assertEqual(shipment.resi, other)
        parcels, _cases, _orders = self.env["oms.return.parcel"]._find_scanned(number)
        self.assertEqual(parcels, case.parcel_id, "the old number still finds it")

    def test_one_label_for_several_orders(self):
        cases = [self.approved() for _number in range(2)]
        parcel = self.booked(*cases)
        shipment = parcel.shipment_id
        self.assertEqual(len(self.courier.orders), 1)
        self.assertEqual(shipment._orders(), cases[0].order_id | cases[1].order_id)
        self.assertEqual(sum(shipment.line_ids.mapped("quantity")), 2)
        values = shipment._label_values()
        self.assertIn(cases[1].name, values["orders"])
        self.assertEqual((values["to"]["city"], values["cod"]), ("Sleman", ""))
        self.assertEqual(values["from"]["name"], "Siti Rahayu")

    def test_agents_print_the_labels_of_returns_only(self):
        agent = new_test_user(self.env, "ret_agent", groups="oms_fulfillment.group_oms_agent")
        out = self.delivered()
        parcel = self.approved(out)._put_in_parcel().with_user(agent)
        parcel.action_print_label()
        parcel.shipment_id._ensure_printable()
        with self.assertRaises(OmsRefusal) as refusal:
            (out.with_user(agent) | parcel.shipment_id)._ensure_printable()
        self.assertEqual(refusal.exception.code, "access")

    def test_a_return_that_is_given_up_has_no_label(self):
        case = self.approved()
        parcel = self.booked(case)
        case.action_cancel()
        self.assertEqual((parcel.state, parcel.shipment_ids.status), ("cancelled", "cancelled"))
        self.run_queue()
        self.assertFalse(parcel.shipment_ids.booking_state == "booked")

    def test_refused(self):
        parcel = self.delivered()
        item = {"order": parcel.order_id.name, "reason": "defective"}
        (answer,) = self.env["oms.return"].request([item])
        (refused,) = self.env["oms.return.parcel"].book([{"returns": [answer["name"]]}])
        self.assertEqual(refused["errors"][0]["code"], "not_approved")
        case = self.env["oms.return"].browse(answer["id"])
        case.action_approve()
        self.warehouse.oms_return_carrier_id = False
        (refused,) = self.env["oms.return.parcel"].book([{"returns": [case.name]}])
        self.assertEqual(refused["errors"][0]["code"], "no_account")

    def test_goods_come_back_under_the_number_of_the_delivery(self):
        out = self.delivered()
        _parcels, _cases, orders = self.env["oms.return.parcel"]._find_scanned(out.resi)
        self.assertEqual(orders, out.order_id)
        item = {"resi": out.resi, "lines": [{"sku": "TRK-MUG", "quantity": 1}]}
        (answer,) = self.env["oms.return.parcel"].take_in([item])
        self.assertEqual(answer["proposals"][0]["order"], out.order_id.name)


@tagged("post_install", "-at_install")
class TestSentBack(WayBackCase):
    """What goes back to the customer is a parcel, and no second delivery."""

    def refused_goods(self):
        case = self.approved()
        self.env["oms.return"].receive([{"return": case.name}])
        finding = {"disposition": "send_back", "quantity": 1}
        lines = [{"sku": "TRK-MUG", "findings": [finding]}]
        (answer,) = self.env["oms.return"].inspect([{"return": case.name, "lines": lines}])
        self.assertEqual(answer["status"], "inspected", answer)
        return case

    def test_tracked_without_a_second_delivery(self):
        case = self.refused_goods()
        order = case.order_id
        work, delivered = order.oms_fulfillment_ids, order.oms_fulfillment_ids.delivered_at
        self.assertTrue(case.goes_back)
        number = self.new_resi()
        item = {"return": case.name, "courier": "JNE", "resi": number}
        (answer,) = self.env["oms.return"].send_back([item])
        self.assertEqual(answer["status"], "sent_back", answer)
        self.assertEqual([one["resi"] for one in answer["parcels"]], [number])
        (again,) = self.env["oms.return"].send_back([item])
        self.assertEqual(again["status"], "duplicate")
        parcel = self.Shipment.browse(answer["parcels"][0]["id"])
        self.assertEqual((parcel.kind, bool(parcel.shipped_at)), ("resend", True))
        self.assertEqual(parcel.sent_back_id.carrier_tracking_ref, number)
        self.scan(parcel, "delivered", 5)
        self.assertEqual(parcel.status, "delivered")
        self.assertEqual((work.delivered_at, len(order.oms_fulfillment_ids)), (delivered, 1))
        self.assertEqual(work._outbound_parcels().mapped("kind"), ["out"])
        self.assertFalse(case.goes_back)
        self.assertEqual(case._oms_page_values()["sent_back"][0]["resi"], number)
        self.assertEqual(self.env["oms.proof"].run(), [])

    def test_whoever_validates_the_transfer(self):
        case = self.refused_goods()
        action = case.action_plan_sent_back()
        parcel = self.Shipment.browse(action["res_id"])
        self.assertFalse(parcel.shipped_at)
        picking = case._pickings_going_back()
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertTrue(parcel.shipped_at)
        self.assertEqual(picking.oms_sent_back_parcel_ids, parcel)
        with self.assertRaises(OmsRefusal):
            case.action_send_back()


@tagged("post_install", "-at_install")
class TestReturnPages(PageCase, WayBackCase):
    """What the customer sees and does: on the public page and in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = new_test_user(cls.env, "ret_siti", groups="base.group_portal", password="ret_siti")
        new_test_user(cls.env, "ret_stranger", groups="base.group_portal", password="ret_stranger")
        cls.partner.parent_id = user.partner_id

    def run_queue(self):
        """The registry is in test mode already."""
        self.env.ref("oms_tracking.cron_courier_jobs").method_direct_trigger()
        self.env.invalidate_all()

    def test_the_page_asks_for_the_number(self):
        out = self.delivered()
        case = self.approved(out)
        html = self.page(out).text
        self.assertIn("The shop pays the way back.", html)
        self.assertIn("Jl. Palagan 1", html)
        number = self.new_resi()
        response = self.post(out, "resi", case=case.id, resi=number, courier="JNE")
        self.assertIn("look out for your parcel", response.text)
        self.assertIn(number, response.text)
        self.assertEqual(case.parcel_id.shipment_id.resi, number)
        self.assertNotIn("I have sent it", response.text)
        other = self.approved()
        self.post(out, "resi", case=other.id, resi=self.new_resi(), courier="JNE")
        self.assertFalse(other.parcel_id, "another order's return is not found")

    def test_the_label(self):
        out = self.delivered()
        case = self.approved(out)
        self.assertEqual(self.label(out, case).status_code, 200)
        self.assertNotIn("application/pdf", self.label(out, case).headers["Content-Type"])
        self.booked(case)
        self.assertIn("Label for the parcel", self.page(out).text)
        response = self.label(out, case)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        # While testing, Odoo leaves reports as HTML.
        self.assertIn(case.parcel_id.resi, response.text)
        self.authenticate("ret_siti", "ret_siti")
        response = self.url_open(f"/my/returns/{case.id}/label")
        self.assertIn(case.parcel_id.resi, response.text)
        self.authenticate("ret_stranger", "ret_stranger")
        response = self.url_open(f"/my/returns/{case.id}/label")
        self.assertTrue(response.url.endswith("/my/returns"))

    def label(self, out, case):
        self.env.flush_all()
        return self.url_open(f"/track/{out.access_token}/label/{case.id}")

    # THE PORTAL'S FORM

    def form(self, path="/my/returns/new"):
        self.env.flush_all()
        html = self.url_open(path).text
        return html, {
            name: re.search(rf'name="{name}" value="([^"]*)"', html)[1]
            for name in ("csrf_token", "nonce", "order")
            if f'name="{name}"' in html
        }

    def test_several_orders_in_one_go(self):
        one, two = self.delivered(), self.delivered()
        self.authenticate("ret_siti", "ret_siti")
        self.assertIn("Send something back", self.url_open(f"/my/orders/{two.order_id.id}").text)
        html, data = self.form(f"/my/orders/{two.order_id.id}/return")
        self.assertLess(html.index(two.order_id.name), html.index(one.order_id.name))
        for parcel in (one, two):
            data[f"quantity_{parcel.order_id.order_line[0].id}"] = 1
        data.update(reason="defective", note="Pecah")
        odd = {"csrf_token": data["csrf_token"], "order": "²"}
        self.assertEqual(self.url_open("/my/returns/new", data=odd).status_code, 422)
        response = self.url_open("/my/returns/new", data=data)
        self.assertIn("The shop has your report", response.text)
        cases = one.order_id.oms_return_ids | two.order_id.oms_return_ids
        self.assertEqual(cases.mapped("state"), ["requested"] * 2)
        self.assertEqual(len(cases.parcel_id), 1, "they come in one parcel")
        self.url_open("/my/returns/new", data=data)
        self.assertEqual(len((one.order_id | two.order_id).oms_return_ids), 2, "sent twice")
        for case in cases:
            self.assertIn(case.name, response.text)

    def test_all_or_nothing(self):
        one, two = self.delivered(), self.delivered()
        self.env["oms.return.policy"].create(
            {"name": "With a photo", "days": 30, "photo_needed": True}
        )
        self.authenticate("ret_siti", "ret_siti")
        _html, data = self.form()
        for parcel in (one, two):
            data[f"quantity_{parcel.order_id.order_line[0].id}"] = 1
        response = self.url_open("/my/returns/new", data={**data, "reason": "defective"})
        self.assertEqual(response.status_code, 422)
        self.assertIn("with a photo", response.text)
        self.assertFalse((one.order_id | two.order_id).oms_return_ids)

    def test_nobody_elses_orders(self):
        out = self.delivered()
        case = self.approved(out)
        self.authenticate("ret_stranger", "ret_stranger")
        html, _data = self.form(f"/my/orders/{out.order_id.id}/return")
        self.assertIn("Nothing of your orders", html)
        self.assertNotIn(out.order_id.name, html)
        token = re.search(r'csrf_token: "([^"]+)"', html)[1]
        line = out.order_id.order_line[0]
        data = {
            "csrf_token": token,
            "order": out.order_id.id,
            f"quantity_{line.id}": 1,
            "reason": "defective",
        }
        response = self.url_open("/my/returns/new", data=data)
        self.assertEqual(response.status_code, 422)
        self.url_open(
            f"/my/returns/{case.id}/resi",
            data={"csrf_token": token, "resi": "X123456", "courier": "JNE"},
        )
        self.assertEqual((len(out.order_id.oms_return_ids), bool(case.parcel_id)), (1, False))
