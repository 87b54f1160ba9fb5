from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from ..exceptions import OmsRefusal
from .test_store_credit import OmsCreditCase


@tagged("post_install", "-at_install")
class TestReturnOverdue(OmsCreditCase):
    """What was sent in advance and is not sent back is charged; what comes after all is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["oms.return.policy"].create(
            {"name": "Advance", "days": 30, "advance_days": 10}
        )

    def _in_advance(self, units=2, **values):
        lines = [(self.product, 3, 100000, self.tax)]
        extras = [("discount", -10000, None), ("shipping", 9000, None)]
        order = self._delivered(lines=lines, extras=extras, **values)
        case = self._request(order, units, wish="advance")
        self._one(self.Return.approve([{"return": case.name}]), "approved")
        self._complete(case.replacement_ids)
        return case

    def _later(self, case):
        case.send_back_by = fields.Date.today() - timedelta(days=2)

    def _run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("oms_fulfillment.cron_charge_overdue").method_direct_trigger()
        self.env.invalidate_all()

    def _charges(self, case):
        return case.charge_move_ids.filtered(lambda move: move.move_type == "out_invoice")

    def test_charged_at_what_they_would_have_paid(self):
        case = self._in_advance()
        again = case.replacement_ids
        approved_on = case.company_id._oms_local_date(case.approved_at)
        self.assertEqual((case.send_back_by - approved_on).days, 10)
        with self.assertRaises(OmsRefusal) as caught:
            case.action_charge()
        self.assertEqual(caught.exception.code, "nothing_to_charge")
        self._later(case)
        self.assertEqual(case.chargeable, 2)
        case.action_charge()
        self._settle()
        invoice = self._charges(case)
        # two thirds of 333,000 less two thirds of the discount; the shipping was for the first ones
        self.assertEqual(invoice.amount_total, 222000 - 6667)
        self.assertEqual((invoice.oms_order_id, invoice.state), (again, "posted"))
        self.assertEqual(again._oms_money()[again.id].to_pay, invoice.amount_total)
        with self.assertRaises(OmsRefusal):
            case.action_charge()
        self.assertEqual(len(case.charge_move_ids), 1)
        self.assertProved()

    def test_what_comes_after_all_is_credited(self):
        case = self._in_advance()
        again = case.replacement_ids
        self._later(case)
        case.action_charge()
        charged = self._charges(case).amount_total
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=case.charge_move_ids.ids
        )
        register.create({"journal_id": self.bank.id}).action_create_payments()
        self._settle()
        self._one(
            self.Return.receive([{"return": case.name, "lines": [{"sku": "MUG", "quantity": 1}]}]),
            "received",
        )
        self._resolved(case, restock=1)
        kept = [move.amount_total for move in self._charges(case) if not move.reversal_move_ids]
        self.assertEqual(len(kept), 1)
        self.assertAlmostEqual(kept[0], charged / 2, delta=1)
        self.assertEqual(case.line_ids.charged_quantity, 1)
        back = sum(again._oms_payments("refund").mapped("amount"))
        self.assertEqual(back + kept[0], charged, "what came is paid back")
        self.assertBalances(again, receivable=0)
        self.assertProved()

    def test_all_of_it_comes_after_all(self):
        case = self._in_advance()
        self._later(case)
        case.action_charge()
        self._one(self.Return.receive([{"return": case.name}]), "received")
        self._resolved(case, restock=2)
        again = case.replacement_ids
        self.assertEqual(self._charges(case).payment_state, "reversed")
        self.assertEqual(again._oms_money()[again.id].to_pay, 0)
        self.assertEqual((case.line_ids.charged_quantity, case.state), (0, "closed"))
        self.assertProved()

    def test_the_policy_may_charge_by_itself(self):
        case, other = self._in_advance(), self._in_advance()
        self._later(case)
        self._run_job()
        self.assertFalse(case.charge_move_ids, "finance does it")
        overdue = self.Return.search(
            [("send_back_by", "<", "today"), ("charge_move_ids", "=", False)]
        )
        self.assertEqual(overdue, case)
        self.policy.advance_charge = True
        self._run_job()
        self._run_job()
        self.assertEqual(len(case.charge_move_ids), 1)
        self.assertFalse(other.charge_move_ids)
        self.assertProved()

    def test_missing_units_are_charged(self):
        case = self._in_advance()
        self._one(
            self.Return.receive([{"return": case.name, "lines": [{"sku": "MUG", "quantity": 1}]}]),
            "received",
        )
        self._resolved(case, restock=1)
        self.assertEqual(case.chargeable, 1)
        case.action_charge()
        self._settle()
        self.assertEqual(case.chargeable, 0)
        self.assertProved()

    def test_the_day_is_that_of_the_company(self):
        """At 18:00 UTC the next day has begun in Jakarta."""
        self.policy.advance_charge = True
        case = self._in_advance()
        case.send_back_by = "2026-12-20"
        for moment, charges in (("2026-12-20 16:00:00", 0), ("2026-12-20 18:00:00", 1)):
            with freeze_time(moment):
                self._run_job()
            self.assertEqual(len(self._charges(case)), charges, moment)
