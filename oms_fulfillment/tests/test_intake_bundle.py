from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from ..adapters.amounts import spread
from .intake_common import IntakeCase, make_order


class BundleCase(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tee.list_price, cls.cap.list_price, cls.bottle.list_price = 100000, 50000, 30000
        cls.gift = cls.env["product.product"].create(
            {"name": "Stiker", "default_code": "STK", "list_price": 5000, "taxes_id": False}
        )
        cls.bundle = cls.map_sku("PAKET-1", cls.tee, 1, (cls.cap, 2, False))

    @classmethod
    def map_sku(cls, sku, product, quantity=1, *components):
        return cls.env["oms.channel.product"].create(
            {
                "channel_id": cls.channel.id,
                "sku": sku,
                "product_id": product.id,
                "quantity": quantity,
                "component_ids": [
                    Command.create({"product_id": item.id, "quantity": units, "free": free})
                    for item, units, free in components
                ],
            }
        )

    def accept(self, **changes):
        return self.order_of(self.submit_one(make_order(**changes), "accepted"))

    def line(self, **changes):
        return {"line_id": "1", "sku": "PAKET-1", "quantity": 1, "unit_price": 180000, **changes}

    def contents(self, order, kind="goods"):
        lines = order.order_line.filtered(lambda line: line.oms_kind == kind)
        return [(line.product_id, line.product_uom_qty, line.price_total) for line in lines]


@tagged("post_install", "-at_install")
class TestIntakeBundle(BundleCase):
    def test_price_is_spread_by_list_prices(self):
        order = self.accept(lines=[self.line(quantity=2)], totals={"total": 360000})
        self.assertEqual(
            self.contents(order), [(self.tee, 2.0, 180000.0), (self.cap, 4.0, 180000.0)]
        )
        self.assertEqual(set(order.order_line.mapped("oms_line_ref")), {"1"})
        self.assertEqual(set(order.order_line.mapped("oms_sku")), {"PAKET-1"})
        self.assertEqual(order.order_line.mapped("oms_bundle_units"), [1.0, 2.0])
        self.assertEqual(self.bundle.contents, "1 × [TEE-BLK-M] Kaos Polos + 2 × [CAP-RED] Topi")

    def test_discount_of_a_bundle(self):
        order = self.accept(lines=[self.line(discount=10001)], totals={"total": 169999})
        self.assertEqual(order.amount_total, 169999)
        self.assertFalse(order._oms_active_holds())

    def test_gift_in_a_bundle_costs_nothing(self):
        self.map_sku("PAKET-2", self.tee, 3, (self.gift, 1, True))
        order = self.accept(lines=[self.line(sku="PAKET-2", quantity=2, unit_price=99999)])
        self.assertEqual(self.contents(order), [(self.tee, 6.0, 199998.0), (self.gift, 2.0, 0.0)])

    def test_bundle_beside_its_own_products(self):
        order = self.accept(
            lines=[
                self.line(),
                {"line_id": "2", "sku": "CAP-RED", "quantity": 1, "unit_price": 50000},
                {"line_id": "3", "sku": "STK", "quantity": 1, "unit_price": 0, "gift": True},
            ],
            totals={"total": 230000},
        )
        self.assertEqual(order.amount_total, 230000)
        self.assertEqual(len(order.order_line), 4)
        self.assertEqual(sum(total for _product, _units, total in self.contents(order)[:2]), 180000)

    def test_archived_component_stops_new_orders(self):
        self.cap.active = False
        answer = self.submit_one(make_order(lines=[self.line()]), "quarantined")
        self.assertEqual(self.error_codes(answer), ["sku_unmapped"])

    def test_bundle_is_returned_whole(self):
        order = self.accept(lines=[self.line(quantity=3)])
        values = {"line_id": "1", "quantity": 2}
        found = self.env["oms.return"]._match_sale_lines(order, [values], {})
        self.assertEqual(
            [(line.product_id, units) for line, units, _values in found],
            [(self.tee, 2.0), (self.cap, 4.0)],
        )

    def test_bundle_of_a_draft_follows_a_revision(self):
        order = self.accept(revision=1, lines=[self.line()])
        self.submit_one(make_order(revision=2, lines=[self.line(quantity=2)]), "updated")
        self.assertEqual(
            self.contents(order), [(self.tee, 2.0, 180000.0), (self.cap, 4.0, 180000.0)]
        )


@tagged("post_install", "-at_install")
class TestMapSkus(BundleCase):
    def quarantine(self, *skus):
        orders = [
            make_order(f"W{index}", lines=[self.line(sku=sku)]) for index, sku in enumerate(skus)
        ]
        for answer in self.submit(*orders):
            self.assertEqual(answer["status"], "quarantined", answer)
        return self.Intake.search([("external_id", "in", [o["external_id"] for o in orders])])

    def open_form(self, intakes):
        return self.env["oms.sku.map"].browse(intakes.action_map_sku()["res_id"])

    def test_one_mapping_releases_every_order_that_waits(self):
        waiting = self.quarantine(*["BARU"] * 5, "LAIN")
        form = self.open_form(waiting.filtered(lambda intake: intake.external_id == "W0"))
        self.assertEqual(
            form.line_ids.mapped(lambda line: (line.sku, line.waiting_count)), [("BARU", 5)]
        )
        form.line_ids.product_id = self.tee
        form.action_map()
        self.assertEqual(
            waiting.sorted("external_id").mapped("state"), ["accepted"] * 5 + ["quarantined"]
        )

    def test_many_skus_at_once(self):
        waiting = self.quarantine("A1", "A2", "A1")
        form = self.open_form(waiting)
        self.assertEqual(form.line_ids.mapped("sku"), ["A1", "A2"])
        form.line_ids.product_id = self.cap
        answer = form.action_map()
        self.assertIn("3", answer["params"]["message"])
        self.assertEqual(set(waiting.mapped("state")), {"accepted"})

    def test_likely_product_is_suggested(self):
        waiting = self.quarantine("tee blk/m")
        self.assertEqual(self.open_form(waiting).line_ids.product_id, self.tee)

    def test_bundle_from_the_inbox(self):
        waiting = self.quarantine("PAKET-9")
        form = self.open_form(waiting)
        form.line_ids.product_id = self.tee
        form.line_ids.action_add_component()
        form.line_ids[1].write({"product_id": self.cap.id, "quantity": 3})
        form.action_map()
        self.assertEqual(
            [item[:2] for item in self.contents(waiting.order_id)],
            [(self.tee, 1.0), (self.cap, 3.0)],
        )

    def test_nothing_to_map_says_so(self):
        self.submit_one(make_order())
        with self.assertRaisesRegex(Exception, "waits for a SKU"):
            self.intakes().action_map_sku()


MONEY = st.decimals(0, 10**8, places=2)


@tagged("post_install", "-at_install")
class TestSpread(BundleCase):
    @given(
        gross=MONEY,
        off=st.fractions(0, 1),
        weights=st.lists(MONEY, min_size=1, max_size=6),
        rounding=st.sampled_from([Decimal("0.01"), Decimal(1)]),
    )
    @settings(max_examples=400, deadline=None)
    def test_parts_add_up(self, gross, off, weights, rounding):
        net = gross - (gross * off.numerator / off.denominator).quantize(Decimal("0.01"))
        parts = spread(gross, net, weights, rounding)
        self.assertEqual(
            sum(part for _gross, part in parts), net.quantize(rounding, "ROUND_HALF_UP")
        )
        for (top, part), weight in zip(parts, weights, strict=True):
            self.assertTrue(0 <= part <= top, parts)
            self.assertFalse(any(weights) and not weight and top, "what weighs nothing is free")


def amounts(limit):
    return st.integers(0, limit)


@st.composite
def orders(draw):
    """An order as a marketplace writes it: whole rupiahs, its own total."""
    lines = []
    for number in range(draw(st.integers(1, 4))):
        quantity = draw(st.integers(1, 7))
        price = draw(st.integers(0, 900000))
        lines.append(
            {
                "line_id": str(number),
                "sku": draw(st.sampled_from(["PAKET-1", "TEE-BLK-M", "CAP-RED", "0012345"])),
                "quantity": quantity,
                "unit_price": price,
                "discount": draw(amounts(quantity * price)),
                "gift": price == 0,
            }
        )
    goods = sum(line["quantity"] * line["unit_price"] - line["discount"] for line in lines)
    voucher = draw(amounts(goods // 2))
    platform = draw(amounts((goods - voucher) // 2))
    shipping, insurance = draw(amounts(90000)), draw(amounts(5000))
    fee = draw(amounts(5000))
    total = goods - voucher - platform + shipping + insurance + fee
    return {
        "lines": lines,
        "discounts": [
            {"code": "V", "amount": voucher, "borne_by": "seller"},
            {"code": "P", "amount": platform, "borne_by": "platform"},
        ],
        "shipping": {"courier": "JNE", "amount": shipping, "insurance": insurance},
        "payment": draw(st.sampled_from([{"method": "prepaid"}, {"method": "cod"}])),
        "totals": {"total": total, "platform_fee": fee},
    }


@tagged("post_install", "-at_install")
class TestEveryRupiah(BundleCase):
    """Whatever the amounts and the taxes: the order is worth what the channel says."""

    number = 0

    def tax(self, included):
        return self.env["account.tax"].create(
            {
                "name": f"PPN {included}",
                "amount": 11,
                "type_tax_use": "sale",
                "price_include_override": "tax_included" if included else "tax_excluded",
            }
        )

    def check(self, content):
        TestEveryRupiah.number += 1
        answer = self.submit_one(make_order(f"H{self.number}", **content))
        order = self.order_of(answer)
        self.assertTrue(order, answer)
        currency = order.currency_id
        total = content["totals"]["total"] - content["totals"]["platform_fee"]
        self.assertFalse(
            currency.compare_amounts(order.amount_total - order.oms_platform_discount, total),
            (order.amount_total, content),
        )
        self.assertNotIn("total_mismatch", answer["holds"])
        self.assertNotIn("cod_differs", " ".join(order.oms_hold_ids.mapped("evidence")))
        shipping = order.order_line.filtered(lambda line: line.oms_kind == "shipping")
        paid = content["shipping"]["amount"] + content["shipping"]["insurance"]
        self.assertAlmostEqual(sum(shipping.mapped("price_total")), paid, 2)
        if content["payment"]["method"] == "cod":
            self.assertFalse(currency.compare_amounts(order.oms_cod_amount, total))

    def test_random_orders(self):
        included, excluded = self.tax(True), self.tax(False)

        @settings(max_examples=75)
        @given(
            content=orders(),
            method=st.sampled_from(("round_per_line", "round_globally")),
            taxes=st.sampled_from((False, included, excluded)),
        )
        def run(content, method, taxes):
            self.env.company.tax_calculation_rounding_method = method
            (self.tee + self.bottle).taxes_id = taxes
            self.cap.taxes_id = included
            self.check(content)

        run()

    def test_other_total_is_held_with_both_figures(self):
        for difference in (1, -1, 20000):
            content = {"lines": [self.line()], "totals": {"total": 180000 + difference}}
            TestEveryRupiah.number += 1
            answer = self.submit_one(make_order(f"D{self.number}", **content), "held")
            self.assertIn("total_mismatch", answer["holds"])
            reason = (
                self.order_of(answer)
                .oms_hold_ids.filtered(lambda hold: hold.code_id.code == "total_mismatch")
                .reason
            )
            self.assertIn("180,000", reason)
