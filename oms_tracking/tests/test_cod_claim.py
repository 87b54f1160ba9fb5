from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.oms_fulfillment.tests.common_accounting import OmsAccountingCase


@tagged("post_install", "-at_install")
class TestCodClaim(OmsAccountingCase):
    """Cash that a courier kept becomes a claim on that courier, once."""

    def _delivered(self):
        order = self._sold(self.cod)
        self._ship(order)
        self._deliver(order, datetime(2026, 7, 3, 9, 0))
        self.env.flush_all()
        return order, self.env["oms.held.money"].search([("order_id", "=", order.id)])

    def test_one_claim_for_the_cash(self):
        order, row = self._delivered()
        self.assertTrue(row.is_overdue)
        finance = new_test_user(
            self.env,
            "fin-claim",
            "oms_fulfillment.group_oms_finance",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        action = row.with_user(finance).action_claim()
        claim = self.env["oms.claim"].browse(action["res_id"])
        self.assertEqual((claim.kind, claim.amount, claim.state), ("cod", 300000, "draft"))
        self.assertIn(claim.shipment_id, order.oms_shipment_ids)
        self.assertEqual(row.action_claim()["res_id"], claim.id)

    def test_what_nobody_holds_is_not_claimed(self):
        order = self._sold(self.marketplace)
        self._complete(order)
        self.env.flush_all()
        row = self.env["oms.held.money"].search([("order_id", "=", order.id)])
        with self.assertRaisesRegex(UserError, "no cash"):
            row.action_claim()
