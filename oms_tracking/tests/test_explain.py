from odoo.tests import tagged

from odoo.addons.oms_fulfillment.tests.test_explain import ELSEWHERE, ExplainCase


@tagged("post_install", "-at_install")
class TestExplainParcels(ExplainCase):
    """What only parcels can tell, and what is done about it."""

    def _sent(self):
        order = self._draft(self.on_acceptance)
        order.action_confirm()
        self._settle()
        order.oms_fulfillment_ids.action_hand_over()
        self._settle()
        return order

    def test_the_cases_are_here(self):
        self.assertEqual(ELSEWHERE, {"parcel_exception"})

    def test_a_parcel_on_its_way_back_becomes_a_return(self):
        for status in ("refused", "returning", "returned", "lost"):
            order = self._sent()
            order.oms_shipment_ids._record_own_event(status)
            with self.subTest(status=status):
                call = self._clears(order, "parcel_exception")
                self.assertEqual((call["model"], call["method"]), ("oms.return", "request"))

    def test_the_return_of_a_lost_parcel_leads_on(self):
        order = self._sent()
        order.oms_shipment_ids._record_own_event("returned")
        self._obey(self._clears(order, "parcel_exception"))
        steps = 0
        while (blocker := self._explain(order)) and steps < 4:
            self.assertEqual(blocker["evidence"]["model"], "oms.return")
            self._obey(self._clears(order, "return_open"))
            steps += 1
        self.assertIsNone(blocker)

    def test_a_voided_label_is_replaced(self):
        order = self._sent()
        order.oms_shipment_ids.action_void()
        call = self._clears(order, "parcel_exception")
        self.assertEqual((call["model"], call["method"]), ("oms.fulfillment", "ship"))
        self._obey(call)
        self.assertEqual(self._explain(order)["code"], "in_transit")
