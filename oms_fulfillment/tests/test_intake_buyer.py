from odoo.tests import tagged

from .intake_common import IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestIntakeBuyer(IntakeCase):
    def accept(self, number="A", **changes):
        answer = self.submit_one(make_order(number, **changes))
        self.assertIn(answer["status"], ("accepted", "held"), answer)
        return self.order_of(answer)

    def buyer(self, **changes):
        return {"external_id": "budi77", "name": "Budi Santoso", "phone": "081234567890", **changes}

    def test_new_buyer(self):
        order = self.accept()
        partner = order.partner_id
        self.assertEqual(partner.name, "Budi Santoso")
        self.assertEqual(partner.city, "Bandung")
        self.assertEqual(partner.state_id.name, "Jawa Barat")
        self.assertEqual(partner.country_id.code, "ID")
        self.assertEqual(order.partner_shipping_id, partner, "one address, one contact")
        self.assertEqual(order.oms_ship_to["district"], "Coblong")

    def test_buyer_comes_back(self):
        first = self.accept()
        self.assertEqual(self.accept("B").partner_id, first.partner_id)
        other_phone = self.buyer(phone="0899999888")
        self.assertEqual(
            self.accept("C", buyer=other_phone).partner_id, first.partner_id, "by buyer id"
        )

    def test_buyer_is_recognised(self):
        by_phone, by_email, _stranger = self.env["res.partner"].create(
            [
                {"name": "Known", "phone": "+62 812-3456-7890"},
                {"name": "Mail", "email": "Siti <siti@example.com>"},
                {"name": "Budi Santoso"},
            ]
        )
        order = self.accept("A", buyer=self.buyer(external_id=None))
        self.assertEqual(order.partner_id, by_phone)
        mail = {"name": "S", "email": "SITI@example.com"}
        ship_to = {**make_order()["ship_to"], "phone": None}
        order = self.accept("B", buyer=mail, ship_to=ship_to)
        self.assertEqual(order.partner_id, by_email)

    def test_one_contact_for_a_batch(self):
        answers = self.submit(*(make_order(f"N{index}") for index in range(5)))
        partners = {self.order_of(answer).partner_id for answer in answers}
        self.assertEqual(len(partners), 1)
        self.assertEqual(
            self.env["oms.channel.buyer"].search_count([("external_id", "=", "budi77")]), 1
        )

    def test_nobodys_number(self):
        ship_to = {**make_order()["ship_to"], "phone": "0000000000"}
        buyers = [
            self.accept(name, buyer={"name": name, "phone": "0000000000"}, ship_to=ship_to)
            for name in ("Ani", "Ina")
        ]
        self.assertNotEqual(buyers[0].partner_id, buyers[1].partner_id)

    def test_other_address_is_a_child_once(self):
        first = self.accept()
        office = {**make_order()["ship_to"], "name": "Ibu Ani", "street": "Jl. Kantor 5"}
        second = self.accept("B", ship_to=office)
        third = self.accept("C", ship_to={**office, "street": "jl.  KANTOR 5"})
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertEqual(second.partner_shipping_id.parent_id, first.partner_id)
        self.assertEqual(second.partner_shipping_id.type, "delivery")
        self.assertEqual(second.partner_shipping_id.name, "Ibu Ani")
        self.assertEqual(third.partner_shipping_id, second.partner_shipping_id)

    def test_bill_to(self):
        bill_to = {"name": "PT Contoh", "street": "Jl. Pajak 1", "city": "Jakarta", "country": "ID"}
        self.accept("A")
        order = self.accept("B", bill_to=bill_to)
        self.assertEqual(order.partner_invoice_id.name, "PT Contoh")
        self.assertEqual(order.partner_invoice_id.type, "invoice")

    def test_masked_buyers_share_one_contact(self):
        masked = {
            "buyer": {"external_id": "u1", "name": "B***i", "phone": "******37"},
            "ship_to": {
                "name": "B****i",
                "street": "Jl. M****",
                "city": "BANDUNG",
                "country": "ID",
            },
        }
        before = self.env["res.partner"].search_count([])
        first = self.accept("A", **masked)
        second = self.accept("B", **{**masked, "buyer": {"name": "C***i", "phone": "******99"}})
        self.assertEqual(first.partner_id, self.channel.buyer_id)
        self.assertEqual(second.partner_id, self.channel.buyer_id)
        self.assertEqual(self.env["res.partner"].search_count([]), before + 1)
        self.assertEqual(first.oms_ship_to["name"], "B****i")

    def test_contacts_of_other_companies_are_not_used(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.env["res.partner"].create(
            {"name": "Theirs", "phone": "081234567890", "company_id": other.id}
        )
        self.assertNotEqual(self.accept().partner_id, stranger)
