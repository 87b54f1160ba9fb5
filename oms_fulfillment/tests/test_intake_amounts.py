from odoo.tests import tagged

from .intake_common import IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestIntakeAmounts(IntakeCase):
    def accept(self, **changes):
        return self.order_of(self.submit_one(make_order(**changes), "accepted"))

    def kinds(self, order):
        return {line.oms_kind: line for line in order.order_line}

    def line(self, **changes):
        return {"sku": "TEE-BLK-M", "quantity": 1, "unit_price": 100000, **changes}

    def test_channel_price_is_trusted(self):
        self.tee.list_price = 5
        order = self.accept()
        self.assertEqual(order.amount_total, 165000)
        self.assertEqual(order.order_line.price_unit, 82500)
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.order_line.price_unit, 82500, "also when the quantity changes")

    def test_exact_discount_is_a_percentage(self):
        order = self.accept(lines=[self.line(discount=17500)])
        self.assertEqual(order.order_line.discount, 17.5)
        self.assertEqual(order.amount_total, 82500)
        self.assertEqual(len(order.order_line), 1)

    def test_odd_discount_leaves_a_discount_line(self):
        order = self.accept(lines=[self.line(unit_price=30000000, discount=1)])
        lines = self.kinds(order)
        self.assertEqual(lines["goods"].discount, 0)
        self.assertEqual(lines["discount"].price_unit, -1)
        self.assertEqual(order.amount_total, 29999999)

    def test_vouchers_and_shipping(self):
        order = self.accept(
            discounts=[
                {"code": "TOKO10", "amount": 10000, "borne_by": "seller"},
                {"code": "COIN", "amount": 2500, "borne_by": "platform"},
            ],
            shipping={"courier": "JNE", "service": "REG", "amount": 9000, "insurance": 500},
            totals={"total": 163500, "platform_fee": 1500},
        )
        lines = self.kinds(order)
        self.assertEqual(lines["discount"].price_unit, -10000)
        self.assertIn("TOKO10", lines["discount"].name)
        shipping = order.order_line.filtered(lambda line: line.oms_kind == "shipping")
        self.assertEqual(shipping.mapped("price_unit"), [9000, 500])
        self.assertIn("JNE REG", shipping[0].name)
        self.assertEqual(order.amount_total, 164500)
        self.assertEqual(order.oms_platform_discount, 2500)
        self.assertTrue(order.oms_has_channel_total)
        self.assertEqual(order.amount_total - order.oms_platform_discount, order.oms_channel_total)
        self.assertNotIn("total", [hold.code_id.code for hold in order._oms_active_holds()])

    def test_many_odd_discounts_add_up_under_both_rounding_methods(self):
        lines = [
            self.line(line_id=str(number), quantity=1 + number % 3, unit_price=10001 + 777 * number)
            for number in range(20)
        ]
        for number, line in enumerate(lines):
            line["discount"] = 3001 + 131 * number
        total = sum(line["quantity"] * line["unit_price"] - line["discount"] for line in lines)
        for method in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = method
            order = self.accept(external_id=method, lines=lines, totals={"total": total})
            self.assertEqual(order.amount_total, total, method)

    def test_service_products_are_made_once(self):
        orders = [make_order(name, shipping={"amount": 1000}) for name in "AB"]
        for answer in self.submit(*orders) + self.submit(make_order("C", shipping={"amount": 5})):
            self.assertEqual(answer["status"], "accepted", answer)
        products = self.env["product.product"].search([("default_code", "=", "OMS-SHIP")])
        self.assertEqual(len(products), 1)
        self.assertEqual(self.channel.shipping_product_id, products)

    def test_gift(self):
        order = self.accept(lines=[self.line(), self.line(sku="CAP-RED", unit_price=0, gift=True)])
        self.assertEqual(order.amount_total, 100000)
        self.assertEqual(len(order.order_line), 2)

    def test_different_total_is_held_with_both_figures(self):
        answer = self.submit_one(make_order(totals={"total": 170000}))
        self.assertEqual(answer["status"], "held", answer)
        reasons = " ".join(self.order_of(answer).oms_hold_ids.mapped("reason"))
        self.assertIn("170", reasons)
        self.assertIn("165", reasons)

    def test_cod(self):
        order = self.accept(payment={"method": "cod"}, paid_at=None, shipping={"amount": 9000})
        self.assertEqual(order.oms_payment_policy, "cod")
        self.assertEqual(order.oms_cod_amount, 174000)

    def test_payment_policies(self):
        for method, policy in (("transfer", "prepaid"), ("escrow", "escrow"), ("terms", "terms")):
            order = self.accept(number=method, payment={"method": method, "reference": "R1"})
            self.assertEqual(order.oms_payment_policy, policy)
            self.assertEqual(order.oms_payment_ref, "R1")
        self.channel.payment_policy = "on_acceptance"
        order = self.accept(number="later", payment={"method": "terms"})
        self.assertEqual(order.oms_payment_policy, "on_acceptance")

    def tax(self, included):
        return self.env["account.tax"].create(
            {
                "name": f"PPN {included}",
                "amount": 11,
                "type_tax_use": "sale",
                "price_include_override": "tax_included" if included else "tax_excluded",
            }
        )

    def test_buyers_total_is_kept_with_taxes(self):
        """Channels name prices with tax, however the tax is set up here."""
        self.tee.taxes_id = self.tax(True)
        self.cap.taxes_id = self.tax(False)
        for sku in ("TEE-BLK-M", "CAP-RED"):
            for index, (quantity, price, discount) in enumerate(
                [(1, 82500, 0), (3, 33333, 17), (7, 12345.67, 1000), (100, 9999, 0)]
            ):
                line = self.line(sku=sku, quantity=quantity, unit_price=price, discount=discount)
                order = self.accept(number=f"{sku}{index}", lines=[line])
                self.assertAlmostEqual(order.amount_total, quantity * price - discount, delta=0.011)
                self.assertGreater(order.amount_tax, 0)

    def test_voucher_lowers_the_tax(self):
        self.tee.taxes_id = self.tax(False)
        order = self.accept(
            lines=[self.line(unit_price=111000), self.line(sku="CAP-RED", unit_price=111000)],
            discounts=[{"amount": 22200, "borne_by": "seller"}],
        )
        self.assertAlmostEqual(order.amount_total, 199800, 2)
        self.assertAlmostEqual(order.amount_tax, 9900, 2)
        discounts = order.order_line.filtered(lambda line: line.oms_kind == "discount")
        self.assertEqual(len(discounts), 2, "one per set of taxes")

    def test_price_without_tax(self):
        self.tee.taxes_id = self.tax(False)
        order = self.accept(lines=[self.line(tax_included=False)])
        self.assertAlmostEqual(order.amount_total, 111000, 2)

    def test_taxed_shipping_product(self):
        self.channel.shipping_product_id = self.env["product.product"].create(
            {"name": "Ongkir", "type": "service", "taxes_id": self.tax(False).ids}
        )
        order = self.accept(shipping={"amount": 11100})
        self.assertAlmostEqual(order.amount_total, 176100, 2)

    def test_promise_and_ship_by(self):
        order = self.accept(requested_date="2026-07-03", shipping={"ship_by": "2026-07-02T00:00Z"})
        self.assertEqual(str(order.oms_ship_by), "2026-07-02 00:00:00")
        self.assertEqual(str(order.date_order), "2026-07-01 02:12:00")
        self.assertEqual(order.oms_promise_requested, order.oms_promise_current)
        order = self.accept(number="B")
        self.assertEqual(str(order.oms_ship_by), "2026-07-03 02:12:00", "48 hours of the channel")
