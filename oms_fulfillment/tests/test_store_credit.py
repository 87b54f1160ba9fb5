from odoo import fields
from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_return import OmsReturnCase


class OmsCreditCase(OmsReturnCase):
    """A company that gives store credit, and a shop where it can be used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.liability = cls._account("218100", "Store credit", "liability_current", reconcile=True)
        cls.company.oms_store_credit_account_id = cls.liability
        cls.shop = cls._channel(
            "SHOP-T",
            "terms",
            "ship",
            clearing_journal_id=cls.clearing_journal.id,
            settlement_journal_id=cls.bank.id,
            auto_confirm=False,
        )

    def _credited(self, units=1, order=None, **values):
        """A return that became store credit."""
        order = order or self._delivered()
        case = self._request(order, units, wish="credit", **values)
        self._received(case)
        self._resolved(case, restock=units)
        return case

    def _use(self, order, status="used", **values):
        answers = self.env["sale.order"].oms_use_store_credit([{"order": order.name, **values}])
        return self._one(answers, status)

    def _pay(self, order):
        """What is left of the invoice is paid at the bank."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.oms_invoice_ids.ids
        )
        register.create({"journal_id": self.bank.id}).action_create_payments()
        self._settle()

    def _left(self):
        left = self.company._oms_store_credit(self.partner)
        return left.get((self.partner.id, self.company.id, self.company.currency_id.id), 0.0)

    def _code(self, answer):
        return answer["errors"][0]["code"]


@tagged("post_install", "-at_install")
class TestStoreCredit(OmsCreditCase):
    def test_credit_instead_of_money(self):
        case = self._credited(2)
        order = case.order_id
        self.assertEqual((case.refund_amount, case.store_credit_amount), (200000, 200000))
        self.assertEqual(case.state, "closed", "nothing is to be paid back")
        self.assertFalse(order._oms_payments("refund"), "no money goes")
        self.assertBalances(order, receivable=0)
        self.assertEqual(self._balance(self.liability), -200000)
        self.assertEqual((self._left(), order.oms_store_credit), (200000, 200000))
        self.assertNotIn(order.oms_blocker, ("refund_pending", "prepayment_to_refund"))
        order._oms_step_refund()
        order.action_oms_pay_back()
        self.assertEqual(self._left(), 200000, "and none goes later")
        self.assertFalse(order._oms_payments("refund"))
        self.assertProved()

    def test_a_part_as_credit_and_a_part_as_money(self):
        order = self._delivered(
            lines=[(self.product, 1, 100000, self.tax), (self.product_b, 1, 33333, None)],
            extras=[("discount", -10001, None), ("shipping", 9000, None)],
        )
        items = [
            {"sku": "MUG", "quantity": 1, "wish": "credit"},
            {"sku": "TEA", "quantity": 1},
        ]
        case = self._request(order, 1, lines=items)
        self._received(case)
        lines = [{"sku": "MUG", "restock": 1}, {"sku": "TEA", "restock": 1}]
        self._one(self.Return.inspect([{"return": case.name, "lines": lines}]))
        self._one(self.Return.resolve([{"return": case.name}]))
        paid = sum(order._oms_payments("refund").mapped("amount"))
        self.assertEqual(paid + self._left(), order.amount_total, "together it is all")
        self.assertGreater(paid, 0)
        self.assertEqual(self._left(), case.store_credit_amount)
        self.assertProved()

    def test_fees_are_kept(self):
        policy = {"restocking_percent": 10, "fee_product_id": self._service("FEE", "Fee").id}
        self.env["oms.return.policy"].create({"name": "Fee", "days": 30, **policy})
        case = self._credited(1, reason="changed_mind")
        self.assertEqual((case.refund_amount, case.store_credit_amount), (100000, 90000))
        self.assertEqual(self._left(), 90000)
        self.assertProved()

    def test_what_was_not_paid_is_no_credit(self):
        order = self._delivered(self.shop)
        case = self._credited(1, order=order)
        self.assertEqual((case.refund_amount, case.store_credit_amount), (100000, 0))
        self.assertEqual((self._left(), order._oms_money()[order.id].to_pay), (0, 200000))
        self.assertProved()

    def test_without_an_account_it_is_refused(self):
        self.company.oms_store_credit_account_id = False
        case = self._request(self._delivered(), 1, wish="credit")
        self._received(case)
        lines = [{"sku": "MUG", "restock": 1}]
        self._one(self.Return.inspect([{"return": case.name, "lines": lines}]))
        answer = self._one(self.Return.resolve([{"return": case.name}]), "error")
        self.assertEqual(self._code(answer), "missing_account")
        self.assertIn("Readiness", answer["errors"][0]["next_step"])
        self.assertEqual(case.state, "inspected")
        self.company._oms_fix_store_credit()
        self._one(self.Return.resolve([{"return": case.name}]), "resolved")
        self.assertEqual(self._left(), 100000)
        with self.assertRaises(OmsRefusal) as caught:
            self.company.oms_store_credit_account_id = self.liability
        self.assertEqual(caught.exception.code, "credit_open")

    # USE

    def test_used_for_an_invoice(self):
        self._credited(2)
        order = self._sold(self.shop, [(self.product, 3, 50000, None)])
        self._complete(order)
        answer = self._use(order, amount=120000, key="A-1")
        self.assertEqual(
            (answer["amount"], answer["left"], answer["to_pay"]), (120000, 80000, 30000)
        )
        invoice = order.oms_invoice_ids
        self.assertEqual(invoice.amount_residual, 30000)
        again = self._use(order, "duplicate", amount=120000, key="A-1")
        self.assertEqual((again["left"], again["to_pay"]), (80000, 30000))
        self.assertEqual(self._use(order)["amount"], 30000, "as much as is owed")
        self.assertStage(order, "done")
        self.assertEqual((self._left(), order.oms_store_credit_used), (50000, 150000))
        self.assertProved()

    def test_used_before_the_invoice(self):
        self._credited(1)
        order = self._sold(self.shop, [(self.product, 1, 150000, None)])
        self.assertEqual(self._use(order)["to_pay"], 50000)
        self._complete(order)
        self.assertEqual(order.oms_invoice_ids.amount_residual, 50000)
        self.assertProved()

    def test_an_order_in_advance_is_paid_by_it(self):
        self._credited(2)
        shop = self._channel(
            "WEB-T", "prepaid", "ship", clearing_journal_id=self.clearing_journal.id,
            settlement_journal_id=self.bank.id,
        )  # fmt: skip
        order = self._order([(self.product, 1)], oms_channel_id=shop.id)
        order.order_line.price_unit = 150000
        self._settle()
        self.assertIn("payment_pending", order.oms_hold_ids.mapped("code"))
        self._use(order)
        self.assertTrue(order.oms_paid_at)
        self.assertFalse(order._oms_active_holds(), "nobody waits for money any more")
        self.assertEqual(order.state, "sale")
        self.assertFalse(order._oms_payments("prepayment"), "no money came")
        order._action_cancel()
        self._settle()
        self.assertEqual(self._left(), 200000, "a cancelled order gives it back")
        self.assertProved()

    def test_no_more_than_there_is_or_is_owed(self):
        self._credited(1)
        order = self._sold(self.shop, [(self.product, 1, 60000, None)])
        self.assertEqual(self._code(self._use(order, "error", amount=60001)), "over_owed")
        big = self._sold(self.shop, [(self.product, 3, 100000, None)])
        self.assertEqual(self._code(self._use(big, "error", amount=100001)), "over_credit")
        self.assertEqual(self._code(self._use(big, "error", amount=-5)), "over_credit")
        self._use(big, key="K")
        self.assertEqual(self._code(self._use(order, "error", key="K")), "key_used")
        free = self._sold(self.shop, [(self.product, 1, 0, None)])
        self.assertEqual(self._code(self._use(free, "error")), "nothing_owed")
        self.assertEqual(self._code(self._use(order, "error")), "over_credit")
        self.assertProved()

    def test_marketplaces_and_couriers_take_their_own_money(self):
        self._credited(1)
        market = self._sold(self.marketplace)
        self.assertEqual(self._code(self._use(market, "error")), "marketplace_pays")
        cash = self._sold(self.cod, oms_cod_amount=300000)
        self._use(cash, amount=40000)
        self.assertEqual(cash.oms_cod_amount, 260000, "the courier collects the rest")
        self._ship(cash)
        self.assertEqual(self._code(self._use(cash, "error")), "cash_on_its_way")
        self._deliver(cash)
        self.assertEqual(cash._oms_payments("cod").amount, 260000)
        self.assertProved()

    def test_a_refund_goes_back_the_way_it_was_paid(self):
        self._credited(1)
        order = self._sold(self.shop, [(self.product, 2, 80000, None)])
        self._use(order)
        self._ship(order)
        self._deliver(order, fields.Datetime.now())
        self._pay(order)
        case = self._request(order, 2)
        self._received(case)
        self._resolved(case, restock=2)
        self.assertEqual(self._left(), 100000)
        self.assertEqual(sum(order._oms_payments("refund").mapped("amount")), 60000)
        self.assertProved()

    # UNDO

    def test_undo(self):
        case = self._credited(1)
        order = self._sold(self.shop, [(self.product, 1, 70000, None)])
        self._complete(order)
        self._use(order)
        given, used = case.store_credit_ids, order.oms_store_credit_ids
        with self.assertRaises(OmsRefusal) as caught:
            given.action_undo()
        self.assertEqual(caught.exception.code, "credit_used")
        with self.assertRaises(OmsRefusal) as caught:
            used.move_id.button_draft()
        self.assertEqual(caught.exception.code, "credit_entry")
        used.action_undo()
        self._settle()
        self.assertTrue(used.undone)
        self.assertEqual((self._left(), order.oms_invoice_ids.amount_residual), (100000, 70000))
        self.assertProved()
        given.action_undo()
        self._settle()
        case.order_id._oms_advance()
        case.order_id.action_oms_pay_back()
        self._settle()
        self.assertEqual(self._left(), 0)
        self.assertEqual(sum(case.order_id._oms_payments("refund").mapped("amount")), 100000)
        self.assertBalances(case.order_id, receivable=0)
        self.assertProved()

    def test_only_finance_undoes(self):
        case = self._credited(1)
        agent = new_test_user(
            self.env,
            "agent-credit",
            "oms_fulfillment.group_oms_agent,sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(OmsRefusal):
            case.store_credit_ids.with_user(agent).action_undo()
        order = self._sold(self.shop, [(self.product, 1, 70000, None)])
        wizard = self.env["oms.store.credit.use"].with_user(agent)
        window = wizard.create({"order_id": order.id})
        self.assertEqual((window.left, window.owed, window.amount), (100000, 70000, 70000))
        window.action_use()
        self.assertEqual(self._left(), 30000)
        self.assertIn("30", self.partner.with_user(agent).oms_store_credit_text)

    def test_the_cash_desk_shows_it(self):
        case = self._credited(2)
        order = self._sold(self.shop, [(self.product, 1, 70000, None)])
        self._use(order)
        self.env.flush_all()
        rows = self.env["oms.owed"].search([("side", "=", "credit")])
        self.assertEqual((rows.order_id, rows.amount), (case.order_id, -130000))
        self.assertFalse(self.env["oms.owed"].search([("side", "=", "refund")]))

    def test_the_proof_finds_what_was_booked_past_it(self):
        case = self._credited(1)
        items = case.store_credit_ids.move_id.line_ids
        self.env.cr.execute(
            "UPDATE account_move_line SET amount_currency = amount_currency * 2 WHERE id = ANY(%s)",
            [items.ids],
        )
        self.env.invalidate_all()
        codes = [violation["code"] for violation in self.env["oms.proof"].run()]
        self.assertIn("store_credit", codes)

    def test_the_courier_collects_what_is_left(self):
        self._credited(3)
        cash = self._sold(self.cod, [(self.product, 2, 60000, None)])
        self.assertEqual(self._cash(cash), 120000)
        self._use(cash, amount=50000)
        self.assertEqual(self._cash(cash), 70000, "also where no amount was agreed")
        self._use(cash, amount=70000)
        self.assertEqual(self._cash(cash), 0)
        paid = self._sold(self.cod, [(self.product, 1, 60000, None)], oms_cod_amount=60000)
        self._use(paid)
        self.assertEqual(self._cash(paid), 0, "all of it is paid")
        self._complete(paid)
        self.assertFalse(paid._oms_payments("cod"))
        self.assertProved()

    def test_a_changed_order_remembers_what_was_paid(self):
        self._credited(1)
        cash = self._sold(self.cod, [(self.product, 2, 50000, None)], oms_cod_amount=100000)
        self._use(cash, amount=30000)
        changes = {"lines": [{"sku": "MUG", "quantity": 3}]}
        answer = self.env["sale.order"].oms_change(cash.name, changes)
        self._settle()
        self.assertEqual((answer["before"]["cod"], answer["after"]["cod"]), (70000, 120000))
        self.assertEqual(self._cash(cash), 120000)

    def _cash(self, order):
        """What a 3PL is told to have collected."""
        return order.oms_fulfillment_ids._prepare_work()["cod_amount"]


@tagged("post_install", "-at_install")
class TestStoreCreditDollars(OmsCreditCase):
    """In a currency that is not the company's."""

    def test_balances_are_per_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        dollar.rate_ids = [(0, 0, {"rate": 1 / 16000, "company_id": self.company.id})]
        pricelist = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": dollar.id, "company_id": self.company.id}
        )
        order = self._delivered(
            self.shop, lines=[(self.product, 3, 10.01, None)], pricelist_id=pricelist.id
        )
        self._pay(order)
        self.assertEqual((order.currency_id, order.amount_total), (dollar, 30.03))
        case = self._credited(1, order=order)
        self.assertEqual((case.refund_amount, case.store_credit_amount), (10.01, 10.01))
        move = case.store_credit_ids.move_id
        self.assertEqual(move.line_ids.mapped("amount_currency"), [10.01, -10.01])
        left = self.company._oms_store_credit(self.partner)
        self.assertEqual(left, {(self.partner.id, self.company.id, dollar.id): 10.01})
        rupiah = self._sold(self.shop)
        self.assertEqual(self._code(self._use(rupiah, "error")), "over_credit")
        other = self._sold(self.shop, [(self.product, 1, 7.5, None)], pricelist_id=pricelist.id)
        self.assertEqual(self._use(other)["left"], 2.51)
        self.assertProved()
