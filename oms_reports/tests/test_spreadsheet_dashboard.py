import json
from datetime import timedelta

from werkzeug.exceptions import Forbidden

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.spreadsheet.utils.validate_data import odoo_charts

from .common import OmsReportsCase

NAMES = ("operations", "sales", "finance", "receivables")
BOOKS = ("finance", "receivables")
AGENT, WAREHOUSE, FINANCE, MANAGER, READER = (
    f"oms_fulfillment.group_oms_{role}"
    for role in ("agent", "warehouse", "finance", "manager", "user")
)


class DashboardCase(OmsReportsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboards = {name: cls.env.ref(f"oms_reports.dashboard_{name}") for name in NAMES}

    def _user(self, *groups):
        return new_test_user(
            self.env,
            f"user_{'_'.join(group.split('.')[-1] for group in groups)}",
            ",".join(groups),
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
        )

    def _collected(self):
        """A COD order whose cash is at its courier."""
        order = self._sold(self.cod)
        self._ship(order)
        order.oms_shipment_ids.courier_id = self.env["oms.courier"].search([], limit=1)
        self._deliver(order)
        self._settle()
        return order

    def _document_of(self, name):
        return json.loads(self.dashboards[name].spreadsheet_data)


@tagged("post_install", "-at_install")
class TestDashboardSources(DashboardCase):
    """Whoever may open a dashboard gets all its figures."""

    def test_every_source_answers_every_reader(self):
        self._confirmed()
        self._sold(self.cod)
        self.env["oms.proof.result"].prove()
        for groups, names in (
            ([READER], ["operations"]),
            ([WAREHOUSE], ["operations"]),
            ([AGENT], ["operations", "sales"]),
            ([FINANCE], NAMES),
            ([MANAGER], NAMES),
            (["account.group_account_readonly"], BOOKS),
            (["account.group_account_invoice"], BOOKS),
        ):
            user = self._user(*groups)
            for name, dashboard in self.dashboards.items():
                with self.subTest(groups=groups, dashboard=name):
                    if name in names:
                        self.assertTrue(dashboard.with_user(user).name)
                        self._read_all(name, user)
                    else:
                        with self.assertRaises(AccessError):
                            dashboard.with_user(user).check_access("read")

    def _read_all(self, name, user):
        """Ask the server what the browser asks it."""
        document = self._document_of(name)
        env = self.env(user=user)
        for pivot in document["pivots"].values():
            measures = [
                f"{measure['fieldName']}:{measure['aggregator']}"
                for measure in pivot["measures"]
                if "computedBy" not in measure
            ]
            rows = [row["fieldName"] for row in pivot["rows"]]
            env[pivot["model"]].formatted_read_group(pivot["domain"], rows, measures)
        for listed in document["lists"].values():
            order = listed["orderBy"][0]
            env[listed["model"]].web_search_read(
                listed["domain"],
                {field: {} for field in listed["columns"]},
                limit=10,
                order=f"{order['name']} {'asc' if order['asc'] else 'desc'}",
            )
        for chart in odoo_charts(document):
            data = chart["metaData"]
            env[data["resModel"]].formatted_read_group(
                chart["searchParams"]["domain"], data["groupBy"], [f"{data['measure']}:sum"]
            )
        for item in document["globalFilters"]:
            if item["type"] == "relation":
                env[item["modelName"]].name_search("")

    def test_every_filter_is_obeyed_or_the_title_says_so(self):
        """A filter that a figure does not know would leave it unfiltered, and wrong."""
        for name in NAMES:
            document = self._document_of(name)
            filters = {item["id"] for item in document["globalFilters"]}
            for chart in odoo_charts(document):
                deaf = filters - set(chart["fieldMatching"])
                words = {"period": ("12 months", "now", "whole history")}
                words |= dict.fromkeys(filters - {"period"}, ("all channels",))
                for filter_ in deaf:
                    title = chart["title"]["text"]
                    self.assertTrue(
                        any(word in title for word in words[filter_]), (name, title, filter_)
                    )

    def test_ageing_is_the_statement(self):
        """The rows of the dashboard are those of the report of the same name."""
        self._collected()
        self._document([(self.product, self.income, 7000)])
        today = fields.Date.to_string(fields.Date.context_today(self.dashboards["finance"]))
        for kind, sign in (("receivable", 1), ("payable", -1), ("cod", 1), ("marketplace", 1)):
            [(amount,)] = self.env["oms.open.item"]._read_group(
                [("ageing", "=", kind)], [], ["residual:sum"]
            )
            total = self.env["oms.statement"].get_ageing(kind, today)["lines"][-1]["amounts"][-1]
            self.assertEqual(sign * (amount or 0.0), total, kind)
        items = self.env["oms.open.item"].search([("ageing", "=", "cod")])
        self.assertEqual(set(items.mapped("ageing")), {"cod"})

    def test_ages_are_the_buckets(self):
        for days in (0, 1, 30, 31, 60, 61, 90, 91):
            self._document(
                [(self.product, self.income, 1000 + days)],
                day=fields.Date.today() - timedelta(days=days),
                invoice_date_due=fields.Date.today() - timedelta(days=days),
            )
        items = self.env["oms.open.item"].search([("ageing", "=", "receivable")])
        self.assertEqual(len(items), 8)
        for item in items:
            self.assertEqual(
                (item.due_age, item.held_age), (f"{item.due_bucket}", f"{item.held_bucket}")
            )


@tagged("post_install", "-at_install")
class TestDashboardShare(DashboardCase):
    """The books have no public link."""

    def _share(self, name, user):
        return (
            self.env["spreadsheet.dashboard.share"]
            .with_user(user)
            .action_get_share_url(
                {"dashboard_id": self.dashboards[name].id, "spreadsheet_data": "{}"}
            )
        )

    def test_books_are_refused(self):
        for group in (FINANCE, MANAGER):
            user = self._user(group)
            for name in BOOKS:
                with self.assertRaises(UserError) as refused:
                    self._share(name, user)
                self.assertIn(self.dashboards[name].name, str(refused.exception))
                self.assertIn("OMS: Finance", str(refused.exception))
            self.assertIn("/dashboard/share/", self._share("operations", user))

    def test_a_share_does_not_change_over_to_the_books(self):
        user = self._user(MANAGER)
        self._share("operations", user)
        share = self.env["spreadsheet.dashboard.share"].with_user(user).search([])
        with self.assertRaises(UserError):
            share.dashboard_id = self.dashboards["finance"]

    def test_older_links_are_closed(self):
        user = self._user(MANAGER)
        self._share("operations", user)
        share = self.env["spreadsheet.dashboard.share"].with_user(user).search([])
        share._check_dashboard_access(share.access_token)
        self.dashboards["operations"].oms_private = True
        with self.assertRaises(Forbidden):
            share._check_dashboard_access(share.access_token)

    def test_a_copy_is_as_private(self):
        self.assertTrue(self.dashboards["finance"].copy().oms_private)
        self.assertFalse(self.dashboards["sales"].copy().oms_private)
