import json

from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from .intake_common import IntakeCase, make_order


@tagged("post_install", "-at_install")
class TestIntakeRpc(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.robot = new_test_user(cls.env, "robot", "oms_fulfillment.group_oms_integration")
        cls.rpc = cls.env["oms.channel"].with_user(cls.robot)

    def refused(self, code, method, *arguments):
        with self.assertRaises(OmsRefusal) as caught:
            getattr(self.rpc, method)(*arguments)
        self.assertEqual(caught.exception.code, code)

    def test_integration_needs_no_other_rights(self):
        answers = self.rpc.submit_orders("TOKO", [make_order(), make_order("B")])
        self.assertEqual([answer["status"] for answer in answers], ["accepted"] * 2)
        json.dumps(answers)
        self.assertEqual(
            set(answers[0]),
            {"status", "id", "name", "intake_id", "stage", "holds", "warnings", "errors"},
        )
        self.assertEqual(self.rpc.submit_orders(channel="TOKO", orders=[]), [])

    def test_refusals(self):
        self.refused("unknown_channel", "submit_orders", "NOWHERE", [])
        self.refused("unknown_channel", "submit_orders", None, [])
        self.refused("not_a_list", "submit_orders", "TOKO", make_order())
        self.refused("too_many", "submit_orders", "TOKO", [{}] * 1001)
        self.refused("not_a_list", "validate_orders", "TOKO", "x")
        self.refused("not_a_list", "cancel_orders", "TOKO", None)

    def test_strangers_are_refused(self):
        self.rpc = self.rpc.with_user(new_test_user(self.env, "clerk", "base.group_user"))
        for method in ("submit_orders", "validate_orders", "cancel_orders"):
            self.refused("access", method, "TOKO", [])

    def test_other_companies_channels_are_unknown(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["oms.channel"].create(
            {"name": "Theirs", "code": "THEIRS", "company_id": company.id}
        )
        self.refused("unknown_channel", "submit_orders", "THEIRS", [make_order()])

    def test_order_is_made_in_the_channels_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["oms.channel"].create(
            {"name": "Theirs", "code": "THEIRS", "company_id": company.id, "auto_confirm": False}
        )
        self.env.user.company_ids += company
        both = self.env["oms.channel"].with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        answer = both.submit_orders("THEIRS", [make_order()])[0]
        self.assertEqual(self.order_of(answer).company_id, company)
        self.assertEqual(self.order_of(answer).warehouse_id.company_id, company)

    def test_validate_writes_nothing(self):
        self.submit_one(make_order("KNOWN", revision=1))
        models = ("oms.intake", "sale.order", "res.partner")
        before = [self.env[model].search_count([]) for model in models]
        answers = self.rpc.validate_orders(
            "TOKO",
            [
                make_order("NEW"),
                make_order("KNOWN", revision=1),
                make_order("KNOWN", revision=2),
                make_order("BAD", lines=[{"sku": "NOPE", "quantity": 1, "unit_price": 1}]),
                None,
            ],
        )
        self.assertEqual(
            [answer["status"] for answer in answers],
            ["accepted", "duplicate", "updated", "quarantined", "quarantined"],
        )
        self.assertEqual(answers[3]["errors"][0]["code"], "sku_unmapped")
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_cancel(self):
        order = self.order_of(self.submit_one(make_order()))
        item = {"external_id": "260701SYN0AAA1", "reason": "Out of stock"}
        answers = self.rpc.cancel_orders("TOKO", [item, item, {"external_id": "NOPE"}, 7, {}])
        self.assertEqual(
            [answer["status"] for answer in answers],
            ["cancelled", "duplicate", "error", "error", "error"],
        )
        self.assertIn(order.name, answers[0]["undone"][0])
        self.assertEqual(answers[2]["errors"][0]["code"], "unknown_order")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.oms_cancel_reason, "Out of stock")

    def test_cancel_what_waits_for_repair(self):
        bad = make_order(lines=[{"sku": "NOPE", "quantity": 1, "unit_price": 1}])
        self.submit_one(bad, "quarantined")
        answer = self.rpc.cancel_orders("TOKO", [{"external_id": "260701SYN0AAA1"}])[0]
        self.assertEqual(answer["status"], "cancelled")
        self.assertEqual(self.intakes().state, "superseded")

    def test_reading_messages_needs_the_agents_role(self):
        self.submit_one(make_order())
        self.assertFalse(self.env["oms.intake"].with_user(self.robot).has_access("read"))
        clerk = new_test_user(self.env, "gudang", "oms_fulfillment.group_oms_warehouse")
        self.assertFalse(self.env["oms.intake"].with_user(clerk).has_access("read"))
        agent = new_test_user(self.env, "agent", "oms_fulfillment.group_oms_agent")
        self.assertEqual(self.intakes().with_user(agent).external_id, "260701SYN0AAA1")
