from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestHolds(OmsCase):
    """A failing check stops the order on every route, and says why."""

    def _incomplete(self, **values):
        self.partner.city = False
        return self._order(**values)

    def test_incomplete_address_holds_the_order(self):
        order = self._incomplete()
        self.assertStage(order, "processing", "hold")
        hold = order.oms_hold_ids
        self.assertEqual((hold.code, hold.state), ("address_invalid", "active"))
        self.assertIn("city", hold.reason)

    def test_no_route_leads_past_a_hold(self):
        order = self._incomplete()
        for confirm in (
            order.action_confirm,
            lambda: order.write({"state": "sale"}),
            lambda: order.with_context(send_email=True).action_confirm(),
        ):
            with self.assertRaisesRegex(UserError, f"{order.name} can't be confirmed.*no city"):
                confirm()
        self.assertFalse(order.picking_ids)
        order._oms_advance()
        self.assertEqual(order.state, "draft")

    def test_created_as_confirmed_is_refused(self):
        self.partner.city = False
        with self.assertRaisesRegex(UserError, "no city"):
            self._order(state="sale")

    def test_hold_ends_when_the_cause_is_mended(self):
        order = self._incomplete()
        self.partner.city = "Bandung"
        order.partner_shipping_id = self.partner
        order._oms_touch()
        self.assertStage(order, "processing", "to_confirm")
        self.assertEqual(order.oms_hold_ids.state, "released")

    def test_release_needs_a_reason_and_is_remembered(self):
        order = self._incomplete()
        hold = order.oms_hold_ids
        with self.assertRaisesRegex(UserError, "with a reason"):
            hold.release("  ")
        hold.release("Customer collects at the counter")
        order._oms_touch()
        self.assertStage(order, "processing", "to_confirm")
        self.assertEqual(hold.released_by_id, self.env.user)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_released_hold_returns_with_new_evidence(self):
        order = self._incomplete()
        order.oms_hold_ids.release("Known customer")
        self.partner.phone = False
        order._oms_touch()
        self.assertStage(order, "processing", "hold")

    def test_only_the_entitled_role_releases(self):
        order = self._order()
        hold = order._oms_raise_hold("credit_limit", "Over the limit", "exposure=2; limit=1")
        agent = new_test_user(self.env, "agent-h", "oms_fulfillment.group_oms_agent")
        finance = new_test_user(self.env, "finance-h", "oms_fulfillment.group_oms_finance")
        with self.assertRaisesRegex(UserError, "may not release"):
            hold.with_user(agent).sudo(False).release("please")
        hold.with_user(finance).sudo(False).release("Paid this morning")
        self.assertEqual(hold.released_by_id, finance)

    def test_state_of_a_hold_is_not_a_field_to_write(self):
        order = self._incomplete()
        agent = new_test_user(self.env, "agent-w", "oms_fulfillment.group_oms_agent")
        with self.assertRaisesRegex(UserError, "not a field to fill in"):
            order.oms_hold_ids.with_user(agent).write({"state": "released"})

    def test_rejected_order_is_cancelled(self):
        order = self._incomplete()
        order.oms_hold_ids.reject("Wrong number")
        self.assertStage(order, "cancelled")
        self.assertEqual(order.oms_cancel_reason, "Wrong number")

    def test_ship_hold_stops_the_transfer(self):
        order = self._confirmed()
        order._oms_raise_hold("manual", "Customer called", raised_by="user")
        with self.assertRaisesRegex(UserError, "can't be shipped: Customer called"):
            order.picking_ids.with_context(skip_sms=True).button_validate()
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertStage(order, "fulfillment", "hold")

    def test_total_that_differs_is_held_with_both_figures(self):
        order = self._order(oms_has_channel_total=True, oms_channel_total=99999)
        hold = order.oms_hold_ids
        self.assertEqual(hold.code, "total_mismatch")
        self.assertIn("99,999", hold.reason)
        self.assertIn("100,000", hold.reason)

    def test_absurd_quantity_is_held(self):
        order = self._order([(self.product, 5000)])
        self.assertEqual(order.oms_hold_ids.code, "quantity_limit")

    def test_price_off_the_list_is_held_where_the_channel_verifies(self):
        self.channel.price_policy = "verify"
        order = self._order()
        self.assertFalse(order.oms_hold_ids)
        order.order_line.price_unit = 40000
        self.assertStage(order, "processing", "hold")
        self.assertEqual(order.oms_hold_ids.code, "price_mismatch")

    def test_unpaid_prepaid_order_waits_for_the_money(self):
        self.channel.payment_policy = "prepaid"
        order = self._order()
        self.assertEqual(order.oms_hold_ids.code, "payment_pending")
        order.oms_paid_at = "2026-07-01 00:00:00"
        self.assertStage(order, "processing", "to_confirm")
