import base64

from odoo.tests import new_test_user, tagged

from ..exceptions import OmsRefusal
from .common_accounting import OmsAccountingCase
from .test_return_policy import photo


@tagged("post_install", "-at_install")
class TestDisputeRpc(OmsAccountingCase):
    """A gateway tells of its chargebacks; every call may come twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketplace.write(
            {
                "dispute_account_id": cls._account(
                    "118300", "Contested", "asset_current", reconcile=True
                ).id,
                "dispute_loss_account_id": cls._account("628200", "Lost", "expense").id,
            }
        )
        user = new_test_user(
            cls.env,
            "gateway",
            "oms_fulfillment.group_oms_integration",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.Dispute = (
            cls.env["oms.dispute"].with_user(user).with_context(allowed_company_ids=cls.company.ids)
        )

    def setUp(self):
        super().setUp()
        self.order = self._sold(self.marketplace)
        self._complete(self.order)
        self.item = {"order": self.order.name, "reference": "CB-1"}

    def _one(self, answers, status):
        (answer,) = answers
        self.assertEqual(answer["status"], status, answer)
        self._settle()
        return answer

    def _opened(self, **values):
        item = {**self.item, "amount": 100000, "reason": "Fraud", "deadline": "2026-07-20"}
        return self._one(self.Dispute.open([{**item, **values}]), "opened")

    def test_from_the_claim_to_the_loss(self):
        answer = self._opened(taken=True)
        self.assertTrue(answer["taken"])
        again = {**self.item, "amount": 100000, "taken": True}
        self.assertEqual(self._one(self.Dispute.open([again]), "duplicate")["id"], answer["id"])
        (listed,) = self.Dispute.fetch_disputes(orders=[self.order.name])
        self.assertEqual(
            (listed["reference"], listed["amount"], listed["deadline"], listed["taken"]),
            ("CB-1", 100000, "2026-07-20", True),
        )
        files = [{"name": "pod.png", "content": photo()}]
        evidence = {**self.item, "answer": "It was delivered.", "files": files}
        self._one(self.Dispute.set_evidence([evidence]), "recorded")
        self._one(self.Dispute.set_evidence([evidence]), "duplicate")
        self._one(self.Dispute.set_evidence([{**self.item, "answered": True}]), "answered")
        dispute = self.env["oms.dispute"].browse(answer["id"])
        self.assertEqual((dispute.state, len(dispute.evidence_ids)), ("answered", 1))
        outcome = {"dispute": answer["name"], "outcome": "lost", "lost_amount": 60000}
        self._one(self.Dispute.set_outcome([outcome]), "lost")
        self._one(self.Dispute.set_outcome([outcome]), "duplicate")
        self.assertEqual((dispute.lost_amount, len(dispute.outcome_move_id)), (60000, 1))
        won = self._one(self.Dispute.set_outcome([{**outcome, "outcome": "won"}]), "error")
        self.assertEqual(won["errors"][0]["code"], "bad_step")
        self.assertEqual(self.Dispute.fetch_disputes(), [])
        self.assertEqual(len(self.Dispute.fetch_disputes(["lost"])), 1)
        self.assertProved()

    def test_refused(self):
        script = base64.b64encode(b"<html><script>1</script></html>").decode()
        self._opened()
        for method, item, code in (
            ("open", {"order": "NOPE"}, "unknown_order"),
            ("open", {"order": self.order.name, "amount": 0}, "bad_value"),
            ("open", {"order": self.order.name, "amount": 1, "kind": "x"}, "bad_value"),
            ("open", {"order": self.order.name, "amount": 1, "deadline": "soon"}, "bad_value"),
            ("set_evidence", {"dispute": "NOPE"}, "unknown_dispute"),
            ("set_evidence", {**self.item, "files": [{"content": script}]}, "bad_file"),
            ("set_evidence", {**self.item, "files": [{"content": "%"}]}, "bad_file"),
            ("set_outcome", {**self.item, "outcome": "maybe"}, "bad_value"),
        ):
            answer = self._one(getattr(self.Dispute, method)([item]), "error")
            self.assertEqual(answer["errors"][0]["code"], code, item)

    def test_who_may(self):
        warehouse = new_test_user(self.env, "picker", "oms_fulfillment.group_oms_warehouse")
        for method, args in (("open", [[self.item]]), ("fetch_disputes", [])):
            with self.assertRaises(OmsRefusal) as refusal:
                getattr(self.env["oms.dispute"].with_user(warehouse), method)(*args)
            self.assertEqual(refusal.exception.code, "access")
