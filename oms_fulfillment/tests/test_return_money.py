import os
import random
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import fields
from odoo.tests import tagged

from .common_return import OmsReturnCase

# One walk per currency, always the same; OMS_WALKS=50 takes that many random ones.
WALKS = int(os.environ.get("OMS_WALKS") or 0)
REASONS = ("defective", "changed_mind")


class ReturnMoney:
    """Orders of any price and tax mix come back in any number of pieces: what is refunded and what
    was charged for it add up to what was paid, to the smallest coin."""

    UNIT = 1

    def test_pieces_add_up(self):
        self.product.taxes_id = self.product_b.taxes_id = False
        policy = {"restocking_percent": 7, "fee_product_id": self._service("FEE", "Fee").id}
        self.env["oms.return.policy"].create({"name": "Fee", "days": 30, **policy})

        @settings(
            max_examples=WALKS or 1,
            deadline=None,
            derandomize=not WALKS,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(0, 2**32))
        def check(seed):
            self.env.flush_all()
            savepoint = self.env.cr.savepoint(flush=False)
            try:
                self._walk(random.Random(seed))
            finally:
                self.env.cr.precommit.clear()
                self.env.cr.postcommit.clear()
                self.env.transaction.clear()
                savepoint.close(rollback=True)

        check()

    def _price(self, rng):
        return rng.randint(1, 99999) * self.UNIT

    def _walk(self, rng):
        taxes = (None, self.tax, self.tax_included)
        self.company.tax_calculation_rounding_method = rng.choice(
            ("round_per_line", "round_globally")
        )
        self.marketplace.invoice_trigger = rng.choice(("ship", "deliver"))
        lines = [
            (product, rng.randint(1, 4), self._price(rng), rng.choice(taxes))
            for product in (self.product, self.product_b)
        ]
        extras = [("shipping", self._price(rng), rng.choice(taxes))]
        if rng.random() < 0.7:
            least = min(price for _product, _units, price, _tax in lines)
            extras.append(("discount", -least / 2 // self.UNIT * self.UNIT, rng.choice(taxes)))
        order = self._delivered(lines=lines, extras=extras)
        paid = order.amount_total
        refunded = 0.0
        while left := {
            line: units for line, units in order._oms_returnable("customer").items() if units > 0
        }:
            line = rng.choice(list(left))
            refunded += self._return_some(rng, order, line, rng.randint(1, int(left[line])))
            self.assertLessEqual(round(refunded - paid, 6), 0)
            self.assertProved()
        kept = -self._balance(self.receivable, order)
        self.assertAlmostEqual(kept, 0, 6)
        fees = sum(order.order_line.filtered("oms_return_id").mapped("price_total"))
        charged = refunded + order._oms_final_total() - fees
        self.assertAlmostEqual(charged, paid, 6)

    def _return_some(self, rng, order, line, units):
        sku = line.product_id.default_code
        case = self._request(order, units, sku=sku, reason=rng.choice(REASONS))
        self._received(case)
        scrap = rng.randint(0, units)
        found = {"sku": sku, "restock": units - scrap, "scrap": scrap}
        self._one(self.Return.inspect([{"return": case.name, "lines": [found]}]), "inspected")
        return self._one(self.Return.resolve([{"return": case.name}]), "resolved")["refund"]


@tagged("post_install", "-at_install")
class TestReturnMoneyRupiah(ReturnMoney, OmsReturnCase):
    pass


@tagged("post_install", "-at_install")
class TestReturnMoneyRupiahCents(ReturnMoney, OmsReturnCase):
    rounding = 0.01
    UNIT = 0.01


@tagged("post_install", "-at_install")
class TestReturnMoneyDollars(ReturnMoney, OmsReturnCase):
    currency = "base.USD"
    rounding = 0.01
    UNIT = 0.01


@tagged("post_install", "-at_install")
class TestReturnMoneyYen(ReturnMoney, OmsReturnCase):
    currency = "base.JPY"


@tagged("post_install", "-at_install")
class TestReturnMoneyCompanies(OmsReturnCase):
    def test_returns_of_another_company(self):
        """Neither seen nor found by those who work for another one."""
        order = self._delivered()
        case = self._request(order, 1)
        other = self.env["res.company"].create({"name": "Somebody else"})
        self.env.user.company_ids |= other
        elsewhere = self.Return.with_context(allowed_company_ids=other.ids)
        answer = elsewhere.approve([{"return": case.name}])[0]
        self.assertEqual(answer["errors"][0]["code"], "unknown_return")
        answer = elsewhere.request([{"order": order.name}])[0]
        self.assertEqual(answer["errors"][0]["code"], "unknown_order")
        order.oms_fulfillment_ids.delivered_at = fields.Datetime.now() - timedelta(days=1)
        self.assertEqual(self.Return.approve([{"return": case.name}])[0]["status"], "approved")
