from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestAcceptance(OmsReturnCase):
    """The customer accepts all or a part; a problem stops its own lines only."""

    def _two_lines(self, channel=None, **values):
        lines = [(self.product, 2, 100000, None), (self.product_b, 1, 50000, None)]
        return self._delivered(channel, lines=lines, **values)

    def _accepted(self, order, *skus):
        item = {"order": order.name, "lines": [{"sku": sku} for sku in skus]}
        answer = self.env["sale.order"].oms_accept([item])[0]
        self._settle()
        return answer

    def _buckets(self, order):
        return {
            line.product_id.default_code: (units.delivered, units.accepted)
            for line_id, units in order.order_line._oms_buckets().items()
            for line in order.order_line.browse(line_id)
        }

    def test_line_by_line(self):
        order = self._two_lines()
        self.assertEqual(self._accepted(order, "MUG")["status"], "accepted")
        self.assertEqual(self._buckets(order), {"MUG": (0, 2), "TEA": (1, 0)})
        self.assertEqual(self._accepted(order, "MUG")["status"], "duplicate")
        self.assertStage(order, "receipt_inspection", "awaiting_acceptance")
        self.assertEqual(self._accepted(order, "NOPE")["errors"][0]["code"], "unknown_line")
        self.assertEqual(self._accepted(order, "TEA")["status"], "accepted")
        self.assertEqual(order.oms_fulfillment_ids.accepted_by, "customer")
        self.assertStage(order, "payment", "payout_pending")
        self.assertProved()

    def test_a_problem_stops_its_own_line_only(self):
        order = self._two_lines()
        case = self._request(order, 1)
        answer = self._accepted(order, "MUG")
        self.assertEqual(answer["errors"][0]["code"], "in_question")
        answer = self.env["sale.order"].oms_accept([{"order": order.name}])[0]
        self.assertEqual(answer["in_question"], case.line_ids.sale_line_id.ids)
        self.assertEqual(self._buckets(order), {"MUG": (2, 0), "TEA": (0, 1)})
        again = self.env["sale.order"].oms_accept([{"order": order.name}])[0]
        self.assertEqual(again["errors"][0]["code"], "in_question")
        self._one(self.Return.decline([{"return": case.name, "reason": "Worn"}]), "declined")
        self.env["sale.order"].oms_accept([{"order": order.name}])
        self.assertTrue(order.oms_fulfillment_ids.accepted_at)
        self.assertProved()

    def test_silence_accepts_what_is_not_in_question(self):
        order = self._two_lines()
        case = self._request(order, 1)
        work = order.oms_fulfillment_ids
        work.auto_accept_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self.env["oms.fulfillment"]._accept_overdue(), work)
        self._settle()
        self.assertEqual(self._buckets(order), {"MUG": (2, 0), "TEA": (0, 1)})
        self.assertFalse(self.env["oms.fulfillment"]._accept_overdue())
        self._one(self.Return.decline([{"return": case.name, "reason": "Worn"}]), "declined")
        self.env["oms.fulfillment"]._accept_overdue()
        self.assertEqual(work.accepted_by, "auto")
        self.assertProved()

    def test_accepted_lines_are_invoiced_while_others_are_in_question(self):
        """Payment on acceptance: the customer owes what was accepted, the rest waits."""
        self.on_acceptance.invoice_trigger = "accept"
        order = self._two_lines(self.on_acceptance, extras=[("shipping", 9000, None)])
        case = self._request(order, 2)
        self.assertFalse(order.oms_invoice_ids)
        self.env["sale.order"].oms_accept([{"order": order.name}])
        self._settle()
        self.assertEqual(order.oms_invoice_ids.mapped("amount_total"), [50000])
        self._received(case)
        self._resolved(case, restock=2)
        self._accept(order)
        self.assertEqual(sum(order.oms_invoice_ids.mapped("amount_total")), 59000)
        self.assertBalances(order, receivable=59000)
        self.assertProved()
