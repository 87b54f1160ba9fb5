from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import OmsCase


@tagged("post_install", "-at_install")
class TestMonitor(OmsCase):
    """Rules raise alerts for orders that need somebody, and take them back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["oms.monitor.rule"].search([("active", "=", True)]).active = False
        cls.now = fields.Datetime.now()
        cls.warehouse_group = cls.env.ref("oms_fulfillment.group_oms_warehouse")
        cls.late = cls._create_rule(
            name="Not packed before ship-by",
            milestone="packed",
            hours=2,
            direction="before",
            reference="ship_by",
            owner_group_id=cls.warehouse_group.id,
        )

    @classmethod
    def _create_rule(cls, **values):
        return cls.env["oms.monitor.rule"].create(values)

    def _run(self):
        self._settle()
        while self.env["sale.order"]._oms_monitor_due():
            pass

    def _late_order(self, hours=1, **values):
        """A confirmed order that has to leave in ``hours``."""
        return self._confirmed(oms_ship_by=self.now + timedelta(hours=hours), **values)

    def _open(self, rule=None):
        rules = rule or self.late
        return rules.alert_ids.filtered(lambda alert: alert.state != "resolved")

    def test_one_alert_for_ten_orders_of_one_cause(self):
        orders = [self._late_order() for _number in range(4)]
        calm = self._late_order(hours=48)
        self._run()
        (alert,) = self._open()
        self.assertEqual(alert.count, 4)
        self.assertEqual(alert.line_ids.order_id, self.env["sale.order"].concat(*orders))
        self.assertIn(self.warehouse.name, alert.reason)
        self.assertIn("pick", alert.next_step)
        self.assertEqual(alert.owner_group_id, self.warehouse_group)
        self.assertEqual(calm.oms_check_at, calm.oms_ship_by - timedelta(hours=2))

    def test_other_cause_other_alert(self):
        self._late_order()
        short = self._late_order(lines=[(self.scarce, 1)])
        self._run()
        self.assertEqual(len(self._open()), 2)
        told = self._open().filtered(lambda alert: short in alert.line_ids.order_id)
        self.assertEqual(told.key, f"stock_short:{self.scarce.id}")
        self.assertIn("RARE", told.reason)

    def test_alert_goes_when_the_cause_is_gone(self):
        first, second = self._late_order(), self._late_order()
        self._run()
        alert = self._open()
        first.oms_fulfillment_ids.action_pack()
        self._run()
        self.assertEqual((alert.count, alert.peak, alert.state), (1, 2, "open"))
        second.oms_fulfillment_ids.action_pack()
        self._run()
        self.assertEqual((alert.state, alert.count), ("resolved", 0))
        self.assertTrue(alert.resolved_at)

    def test_order_changes_its_cause_and_its_alert(self):
        order = self._late_order()
        self._run()
        before = self._open()
        order._oms_raise_hold("fraud_review", "Look at it", blocks_ship=True)
        self._run()
        self.assertEqual(before.state, "resolved")
        self.assertEqual(self._open().key, "hold:fraud_review")

    def test_repeating_the_job_changes_nothing(self):
        self._late_order()
        self._run()
        alert = self._open()
        seen = alert.write_date, alert.first_seen
        self.assertFalse(self.env["sale.order"]._oms_monitor_due())
        self.assertEqual((alert.write_date, alert.first_seen), seen)
        self.assertEqual(len(self.late.alert_ids), 1)

    def test_only_due_orders_are_scanned(self):
        """Orders that are quiet are not read: the due ones come from an index of their own."""
        order = self._late_order(hours=48)
        self._run()
        self.assertFalse(self.env["sale.order"]._oms_due())
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(SQL("EXPLAIN %s", self.env["sale.order"]._oms_due_query(10)))
        self.assertIn("sale_order_oms_check_idx", "\n".join(row[0] for row in plan))
        with self.assertQueryCount(3):
            self.env["sale.order"]._oms_monitor_due()
        order.oms_promise_requested = self.now
        self._settle()
        self.assertEqual(self.env["sale.order"]._oms_due(), order)

    def test_promise_in_danger_says_what_is_left(self):
        self.env.ref("oms_fulfillment.stage_fulfillment").sla_hours = 8
        self.channel.transit_days = 2
        rule = self._create_rule(name="Promise in danger", kind="promise", hours=0)
        order = self._late_order(hours=20)
        order.oms_promise_current = self.now + timedelta(hours=30)
        self._run()
        alert = self._open(rule)
        self.assertEqual(alert.line_ids.order_id, order)
        self.assertEqual(alert.band, "high")
        for words in (order.name, "promised", "expected", "48 h"):
            self.assertIn(words, alert.reason)

    def test_hold_stage_and_answer(self):
        held = self._create_rule(name="Held", kind="hold", hours=1)
        stuck = self._create_rule(
            name="Stuck",
            kind="stage",
            hours=1,
            stage_id=self.env.ref("oms_fulfillment.stage_fulfillment").id,
        )
        silent = self._create_rule(name="Silent", kind="answer", hours=0)
        provider = self.env["res.partner"].create({"name": "Gudang Kita"})
        self.warehouse.write({"oms_provider_id": provider.id, "oms_answer_hours": 1})
        order = self._late_order(hours=48)
        hold = order._oms_raise_hold("fraud_review", "Look at it", blocks_invoice=True)
        self._run()
        self.assertFalse(self._open(held | stuck | silent))
        past = self.now - timedelta(hours=2)
        hold.sudo().since = past
        order.oms_fulfillment_ids.sudo().answer_due = past
        order.oms_stage_since = past
        order._oms_touch()
        self._run()
        self.assertEqual(len(self._open(held)), 1)
        self.assertEqual(len(self._open(stuck)), 1)
        self.assertEqual(self._open(silent).key, f"3pl:{provider.id}")
        self.assertIn("Gudang Kita", self._open(silent).reason)

    def test_dry_run_of_a_rule_that_is_off(self):
        order = self._late_order()
        self.late.active = False
        action = self.late.action_try()
        self.assertEqual(action["domain"], [("id", "in", order.ids)])
        self.assertFalse(self.late.alert_ids)

    def test_rule_that_is_switched_off_ends_its_alerts(self):
        self._late_order()
        self._run()
        alert = self._open()
        self.late.active = False
        self.assertEqual(alert.state, "resolved")
        self.late.active = True
        self._run()
        self.assertEqual(len(self._open()), 1)

    def test_owners_are_told_once(self):
        keeper = new_test_user(self.env, "keeper", "oms_fulfillment.group_oms_warehouse")
        self.late.notify = "mail"
        self._late_order()
        self._run()
        told = self.env["mail.message"].search(
            [("model", "=", "oms.alert"), ("partner_ids", "in", keeper.partner_id.ids)]
        )
        self.assertEqual(len(told), 1)
        self._late_order()
        self._run()
        self.assertEqual(self._open().count, 2)
        self.assertEqual(len(told.search([("model", "=", "oms.alert")])), 1)

    def test_queue_and_roles(self):
        self._late_order()
        self._run()
        alert = self._open()
        keeper = new_test_user(self.env, "keeper", "oms_fulfillment.group_oms_warehouse")
        clerk = new_test_user(self.env, "clerk", "oms_fulfillment.group_oms_finance")
        Alert = self.env["oms.alert"]
        self.assertIn(alert, Alert.with_user(keeper).search([("in_my_queue", "=", True)]))
        self.assertNotIn(alert, Alert.with_user(clerk).search([("in_my_queue", "=", True)]))
        with self.assertRaises(UserError):
            alert.with_user(clerk).action_take()
        alert.with_user(keeper).action_take()
        self.assertEqual((alert.state, alert.user_id), ("taken", keeper))
        with self.assertRaises(UserError):
            alert.with_user(keeper).write({"state": "resolved"})

    def test_without_rules_the_job_does_nothing(self):
        self.late.active = False
        order = self._late_order()
        self._settle()
        self.assertFalse(self.env["sale.order"]._oms_monitor_due())
        self.assertTrue(order.oms_check_at)
        self.assertFalse(self.env["oms.alert"].search([("company_id", "=", self.company.id)]))
