import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import OmsReportsCase


@tagged("post_install", "-at_install")
class TestAccess(OmsReportsCase):
    """Who sees which figure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Not Ours"})

    def _user(self, *groups):
        return new_test_user(
            self.env,
            f"user_{len(groups)}_{'_'.join(group.split('.')[-1] for group in groups)}",
            ",".join(groups or ("base.group_user",)),
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
        )

    def _as(self, *groups):
        return self.env["oms.report.dashboard"].with_user(self._user(*groups))

    def test_figures_by_role(self):
        self._confirmed()
        self._document([(self.product, self.income, 7000)])
        for role, ledger, orders, configure in (
            ("oms_fulfillment.group_oms_warehouse", False, True, False),
            ("oms_fulfillment.group_oms_courier", False, None, False),
            ("oms_fulfillment.group_oms_agent", False, True, False),
            ("oms_fulfillment.group_oms_finance", True, True, False),
            ("oms_fulfillment.group_oms_manager", True, True, True),
        ):
            with self.subTest(role=role):
                dashboard = self._as(role)
                data = dashboard.get_data()
                self.assertEqual(sum(stage["count"] for stage in data["stages"]), 1)
                self.assertEqual(data["sales"] is not None, ledger)
                self.assertEqual(data["can"]["configure"], configure)
                if orders is not None:
                    self.assertEqual(data["can"]["open_orders"], orders)
                if ledger:
                    self.assertEqual(data["sales"][0]["ledger"]["ledger"], 7000)
                    self.assertTrue(data["sales"][0]["ledger"]["tied"])
                else:
                    self.assertNotIn("amount", data["help"])
                    with self.assertRaises(AccessError):
                        dashboard.env["oms.report.sales"].search([])

    def test_account_reader_with_the_reader_role_sees_the_ledger(self):
        self._document([(self.product, self.income, 7000)])
        dashboard = self._as("oms_fulfillment.group_oms_user", "account.group_account_readonly")
        self.assertEqual(dashboard.get_data()["sales"][0]["ledger"]["ledger"], 7000)

    def test_account_reader_reads_the_report_by_channel(self):
        order = self._sold(self.marketplace)
        self._ship(order)
        user = self._user("account.group_account_readonly")
        rows = (
            self.env["oms.report.sales"]
            .with_user(user)
            .formatted_read_group([], ["channel_id"], ["amount:sum"])
        )
        self.assertEqual(rows[0]["channel_id"][1], self.marketplace.name)

    def test_others_are_refused_and_told_whom_to_ask(self):
        for groups in ((), ("base.group_portal",), ("sales_team.group_sale_manager",)):
            with self.assertRaisesRegex(AccessError, "Ask for the role"):
                self._as(*groups).get_data()

    def test_companies(self):
        self._confirmed()
        dashboard = self._as("oms_fulfillment.group_oms_manager")
        with self.assertRaises(AccessError):
            dashboard.get_data(company_ids=self.other.ids)
        user = dashboard.env.user
        user.sudo().write({"company_ids": [(6, 0, self.other.ids)], "company_id": self.other.id})
        report = self.env["oms.report.stage"].with_user(user)
        self.assertFalse(report.with_context(allowed_company_ids=self.other.ids).search([]))
        data = dashboard.with_context(allowed_company_ids=self.other.ids).get_data()
        self.assertEqual(sum(stage["count"] for stage in data["stages"]), 0)

    def test_nobody_writes(self):
        user = self._user("oms_fulfillment.group_oms_manager")
        for model in ("oms.report.stage", "oms.report.sales"):
            for operation in ("create", "write", "unlink"):
                self.assertFalse(self.env[model].with_user(user).has_access(operation))

    def test_data_is_plain_json(self):
        self._confirmed()
        self._document([(self.product, self.income, 7000)])
        # No date, record or domain object is left in the answer: every RPC can carry it.
        self.assertTrue(json.dumps(self._data()))
