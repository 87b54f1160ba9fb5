from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_return import OmsReturnCase


@tagged("post_install", "-at_install")
class TestReturnRoles(OmsReturnCase):
    """Agents propose, the warehouse handles goods, finance handles money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"ret_{role}",
                f"oms_fulfillment.group_oms_{role}",
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for role in ("agent", "warehouse", "finance")
        }

    def _as(self, case, role):
        return case.with_user(self.users[role])

    def _inspected(self, units=2):
        case = self._request(self._delivered(), units)
        self._received(case)
        lines = [{"sku": "MUG", "restock": units}]
        self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "inspected")
        return case

    def test_agents_propose_and_finance_posts(self):
        case = self._inspected()
        before = self.env["account.move"].search_count([])
        lines = [{"sku": "MUG", "refund": 1}]
        answer = self._as(self.Return, "agent").resolve([{"return": case.name, "lines": lines}])[0]
        self.assertEqual((answer["status"], case.state), ("proposed", "inspected"), answer)
        self.assertEqual(case.proposed_by_id, self.users["agent"])
        self.assertEqual(self.env["account.move"].search_count([]), before)
        with self.assertRaises(OmsRefusal):
            self._as(case, "agent").action_resolve()
        self._as(case, "finance").action_resolve()
        self._settle()
        self.assertEqual((case.refund_amount, case.state), (100000, "closed"))
        self.assertProved()

    def test_an_agent_proposes_no_more_than_came(self):
        case = self._inspected(1)
        lines = [{"sku": "MUG", "refund": 2, "override_reason": "Please"}]
        answer = self._as(self.Return, "agent").resolve([{"return": case.name, "lines": lines}])[0]
        self.assertEqual(answer["errors"][0]["code"], "over_accepted")

    def test_a_return_without_money_needs_no_finance(self):
        case = self._request(self._delivered(), 1, wish="none")
        self._received(case)
        lines = [{"sku": "MUG", "restock": 1}]
        self._one(self.Return.inspect([{"return": case.name, "lines": lines}]), "inspected")
        answer = self._as(self.Return, "agent").resolve([{"return": case.name}])[0]
        self.assertEqual((answer["status"], answer["refund"]), ("resolved", 0), answer)

    def test_steps_cannot_be_written_past(self):
        case = self._inspected()
        for role in ("agent", "warehouse", "finance"):
            for vals in ({"state": "closed"}, {"refund_amount": 1}, {"goods_stay": True}):
                with self.assertRaises(UserError):
                    self._as(case, role).write(vals)
            for vals in ({"refund_quantity": 2}, {"accepted": 9}, {"absent": 1}):
                with self.assertRaises(UserError):
                    self._as(case.line_ids, role).write(vals)
        with self.assertRaises(OmsRefusal):
            self._as(case, "agent").with_context(oms_return_step=True).write({"state": "closed"})
        case.action_resolve()
        with self.assertRaises(OmsRefusal):
            self._as(case.line_ids, "agent").write({"quantity": 3})

    def test_the_warehouse_sees_no_amounts(self):
        case = self._inspected()
        for name in ("refund_amount", "refund_proposal", "fee_amount"):
            with self.assertRaises(AccessError):
                self._as(case, "warehouse").read([name])
            self._as(case, "finance").read([name])
        views = self._as(self.Return, "warehouse").get_views([(False, "kanban"), (False, "form")])
        for view in views["views"].values():
            self.assertNotIn("refund_proposal", view["arch"])

    def test_finance_moves_no_goods(self):
        case = self._request(self._delivered(), 1)
        case.action_approve()
        for step in ("action_receive", "action_inspect"):
            with self.assertRaises(OmsRefusal):
                getattr(self._as(case, "finance"), step)()
        with self.assertRaises(UserError):
            self._as(case.picking_id, "finance").button_validate()
