from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestMerge(OmsAccountingCase):
    """Orders of one buyer in one parcel; each stays an order of its own."""

    def _merge(self, *orders):
        names = [order.oms_fulfillment_ids.name for order in orders]
        return self.env["oms.fulfillment"].merge([{"fulfillments": names}])[0]

    def test_one_hand_over_for_both_and_two_orders_to_the_end(self):
        first, second = self._confirmed(), self._confirmed([(self.product_b, 1)])
        answer = self._merge(first, second)
        self.assertEqual(answer["status"], "merged", answer)
        lead = first.oms_fulfillment_ids
        self.assertEqual(second.oms_fulfillment_ids.lead_id, lead)
        shipped = self.env["oms.fulfillment"].ship([{"order": second.name}])[0]
        self.assertEqual(shipped["status"], "shipped", shipped)
        self._settle()
        self.assertStage(first, "tracking", "in_transit")
        self.assertStage(second, "tracking", "in_transit")
        self.env["oms.fulfillment"].mark_delivered([{"order": first.name}])
        self.assertStage(second, "receipt_inspection", "awaiting_acceptance")
        self.env["sale.order"].oms_accept([{"order": first.name}])
        self.assertStage(first, "payment", "awaiting_payment")
        self.assertStage(second, "receipt_inspection", "awaiting_acceptance")
        self.assertEqual(first.oms_invoice_ids.amount_total, first.amount_total)
        self.assertFalse(second.oms_invoice_ids)
        self.assertProved()

    def test_hold_on_one_stops_the_parcel(self):
        first, second = self._confirmed(), self._confirmed()
        self._merge(first, second)
        second._oms_raise_hold("fraud_review", "Look at it")
        answer = self.env["oms.fulfillment"].ship([{"order": first.name}])[0]
        self.assertEqual(answer["errors"][0]["code"], "on_hold")
        self.assertEqual((first | second).picking_ids.mapped("state"), ["assigned", "assigned"])

    def test_transfer_that_leaves_alone_has_its_own_parcel(self):
        first, second = self._confirmed(), self._confirmed()
        self._merge(first, second)
        first.picking_ids.with_context(skip_sms=True).button_validate()
        self._settle()
        self.assertFalse(second.oms_fulfillment_ids.lead_id)
        self.assertStage(second, "fulfillment", "to_pick")

    def test_merged_by_the_button_and_taken_apart_again(self):
        orders = self._confirmed() | self._confirmed()
        works = orders.oms_fulfillment_ids
        works.action_merge()
        self.assertEqual(len(works.filtered("lead_id")), 1)
        works.action_unmerge()
        self.assertFalse(works.lead_id)

    def test_what_does_not_belong_together_is_refused(self):
        first = self._confirmed()
        other = self.partner.copy({"name": "Budi", "street": "Jl. Lain 2"})
        self.assertEqual(
            self._merge(first, self._confirmed(partner_id=other.id))["errors"][0]["code"],
            "not_together",
        )
        cash = self._confirmed(oms_channel_id=self.cod.id)
        elsewhere = self._channel("COD-2", "cod", "deliver", auto_confirm=False)
        elsewhere.cod_journal_id = self.cod_journal.copy({"code": "CODX"})
        other_cash = self._confirmed(oms_channel_id=elsewhere.id)
        self.assertEqual(self._merge(cash, other_cash)["errors"][0]["code"], "cod_apart")
        self.assertEqual(self._merge(first)["errors"][0]["code"], "too_few")
        gone = self._confirmed()
        gone.oms_fulfillment_ids.action_hand_over()
        self.assertEqual(self._merge(first, gone)["errors"][0]["code"], "not_open")
        with self.assertRaises(UserError):
            first.oms_fulfillment_ids.action_merge()
