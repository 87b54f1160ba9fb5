from odoo.tests import tagged

from .test_return_money import ReturnMoney
from .test_store_credit import OmsCreditCase

WISHES = ("refund", "credit", "exchange")


class InsteadMoney(ReturnMoney):
    """The pieces of an order come back for money, store credit or another product, in any mixture:
    what is given instead of money and the money add up to what was refunded, to the smallest coin.
    """

    def _walk(self, rng):
        self.product_b.write({"list_price": self._price(rng)})
        result = super()._walk(rng)
        order = self.marketplace.env["sale.order"].search(
            [("oms_channel_id", "=", self.marketplace.id), ("oms_exchange_id", "=", False)]
        )
        money = sum(order._oms_payments("refund").mapped("amount"))
        fees = sum(order.order_line.filtered("oms_return_id").mapped("price_total"))
        cases = order.oms_return_ids
        given = sum(cases.mapped("store_credit_amount"))
        exchanged = sum(cases.mapped("exchange_amount"))
        refunded = sum(cases.mapped("refund_amount"))
        self.assertAlmostEqual(money + given + exchanged, refunded - fees, 6)
        self.assertLessEqual(round(money + given + exchanged - order.amount_total, 6), 0)
        self.assertAlmostEqual(self._left(), given, 6)
        for exchange in cases.exchange_order_ids:
            cost = exchange.amount_total - exchange._oms_money()[exchange.id].to_pay
            self.assertAlmostEqual(cost, exchange.oms_exchange_id.exchange_amount, 6)
        return result

    def _request(self, order, quantity, sku="MUG", **values):
        wish = WISHES[(order.id + len(order.oms_return_ids)) % len(WISHES)]
        wanted = {"exchange": {"sku": "TEA", "quantity": 1}} if wish == "exchange" else {}
        rest = {"rest": "credit"} if len(order.oms_return_ids) % 2 else {}
        return super()._request(order, quantity, sku=sku, wish=wish, **wanted, **rest, **values)


@tagged("post_install", "-at_install")
class TestReturnInsteadRupiah(InsteadMoney, OmsCreditCase):
    pass


@tagged("post_install", "-at_install")
class TestReturnInsteadRupiahCents(InsteadMoney, OmsCreditCase):
    rounding = 0.01
    UNIT = 0.01


@tagged("post_install", "-at_install")
class TestReturnInsteadDollars(InsteadMoney, OmsCreditCase):
    currency = "base.USD"
    rounding = 0.01
    UNIT = 0.01


@tagged("post_install", "-at_install")
class TestReturnInsteadYen(InsteadMoney, OmsCreditCase):
    currency = "base.JPY"
