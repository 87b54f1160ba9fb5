from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged, users

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from .common import TrackingCase


@tagged("post_install", "-at_install")
class TestAccess(TrackingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("user", "agent", "warehouse", "courier", "finance", "integration", "manager"):
            new_test_user(cls.env, f"trk_{role}", groups=f"oms_fulfillment.group_oms_{role}")
        new_test_user(cls.env, "trk_portal", groups="base.group_portal")
        new_test_user(cls.env, "trk_nobody", groups="base.group_user")

    def push_as_user(self, parcel):
        event = self.event(parcel.sudo(), "picked_up", 1)
        return self.env["oms.shipment"].push_events([event])

    @users("trk_integration", "trk_courier", "trk_warehouse", "trk_manager")
    def test_may_push(self):
        parcel = self.make_parcel_as_admin()
        self.assertEqual(self.statuses(self.push_as_user(parcel)), ["recorded"])

    @users("trk_user", "trk_agent", "trk_finance", "trk_portal", "trk_nobody")
    def test_may_not_push(self):
        parcel = self.make_parcel_as_admin()
        with self.assertRaises(OmsRefusal):
            self.push_as_user(parcel)
        with self.assertRaises(OmsRefusal):
            self.env["oms.shipment"].set_resi([{"parcel": parcel.id, "resi": "1"}])

    @users("trk_integration")
    def test_integration_sees_no_records_but_may_set_a_number(self):
        parcel = self.make_parcel_as_admin()
        for model in ("oms.shipment", "oms.shipment.event", "oms.event.inbox", "oms.courier"):
            with self.assertRaises(AccessError):
                self.env[model].search([])
        (answer,) = self.env["oms.shipment"].set_resi(
            [{"parcel": parcel.sudo().name, "resi": self.new_resi()}]
        )
        self.assertEqual(answer["status"], "recorded")

    @users("trk_courier")
    def test_courier_desk_works(self):
        parcel = self.make_parcel_as_admin()
        parcel.read(["display_name", "partner_id", "order_id", "exception_reason"])
        parcel.write({"resi": self.new_resi()})
        wizard = self.env["oms.shipment.record"].create(
            {"shipment_ids": parcel.ids, "status": "refused"}
        )
        wizard.action_record()
        self.assertEqual(parcel.status, "refused")
        parcel.action_settle_exception()
        self.env["oms.courier.status"].create({"raw_code": "ZZ", "status": "in_transit"})
        self.env["oms.courier.unmapped"].search([])
        self.env["oms.event.inbox"].search([]).action_retry()

    @users("trk_user", "trk_agent", "trk_finance")
    def test_readers_read_only(self):
        parcel = self.make_parcel_as_admin()
        parcel.read(["name", "resi", "status"])
        parcel.line_ids.read(["quantity"])
        parcel.resi_ids.read(["number"])
        with self.assertRaises(AccessError):
            parcel.write({"resi": "X"})
        with self.assertRaises(AccessError):
            parcel.action_void()
        with self.assertRaises(AccessError):
            self.env["oms.courier"].search([], limit=1).name = "X"

    @users("trk_portal", "trk_nobody")
    def test_strangers_see_nothing(self):
        for model in ("oms.shipment", "oms.shipment.line", "oms.shipment.event", "oms.event.inbox"):
            with self.assertRaises(AccessError):
                self.env[model].search([])

    @users("trk_courier")
    def test_other_companies_stay_hidden(self):
        parcel = self.make_parcel_as_admin()
        company = type(self).env["res.company"].create({"name": "Other"})
        parcel.sudo().fulfillment_id.company_id = company
        self.env.flush_all()
        for model, domain in (
            ("oms.shipment", [("id", "=", parcel.id)]),
            ("oms.shipment.line", [("shipment_id", "=", parcel.id)]),
            ("oms.shipment.resi", [("shipment_id", "=", parcel.id)]),
        ):
            self.assertFalse(self.env[model].search(domain))

    def make_parcel_as_admin(self):
        """A parcel made by the superuser, seen by the user of the test."""
        user_env = self.env
        self.env = type(self).env
        try:
            parcel = self.make_parcel()
            self.env.flush_all()
        finally:
            self.env = user_env
        return parcel.with_env(user_env)
