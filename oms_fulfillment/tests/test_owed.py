from datetime import datetime, timedelta, timezone

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestOwed(OmsAccountingCase):
    """The cash desk says what the ledger says, and who has to act."""

    def _rows(self, **domain):
        self.env.flush_all()
        found = self.env["oms.owed"].search([(key, "=", value) for key, value in domain.items()])
        return {(row.order_id, row.side): row for row in found}

    def test_every_side_is_shown_with_its_age(self):
        owing = self._sold(self.on_acceptance)
        self._complete(owing)
        cash = self._sold(self.cod)
        self._ship(cash)
        self._deliver(cash, datetime(2026, 7, 3, 9, 0))
        held = self._sold(self.marketplace)
        self._complete(held)
        refund = self._paid_too_much()
        rows = self._rows(company_id=self.company.id)
        self.assertEqual(
            {key: row.amount for key, row in rows.items()},
            {
                (owing, "customer"): 300000,
                (cash, "cod"): 300000,
                (held, "payout"): 300000,
                (refund, "payout"): 300000,
                (refund, "refund"): -30000,
            },
        )
        late = rows[cash, "cod"]
        self.assertEqual(late.since, datetime(2026, 7, 10).date())
        self.assertGreater(late.days, 60)
        self.assertEqual(late.age, "4")
        receivable = self._balance(self.receivable)
        customers = sum(row.amount for (_o, side), row in rows.items() if side == "customer")
        back = sum(row.amount for (_o, side), row in rows.items() if side == "refund")
        self.assertEqual(customers + back, receivable)

    def test_days_are_those_of_the_companys_calendar(self):
        """Where it is tomorrow or still yesterday, the money has waited a day more or less."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        ahead = now.hour >= 10
        self.company.partner_id.tz = "Pacific/Kiritimati" if ahead else "Pacific/Niue"
        hour, days = (0, 4) if ahead else (23, 2)
        order = self._sold(self.cod)
        self._ship(order)
        self._deliver(order, (now - timedelta(days=3)).replace(hour=hour))
        self.env.flush_all()
        held = self.env["oms.held.money"].search([("order_id", "=", order.id)])
        self.assertEqual(held.days, days)
        self.assertEqual(held.due, self._rows()[order, "cod"].since)
        self.assertEqual(self._rows()[order, "cod"].days, max(days - self.cod.payout_days, 0))
        self.cod.payout_days = 0
        self.env.invalidate_all()
        self.assertEqual(self._rows()[order, "cod"].days, days)

    def _paid_too_much(self):
        order = self._sold(self.marketplace)
        self._complete(order)
        invoice = order.oms_invoice_ids
        credit = invoice._reverse_moves([{"date": invoice.date}])
        credit.invoice_line_ids.price_unit = 10000
        credit.action_post()
        order._oms_advance()
        self._settle()
        return order

    def test_what_is_contested_is_marked(self):
        order = self._sold(self.on_acceptance)
        self._complete(order)
        row = self._rows()[order, "customer"]
        action = row.action_dispute()
        self.assertFalse(row.contested)
        self.env["oms.dispute"].with_context(**action["context"]).create({"reason": "Broken"})
        row = self._rows()[order, "customer"]
        self.env.invalidate_all()
        self.assertTrue(row.contested)

    def test_refund_queue_pays_back_once(self):
        order = self._paid_too_much()
        self.assertEqual(order.oms_refund_due, 30000)
        domain = [("oms_blocker", "in", ("refund_pending", "prepayment_to_refund"))]
        self.assertIn(order, self.env["sale.order"].search(domain))
        order.action_oms_pay_back()
        self._settle()
        self.assertNotIn(order, self.env["sale.order"].search(domain))
        order.invalidate_recordset()
        self.assertEqual(order.oms_refund_due, 0)
        order.action_oms_pay_back()
        refunds = order.oms_payment_ids.filtered(lambda payment: payment.oms_role == "refund")
        self.assertEqual(refunds.mapped("amount"), [30000])

    def test_finance_only(self):
        agent = new_test_user(self.env, "agent-owed", "oms_fulfillment.group_oms_agent")
        with self.assertRaises(AccessError):
            self.env["oms.owed"].with_user(agent).search([])
        order = self._paid_too_much()
        agent.write({"company_ids": [(4, self.company.id)], "company_id": self.company.id})
        with self.assertRaisesRegex(UserError, "may not pay money back"):
            order.with_user(agent).action_oms_pay_back()
