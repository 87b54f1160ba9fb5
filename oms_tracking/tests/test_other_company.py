from odoo.tests import tagged

from odoo.addons.oms_fulfillment.tests.common_stranger import StrangerMixin

from .test_return_parcel import WayBackCase


@tagged("post_install", "-at_install")
class TestOtherCompany(StrangerMixin, WayBackCase):
    """Who has every role, but in another company, presses no button on our parcels."""

    def test_parcels(self):
        planned = self.make_order().oms_fulfillment_ids._plan_parcels()
        manifest = self.env["oms.manifest"].create({"courier_id": self.jne.id})
        moving, lost = self.make_parcel(), self.make_parcel()
        self.push(self.event(moving, "picked_up", 1), self.event(lost, "lost", 1))
        lost.action_claim()
        self.push(self.event("NOBODY-1", "picked_up", 1))
        inbox = self.env["oms.event.inbox"].search([], limit=1)
        assign = self.env["oms.fleet.assign"].create(
            {"driver_id": self.partner.id, "shipment_ids": moving.ids}
        )
        run = self.env["oms.fleet.run"].browse(assign.action_assign()["res_id"])
        self.assertNoButtonWorks(
            planned,
            manifest,
            moving,
            lost,
            lost.claim_ids,
            inbox,
            run,
            run.stop_ids,
            moving.fulfillment_id,
            moving.order_id,
        )

    def test_bookings_and_the_way_back(self):
        booked = self.make_booked_order()
        case = self.approved()
        self.env["oms.return"].receive([{"return": case.name}])
        findings = [{"disposition": "send_back", "quantity": 1}]
        lines = [{"sku": "TRK-MUG", "findings": findings}]
        self.env["oms.return"].inspect([{"return": case.name, "lines": lines}])
        self.assertTrue(case.goes_back)
        coming = self.approved()
        coming.action_parcel()
        self.assertNoButtonWorks(
            booked, self.book_job(booked), self.account, case, coming, coming.parcel_id
        )
