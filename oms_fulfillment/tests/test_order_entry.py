from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import OmsCase


class EntryCase(OmsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(
            cls.env, "agent.entry", "oms_fulfillment.group_oms_agent", lang="en_US"
        )
        cls.entry = cls.env["oms.order.entry"].with_user(cls.agent)
        cls.product.barcode = "8991234567890"
        cls.partner.state_id = cls.env.ref("base.state_id_jb", raise_if_not_found=False)

    def draft(self, **values):
        return {
            "channel_id": self.channel.id,
            "number": "261122-220000-TEST",
            "started_at": "2026-11-22T15:00:00Z",
            "partner_id": self.partner.id,
            "address_id": self.partner.id,
            "customer": {"name": self.partner.name, "phone": self.partner.phone},
            "lines": [{"product_id": self.product.id, "quantity": 2, "price": None}],
            "policy": "on_acceptance",
            **values,
        }

    def save(self, **values):
        answer = self.entry.save(self.draft(**values))
        return answer, self.env["sale.order"].browse(answer["id"])


@tagged("post_install", "-at_install")
class TestOrderEntry(EntryCase):
    def test_customer_by_any_spelling_of_the_number(self):
        for text in ("081200001111", "+62 812-0000-1111", "62 812 0000 1111"):
            (found,) = self.entry.find_customers(self.channel.id, text)
            self.assertEqual((found["id"], found["exact"]), (self.partner.id, True), text)
        self.assertEqual(found["addresses"][0]["id"], self.partner.id)
        self.assertEqual(self.entry.find_customers(self.channel.id, "0812999999"), [])
        names = [found["id"] for found in self.entry.find_customers(self.channel.id, "siti rah")]
        self.assertIn(self.partner.id, names)

    def test_product_by_sku_barcode_or_name(self):
        for text in ("mug", "MUG", "8991234567890", "Product MUG"):
            found = self.entry.find_products(self.channel.id, text)[0]
            self.assertEqual(found["id"], self.product.id, text)
            self.assertEqual((found["available"], found["price"]), (10, 50000))
        self.assertEqual(self.entry.find_products(self.channel.id, "RARE")[0]["available"], 0)

    def test_quote_says_price_stock_and_promise(self):
        lines = [
            {"product_id": self.product.id, "quantity": 2, "price": None},
            {"product_id": self.product_b.id, "quantity": 9, "price": 1000},
        ]
        quote = self.entry.quote(self.draft(lines=lines, shipping=9000, discount=500))
        self.assertEqual([line["total"] for line in quote["lines"]], [100000, 9000])
        self.assertEqual([line["short"] for line in quote["lines"]], [False, True])
        self.assertEqual(quote["total"], 100000 + 9000 + 9000 - 500)
        # Nothing planned brings the four that are short: nobody can name a day.
        self.assertEqual((quote["ship_by"], quote["arrival"]), (None, None))
        quote = self.entry.quote(self.draft(lines=lines[:1]))
        self.assertTrue(quote["ship_by"] < quote["arrival"])

    def test_saved_order_is_what_was_said(self):
        answer, order = self.save(shipping=9000, discount=500, note="Titip satpam")
        self.assertEqual(answer["status"], "accepted", answer)
        self.assertEqual(order.partner_id, self.partner)
        self.assertEqual(order.partner_shipping_id, self.partner)
        self.assertEqual(order.amount_total, 108500)
        self.assertEqual(order.oms_payment_policy, "on_acceptance")
        self.assertIn("Titip satpam", order.note)
        self.assertEqual(order.oms_intake_id.source, "web")

    def test_saving_twice_makes_one_order(self):
        first, order = self.save()
        second, again = self.save()
        self.assertEqual(order, again)
        self.assertEqual((first["status"], second["status"]), ("accepted", "duplicate"))

    def test_new_customer_is_made_once(self):
        customer = {"name": "Rina", "phone": "0857 1111 2222"}
        address = {"street": "Jl. Anggrek 3", "city": "Surabaya", "district": "Gubeng"}
        orders = self.env["sale.order"]
        for number in ("A-000001", "A-000002"):
            _answer, order = self.save(
                number=number,
                partner_id=False,
                address_id=False,
                customer=customer,
                address=address,
            )
            orders |= order
        self.assertEqual(len(orders), 2)
        self.assertEqual(len(orders.partner_id), 1)
        self.assertEqual(orders.partner_id.name, "Rina")
        self.assertEqual(orders.partner_shipping_id.oms_district, "Gubeng")

    def test_missing_parts_are_named_and_nothing_is_kept(self):
        answer, order = self.save(address_id=False, address={}, partner_id=False)
        self.assertEqual(answer["status"], "error")
        self.assertIn("ship_to.city", [error["field"] for error in answer["errors"]])
        self.assertFalse(order)
        self.assertFalse(self.env["oms.intake"].search([("channel_id", "=", self.channel.id)]))

    def test_cash_on_delivery(self):
        _answer, order = self.save(policy="cod", cod_amount=100000)
        self.assertEqual((order.oms_payment_policy, order.oms_cod_amount), ("cod", 100000))
        _answer, order = self.save(number="COD-000002", policy="cod", cod_amount=90000)
        self.assertIn("payment_pending", order.oms_hold_ids.code_id.mapped("code"))

    def test_counter_customer_takes_goods_along(self):
        self.channel.kind = "store"
        _answer, order = self.save(pick_up=True, address_id=False, policy="prepaid", paid=True)
        self.assertTrue(order.oms_paid_at)
        self.assertEqual(order.partner_id, self.partner)

    def test_product_without_sku_and_taxes(self):
        tax = self.env["account.tax"].create(
            {
                "name": "PPN",
                "amount": 11,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
            }
        )
        plain = self._create_product("X", 3, taxes_id=[Command.set(tax.ids)])
        plain.default_code = False
        lines = [{"product_id": plain.id, "quantity": 1, "price": None}]
        total = self.entry.quote(self.draft(lines=lines))["total"]
        self.assertEqual(total, 55500)
        answer, order = self.save(lines=lines)
        self.assertEqual(order.amount_total, 55500, answer)
        self.assertEqual(order.order_line.product_id, plain)

    def test_other_senders_choose_no_contact(self):
        other = self.env["res.partner"].create({"name": "Somebody Else"})
        payload = self.entry._payload(self.channel, self.draft(partner_id=other.id))
        answer = self.env["oms.channel"].submit_orders(self.channel.code, [payload])[0]
        order = self.env["sale.order"].browse(answer["id"])
        self.assertEqual(order.partner_id, self.partner, "by telephone, not by the id in extra")

    def test_only_agents_enter_orders(self):
        reader = new_test_user(self.env, "reader.entry", "oms_fulfillment.group_oms_user")
        entry = self.env["oms.order.entry"].with_user(reader)
        for call in (
            lambda: entry.start(),
            lambda: entry.find_customers(self.channel.id, "0812"),
            lambda: entry.find_products(self.channel.id, "MUG"),
            lambda: entry.quote(self.draft()),
            lambda: entry.save(self.draft()),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_other_companies_are_out_of_reach(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["oms.channel"].create(
            {"name": "Theirs", "code": "THEIRS", "company_id": other.id}
        )
        with self.assertRaises(AccessError):
            self.entry.find_products(theirs.id, "MUG")


class EntryTourCase(EntryCase, HttpCase):
    def run_tour(self, name):
        self.env.flush_all()
        self.start_tour("/odoo/oms-order-entry", name, login="agent.entry")
        return self.env["sale.order"].search([("oms_channel_id", "=", self.channel.id)])


@tagged("post_install", "-at_install")
class TestOrderEntryTour(EntryTourCase):
    def test_known_customer_with_the_keyboard(self):
        order = self.run_tour("oms_order_entry")
        self.assertEqual(order.partner_id, self.partner)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [3.0, 1.0])
        self.assertEqual(order.amount_total, 200000)

    def test_new_customer_cash_on_delivery(self):
        order = self.run_tour("oms_order_entry_new")
        self.assertEqual(order.partner_id.name, "Rina")
        self.assertEqual(order.partner_id.phone, "085711112222")
        self.assertEqual(order.oms_payment_policy, "cod")
        self.assertEqual(order.oms_cod_amount, 59000)


@tagged("post_install", "-at_install")
class TestOrderEntryPhone(EntryTourCase):
    """At 360 px."""

    browser_size = "360x740"
    touch_enabled = True

    def test_fits_a_telephone(self):
        self.env.flush_all()
        self.browser_js(
            "/odoo/oms-order-entry",
            """
            const content = document.querySelector(".o_oms_entry .o_content");
            const wide = [...content.querySelectorAll("input, select, button, section")].filter(
                (el) => el.getBoundingClientRect().right > window.innerWidth + 1
            );
            if (wide.length || content.scrollWidth > content.clientWidth + 1) {
                throw new Error("wider than the screen: " + wide.map((el) => el.className));
            }
            console.log("test successful");
            """,
            "!!document.querySelector('.o_oms_entry .o_oms_save')",
            login="agent.entry",
        )

    def test_the_order_fits_a_telephone(self):
        order = self._order()
        self.env.flush_all()
        self.browser_js(
            f"/odoo/oms-orders/{order.id}",
            """
            const sheet = document.querySelector(".o_form_sheet");
            for (const button of sheet.querySelectorAll("[name=order_line] .o_cp_buttons > *")) {
                // As long as in other languages.
                button.textContent += " ini";
                if (button.getBoundingClientRect().right > window.innerWidth + 1) {
                    throw new Error("off the screen: " + button.textContent);
                }
            }
            console.log("test successful");
            """,
            "!!document.querySelector('.o_form_sheet [name=order_line] .o_cp_buttons')",
            login="agent.entry",
        )
