from odoo import fields
from odoo.tests import tagged

from ..exceptions import OmsRefusal
from .test_store_credit import OmsCreditCase


class OmsExchangeCase(OmsCreditCase):
    def _exchanged(self, sku="TEA", price=60000, units=1, order=None, mode="after", **values):
        """Ask for another product, receive what comes back and resolve it."""
        self.product_b.list_price = price
        wanted = {"sku": sku, "quantity": values.pop("wanted", 0), "mode": mode}
        order = order or self._delivered()
        case = self._request(order, units, wish="exchange", exchange=wanted, **values)
        self._received(case)
        self._resolved(case, restock=units)
        return case

    def _to_pay(self, order):
        return order._oms_money()[order.id].to_pay


@tagged("post_install", "-at_install")
class TestReturnExchange(OmsExchangeCase):
    """Another product at its real price, paid by what comes back."""

    def test_cheaper_and_the_rest_is_paid_back(self):
        case = self._exchanged()
        order, exchange = case.order_id, case.exchange_order_ids
        line = exchange.order_line
        self.assertEqual((line.product_id, line.product_uom_qty), (self.product_b, 1))
        self.assertEqual((exchange.state, exchange.amount_total), ("sale", 60000))
        self.assertEqual((case.refund_amount, case.exchange_amount), (100000, 60000))
        self.assertEqual(sum(order._oms_payments("refund").mapped("amount")), 40000)
        self.assertEqual(self._to_pay(exchange), 0)
        self.assertEqual(case.state, "closed")
        invoice = order.oms_invoice_ids.filtered(lambda move: move.move_type == "out_invoice")
        self.assertEqual((invoice.amount_total, order.order_line.qty_to_invoice), (300000, 0))
        self._complete(exchange)
        self.assertEqual(exchange.oms_invoice_ids.payment_state, "paid")
        self.assertNothingOpen(exchange)
        self.assertStage(exchange, "done")
        order.action_oms_pay_back()
        order._oms_step_refund()
        self.assertEqual(sum(order._oms_payments("refund").mapped("amount")), 40000, "once")
        self.assertProved()

    def test_cheaper_and_the_rest_is_store_credit(self):
        case = self._exchanged(rest="credit")
        self.assertEqual((case.exchange_amount, case.store_credit_amount), (60000, 40000))
        self.assertFalse(case.order_id._oms_payments("refund"))
        self.assertEqual(self._left(), 40000)
        self.assertProved()

    def test_dearer_and_the_rest_is_owed(self):
        case = self._exchanged(price=130000)
        exchange = case.exchange_order_ids
        self.assertEqual((case.exchange_amount, self._to_pay(exchange)), (100000, 30000))
        self._ship(exchange)
        self._deliver(exchange)
        self.assertEqual(exchange.oms_invoice_ids.amount_residual, 30000)
        self._pay(exchange)
        self.assertProved()

    def test_the_difference_is_paid_first(self):
        case = self._exchanged(price=130000, mode="prepaid")
        exchange = case.exchange_order_ids
        self.assertEqual(exchange._oms_active_holds().mapped("code"), ["difference_pending"])
        self.assertEqual(exchange.oms_invoice_ids.amount_residual, 30000, "there is what to pay")
        with self.assertRaises(OmsRefusal):
            exchange.picking_ids.move_ids.picked = True
            exchange.picking_ids.button_validate()
        self._pay(exchange)
        self.assertFalse(exchange._oms_active_holds(), "it ends by itself")
        self._complete(exchange)
        self.assertStage(exchange, "done")
        self.assertProved()

    def test_nothing_to_pay_first(self):
        case = self._exchanged(price=90000, mode="prepaid")
        self.assertFalse(case.exchange_order_ids._oms_active_holds())
        self.assertProved()

    def test_sent_at_once(self):
        self.product_b.list_price = 130000
        order = self._delivered()
        wanted = {"sku": "TEA", "mode": "now"}
        case = self._request(order, 1, wish="exchange", exchange=wanted)
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        exchange = case.exchange_order_ids
        self.assertEqual((exchange.state, self._to_pay(exchange)), ("sale", 130000))
        self._ship(exchange)
        self._one(self.Return.receive([{"return": case.name}]), "received")
        self._resolved(case, restock=1)
        self.assertEqual(case.exchange_order_ids, exchange, "it is sent once")
        self.assertEqual(exchange.oms_invoice_ids.amount_residual, 30000)
        self.assertProved()

    def test_fees_are_kept(self):
        policy = {"restocking_percent": 10, "fee_product_id": self._service("FEE", "Fee").id}
        self.env["oms.return.policy"].create({"name": "Fee", "days": 30, **policy})
        case = self._exchanged(price=95000, reason="changed_mind")
        self.assertEqual((case.refund_amount, case.exchange_amount), (100000, 90000))
        self.assertEqual(self._to_pay(case.exchange_order_ids), 5000)
        self.assertProved()

    def test_what_is_not_accepted_is_not_exchanged(self):
        self.product_b.list_price = 60000
        wanted = {"sku": "TEA", "quantity": 4}
        case = self._request(self._delivered(), 2, wish="exchange", exchange=wanted)
        self._received(case)
        self._resolved(case, restock=2, rejected=1)
        exchange = case.exchange_order_ids
        self.assertEqual(exchange.order_line.product_uom_qty, 2, "in proportion")
        self.assertEqual((case.exchange_amount, self._to_pay(exchange)), (100000, 20000))
        self.assertProved()

    def test_a_cancelled_exchange_is_paid_back(self):
        case = self._exchanged()
        exchange = case.exchange_order_ids
        exchange._action_cancel()
        self._settle()
        self.assertEqual(sum(exchange._oms_payments("refund").mapped("amount")), 60000)
        self.assertProved()

    def test_the_entry_stays(self):
        case = self._exchanged()
        entry = self.env["account.move"].search([("oms_exchange_id", "=", case.id)])
        for step in ("button_draft", "_reverse_moves"):
            with self.assertRaises(OmsRefusal) as caught:
                getattr(entry, step)()
            self.assertEqual(caught.exception.code, "exchange_entry")

    def test_what_is_wanted_is_said(self):
        order = self._delivered()
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}], "wish": "exchange"}
        for wanted, code in (
            (None, "exchange_product"),
            ({"sku": "NONE"}, "unknown_product"),
            ({"sku": "TEA", "mode": "never"}, "bad_mode"),
        ):
            answer = self._one(self.Return.request([{**item, "exchange": wanted}]), "error")
            self.assertEqual(self._code(answer), code)

    def test_over_the_window(self):
        order = self._delivered()
        window = self.env["oms.return.create"].create(
            {
                "order_id": order.id,
                "reason_id": self.env["oms.return.reason"]._id_of("defective"),
                "rest_as_credit": True,
            }
        )
        window.line_ids.write(
            {
                "quantity": 1,
                "wish": "exchange",
                "exchange_product_id": self.product_b.id,
                "exchange_mode": "prepaid",
            }
        )
        action = window.action_request()
        case = self.Return.browse(action["res_id"])
        self.assertTrue(case.rest_as_credit)
        self.assertEqual(case.line_ids.exchange_product_id, self.product_b)
        self.assertEqual(case.line_ids.exchange_mode, "prepaid")
        self.assertTrue(case.requested_at <= fields.Datetime.now())

    def test_as_many_units_as_come_back_in_dozens(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {**self._line(self.product, 2, 120000, None), "product_uom_id": dozen.id}
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": self.marketplace.id,
                "oms_paid_at": fields.Datetime.now(),
                "order_line": [(0, 0, line)],
            }
        )
        order.action_confirm()
        self._settle()
        self._ship(order)
        self._deliver(order, fields.Datetime.now())
        case = self._exchanged(price=10000, units=1, order=order)
        line = case.exchange_order_ids.order_line
        self.assertEqual((line.product_uom_qty, line.product_uom_id), (12, self.product_b.uom_id))
        self.assertEqual(case.exchange_amount, 120000)
