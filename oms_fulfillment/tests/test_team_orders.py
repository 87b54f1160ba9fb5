import psycopg2.errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestTeamOrders(OmsCase):
    """Orders that Odoo itself takes join the channel of their team."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["crm.team"].create({"name": "Web"})
        cls.shop = cls.env["oms.channel"].create(
            {
                "name": "Web Shop",
                "code": "WEB-T",
                "kind": "web",
                "team_id": cls.team.id,
                "takes_team_orders": True,
                "payment_policy": "prepaid",
            }
        )
        cls.journal = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )

    def cart(self, **values):
        order = self._order(oms_channel_id=False, team_id=self.team.id, **values)
        self.assertFalse(order.oms_channel_id, "a cart belongs to nobody yet")
        return order

    def transaction(self, order, provider="payment.payment_provider_transfer"):
        provider = self.env.ref(provider)
        provider.write({"state": "test", "journal_id": self.journal.id})
        manual = self.env.ref("account.account_payment_method_manual_in")
        self.env["account.payment.method.line"].create(
            {
                "name": provider.name,
                "payment_method_id": manual.id,
                "journal_id": self.journal.id,
                "payment_provider_id": provider.id,
            }
        )
        method = provider.payment_method_ids[:1] or self.env["payment.method"].search([], limit=1)
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "reference": f"TX-{order.name}",
                "sale_order_ids": order.ids,
            }
        )

    def pay(self, transaction, state="done"):
        getattr(transaction, f"_set_{state}")()
        transaction._post_process()
        self._settle()

    def test_other_teams_are_left_alone(self):
        other = self.env["crm.team"].create({"name": "Wholesale"})
        order = self._order(oms_channel_id=False, team_id=other.id)
        order.action_confirm()
        self.assertFalse(order.oms_channel_id)
        self.assertFalse(order.oms_stage_id)

    def test_channel_does_not_ask_for_the_team_unless_told(self):
        self.shop.takes_team_orders = False
        order = self.cart()
        order.action_confirm()
        self.assertFalse(order.oms_channel_id)

    def test_paid_order_goes_on(self):
        order = self.cart()
        transaction = self.transaction(order)
        self.pay(transaction)
        self.assertEqual((order.oms_channel_id, order.state), (self.shop, "sale"))
        self.assertTrue(order.oms_paid_at)
        self.assertEqual(order.oms_payment_ref, transaction.reference)
        self.assertStage(order, "fulfillment", "to_pick")
        self.assertEqual(order.oms_payment_ids, transaction.payment_id)
        order._oms_advance()
        self.assertEqual(len(order.oms_payment_ids), 1, "the money is booked once")
        self.assertProved()

    def test_transfer_that_has_not_arrived_holds_the_order(self):
        order = self.cart()
        transaction = self.transaction(order)
        self.pay(transaction, "pending")
        self.assertEqual((order.oms_channel_id, order.state), (self.shop, "sent"))
        self.assertEqual(order._oms_active_holds().mapped("code"), ["payment_pending"])
        self.pay(transaction)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order._oms_active_holds())

    def test_cash_on_delivery(self):
        order = self.cart()
        self.pay(self.transaction(order, "delivery.payment_provider_cod"), "pending")
        self.assertEqual(order.oms_payment_policy, "cod")
        self.assertEqual(order.oms_cod_amount, order.amount_total)
        self.assertEqual(order.state, "sale")

    def test_hold_does_not_fail_the_payment(self):
        self.env["oms.verification.rule"].search([("code", "=", "quantity")]).limit = 1
        order = self.cart()
        transaction = self.transaction(order)
        self.pay(transaction)
        self.assertEqual(order.state, "sent")
        self.assertTrue(transaction.is_post_processed or transaction.payment_id)
        hold = order._oms_active_holds()
        self.assertEqual(hold.mapped("code"), ["quantity_limit"])
        hold.release("Agreed by telephone")
        order._oms_advance()
        self._settle()
        self.assertEqual(order.state, "sale")

    def test_free_order_of_the_shop(self):
        self.shop.payment_policy = "terms"
        order = self.cart()
        order._validate_order()
        self.assertEqual((order.oms_channel_id, order.state), (self.shop, "sale"))

    def test_one_channel_per_team(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            self.shop.copy({"code": "WEB-T2"})
