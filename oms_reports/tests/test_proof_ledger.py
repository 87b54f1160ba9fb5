from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged

from .test_pnl import PnlCase


@tagged("post_install", "-at_install")
class TestProofLedger(PnlCase):
    """The nightly proof finds what is wrong with the books, and names it."""

    def _found(self, code):
        self.env.flush_all()
        return [one for one in self.env["oms.proof"].run() if one["code"] == code]

    def _integrity(self, code):
        today = self.env.company._oms_local_date(self.env.cr.now().replace(tzinfo=None))
        report = self.env["oms.analysis"].get_report("integrity", str(today), str(today))
        return [row for row in report["rows"] if row["key"] == code]

    def _alerts(self, code):
        return [row["alert"] for row in self._integrity(code)]

    def _invoiced(self):
        order = self._sold(self.marketplace)
        self._ship(order)
        return order

    def test_nothing_is_found_where_nothing_is_wrong(self):
        order = self._invoiced()
        self._entry(self.other_income, 700)
        self.assertProved()
        self.assertTrue(order.oms_invoice_ids)
        self.assertEqual([*self._alerts("I4b"), *self._alerts("I10")], [False] * 3)

    def test_an_entry_that_does_not_balance(self):
        entry = self._entry(self.other_income, 700)
        item = entry.line_ids.filtered("credit")
        self.env.cr.execute(
            "UPDATE account_move_line SET credit = 600, balance = -600 WHERE id = %s", [item.id]
        )
        self.env.invalidate_all()
        [found] = self._found("balanced")
        self.assertEqual((found["id"], found["expected"], found["actual"]), (entry.id, 700, 600))
        self.assertTrue(self._found("trial_balance"), "and the trial balance does not close")

    def test_an_invoice_line_of_two_orders(self):
        order, other = self._invoiced(), self._invoiced()
        item = order.oms_invoice_ids.invoice_line_ids[:1]
        item.sale_line_ids = [Command.link(other.order_line[:1].id)]
        [found] = self._found("one_order")
        self.assertEqual((found["id"], found["actual"]), (order.oms_invoice_ids.id, 2))
        self.assertEqual(self._alerts("I4b"), [True])

    def test_an_amount_that_opens_other_items(self):
        self._entry(self.other_income, 700)
        self.assertEqual(self._found("drill_down"), [])
        self._invoiced()
        leaf_domains = self.registry["oms.statement"]._leaf_domains

        def forgetful(statements, *args):
            return leaf_domains(statements, *args)[:-1] or [Domain.FALSE]

        self.patch(self.registry["oms.statement"], "_leaf_domains", forgetful)
        self.assertTrue(self._found("drill_down"))
        self.assertEqual(self._alerts("I10"), [False, True])
        row = self._integrity("I10")[1]
        compared, *wrong = (row["inputs"][name] for name in row["cells"][1]["inputs"])
        self.assertEqual(len(wrong), row["cells"][1]["value"])
        self.assertGreater(compared["value"], len(wrong))
        for part in wrong:
            items = self.env[part["model"]].search(part["domain"])
            self.assertNotEqual(abs(sum(items.mapped("balance"))), abs(part["value"]), part)

    def test_the_proof_asks_the_same_whatever_the_number_of_entries(self):
        self._invoiced()
        proof = self.env["oms.proof"]
        proof.run()

        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            proof._check_balanced()
            proof._check_one_order()
            proof._check_trial_balance()
            proof._check_drill_down()
            return self.env.cr.sql_log_count - before

        queries()
        few = queries()
        for _n in range(4):
            self._invoiced()
            self._entry(self.other_income, 700)
        self.env.flush_all()
        self.assertLessEqual(queries(), few)
