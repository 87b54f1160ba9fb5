import copy
import json

from odoo.tests import BaseCase, tagged

from ..adapters import registry
from .adapter_common import FormatCase, buyer_paid
from .intake_common import FIXTURES, IntakeCase

# What a buyer pays for goods of 82,500: the escrow detail's two parts, and the total.
CASES = {
    "voucher of the seller": (
        {"voucher_from_seller": 7500},
        {"seller_voucher": 7500, "buyer_service_fee": 1500},
        76500,
    ),
    "voucher of Shopee": (
        {"voucher_from_shopee": 10000},
        {"shopee_voucher": -10000, "buyer_service_fee": 1500},
        74000,
    ),
    "coins": ({"coins": 2345}, {"shopee_coins_redeemed": 2345, "buyer_service_fee": 0}, 80155),
    "shipping that Shopee pays in part": (
        {
            "buyer_paid_shipping_fee": 8000,
            "actual_shipping_fee": 18000,
            "shopee_shipping_rebate": 10000,
        },
        {"shipping_fee": 8000, "buyer_service_fee": 2500},
        93000,
    ),
    "all of it": (
        {
            "voucher_from_seller": 5000,
            "voucher_from_shopee": 10000,
            "coins": 999,
            "credit_card_promotion": 1000,
            "payment_promotion": 501,
            "buyer_paid_shipping_fee": 4000,
            "shopee_shipping_rebate": 14000,
        },
        {"buyer_service_fee": 2500},
        71500,
    ),
    "the fee not said": ({"voucher_from_shopee": 10000, "coins": 500}, {}, 73500),
    "only what the buyer saw": (
        {},
        {
            "seller_voucher": 2500,
            "shopee_voucher": 10000,
            "shopee_coins_redeemed": 1,
            "shipping_fee": 4000,
            "buyer_service_fee": 1500,
        },
        75499,
    ),
}


def order_with(income, buyer, total, wrap="escrow_detail"):
    """The fixture's order with an escrow detail beside it."""
    data = json.loads((FIXTURES / "shopee_order_detail.json").read_text())
    (item,) = data["response"]["order_list"]
    parts = {"order_income": income, "buyer_payment_info": buyer}
    item["total_amount"] = total
    if wrap == "answer":
        item["escrow_detail"] = {"error": "", "response": parts}
    elif wrap:
        item[wrap] = parts
    else:
        item.update(parts)
    return item


@tagged("post_install", "-at_install")
class TestEscrowDetail(FormatCase, BaseCase):
    """An order of the API and its escrow detail say who paid what."""

    def test_the_parts_add_up_to_what_the_buyer_paid(self):
        for name, (income, buyer, total) in CASES.items():
            for wrap in ("escrow_detail", "answer", None):
                with self.subTest(name, wrap=wrap):
                    item = order_with(copy.deepcopy(income), copy.deepcopy(buyer), total, wrap)
                    order = self.parsed(registry.read_json(item))["260701SYN0AAA1"]
                    self.assertEqual(order.goods, 82500)
                    self.assertEqual(buyer_paid(order), total)

    def test_each_part_is_borne_by_whom_it_belongs_to(self):
        item = order_with(*CASES["all of it"])
        order = self.parsed(registry.read_json(item))["260701SYN0AAA1"]
        self.assertEqual(order.discounted("seller"), 5000)
        self.assertEqual(order.discounted("platform"), 12500)
        self.assertEqual((order.shipping.amount, order.totals.platform_fee), (4000, 2500))

    def test_the_documented_pair(self):
        pair = json.loads((FIXTURES / "shopee_escrow_detail.json").read_text())
        item = order_with({}, {}, 84000)
        item["escrow_detail"] = pair
        order = self.parsed(registry.read_json(item))["260701SYN0AAA1"]
        self.assertEqual((order.discounts, order.shipping.amount), ((), 0))
        self.assertEqual((buyer_paid(order), order.totals.platform_fee), (84000, 1500))


@tagged("post_install", "-at_install")
class TestEscrowOrders(IntakeCase):
    """From the message to the sale order."""

    def _order(self, item, status="accepted"):
        item["currency"] = self.env.company.currency_id.name
        payload = registry.read_json(item)[0].payload
        answer = self.submit_one(payload, status)
        order = self.order_of(answer)
        order._oms_refresh()
        return order

    def _held_for(self, order):
        return order.oms_hold_ids.filtered(lambda hold: hold.code == "total_mismatch")

    def test_the_order_is_worth_what_the_seller_gets_for_it(self):
        order = self._order(order_with(*CASES["all of it"]))
        # goods + shipping paid by the buyer - voucher of the seller
        self.assertEqual(order.amount_total, 82500 + 4000 - 5000)
        self.assertEqual(order.oms_platform_discount, 12500)
        self.assertFalse(self._held_for(order))

    def test_a_total_that_truly_differs_is_held_with_both_figures(self):
        income, buyer, total = CASES["voucher of Shopee"]
        order = self._order(order_with(income, buyer, total - 1), "held")
        hold = self._held_for(order)
        self.assertEqual(len(hold), 1)
        figures = hold.reason.replace(".", "").replace(",", "")
        self.assertRegex(figures, "72500.*72499|72499.*72500")
