from odoo.tests import tagged

from .common_return import OmsReturnCase
from .common_stranger import StrangerMixin
from .intake_common import make_order


@tagged("post_install", "-at_install")
class TestOtherCompany(StrangerMixin, OmsReturnCase):
    """Who has every role, but in another company, presses no button on our records."""

    def test_money(self):
        order = self._sold(self.marketplace)
        self._complete(order)
        lines = [
            {"order": order.oms_external_id, "gross": 280000, "net": 280000},
            {"order": "NOBODY", "gross": 300000, "net": 300000},
        ]
        answers = self.env["oms.settlement"].submit_lines("MARKET-T", "PAY-1", lines)
        found = [self.env["oms.settlement.line"].browse(answer["id"]) for answer in answers]
        self.assertEqual([line.state for line in found], ["difference", "unmatched"])
        dispute = self.env["oms.dispute"].create(
            {"order_id": order.id, "amount": 1000, "reason": "Not received"}
        )
        self.assertNoButtonWorks(order, *found, found[0].settlement_id, dispute)

    def test_fulfilments(self):
        warehouse = self.env["stock.warehouse"].create(
            {
                "name": "Depot",
                "code": "DEPOT",
                "oms_provider_id": self.env["res.partner"].create({"name": "3PL"}).id,
            }
        )
        self._stock(self.product, 5, warehouse)
        order = self._sold(self.on_acceptance, warehouse_id=warehouse.id)
        self.assertEqual(order.oms_fulfillment_ids.request_state, "submitted")
        order._oms_raise_hold("fraud_review", "Look at it")
        orders = self._sold(self.on_acceptance) + self._sold(self.on_acceptance)
        works = orders.oms_fulfillment_ids
        works.action_merge()
        self.assertNoButtonWorks(
            order,
            order.oms_hold_ids,
            order.oms_fulfillment_ids,
            works.filtered("lead_id"),
            works[0].picking_id,
        )

    def test_returns(self):
        asked, coming, received, inspected = (self._request(self._delivered(), 1) for _n in "1234")
        for case in coming | received | inspected:
            self._one(self.Return.approve([{"return": case.name}]), "approved")
        (coming | received | inspected).action_parcel()
        for case in received | inspected:
            self._one(self.Return.receive([{"return": case.name}]), "received")
        findings = [{"disposition": "send_back", "quantity": 1}]
        verdict = {"return": inspected.name, "lines": [{"sku": "MUG", "findings": findings}]}
        self._one(self.Return.inspect([verdict]), "inspected")
        self.assertTrue(inspected.goes_back)
        self.assertNoButtonWorks(asked, coming, received, inspected, coming.parcel_id)

    def test_doors_and_queues(self):
        item = make_order("STRANGE-1")
        item["lines"][0]["sku"] = "NOBODY-KNOWS-IT"
        self.env["oms.channel"].submit_orders("MARKET-T", [item])
        intake = self.env["oms.intake"].search([("external_id", "=", "STRANGE-1")])
        order = self._sold(self.on_acceptance)
        self._complete(order)
        self.assertNoButtonWorks(
            self.marketplace,
            intake,
            self.env["oms.proof.result"].prove(),
            self.env["oms.owed"].search([("order_id", "=", order.id)]),
        )
