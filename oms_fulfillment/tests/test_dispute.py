from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestDispute(OmsAccountingCase):
    """Contested money: what it does in the ledger, and what waits for its end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contested = cls._account("118300", "Contested money", "asset_current", reconcile=True)
        cls.losses = cls._account("628200", "Lost disputes", "expense")
        for channel in cls.marketplace | cls.on_acceptance:
            channel.write(
                {
                    "dispute_account_id": cls.contested.id,
                    "dispute_loss_account_id": cls.losses.id,
                }
            )

    def _dispute(self, order, kind="chargeback", amount=100000, **values):
        return self.env["oms.dispute"].create(
            {
                "order_id": order.id,
                "kind": kind,
                "amount": amount,
                "reason": "Not received",
                "deadline": "2026-07-20",
                "answer": "Proof of delivery sent.",
                **values,
            }
        )

    def _ledger(self, order):
        return self._balance(self.contested, order), self._balance(self.losses, order)

    def test_chargeback_that_is_won_leaves_no_trace_but_its_entries(self):
        order = self._sold(self.marketplace)
        self._complete(order)
        dispute = self._dispute(order)
        self.assertEqual(dispute.activity_ids.date_deadline, dispute.deadline)
        dispute.action_take_back()
        dispute.action_take_back()
        self.assertEqual(self._ledger(order), (100000, 0))
        self.assertBalances(order, clearing=200000)
        self.assertEqual(order._oms_money()[order.id].clearing_open, 200000)
        self.assertProved()
        dispute.action_answer()
        self.assertFalse(dispute.activity_ids)
        dispute.action_win()
        self.assertEqual(self._ledger(order), (0, 0))
        self.assertBalances(order, clearing=300000)
        self.assertTrue(all(item.reconciled for item in self._contested_items(order)))
        self.assertProved()

    def test_chargeback_that_is_lost_in_part(self):
        order = self._sold(self.marketplace)
        self._complete(order)
        dispute = self._dispute(order)
        dispute.action_take_back()
        dispute.lost_amount = 60000
        dispute.action_lose()
        self.assertEqual(self._ledger(order), (0, 60000))
        self.assertBalances(order, clearing=240000)
        answer = self.env["oms.settlement"].submit_lines(
            "MARKET-T", "P-1", [{"order": order.oms_external_id, "gross": 240000, "net": 240000}]
        )
        self.assertEqual(answer[0]["status"], "matched", answer)
        self.assertStage(order, "done")
        self.assertProved()

    def _contested_items(self, order):
        return self.env["account.move.line"].search(
            [("account_id", "=", self.contested.id), ("oms_order_id", "=", order.id)]
        )

    def test_an_invoice_that_is_never_paid_is_written_off(self):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        dispute = self._dispute(order, "customer", 300000, invoice_id=order.oms_invoice_ids.id)
        dispute.action_lose()
        self.assertEqual(self._ledger(order), (0, 300000))
        self.assertBalances(order, receivable=0)
        self.assertNothingOpen(order)
        self.assertStage(order, "done")
        self.assertProved()

    def test_no_more_is_written_off_than_is_owed(self):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        dispute = self._dispute(order, "customer", 400000)
        with self.assertRaisesRegex(UserError, "300"):
            dispute.action_lose()
        self.assertEqual(dispute.state, "open")

    def test_nothing_goes_back_by_itself_while_it_is_contested(self):
        order = self._sold(self.marketplace)
        dispute = self._dispute(order)
        order._action_cancel()
        self._settle()
        order._oms_advance()
        self.assertEqual(order.oms_payment_ids.mapped("oms_role"), ["prepayment"])
        dispute.action_drop()
        order._oms_advance()
        self.assertEqual(sorted(order.oms_payment_ids.mapped("oms_role")), ["prepayment", "refund"])

    def test_steps_that_make_no_sense_are_refused(self):
        order = self._sold(self.marketplace)
        dispute = self._dispute(order, answer=False)
        with self.assertRaisesRegex(UserError, "neither evidence nor an answer"):
            dispute.action_answer()
        dispute.action_take_back()
        with self.assertRaisesRegex(UserError, "was taken back"):
            dispute.action_drop()
        with self.assertRaisesRegex(UserError, "in the books"):
            dispute.amount = 5
        with self.assertRaisesRegex(UserError, "entries in the books"):
            dispute.unlink()
        dispute.action_win()
        with self.assertRaisesRegex(UserError, "closed"):
            dispute.action_lose()
        self.marketplace.dispute_account_id = False
        other = self._dispute(self._sold(self.marketplace))
        with self.assertRaisesRegex(UserError, "Contested Money"):
            other.action_take_back()

    def test_only_finance_decides_and_nobody_writes_the_state(self):
        order = self._sold(self.marketplace)
        companies = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        finance = new_test_user(
            self.env, "fin-dispute", "oms_fulfillment.group_oms_finance", **companies
        )
        agent = new_test_user(
            self.env, "agent-dispute", "oms_fulfillment.group_oms_agent", **companies
        )
        dispute = self._dispute(order)
        with self.assertRaisesRegex(UserError, "may not decide"):
            dispute.with_user(agent).action_win()
        with self.assertRaisesRegex(UserError, "not a field to fill in"):
            dispute.with_user(finance).write({"state": "won"})
        forged = (
            self.env["oms.dispute"]
            .with_user(finance)
            .create(
                {
                    "order_id": order.id,
                    "kind": "customer",
                    "amount": 5,
                    "reason": "x",
                    "state": "won",
                }
            )
        )
        self.assertEqual(forged.state, "open")
        dispute.with_user(finance).action_take_back()
        dispute.with_user(finance).action_lose()
        self.assertEqual(self._ledger(order), (0, 100000))
