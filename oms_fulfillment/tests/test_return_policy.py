import base64
import io
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.tests import tagged

from .common_return import OmsReturnCase


def photo():
    stream = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


@tagged("post_install", "-at_install")
class TestReturnPolicy(OmsReturnCase):
    """What may come back, and what it costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.toys = cls.env["product.category"].create({"name": "Toys"})
        cls.games = cls.env["product.category"].create({"name": "Games", "parent_id": cls.toys.id})
        cls.product.categ_id = cls.games
        cls.fee_income = cls._account("428900", "Return fees", "income_other")
        cls.fee_product = cls._service("RETFEE", "Return fee")
        cls.fee_product.property_account_income_id = cls.fee_income

    def _policy(self, **values):
        return self.env["oms.return.policy"].create(
            {"name": "Policy", "category_id": self.toys.id, "days": 30, **values}
        )

    def _refused(self, order, code, **values):
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}], **values}
        error = self._one(self.Return.request([item]), "error")["errors"][0]
        self.assertEqual(error["code"], code, error)
        self.assertTrue(error["next_step"])
        return error["message"]

    def test_each_line_has_its_own_window(self):
        self._policy(days=2)
        order = self._delivered(
            lines=[(self.product, 1, 100000, None), (self.product_b, 1, 50000, None)]
        )
        order.oms_fulfillment_ids.delivered_at = fields.Datetime.now() - timedelta(days=3)
        self.assertIn("2 days", self._refused(order, "window_closed"))
        self._request(order, 1, sku="TEA")
        case = self._request(order, 1, override_reason="Was in hospital")
        self.assertEqual(case.override_reason, "Was in hospital")

    def test_the_window_starts_with_the_acceptance(self):
        policy = self._policy(days=2, start="acceptance")
        order = self._delivered()
        order.oms_fulfillment_ids.delivered_at = fields.Datetime.now() - timedelta(days=3)
        self._refused(order, "window_closed")
        order._oms_accept(fields.Datetime.now() - timedelta(days=1), "customer")
        self._request(order, 1)
        policy.allowed = False
        self._refused(order, "not_returnable")

    def test_reasons_and_photos(self):
        defective = self.env.ref("oms_fulfillment.return_reason_defective")
        self._policy(reason_ids=defective.ids, photo_needed=True)
        order = self._delivered()
        self._refused(order, "reason_refused", reason="changed_mind")
        self._refused(order, "photo_needed", reason="defective")
        for photos, code in ((["%%%"], "no_picture"), ([photo()] * 4, "too_many")):
            self._refused(order, code, reason="defective", photos=photos)
        case = self._request(order, 1, photos=[photo(), photo()])
        self.assertEqual(case.photo_ids.mapped("mimetype"), ["image/jpeg"] * 2)

    def _return_one(self, order, reason="changed_mind", **resolve):
        case = self._request(order, 1, reason=reason)
        self._received(case)
        self._one(
            self.Return.inspect([{"return": case.name, "lines": [{"sku": "MUG", "restock": 1}]}]),
            "inspected",
        )
        self._one(self.Return.resolve([{"return": case.name, **resolve}]), "resolved")
        return case

    def test_fees_are_kept_of_the_refund(self):
        self._policy(restocking_percent=10, shipping_fee=5000, fee_product_id=self.fee_product.id)
        order = self._delivered()
        case = self._return_one(order)
        self.assertEqual((case.refund_amount, case.fee_amount), (100000, 15000))
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, receivable=0, clearing=215000, income=-200000)
        self.assertEqual(self._balance(self.fee_income, order), -15000)
        self.assertProved()
        # Everything else comes back, too: the fees of both returns stay with us.
        case = self._request(order, 2, reason="changed_mind")
        self.assertEqual(case.fee_amount, 25000)
        self._received(case)
        self._resolved(case, restock=2)
        self.assertBalances(order, receivable=0, clearing=40000, income=0)
        self.assertProved()

    def test_no_fee_where_we_are_at_fault_or_let_them_off(self):
        self._policy(restocking_percent=10, fee_product_id=self.fee_product.id)
        order = self._delivered()
        case = self._return_one(order, reason="defective")
        self.assertFalse(case.fee_line_ids)
        case = self._request(order, 1, reason="changed_mind")
        self.assertEqual(case.fee_amount, 10000)
        case.fee_waived = "Regular customer"
        self.assertEqual(case.fee_amount, 0)
        self._received(case)
        self._resolved(case, restock=1)
        self.assertBalances(order, receivable=0, clearing=100000)
        self.assertProved()

    def test_fee_of_a_return_before_the_invoice(self):
        self._policy(shipping_fee=5000, fee_product_id=self.fee_product.id)
        self.marketplace.invoice_trigger = "accept"
        order = self._delivered()
        case = self._return_one(order)
        self.assertFalse(order.oms_invoice_ids)
        self.assertEqual((case.refund_amount, case.fee_amount), (100000, 5000))
        self.assertBalances(order, clearing=205000, receivable=-205000)
        self._accept(order)
        self.assertEqual(order.oms_invoice_ids.amount_total, 205000)
        self.assertBalances(order, clearing=205000, receivable=0)
        self.assertProved()

    def test_fee_when_nothing_is_kept_and_the_shop_is_at_fault(self):
        """The shipping is given back, the fee that the policy always takes is not."""
        self._policy(shipping_fee=5000, payer="customer", fee_product_id=self.fee_product.id)
        order = self._delivered(extras=[("shipping", 20000, None)])
        case = self._request(order, 3)
        self._received(case)
        self._resolved(case, restock=3)
        self.assertEqual((case.refund_amount, case.state), (320000, "closed"))
        self.assertBalances(order, clearing=5000, receivable=0, income=0)
        self.assertProved()

    def test_fees_with_their_taxes_never_exceed_the_refund(self):
        self.fee_product.taxes_id = self.tax
        self._policy(shipping_fee=1000000, fee_product_id=self.fee_product.id)
        order = self._delivered()
        case = self._return_one(order)
        self.assertEqual(case.fee_line_ids.price_total, 100000)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, receivable=0, clearing=300000)
        self.assertProved()
