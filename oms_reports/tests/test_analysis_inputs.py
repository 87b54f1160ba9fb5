from datetime import timedelta

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from .double_analyses import DoubleAnalyses
from .double_figures import DoubleFigures
from .test_analysis import AnalysisCase


@tagged("post_install", "-at_install")
class TestAnalysisInputs(AnalysisCase):
    """A figure that is computed from others says from which, and their rows make it again."""

    def _placed_days_ago(self, days, units=1, **values):
        moment = fields.Datetime.now() - timedelta(days=days)
        lines = [(self.product, units, 1000, None), (self.product_b, 1, 500, None)]
        return self._placed(lines=lines[: values.pop("goods", 2)], date_order=moment, **values)

    def _busy_shop(self):
        """Demand that grows and ends, stock that comes and goes, money at every step."""
        buyers = self._buyers(2)
        for number, days in enumerate((380, 371, 80, 60, 45, 38, 31, 24, 17, 12, 10, 3)):
            self._placed_days_ago(
                days, units=1 + number % 4, goods=1 + number % 2, partner_id=buyers[number % 2].id
            )
        self.product.standard_price = 500
        self._ship(self._placed_days_ago(5, goods=1))
        self._complete(self._sold(self.on_acceptance))
        self._document([(self.product, self.income, 7000)])
        self._document([(self.product, self.fees, 900)], move_type="in_invoice")
        self._expected_receipt(6)
        self._settle()

    def _expected_receipt(self, units):
        kind = self.warehouse.in_type_id
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": units,
                "picking_type_id": kind.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
            }
        )
        move._action_confirm()

    def _figures(self):
        company = self.env.company
        orders = self.env["sale.order"].search(
            [("company_id", "=", company.id), ("oms_channel_id", "!=", False)]
        )
        since = fields.Date.subtract(fields.Date.today(), years=2)
        return DoubleFigures(
            self, self.env(context={**self.env.context, "lang": None}), orders, since
        )

    def test_more_products_need_no_more_queries(self):
        def queries(code):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = self._report(code)["rows"]
            return len(rows), self.env.cr.sql_log_count - before

        self._placed_days_ago(20)
        codes = ("demand_forecast", "stock_cover")
        few = [queries(code) for code in codes]
        more = self.env["product.product"].create(
            [{"name": f"More {number}", "is_storable": True} for number in range(5)]
        )
        lines = [(product, 1, 1000, None) for product in more]
        self._placed(lines=lines, date_order=fields.Datetime.now() - timedelta(days=20))
        for (rows, asked), code in zip(few, codes, strict=True):
            found, now = queries(code)
            self.assertEqual(found, rows + len(more), code)
            self.assertLessEqual(now, asked, code)

    def test_every_cell_follows_from_rows(self):
        self._busy_shop()
        figures = self._figures()
        figures.compared = 0
        DoubleAnalyses(figures).check()
        self.assertGreater(figures.compared, 150)

    def test_one_warehouse(self):
        second = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        stock = self.env["stock.quant"]
        stock._update_available_quantity(self.product, second.lot_stock_id, 40)
        self._busy_shop()
        both = self._row("stock_cover")[2]
        figures = self._figures()
        for warehouse in (self.warehouse, second):
            answer = self._report("stock_cover", warehouse_id=warehouse.id)
            rows = {row["key"]: row["cells"] for row in answer["rows"]}
            self.assertGreater(rows[self.product.id][1]["value"], 0)
            figures.compared = 0
            scope = {"warehouse_id": warehouse.id}
            DoubleAnalyses(figures, **scope).check(["stock_cover", "stock_ageing"])
            self.assertGreater(figures.compared, 20)
        self.assertEqual(rows[self.product.id][1]["value"], 40)
        # Nothing is sold from there: it lasts for ever.
        self.assertIsNone(rows[self.product.id][3]["value"])
        self.assertGreater(both["on_hand"]["value"], 40)

    def _row(self, code):
        answer = self._report(code)
        row = next(row for row in answer["rows"] if row.get("key") == self.product.id)
        cells = dict(
            zip([column["key"] for column in answer["columns"]], row["cells"], strict=True)
        )
        return answer, row, cells

    def test_a_hint_to_buy_names_stock_receipts_and_demand(self):
        self._placed_days_ago(2, units=4)
        self._expected_receipt(6)
        answer, row, _cells = self._row("stock_cover")
        column = answer["columns"][-1]
        self.assertIn("lead time", column["how"])
        opened = {
            name: DoubleAnalyses(self._figures()).part(answer, row, name)
            for name in column["inputs"]
        }
        self.assertEqual(opened["coming"]["value"], 6)
        self.assertEqual(sum(self._rows(opened["coming"]).mapped("product_qty")), 6)
        self.assertEqual(sum(self._rows(opened["ordered"]).mapped("demand")), 4)
        self.assertNotIn("model", opened["lead"])

    def test_a_forecast_names_its_method_and_weeks(self):
        for days in (9, 16, 23, 30):
            self._placed_days_ago(days, units=3)
        answer, row, cells = self._row("demand_forecast")
        self.assertTrue(cells["next"]["how"])
        part = DoubleAnalyses(self._figures()).part(answer, row, "weeks")
        self.assertEqual(part["value"][-4:], [3.0] * 4)
        self.assertEqual(sum(self._rows(part).mapped("demand")), sum(part["value"]))
        self.assertEqual(part["context"], {"group_by": ["date_order:week"]})

    def test_both_sides_of_what_must_be_equal_open_their_rows(self):
        self._busy_shop()
        figures = self._figures()
        figures.compared = 0
        DoubleAnalyses(figures).check(["integrity"])
        self.assertGreater(figures.compared, 40)
        answer = self._report("integrity")
        for row in answer["rows"]:
            for cell in row["cells"][:2]:
                # What has no rows is a target, or a number of amounts.
                opens = "domain" in cell or cell.get("inputs")
                self.assertTrue(opens or not cell["value"], row["label"])
        income = next(row for row in answer["rows"] if row["key"] == "I4")
        self.assertNotEqual(income["cells"][0]["model"], income["cells"][1]["model"])

    def test_an_exchange_is_no_order_of_its_own(self):
        self.marketplace.return_days = 3650
        order = self._arrived(self._sent(self._placed_days_ago(9), 1), 2)
        wanted = {"sku": self.product.default_code, "quantity": 1}
        [case] = self.env["oms.return"].request(
            [{"order": order.name, "reason": "changed_mind", "lines": [wanted]}]
        )
        instead = self._placed_days_ago(6)
        self._settle()
        orders = self.env["oms.report.order"].search([("order_id", "=", instead.id)])
        mine = [("order_id", "=", instead.id)]
        purchases = self.env["oms.report.purchase"]
        self.assertEqual((orders.sold, purchases.search_count(mine)), (1, 1))
        instead.oms_exchange_id = case["id"]
        self._settle()
        orders.invalidate_recordset()
        self.assertEqual((orders.sold, purchases.search_count(mine)), (0, 0))
        self.assertEqual(self._report("integrity")["failed"], 0)

    def test_a_replacement_was_not_bought(self):
        self.marketplace.return_days = 3650
        order = self._arrived(self._sent(self._placed_days_ago(9), 1), 2)
        wanted = {"sku": self.product.default_code, "quantity": 1}
        [case] = self.env["oms.return"].request(
            [{"order": order.name, "reason": "changed_mind", "lines": [wanted]}]
        )
        self.assertEqual(case["status"], "requested", case)
        for days in (8, 7):
            self._placed_days_ago(days)
        self._placed_days_ago(6, oms_replaces_id=case["id"])
        [row] = self._report("basket_pairs")["rows"]
        self.assertEqual([cell["value"] for cell in row["cells"][:2]], [3, 100.0])
        self.assertEqual(len(self._rows(row["cells"][0])), 3)

    def test_rows_are_offered_to_who_may_read_them(self):
        self._placed_days_ago(2)
        self._settle()
        group = "oms_fulfillment.group_oms_user"
        company = {
            "company_id": self.env.company.id,
            "company_ids": [Command.set(self.env.company.ids)],
        }
        reader = new_test_user(self.env, "inputs_reader", group, **company)
        analysis = self.env["oms.analysis"].with_user(reader)
        day = fields.Date.to_string(fields.Date.today())
        answer = analysis.get_report("stock_cover", day, day)
        offered = {
            part["model"]
            for row in answer["rows"]
            for part in [*row["cells"], *answer["inputs"].values()]
            if part.get("model")
        }
        self.assertTrue(offered)
        for model in offered:
            self.assertTrue(self.env[model].with_user(reader).has_access("read"), model)


@tagged("post_install", "-at_install")
class TestStart(AnalysisCase):
    """Reports of a company in which nothing happened yet say what to do next."""

    def test_start(self):
        self._confirmed()
        self._document([(self.product, self.income, 7000)])
        here = self.Kpi.get_start()
        self.assertTrue(here["has_channel"] and here["has_orders"] and here["has_items"])
        company = self.env["res.company"].create({"name": "PT Baru"})
        there = self.Kpi.with_context(allowed_company_ids=company.ids).get_start()
        self.assertFalse(there["has_orders"] or there["has_items"])
        self.assertTrue(there["can"]["configure"])
