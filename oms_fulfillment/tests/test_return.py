from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestReturn(OmsAccountingCase):
    """Goods come back, are inspected, and the money follows to the rupiah."""

    def setUp(self):
        super().setUp()
        self.Return = self.env["oms.return"]

    def _one(self, answers, status=None):
        self.assertEqual(len(answers), 1)
        if status:
            self.assertEqual(answers[0]["status"], status, answers)
        self._settle()
        return answers[0]

    def _request(self, order, quantity, sku="MUG", **values):
        item = {
            "order": order.name,
            "reason": "defective",
            "lines": [{"sku": sku, "quantity": quantity}],
            **values,
        }
        answer = self._one(self.Return.request([item]), "requested")
        return self.Return.browse(answer["id"])

    def _received(self, case, quantity=None):
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        lines = None
        if quantity is not None:
            lines = [
                {"sku": line.product_id.default_code, "quantity": quantity}
                for line in case.line_ids
            ]
        self._one(self.Return.receive([{"return": case.name, "lines": lines}]), "received")

    def _resolved(self, case, restock=0, scrap=0, **values):
        self._one(
            self.Return.inspect(
                [
                    {
                        "return": case.name,
                        "lines": [{"sku": "MUG", "restock": restock, "scrap": scrap, **values}],
                    }
                ]
            ),
            "inspected",
        )
        return self._one(self.Return.resolve([{"return": case.name}]), "resolved")

    def _delivered(self, channel=None, **values):
        order = self._sold(channel or self.marketplace, **values)
        self._ship(order)
        self._deliver(order, fields.Datetime.now() - timedelta(days=1))
        return order

    def _on_hand(self, location, product=None):
        quants = self.env["stock.quant"].search(
            [("location_id", "=", location.id), ("product_id", "=", (product or self.product).id)]
        )
        return sum(quants.mapped("quantity"))

    # GOODS

    def test_goods_wait_beside_the_stock(self):
        order = self._delivered()
        stock = self._on_hand(self.warehouse.lot_stock_id)
        case = self._request(order, 2)
        self._received(case)
        place = self.warehouse.oms_return_location_id
        self.assertNotIn(str(self.warehouse.lot_stock_id.id), place.parent_path.split("/")[:-2])
        self.assertEqual(self._on_hand(place), 2)
        self.assertEqual(self._on_hand(self.warehouse.lot_stock_id), stock)
        self.assertEqual(case.picking_id.state, "done")
        self._resolved(case, restock=1, scrap=1)
        self.assertEqual(self._on_hand(place), 0)
        self.assertEqual(self._on_hand(self.warehouse.lot_stock_id), stock + 1)
        scrap = self.env["stock.scrap"].search([("oms_return_id", "=", case.id)])
        self.assertEqual((scrap.scrap_qty, scrap.state), (1, "done"))
        self.assertProved()

    def test_less_came_than_announced(self):
        order = self._delivered()
        case = self._request(order, 3)
        self._received(case, 2)
        self.assertEqual((case.line_ids.received, case.line_ids.missing), (2, 1))
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 1)
        answer = self._resolved(case, restock=2)
        self.assertEqual(answer["refund"], 200000)

    def test_nothing_came(self):
        order = self._delivered()
        case = self._request(order, 1)
        self._received(case, 0)
        self.assertEqual(case.state, "inspected")
        self.assertEqual(case.picking_id.state, "cancel")
        self.assertEqual(self._one(self.Return.resolve([{"return": case.name}]))["refund"], 0)
        self.assertEqual(case.state, "closed")

    def test_lots_are_kept_apart(self):
        product = self._create_product("LOT", 0, tracking="lot")
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("L1", "L2")]
        )
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                product, self.warehouse.lot_stock_id, 1, lot_id=lot
            )
        order = self._delivered(lines=[(product, 2, 1000, None)])
        case = self._request(order, 2, sku="LOT")
        self._received(case)
        self._one(
            self.Return.inspect(
                [{"return": case.name, "lines": [{"sku": "LOT", "restock": 1, "scrap": 1}]}]
            ),
            "inspected",
        )
        scrap = self.env["stock.scrap"].search([("oms_return_id", "=", case.id)])
        quants = self.env["stock.quant"].search(
            [("location_id", "=", self.warehouse.lot_stock_id.id), ("lot_id", "in", lots.ids)]
        )
        self.assertEqual(len(scrap.lot_id), 1)
        self.assertEqual(quants.filtered("quantity").lot_id, lots - scrap.lot_id)

    # MONEY

    def test_partial_return_after_invoicing(self):
        order = self._delivered(
            extras=[("discount", -10000, None), ("shipping", 20000, None)],
        )
        self.assertEqual(order.oms_invoice_ids.amount_total, 310000)
        case = self._request(order, 1)
        self.assertEqual(case.refund_proposal, 96667)
        self._received(case)
        self.assertStage(order, "receipt_inspection", "return_open")
        answer = self._resolved(case, restock=1)
        # a third of 300000 less a third of the discount of 10000, in whole rupiah
        self.assertEqual(answer["refund"], 96667)
        credit = case.refund_move_id
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 96667))
        self.assertEqual(credit.oms_order_id, order)
        self.assertEqual(credit.reversed_entry_id, order.oms_invoice_ids - credit)
        self.assertEqual(credit.payment_state, "paid")
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, clearing=213333, receivable=0)
        self.assertEqual(order.order_line[0].qty_to_invoice, 0)
        self._accept(order)
        self.assertStage(order, "payment", "payout_pending")
        self.env["oms.settlement"].submit_lines(
            "MARKET-T", "P1", [{"order": order.oms_external_id, "gross": 213333, "net": 213333}]
        )
        self.assertStage(order, "done")
        self.assertNothingOpen(order)
        self.assertProved()

    def test_partial_refunds_add_up_with_taxes(self):
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            with self.subTest(method):
                self._return_all_in_steps()

    def _return_all_in_steps(self):
        order = self._delivered(
            lines=[
                (self.product, 3, 33333, self.tax),
                (self.product_b, 2, 77777, self.tax_included),
            ],
            extras=[("discount", -10001, self.tax), ("shipping", 9999, None)],
        )
        invoice = order.oms_invoice_ids
        self.assertEqual(invoice.amount_total, order.amount_total)
        refunded = 0
        for sku, quantity in (("MUG", 1), ("TEA", 1), ("MUG", 1), ("MUG", 1), ("TEA", 1)):
            case = self._request(order, quantity, sku=sku)
            self._received(case)
            self._one(
                self.Return.inspect(
                    [{"return": case.name, "lines": [{"sku": sku, "restock": quantity}]}]
                ),
                "inspected",
            )
            answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
            refunded += answer["refund"]
            self.assertEqual(case.refund_move_id.amount_total, answer["refund"])
        self.assertEqual(refunded, invoice.amount_total)
        credits = order.oms_invoice_ids - invoice
        self.assertEqual(sum(credits.mapped("amount_untaxed")), invoice.amount_untaxed)
        self.assertEqual(sum(credits.mapped("amount_tax")), invoice.amount_tax)
        self.assertBalances(order, clearing=0, receivable=0, income=0)
        self.assertNothingOpen(order)
        self.assertProved()

    def test_refund_after_the_payout_lowers_the_next_one(self):
        order = self._delivered()
        self._accept(order)
        submit = self.env["oms.settlement"].submit_lines
        line = {"order": order.oms_external_id, "gross": 300000, "fees": {"commission": 9000}}
        submit("MARKET-T", "P1", [line])
        self.assertStage(order, "done")
        case = self._request(order, 1)
        self._received(case)
        self._resolved(case, restock=1)
        self.assertBalances(order, clearing=-100000, receivable=0)
        self.assertStage(order, "payment", "payout_pending")
        line = {"order": order.oms_external_id, "gross": -100000, "fees": {"commission": -3000}}
        answer = submit("MARKET-T", "P2", [line])
        self.assertEqual(answer[0]["status"], "matched")
        self.assertBalances(order, clearing=0, fees=6000)
        self.assertBalances(bank=194000)
        self.assertStage(order, "done")
        self.assertProved()

    def test_units_of_another_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "oms_channel_id": self.marketplace.id,
                "oms_external_id": "DOZENS",
                "oms_paid_at": datetime(2026, 7, 1, 20, 0),
                "order_line": [
                    (
                        0,
                        0,
                        {
                            **self._line(self.product, 2, 120000, None),
                            "product_uom_id": dozen.id,
                        },
                    )
                ],
            }
        )
        order.action_confirm()
        self._settle()
        order._oms_advance()
        self._ship(order)
        self._deliver(order, fields.Datetime.now())
        self.assertEqual(order.oms_invoice_ids.amount_total, 240000)
        case = self._request(order, 0.5)
        self._received(case)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 6)
        self.assertEqual(self._resolved(case, restock=0.5)["refund"], 60000)
        self.assertEqual(self._on_hand(self.warehouse.oms_return_location_id), 0)
        self.assertProved()

    def test_return_before_invoicing_is_not_billed(self):
        self.marketplace.invoice_trigger = "accept"
        order = self._delivered(extras=[("discount", -10000, None)])
        self.assertFalse(order.oms_invoice_ids)
        case = self._request(order, 1)
        self._received(case)
        answer = self._resolved(case, scrap=1)
        self.assertEqual(answer["refund"], 96667)
        self.assertFalse(case.refund_move_id)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, clearing=193333, receivable=-193333)
        self._accept(order)
        invoice = order.oms_invoice_ids
        self.assertEqual((invoice.amount_total, invoice.payment_state), (193333, "paid"))
        self.assertBalances(order, clearing=193333, receivable=0)
        self.assertProved()

    def test_return_on_open_invoice_lowers_what_is_owed(self):
        self.on_acceptance.invoice_trigger = "deliver"
        order = self._delivered(self.on_acceptance)
        case = self._request(order, 1)
        self._received(case)
        self._resolved(case, restock=1)
        self.assertEqual(case.state, "closed")
        self.assertFalse(order.oms_payment_ids)
        self._accept(order)
        self.assertEqual(order._oms_money()[order.id].residual, 200000)
        self.assertStage(order, "payment", "awaiting_payment")
        self.assertProved()

    def test_cod_refund_is_paid_from_the_bank(self):
        order = self._delivered(self.cod)
        case = self._request(order, 3)
        self._received(case)
        self._resolved(case, restock=3)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, transit=300000, receivable=0, income=0)
        refund = order.oms_payment_ids.filtered(lambda payment: payment.oms_role == "refund")
        self.assertEqual((refund.amount, refund.journal_id), (300000, self.bank))
        self.assertProved()

    def test_refused_cod_parcel(self):
        self.cod.invoice_trigger = "ship"
        order = self._sold(self.cod, extras=[("shipping", 20000, None)])
        self._ship(order)
        self.assertEqual(order.oms_invoice_ids.amount_total, 320000)
        case = self._request(order, 3, kind="rts", reason="cod_payment_rejected")
        self._received(case)
        answer = self._resolved(case, restock=3)
        self.assertEqual(answer["refund"], 320000)
        self.assertFalse(order.oms_payment_ids)
        self.assertEqual(case.state, "closed")
        self.assertBalances(order, receivable=0, income=0)
        self.assertStage(order, "done")
        self.assertProved()

    def test_lost_parcel_before_billing(self):
        self.marketplace.invoice_trigger = "deliver"
        order = self._sold(self.marketplace, extras=[("shipping", 20000, None)])
        self._ship(order)
        case = self._request(order, 3, kind="rts", reason="lost")
        self._received(case, 0)
        answer = self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual(answer["refund"], 320000)
        self.assertFalse(order.oms_invoice_ids)
        self.assertBalances(order, clearing=0, receivable=0)
        self.assertStage(order, "done")
        self.assertProved()

    def test_shipping_is_given_back_unless_the_customer_is_at_fault(self):
        for reason, refund in (("defective", 320000), ("changed_mind", 300000)):
            order = self._delivered(extras=[("shipping", 20000, None)])
            case = self._request(order, 3, reason=reason)
            self._received(case)
            self.assertEqual(self._resolved(case, restock=3)["refund"], refund)
            self.assertEqual(case.state, "closed")
        self.assertProved()

    def test_rejected_units_are_not_refunded_without_a_reason(self):
        order = self._delivered()
        case = self._request(order, 2)
        self._received(case)
        self._one(
            self.Return.inspect(
                [{"return": case.name, "lines": [{"sku": "MUG", "scrap": 2, "rejected": 1}]}]
            ),
            "inspected",
        )
        self.assertEqual(case.refund_proposal, 100000)
        lines = [{"sku": "MUG", "refund": 2}]
        answer = self._one(self.Return.resolve([{"return": case.name, "lines": lines}]), "error")
        self.assertEqual(answer["errors"][0]["code"], "over_accepted")
        lines[0]["override_reason"] = "Regular customer"
        answer = self._one(self.Return.resolve([{"return": case.name, "lines": lines}]), "resolved")
        self.assertEqual(answer["refund"], 200000)
        self.assertProved()

    def test_replacement_is_not_refunded(self):
        order = self._delivered()
        case = self._request(order, 1, wish="replace")
        self._received(case)
        self.assertEqual(self._resolved(case, restock=1)["refund"], 0)
        self.assertEqual(case.state, "closed")

    # GUARDS

    def test_no_more_than_was_delivered(self):
        order = self._sold(self.marketplace)
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        answer = self._one(self.Return.request([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "over_returnable")
        self._ship(order)
        self.assertEqual(self._one(self.Return.request([item]))["status"], "error")
        self._deliver(order, fields.Datetime.now())
        self._request(order, 2)
        item["lines"][0]["quantity"] = 2
        answer = self._one(self.Return.request([item]), "error")
        self.assertIn("1 of", answer["errors"][0]["message"])

    def test_the_window_closes(self):
        order = self._sold(self.marketplace)
        self._ship(order)
        self._deliver(order, datetime(2026, 7, 3, 9, 0))
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        answer = self._one(self.Return.request([item]), "error")
        self.assertEqual(answer["errors"][0]["code"], "window_closed")
        item["override_reason"] = "The buyer was in hospital"
        answer = self._one(self.Return.request([item]), "requested")
        self.assertTrue(self.Return.browse(answer["id"]).override_reason)

    def test_repeating_changes_nothing(self):
        order = self._delivered()
        case = self._request(order, 1, reference="RMA-1")
        again = self.Return.request([{"order": order.name, "reference": "RMA-1"}])
        self.assertEqual((again[0]["status"], again[0]["id"]), ("duplicate", case.id))
        self._received(case)
        for method in ("approve", "receive"):
            answer = getattr(self.Return, method)([{"order": order.name, "reference": "RMA-1"}])
            self.assertEqual(answer[0]["status"], "duplicate")
        self._resolved(case, restock=1)
        before = self._balance(self.clearing)
        self.assertEqual(self.Return.resolve([{"return": case.name}])[0]["status"], "duplicate")
        self.assertEqual(self._balance(self.clearing), before)
        self.assertEqual(len(case.picking_ids.filtered("return_id")), 1)

    def test_one_bad_item_spoils_nobody(self):
        order = self._delivered()
        good = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        answers = self.Return.request(
            [
                {"order": "NOPE"},
                good,
                {**good, "reason": "no_such"},
                {**good, "lines": [{"sku": "X", "quantity": 1}]},
                {**good, "lines": [{"sku": "MUG", "quantity": float("nan")}]},
                None,
            ]
        )
        self.assertEqual(
            [answer["status"] for answer in answers],
            ["error", "requested", "error", "error", "error", "error"],
        )

    def test_order_of_the_steps(self):
        order = self._delivered()
        case = self._request(order, 1)
        for method in ("receive", "resolve"):
            answer = getattr(self.Return, method)([{"return": case.name}])
            self.assertEqual(answer[0]["errors"][0]["code"], "wrong_state")
        answer = self.Return.decline([{"return": case.name}])
        self.assertEqual(answer[0]["errors"][0]["code"], "reason_required")
        self._one(self.Return.decline([{"return": case.name, "reason": "Worn"}]), "declined")
        self.assertFalse(case.is_open)
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 3)
        self.assertFalse(case._set_state("approved"))

    def test_cancelled_return_cancels_its_transfer(self):
        order = self._delivered()
        case = self._request(order, 1)
        case.action_approve()
        self.assertEqual(case.picking_id.state, "assigned")
        case.action_cancel()
        self.assertEqual((case.state, case.picking_id.state), ("cancelled", "cancel"))
        self._settle()
        self.assertEqual(order._oms_returnable("customer")[order.order_line], 3)

    def test_roles(self):
        order = self._delivered()
        case = self._request(order, 1)
        courier = new_test_user(
            self.env, "ret_courier", "oms_fulfillment.group_oms_courier", company_id=self.company.id
        )
        with self.assertRaises(UserError):
            self.env(user=courier, context={})["oms.return"].approve([{"return": case.name}])
        integration = new_test_user(
            self.env,
            "ret_3pl",
            "oms_fulfillment.group_oms_integration",
            company_id=self.company.id,
        )
        as_3pl = self.env(user=integration, context={})["oms.return"]
        self.assertEqual(as_3pl.approve([{"return": case.name}])[0]["status"], "approved")
        self.assertEqual(as_3pl.receive([{"return": case.name}])[0]["status"], "received")
        answer = as_3pl.inspect([{"return": case.name, "lines": [{"sku": "MUG", "restock": 1}]}])
        self.assertEqual(answer[0]["status"], "inspected", answer)
        answer = as_3pl.resolve([{"return": case.name}])
        self.assertEqual(answer[0]["status"], "resolved", answer)
        self.assertEqual(case.state, "closed")

    def test_wizard_and_buttons(self):
        order = self._delivered()
        wizard = Form(self.env["oms.return.create"].with_context(default_order_id=order.id))
        wizard.reason_id = self.env.ref("oms_fulfillment.return_reason_defective")
        self.assertEqual(len(wizard.line_ids), 1)
        action = wizard.save().action_request()
        case = self.Return.browse(action["res_id"])
        self.assertEqual(case.line_ids.quantity, 3)
        case.action_approve()
        case.line_ids.received = 2
        case.action_receive()
        case.line_ids.write({"restock": 1, "scrap": 1})
        case.action_inspect()
        case.action_resolve()
        self._settle()
        self.assertEqual((case.state, case.refund_amount), ("closed", 200000))
        self.assertProved()
