import inspect

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.oms_statement_ageing import AGEINGS
from ..models.oms_statement_line import STATEMENTS
from .test_analysis import AnalysisCase

# What each public method answers to somebody of another company is looked at below.
LOOKED_AT = {
    "oms.analysis": {"get_report", "get_reports"},
    "oms.kpi": {"get_figures", "get_start"},
    "oms.order.pnl": {"get_order", "action_open_lines", "action_open_order"},
    "oms.report.dashboard": {"get_data"},
    "oms.statement": {
        "get_ageing",
        "get_drill",
        "get_items_domain",
        "get_ledger",
        "get_statement",
        "get_table",
        "get_trial_balance",
        "get_vat",
    },
    "oms.statement.final": {
        "action_compare",
        "action_export",
        "action_print",
        "is_locked",
        "save_final",
        "write",
    },
    "oms.statement.mail": {"action_send"},
    "oms.stock.difference": {"bridge"},
}
# Buttons on a record, which its company rule keeps from others.
BUTTONS = {
    "action_open_document",
    "action_open_items",
    "action_open_orders",
    "action_open_record",
    "action_open_source",
}


@tagged("post_install", "-at_install")
class TestIsolation(AnalysisCase):
    """Somebody of another company learns nothing: by any report's rows or any public method."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Next Door"})
        cls.neighbour = new_test_user(
            cls.env,
            "neighbour",
            "oms_fulfillment.group_oms_manager,account.group_account_manager",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
        )
        cls.year = {"date_from": "2026-01-01", "date_to": "2099-12-31"}

    def setUp(self):
        super().setUp()
        self.order = self._placed()
        self._complete(self._sold(self.on_acceptance))
        self._ship(self._sold(self.marketplace))
        self._document([(self.product, self.income, 7000)])
        self._document([(self.product, self.fees, 900)], "in_invoice")
        self._settle()

    def _theirs(self, name):
        return (
            self.env[name]
            .with_user(self.neighbour)
            .with_context(allowed_company_ids=self.other.ids)
        )

    def _ours(self, name):
        """As the neighbour who names our company."""
        ours = self.env.company.ids
        return self.env[name].with_user(self.neighbour).with_context(allowed_company_ids=ours)

    def _models(self):
        return [
            name
            for name, model in self.env.registry.items()
            if model._original_module == "oms_reports" and not model._transient
        ]

    def test_no_row(self):
        seen = 0
        for name in self._models():
            model = self.env[name]
            if model._abstract or "company_id" not in model._fields:
                continue
            seen += bool(model.search_count([]))
            self.assertFalse(self._theirs(name).search([]), name)
            [(count,)] = self._theirs(name)._read_group([], [], ["__count"])
            self.assertFalse(count, name)
            with self.assertRaises(AccessError, msg=name):
                self._ours(name).search([])
            mine = model.search([], limit=1)
            if mine:
                self.env.invalidate_all()
                with self.assertRaises(AccessError, msg=name):
                    self._theirs(name).browse(mine.ids).read(["company_id"])
        self.assertGreater(seen, 9, "there is something to see")

    def test_every_public_method_is_looked_at(self):
        for name in self._models():
            public = {
                method
                for cls in type(self.env[name]).mro()
                if cls.__module__.startswith("odoo.addons.oms_reports")
                for method, function in vars(cls).items()
                if inspect.isfunction(function) and not method.startswith("_")
            }
            known = LOOKED_AT.get(name, set()) | BUTTONS | {"init"}
            self.assertLessEqual(public, known, name)

    def _amounts(self, value, path=""):
        """Numbers in an answer, with where they stand; ids and limits are none."""
        if isinstance(value, dict):
            for key, one in value.items():
                if not str(key).endswith(("id", "_ids")) and key not in ("days", "unit", "periods"):
                    yield from self._amounts(one, f"{path}/{key}")
        elif isinstance(value, (list, tuple)):
            for one in value:
                yield from self._amounts(one, path)
        elif isinstance(value, float) and value:
            yield path, value

    def assertNothing(self, answer):
        self.assertEqual(list(self._amounts(answer)), [])

    def test_statements(self):
        statements = self._theirs("oms.statement")
        calls = [("get_statement", [one], self.year) for one in dict(STATEMENTS)]
        calls += [("get_table", [one], self.year) for one in dict(STATEMENTS)]
        calls += [("get_ageing", [one, "2099-12-31"], {}) for one in AGEINGS]
        calls += [(name, [], self.year) for name in ("get_vat", "get_trial_balance")]
        calls += [("get_ledger", [self.income.id], self.year)]
        for method, args, kwargs in calls:
            with self.subTest(method=method, args=args):
                self.assertNothing(getattr(statements, method)(*args, **kwargs))
                with self.assertRaises(AccessError):
                    getattr(self._ours("oms.statement"), method)(*args, **kwargs)
        for code in ("net_profit", "sales"):
            drill = statements.get_drill("income", code, 0, None, self.year)
            self.assertFalse(self._theirs(drill["model"]).search(drill["domain"]))
            domain = statements.get_items_domain("income", code, 0, None, self.year)
            self.assertFalse(self._theirs("account.move.line").search(domain))

    def test_orders_and_finals(self):
        with self.assertRaises(UserError):
            self._theirs("oms.order.pnl").get_order(self.order.id)
        mine = self.env["oms.order.pnl"].browse(self.order.id)
        self.assertFalse(self._theirs("oms.order.pnl").search([("id", "=", mine.id)]))
        finals = self.env["oms.statement.final"]
        year = {"date_from": "2025-01-01", "date_to": "2025-12-31"}
        final = finals.browse(finals.save_final("income", year, lock=True))
        self.assertFalse(self._theirs("oms.statement.final").is_locked("2025-12-31"))
        with self.assertRaises(AccessError):
            final.with_user(self.neighbour).read(["table"])
        with self.assertRaises(AccessError):
            final.with_user(self.neighbour).action_compare()
        with self.assertRaises(AccessError):
            self._ours("oms.statement.final").save_final("income", year)
        mail = self.env["oms.statement.mail"].create(
            {"name": "Profit", "user_ids": [(6, 0, self.env.user.ids)]}
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            mail.with_user(self.neighbour).action_send()
        for bridge in self._theirs("oms.stock.difference").bridge():
            self.assertEqual(bridge["company"], "Next Door")
            self.assertNothing(bridge)

    def test_figures_analyses_and_first_page(self):
        days = "2026-01-01", fields.Date.to_string(fields.Date.today())
        answer = self._theirs("oms.kpi").get_figures(*days, by="channel")
        for figure in answer["figures"]:
            self.assertFalse(figure["value"], figure["code"])
            self.assertEqual(figure["cells"], [])
        with self.assertRaises(AccessError):
            self._theirs("oms.kpi").get_figures(*days, company_ids=self.env.company.ids)
        start = self._theirs("oms.kpi").get_start()
        self.assertFalse(start["has_orders"] or start["has_items"])
        analysis = self._theirs("oms.analysis")
        for report in analysis.get_reports():
            with self.subTest(report=report["code"]):
                self.assertNothing(analysis.get_report(report["code"], *days)["rows"])
                with self.assertRaises(AccessError):
                    self._ours("oms.analysis").get_report(report["code"], *days)
        board = self._theirs("oms.report.dashboard").get_data()
        self.assertEqual(sum(stage["count"] for stage in board["stages"]), 0)
        self.assertFalse(board["placed"]["yesterday"]["count"])
        self.assertNothing(board["sales"])
