from odoo.tests import HttpCase, new_test_user, tagged

from .intake_common import IntakeCase, make_order


class InboxCase(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(
            cls.env, "agent.inbox", "oms_fulfillment.group_oms_agent", lang="en_US"
        )

    def ship_to(self, **changes):
        ship_to = {**make_order()["ship_to"], **changes}
        return {key: value for key, value in ship_to.items() if value is not None}

    def quarantine(self, number, **changes):
        self.submit_one(make_order(number, **changes), "quarantined")
        return self.intakes(number)

    def fix(self, record, action="action_fix_address"):
        wizard = getattr(record.with_user(self.agent), action)()
        return self.env["oms.address.fix"].with_user(self.agent).browse(wizard["res_id"])


@tagged("post_install", "-at_install")
class TestInbox(InboxCase):
    def test_address_is_repaired_and_the_order_goes_on(self):
        intake = self.quarantine("A", ship_to=self.ship_to(name=None, latitude="-6.9"))
        self.assertTrue(intake.address_wrong)
        form = self.fix(intake)
        self.assertEqual((form.city, form.state_id.name), ("Bandung", "Jawa Barat"))
        form.name = "Ibu Budi"
        form.action_save()
        self.assertEqual(intake.state, "accepted")
        self.assertEqual(intake.order_id.partner_shipping_id.name, "Ibu Budi")
        self.assertNotIn("name", intake.payload_received["ship_to"], "what came is kept")
        self.assertEqual(intake.payload["ship_to"]["latitude"], "-6.9", "and what is not shown")
        self.assertEqual(intake.edited_by_id, self.agent)

    def test_form_says_what_does_not_fit(self):
        form = self.fix(self.quarantine("A", ship_to=self.ship_to(name=None)))
        self.assertFalse(form.finding)
        form.district = "Menteng"
        self.assertIn("Menteng", form.finding)

    def test_text_of_the_address_is_split_for_the_form(self):
        text = "Jl. Margonda 100, Kemiri Muka, Beji, Depok 16423"
        address = {"street": text, "country": "ID"}
        form = self.fix(self.quarantine("A", ship_to=address))
        self.assertEqual((form.city, form.district), ("Kota Depok", "Beji"))
        self.assertEqual(form.state_id.name, "Jawa Barat")

    def test_payload_that_is_no_address_at_all(self):
        intake = self.quarantine("A", ship_to="Jl. Merdeka 1")
        form = self.fix(intake)
        form.write({"name": "Budi", "street": "Jl. Merdeka 1", "city": "Bandung"})
        form.action_save()
        self.assertEqual(intake.state, "accepted", intake.errors)

    def test_address_of_a_held_order(self):
        answer = self.submit_one(
            make_order("A", ship_to=self.ship_to(phone=None), buyer={}), "held"
        )
        order = self.order_of(answer)
        self.assertTrue(order.oms_address_held)
        form = self.fix(order, "action_oms_fix_address")
        form.phone = "0812 9999 8888"
        form.action_save()
        self.env["sale.order"]._oms_refresh_touched()
        self.assertFalse(order._oms_active_holds())
        self.assertEqual(order.partner_shipping_id.phone, "0812 9999 8888")
        self.assertEqual(order.oms_ship_to["phone"], "0812 9999 8888")

    def test_only_the_ones_that_wait_come_first(self):
        self.submit_one(make_order("DONE"), "accepted")
        self.quarantine("WAIT", lines=[{"sku": "NOPE", "quantity": 1, "unit_price": 1}])
        self.submit_one(make_order("DONE2"), "accepted")
        rows = self.Intake.search([("channel_id", "=", self.channel.id)])
        self.assertEqual(rows[0].external_id, "WAIT")


@tagged("post_install", "-at_install")
class TestInboxTour(InboxCase, HttpCase):
    def test_repair_in_two_clicks(self):
        for number in ("T1", "T2"):
            line = {"sku": "topi merah", "name": "Topi", "quantity": 1, "unit_price": 25000}
            self.quarantine(number, lines=[line])
        self.quarantine("T3", ship_to=self.ship_to(name=None))
        self.env.flush_all()
        self.start_tour("/odoo/oms-inbox", "oms_inbox", login="agent.inbox")
        states = [self.intakes(number).state for number in ("T1", "T2", "T3")]
        self.assertEqual(states, ["accepted"] * 3)
