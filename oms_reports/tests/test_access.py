import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import OmsReportsCase

PRICED = {
    "oms.report.order": "amount",
    "oms.report.goods": "value",
    "oms.report.purchase": "amount",
    "oms.report.customer": "value",
    "oms.report.stay": "amount_days",
    "oms.report.stage": "value",
}


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

    def test_the_warehouse_does_not_see_what_orders_are_worth(self):
        self._confirmed()
        packer = self._user("oms_fulfillment.group_oms_warehouse")
        keeper = self._user("oms_fulfillment.group_oms_warehouse", "account.group_account_readonly")
        for name, amount in PRICED.items():
            report = self.env[name]
            query = [[], [], [f"{amount}:sum", "__count"]]
            [(shown, rows)] = report.with_user(keeper)._read_group(*query)
            [(hidden, same_rows)] = report.with_user(packer)._read_group(*query)
            self.assertTrue(shown, name)
            self.assertFalse(hidden, name)
            self.assertEqual(rows, same_rows)
            # Neither read, nor found out by searching or sorting.
            self.env.invalidate_all()
            found = report.with_user(packer).search([], order=f"{amount} desc")
            self.assertFalse(any(found.mapped(amount)), name)
            self.assertFalse(report.with_user(packer).search([(amount, ">", 0)]))
            arch = report.with_user(packer).get_view(view_type="list")["arch"]
            self.assertNotIn(f'name="{amount}"', arch)
        dashboard = self.env["oms.report.dashboard"].with_user(packer).get_data()
        self.assertFalse(any(stage["values"] for stage in dashboard["stages"]))
        self.assertFalse(dashboard["placed"]["yesterday"]["values"])
        days = "2026-01-01", "2026-12-31"
        for user, money in ((packer, False), (keeper, True)):
            figures = self.env["oms.kpi"].with_user(user).get_figures(*days)["figures"]
            self.assertEqual("aov" in {figure["code"] for figure in figures}, money)
            self.assertIn("otif", {figure["code"] for figure in figures})
            analysis = self.env["oms.analysis"].with_user(user)
            codes = {report["code"] for report in analysis.get_reports()}
            self.assertEqual("cash_stages" in codes, money)
            [row] = [
                row
                for row in analysis.get_report("stock_cover", *days)["rows"]
                if row["key"] == self.product.id
            ]
            self.assertEqual(row["inputs"]["value"]["value"] is not None, money)
            self.assertEqual(row["cells"][0]["value"][0], "A")

    def test_amounts_of_the_proof_are_for_readers_of_the_books(self):
        order = self._confirmed()
        proof = self.env["oms.proof"]
        found = [
            proof._violation("pnl", self.env.company, 7005.0, 7000.0, "7005 is not 7000"),
            proof._violation("units", order, 3.0, 2.0, "3 ordered, 2 found"),
        ]
        self.patch(self.registry["oms.proof"], "_run", lambda _proof: found)
        results = self.env["oms.proof.result"]
        for group, told in (("warehouse", False), ("finance", True)):
            user = self._user(f"oms_fulfillment.group_oms_{group}")
            result = results.with_user(user).prove()
            self.assertEqual(result.violation_count, 2)
            self.assertIn("3 ordered", result.summary)
            self.assertEqual("7005" in result.summary, told)
            answer = proof.with_user(user).run()
            self.assertEqual([one["expected"] for one in answer], [7005.0 if told else None, 3.0])
            messages = self.env["oms.report.dashboard"].with_user(user).get_data()["proof"]
            self.assertEqual("7005" in str(messages), told)
            if not told:
                with self.assertRaises(AccessError):
                    result.read(["violations"])

    def test_each_company_is_proved_for_itself(self):
        there = self.env["oms.channel"].with_company(self.other)
        there.create({"name": "Abroad", "code": "ABROAD", "kind": "file"})
        bad = self.other

        def run(proof):
            [company] = proof.env.companies
            return [proof._violation("pnl", company, 1, 2, "wrong")] if company == bad else []

        self.patch(self.registry["oms.proof"], "_run", run)
        self.env["oms.proof"]._cron_prove()
        results = self.env["oms.proof.result"]._latest(self.env.company | self.other)
        self.assertEqual(
            [(one.company_id, one.violation_count) for one in results],
            [(self.other, 1), (self.env.company, 0)],
        )
        # The board of both shows the worse one: it is the latest.
        self.assertEqual(self.env["oms.proof.result"].search([], limit=1), results[0])
        here = self._as("oms_fulfillment.group_oms_finance")
        self.assertEqual(here.get_data()["proof"]["violation_count"], 0)
        self.assertFalse(here.env["oms.proof.result"].search([("company_id", "=", self.other.id)]))

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
