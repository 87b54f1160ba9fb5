import ast
import inspect
import textwrap

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..engine import stage as engine
from .common_accounting import OmsAccountingCase

# Only parcels cause these: the tracking addon's own tests have their cases.
ELSEWHERE = {"parcel_exception"}


def named_blockers(*functions):
    """The blockers that these functions return, read from their source."""
    found = set()
    for function in functions:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        answers = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
        while answers:
            answer = answers.pop()
            if isinstance(answer, ast.Constant) and isinstance(answer.value, str):
                found.add(answer.value)
            elif isinstance(answer, ast.IfExp):
                answers += [answer.body, answer.orelse]
            elif isinstance(answer, ast.Tuple):
                answers += answer.elts
    return found - set(engine.STAGES)


class ExplainCase(OmsAccountingCase):
    """Do what an explanation says, and see that what stood in the way is gone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.words = {
            "<reason>": "It is fine",
            "<product_id>": cls.product.id,
            "<partner_id>": cls.partner.id,
            "<policy>": "on_acceptance",
        }

    def setUp(self):
        super().setUp()
        self.seen = set()

    def _explain(self, order):
        self._settle()
        answer = self.env["sale.order"].oms_explain([order.name])[0]
        self.assertEqual(answer["status"], "ok", answer)
        return answer["blocker"]

    def _fill(self, value):
        if isinstance(value, dict):
            return {key: self._fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._fill(item) for item in value]
        if value == "<reference>":
            return f"REF-{len(self.seen)}"
        return self.words.get(value, value) if isinstance(value, str) else value

    def _obey(self, call):
        """Do what the explanation says, as a program would."""
        self.assertTrue(call, "an open order says what to do")
        model = self.env[call["model"]].with_context(skip_backorder=True, skip_sms=True)
        records = model.browse(call["ids"]) if call["ids"] else model
        result = getattr(records, call["method"])(*self._fill(call["args"]))
        for answer in result if isinstance(result, list) else ():
            self.assertNotEqual(answer["status"], "error", answer)
        self._settle()

    def _clears(self, order, expected=None):
        """In a savepoint: the action named makes the blocker go away."""
        blocker = self._explain(order)
        if expected:
            self.assertEqual(blocker["code"], expected, blocker)
        self.assertTrue(blocker["message"] and blocker["whose_move"] and blocker["since"], blocker)
        self.seen.add(blocker["code"])
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        self._obey(blocker["call"])
        after = self._explain(order) or {}

        def key(item):
            return item.get("code"), item.get("evidence"), item.get("action")

        self.assertNotEqual(key(after), key(blocker), after)
        self.env.flush_all()
        self.env.cr.precommit.clear()
        self.env.transaction.clear()
        savepoint.close(rollback=True)
        return blocker["call"]

    def _walk(self, order, *expected):
        """Follow the explanations from where the order is until nothing is left to do."""
        for code in expected:
            call = self._clears(order, code)
            self._obey(call)
        self.assertIsNone(self._explain(order))

    def _draft(self, channel, lines=None, **values):
        return self._order(lines, oms_channel_id=channel.id, **values)


@tagged("post_install", "-at_install")
class TestExplain(ExplainCase):
    """Orders on their way, and what they wait for at each step."""

    def test_from_nothing_to_done_by_following_the_explanations(self):
        order = self._draft(self.on_acceptance, order_line=[])
        order.oms_payment_policy = False
        self._walk(
            order,
            "missing_lines",
            "missing_payment",
            "to_confirm",
            "to_pick",
            "to_pack",
            "to_hand_over",
            "in_transit",
            "awaiting_acceptance",
            "awaiting_payment",
        )
        self.assertEqual(order.oms_stage_code, "done")

    def test_marketplace_order(self):
        self._clears(self._draft(self.marketplace), "hold")
        order = self._draft(self.marketplace, oms_paid_at=fields.Datetime.now())
        self._walk(
            order,
            "to_confirm",
            "to_pick",
            "to_pack",
            "to_hand_over",
            "in_transit",
            "awaiting_acceptance",
            "payout_pending",
        )

    def test_cash_on_delivery(self):
        order = self._draft(self.cod)
        order.action_confirm()
        self._walk(
            order,
            "to_pick",
            "to_pack",
            "to_hand_over",
            "in_transit",
            "awaiting_acceptance",
            "cod_with_courier",
        )

    def test_short_stock_is_reserved_received_or_given_up(self):
        order = self._draft(self.on_acceptance, [(self.product, 1), (self.scarce, 2)])
        order.action_confirm()
        self.assertEqual(self._clears(order, "stock_short")["method"], "oms_cancel_lines")
        receipt = self._receipt(self.scarce, 2)
        call = self._clears(order, "stock_short")
        self.assertEqual((call["method"], call["ids"]), ("button_validate", receipt.ids))
        self._stock(self.scarce, 2)
        self.assertEqual(self._clears(order, "stock_short")["model"], "oms.allocator")

    def _receipt(self, product, units):
        suppliers = self.env.ref("stock.stock_location_suppliers")
        places = {
            "location_id": suppliers.id,
            "location_dest_id": self.warehouse.lot_stock_id.id,
        }
        move = {**places, "product_id": product.id, "product_uom_qty": units}
        receipt = self.env["stock.picking"].create(
            {
                **places,
                "picking_type_id": self.warehouse.in_type_id.id,
                "move_ids": [Command.create(move)],
            }
        )
        receipt.action_confirm()
        return receipt

    def test_open_return_names_its_next_step(self):
        order = self._draft(self.on_acceptance)
        order.action_confirm()
        self._settle()
        order.oms_fulfillment_ids.action_hand_over()
        order.oms_fulfillment_ids.action_deliver()
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        self.assertEqual(self.env["oms.return"].request([item])[0]["errors"], [])
        for action in ("approve", "receive", "inspect", "resolve"):
            call = self._clears(order, "return_open")
            self.assertEqual(call["method"], action)
            self._obey(call)
        self.assertNotEqual(self._explain(order)["code"], "return_open")

    def test_money_to_give_back(self):
        self.marketplace.auto_confirm = True
        paid = self._draft(self.marketplace, oms_paid_at=fields.Datetime.now())
        paid._oms_advance()
        self._settle()
        self.assertEqual(paid.state, "sale")
        seen = set()
        for _n in range(9):
            blocker = self._explain(paid)
            if not blocker:
                break
            seen.add(blocker["code"])
            self._obey(self._clears(paid))
        self.assertIsNone(self._explain(paid))

    def test_hold_that_tells_is_the_one_that_stops(self):
        order = self._draft(self.on_acceptance)
        order._oms_raise_hold("automation_failed", "Something else", "x")
        order._oms_raise_hold("fraud_review", "Look at it")
        blocker = self._explain(order)
        self.assertIn("Look at it", blocker["message"])
        self._clears(order, "hold")

    def test_order_without_a_channel_is_explained_too(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    Command.create({"product_id": self.product.id, "product_uom_qty": 1})
                ],
            }
        )
        self._clears(order, "to_confirm")
        order.action_confirm()
        blocker = self._explain(order)
        self.assertEqual(blocker["code"], "to_hand_over", blocker)
        order.picking_ids.with_context(skip_sms=True).button_validate()
        blocker = self._explain(order)
        self.assertEqual(blocker["code"], "to_invoice")
        self.assertEqual(blocker["action"], "sale.advance.payment.inv.create_invoices")
        window = self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids)
        window.create({"advance_payment_method": "delivered"}).create_invoices()
        order.invoice_ids.action_post()
        blocker = self._explain(order)
        self.assertEqual(blocker["code"], "awaiting_payment")
        self.assertEqual(blocker["action"], "account.payment.register.action_create_payments")
        window = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        )
        window.create({"journal_id": self.bank.id}).action_create_payments()
        self.assertNotEqual(order.invoice_ids.payment_state, "not_paid")
        self.assertIsNone(self._explain(order))


@tagged("post_install", "-at_install")
class TestEveryBlocker(ExplainCase):
    """Each blocker that exists is reached by an order of its own; a new one needs a case here."""

    def test_every_blocker_is_known(self):
        returned = named_blockers(
            engine._current,
            engine._unconfirmed,
            engine._before_payment,
            engine._courier_blocker,
            engine._warehouse_blocker,
            type(self.env["sale.order"])._oms_money_blocker,
        )
        self.assertGreater(len(returned), 10, "the source was read")
        self.assertLessEqual(returned, set(engine.PARTY))

    def test_every_blocker_is_cleared_by_what_it_names(self):
        cases = {name[6:] for name in dir(self) if name.startswith("_case_")}
        self.assertEqual(cases, set(engine.PARTY) - ELSEWHERE, "each blocker has its case")
        for code in sorted(cases):
            with self.subTest(blocker=code):
                order = getattr(self, f"_case_{code}")()
                call = self._clears(order, code)
                self.assertTrue(call["model"] and call["method"], call)

    # PLACEMENT, PROCESSING

    def _case_missing_lines(self):
        return self._draft(self.on_acceptance, order_line=[])

    def _case_missing_address(self):
        nobody = self.marketplace._oms_masked_buyer()
        return self._draft(self.marketplace, partner_id=nobody.id)

    def _case_missing_payment(self):
        order = self._draft(self.on_acceptance)
        order.oms_payment_policy = False
        return order

    def _case_hold(self):
        order = self._draft(self.on_acceptance)
        order._oms_raise_hold("fraud_review", "Look at it")
        return order

    def _case_to_confirm(self):
        return self._draft(self.on_acceptance)

    # STOCK, WAREHOUSE, COURIER

    def _placed(self, channel=None, lines=None, **values):
        order = self._draft(channel or self.on_acceptance, lines, **values)
        order.action_confirm()
        self._settle()
        return order

    def _handed_over(self, *args):
        order = self._placed(*args)
        order.oms_fulfillment_ids.action_hand_over()
        self._settle()
        return order

    def _case_stock_short(self):
        return self._placed(lines=[(self.scarce, 1)])

    def _case_to_pick(self):
        return self._placed()

    def _case_to_pack(self):
        order = self._placed()
        order.oms_fulfillment_ids.action_pick()
        return order

    def _case_to_hand_over(self):
        order = self._placed()
        order.oms_fulfillment_ids.action_pack()
        return order

    def _case_in_transit(self):
        return self._handed_over()

    # CUSTOMER

    def _case_awaiting_acceptance(self):
        order = self._handed_over()
        order.oms_fulfillment_ids.action_deliver()
        return order

    def _case_return_open(self):
        order = self._case_awaiting_acceptance()
        item = {"order": order.name, "lines": [{"sku": "MUG", "quantity": 1}]}
        self.assertEqual(self.env["oms.return"].request([item])[0]["errors"], [])
        return order

    # MONEY: what the automatic steps would do was not done yet

    def _arrived(self, channel):
        """Accepted by the customer, and nobody has looked at the money."""
        order = self._handed_over(channel)
        order.oms_fulfillment_ids._set_delivered(fields.Datetime.now())
        order.oms_fulfillment_ids._set_accepted(fields.Datetime.now(), "auto")
        self._settle()
        return order

    def _billed(self, channel):
        order = self._arrived(channel)
        order._create_invoices().action_post()
        self._settle()
        return order

    def _pay(self, order, amount, role="prepayment"):
        order._oms_book_payments(
            [order._oms_prepare_payment(self.bank, amount, role, fields.Date.today())]
        )
        order._oms_reconcile()
        order._oms_touch()

    def _case_to_invoice(self):
        return self._arrived(self.on_acceptance)

    def test_a_drafted_invoice_is_posted(self):
        order = self._arrived(self.on_acceptance)
        order._create_invoices()
        call = self._clears(order, "to_invoice")
        self.assertEqual((call["model"], call["method"]), ("account.move", "action_post"))

    def _case_awaiting_payment(self):
        return self._billed(self.on_acceptance)

    def _case_cod_to_collect(self):
        return self._billed(self.cod)

    def _case_cod_with_courier(self):
        order = self._arrived(self.cod)
        order._oms_advance()
        return order

    def _case_payout_pending(self):
        order = self._placed(self.marketplace, oms_paid_at=fields.Datetime.now())
        order._oms_advance()
        work = order.oms_fulfillment_ids
        work.action_hand_over()
        work.action_deliver()
        self.env["sale.order"].oms_accept([{"order": order.name}])
        return order

    def _case_refund_pending(self):
        """The customer paid twice."""
        order = self._billed(self.on_acceptance)
        self._pay(order, 2 * order.amount_total)
        return order

    def test_what_was_billed_and_is_not_kept_is_credited(self):
        self.on_acceptance.invoice_trigger = "confirm"
        self.product.invoice_policy = "order"
        order = self._placed(lines=[(self.product, 2)])
        order._oms_advance()
        self.assertTrue(order.invoice_ids)
        order._oms_cancel_units(dict.fromkeys(order.order_line))
        self._settle()
        call = self._clears(order, "refund_pending")
        self.assertEqual(call["method"], "action_oms_advance")

    def _case_prepayment_to_refund(self):
        """The money came when the order was cancelled already."""
        order = self._placed()
        order._action_cancel()
        self._settle()
        self._pay(order, order.amount_total)
        return order
