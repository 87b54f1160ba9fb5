import json
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_kpi import PLACED, KpiCase


class AnalysisCase(KpiCase):
    def _report(self, code, date_from="2026-01-01", date_to="2026-12-31", **kwargs):
        self._settle()
        answer = self.env["oms.analysis"].get_report(code, date_from, date_to, **kwargs)
        self.assertTrue(json.dumps(answer))
        for row in answer["rows"]:
            self.assertEqual(len(row["cells"]), len(answer["columns"]), row["label"])
        return answer

    def _values(self, answer):
        return {row["label"]: [cell["value"] for cell in row["cells"]] for row in answer["rows"]}

    def _rows(self, cell):
        return (
            self.env[cell["model"]].with_context(**cell.get("context", {})).search(cell["domain"])
        )

    def _buyers(self, count):
        partners = [self.partner.copy({"name": f"Buyer {index}"}) for index in range(count)]
        return self.env["res.partner"].concat(*partners)

    def _bought(self, partner, *moments, channel=None):
        for moment in moments:
            order = self._sold(channel or self.marketplace, partner_id=partner.id)
            order.date_order = moment


@tagged("post_install", "-at_install")
class TestAnalysisCustomers(AnalysisCase):
    """Customers who come back, and goods that go together."""

    def test_cohorts(self):
        anna, budi, citra = self._buyers(3)
        self._bought(anna, datetime(2026, 5, 3), datetime(2026, 5, 9), datetime(2026, 7, 1))
        self._bought(budi, datetime(2026, 5, 20))
        # Midnight in Jakarta: this is the first of June.
        self._bought(citra, datetime(2026, 5, 31, 17, 30), datetime(2026, 7, 2))
        answer = self._report("cohorts", "2026-07-01", "2026-07-31")
        may, june = answer["rows"]
        self.assertEqual([may["label"], june["label"]], ["05/2026", "06/2026"])
        self.assertEqual([cell["value"] for cell in may["cells"][:3]], [2, 0.0, 50.0])
        self.assertEqual([cell["value"] for cell in june["cells"][:2]], [1, 100.0])
        for cell in (may["cells"][0], may["cells"][2], june["cells"][1]):
            customers = self._rows(cell).customer_id
            self.assertEqual(len(customers), cell.get("n", cell["value"]))
        figures = {
            figure["code"]: figure["value"]
            for figure in self.Kpi.get_figures("2026-05-01", "2026-07-31", area="customers")[
                "figures"
            ]
        }
        self.assertEqual(figures["new_customers"], 3)
        self.assertAlmostEqual(figures["repeat_rate"], 100 * 2 / 3)
        self.assertAlmostEqual(figures["returning_orders"], 100 * 3 / 6)
        self.assertAlmostEqual(figures["repeat_interval"], 31.27, places=1)

    def test_months_to_come_are_no_zeros(self):
        [anna] = self._buyers(1)
        self._bought(anna, fields.Datetime.now())
        today = fields.Date.today()
        until = fields.Date.add(today, months=2)
        [row] = self._report("cohorts", str(today), str(until))["rows"]
        self.assertEqual([cell["value"] for cell in row["cells"][:3]], [1, "", ""])

    def test_the_buyer_of_all_is_no_customer(self):
        self._bought(self.partner, PLACED, PLACED)
        self._settle()
        purchases = self.env["oms.report.purchase"]
        mine = [("customer_id", "=", self.partner.id)]
        self.assertEqual(purchases.search(mine).mapped("number"), [2, 1])
        self.marketplace.buyer_id = self.partner
        self.assertFalse(purchases.search(mine))

    def test_rfm(self):
        partners = self._buyers(5)
        now = fields.Datetime.now()
        for index, partner in enumerate(partners):
            days = [now - timedelta(days=10 * index + 1)]
            self._bought(partner, *days * (3 if index in (0, 4) else 1))
        self._settle()
        found = {
            row.customer_id: row
            for row in self.env["oms.report.customer"].search([("customer_id", "in", partners.ids)])
        }
        best, second, last = (found[partners[index]] for index in (0, 1, 4))
        self.assertEqual((best.segment, best.orders, best.recency), ("champion", 3, 5))
        self.assertEqual((second.segment, second.repeat), ("new", 0))
        self.assertEqual((last.segment, last.recency, last.frequency), ("at_risk", 1, 5))
        # Equal customers have equal scores.
        self.assertEqual(second.frequency, found[partners[2]].frequency)

    def test_cod_risk_begins_at_everybodys(self):
        good = self._arrived(self._sent(self._placed(self.cod), 10), 2)
        back = self._sent(self._placed(self.cod, partner_id=self.partner.copy().id), 10)
        case = self.env["oms.return"].request(
            [{"order": back.name, "kind": "rts", "reason": "undeliverable"}]
        )[0]
        self.assertNotEqual(case["status"], "error", case)
        self._settle()
        self.assertEqual(self._figure("cod_refusal")["value"], 50.0)
        rows = {row.customer_id: row.cod_risk for row in self.env["oms.report.customer"].search([])}
        self.assertAlmostEqual(rows[good.partner_id], 100 * (0 + 3 * 0.5) / 4, places=1)
        self.assertAlmostEqual(rows[back.partner_id], 100 * (1 + 3 * 0.5) / 4, places=1)

    def test_pairs(self):
        both = [(self.product, 1, 1000, None), (self.product_b, 1, 1000, None)]
        for lines in (both, both, both, both[:1]):
            self._placed(lines=lines)
        [row] = self._report("basket_pairs", "2026-07-01", "2026-07-31")["rows"]
        orders, support, first, second, lift = (cell["value"] for cell in row["cells"])
        self.assertEqual((orders, support, first, second), (3, 75.0, 75.0, 100.0))
        self.assertAlmostEqual(float(lift), 1.0)
        self.assertEqual(len(self._rows(row["cells"][0])), 3)


@tagged("post_install", "-at_install")
class TestAnalysisStock(AnalysisCase):
    """Demand, cover and age of stock."""

    def test_forecast(self):
        today = self.env.company._oms_local_date(fields.Datetime.now())
        monday = today - timedelta(days=today.weekday())
        for week in range(1, 9):
            day = datetime.combine(monday - timedelta(weeks=week), datetime.min.time())
            self._placed(date_order=day + timedelta(hours=5))
        answer = self._report("demand_forecast")
        total, row = answer["rows"]
        self.assertEqual(row["label"], self.product.display_name)
        values = [cell["value"] for cell in row["cells"]]
        self.assertEqual((values[0], values[1], values[3]), (3.0, 0.0, 3.0))
        self.assertEqual((values[5], values[6], values[8]), (0.0, 0.0, "X"))
        self.assertEqual(total["cells"][0]["value"], 3.0)
        rows = self._rows(row["cells"][0])
        self.assertEqual(sum(rows.mapped("demand")) / 4, 3.0)

    def test_cover_and_age(self):
        self._placed(date_order=fields.Datetime.now() - timedelta(days=1))
        self.product.standard_price = 500
        answer = self._report("stock_cover")
        row = next(row for row in answer["rows"] if row["key"] == self.product.id)
        cells = dict(
            zip([column["key"] for column in answer["columns"]], row["cells"], strict=True)
        )
        quants = self._rows(cells["on_hand"])
        self.assertEqual(cells["on_hand"]["value"], sum(quants.mapped("quantity")))
        self.assertEqual(cells["demand"]["value"], 3.0)
        self.assertEqual(sum(self._rows(cells["demand"]).mapped("demand")), 3.0)
        free = cells["on_hand"]["value"] - 3
        self.assertAlmostEqual(cells["cover"]["value"], free / (3 / 90))
        self.assertTrue(cells["class"]["value"].startswith("A"))
        ages = self._report("stock_ageing")
        mine = next(row for row in ages["rows"] if row.get("key") == self.product.id)
        value = cells["on_hand"]["value"] * 500
        amounts = [cell["value"] for cell in mine["cells"]]
        self.assertEqual((amounts[0], sum(amounts[:4]), amounts[4]), (value, value, value))
        self.assertEqual(amounts[5], 0.0)
        rows = self._rows(mine["cells"][0])
        self.assertEqual(sum(rows.mapped("quantity")) * 500, value)


@tagged("post_install", "-at_install")
class TestAnalysisCash(AnalysisCase):
    """Money that is tied, days, and what comes."""

    def test_tied(self):
        self.product.standard_price = 500
        order = self._sold(self.on_acceptance)
        self._ship(order)
        units = {quant: quant.quantity for quant in self._quants()}
        values = self._values(self._report("cash_tied"))
        stock = sum(units[quant] * quant.product_id.standard_price for quant in units)
        self.assertEqual(values["Stock, free"][0] + values["Stock, reserved for orders"][0], stock)
        move = order.picking_ids.move_ids
        self.assertEqual(values["On the road, not invoiced"][0], sum(move.mapped("value")))
        self._deliver(order)
        self._accept(order)
        answer = self._report("cash_tied")
        values = self._values(answer)
        self.assertEqual(values["On the road, not invoiced"][0], 0.0)
        self.assertEqual(values["Invoiced, not paid"][0], order.amount_total)
        for row in answer["rows"]:
            cell = row["cells"][0]
            if cell.get("model") == "oms.open.item":
                self.assertAlmostEqual(sum(self._rows(cell).mapped("residual")), cell["value"])
        self.assertEqual(values["Tied in all"][0], sum(list(row[0] for row in values.values())[:7]))

    def _quants(self):
        return self.env["stock.quant"].search(
            [("location_id.usage", "=", "internal"), ("company_id", "=", self.env.company.id)]
        )

    def test_days(self):
        today = fields.Date.today()
        since = today - timedelta(days=9)
        self._document([(self.product, self.income, 100000)], day=today)
        answer = self._report("cash_days", str(since), str(today))
        rows = {row["key"]: [cell["value"] for cell in row["cells"]] for row in answer["rows"]}
        # All that was invoiced in ten days is open: ten days.
        self.assertEqual(rows["dso"], [10.0, 100000.0, 100000.0])
        self.assertEqual((rows["dpo"][0], rows["ccc"][0]), (None, None))
        self.assertTrue(answer["notes"])

    def test_days_to_come_do_not_count(self):
        today = self.env.company._oms_local_date(fields.Datetime.now())
        since = today - timedelta(days=9)
        self._document([(self.product, self.income, 100000)], day=today)
        ahead = today + timedelta(days=20)
        self._document([(self.product, self.income, 900000)], day=ahead)
        answer = self._report("cash_days", str(since), str(today + timedelta(days=30)))
        rows = {row["key"]: [cell["value"] for cell in row["cells"]] for row in answer["rows"]}
        self.assertEqual(rows["dso"], [10.0, 100000.0, 100000.0])

    def test_a_part_on_the_road_is_tied(self):
        self.product.standard_price = 500
        lines = [(self.product, 1, 1000, None), (self.product_b, 900, 1, None)]
        order = self._placed(lines=lines)
        self._settle()
        order._oms_advance()
        picking = order.picking_ids[:1]
        sent = picking.move_ids.filtered(lambda move: move.product_id == self.product)
        sent.picked = True
        picking.move_ids.filtered(lambda move: move.product_id != self.product).quantity = 0
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self._settle()
        self.assertNotEqual(order.oms_stage_code, "tracking", "the rest waits for stock")
        values = self._values(self._report("cash_tied"))
        self.assertEqual(values["On the road, not invoiced"][0], sent.value)

    def test_the_rest_of_a_line_that_is_invoiced_in_part_is_tied(self):
        self.product.standard_price = 500
        order = self._sold(self.on_acceptance, lines=[(self.product, 4, 1000, None)])
        self._ship(order)

        def tied():
            self._settle()
            answer = self._report("cash_tied")
            [cell] = [
                row["cells"][0]
                for row in answer["rows"]
                if row["label"] == "On the road, not invoiced"
            ]
            self.env["oms.report.uninvoiced"].invalidate_model()  # a view isn't told of changes
            self.assertEqual(sum(self._rows(cell).mapped("amount")), cell["value"])
            return cell["value"]

        self.assertEqual(tied(), 4 * 500)
        self.on_acceptance.invoice_trigger = "confirm"
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 1
        self.assertEqual(tied(), 4 * 500, "a draft is no invoice")
        invoice.action_post()
        self.assertEqual(tied(), 3 * 500)
        self._sent_back(order, 2)
        self.assertEqual(tied(), 1 * 500, "one is invoiced, one is not, two are here")
        invoice._reverse_moves(cancel=True)
        self.assertEqual(tied(), 1 * 500, "what is refunded and not here earns nothing any more")

    def _sent_back(self, order, units):
        """Return units of the first transfer to the stock, by Odoo's own return."""
        picking = order.picking_ids[:1]
        wizard = self.env["stock.return.picking"].with_context(
            active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
        )
        back = wizard.create({})
        back.product_return_moves.quantity = units
        done = self.env["stock.picking"].browse(back.action_create_returns()["res_id"])
        done.move_ids.picked = True
        done.with_context(skip_backorder=True, skip_sms=True).button_validate()

    def test_projection(self):
        today = fields.Date.today()
        for days, amount in ((-3, 1000), (2, 2000), (10, 4000), (40, 8000)):
            self._document(
                [(self.product, self.income, amount)],
                day=today - timedelta(days=5),
                invoice_payment_term_id=False,
                invoice_date_due=today + timedelta(days=days),
            )
        answer = self._report("cash_projection")
        first = answer["rows"][0]["cells"]
        self.assertEqual([cell["value"] for cell in first], [1000, 2000, 4000, 0, 0])
        for cell in first:
            self.assertEqual(sum(self._rows(cell).mapped("residual")), cell["value"])
        after = [cell["value"] for cell in answer["rows"][-1]["cells"]]
        self.assertEqual(after[-1] - after[0], 6000)

    def test_stages(self):
        order = self._confirmed(date_order=PLACED)
        logs = order.oms_stage_log_ids.sorted(lambda log: (log.at, log.id))
        logs.at = PLACED
        logs[-1].at = PLACED + timedelta(days=2)
        answer = self._report("cash_stages", "2026-07-01", "2026-07-31")
        rows = {row["key"]: row for row in answer["rows"]}
        before = rows[logs[-2].to_stage_id.code]
        self.assertAlmostEqual(before["cells"][0]["value"], order.amount_untaxed * 2)
        self.assertAlmostEqual(
            sum(self._rows(before["cells"][0]).mapped("amount_days")), order.amount_untaxed * 2
        )
        # Where it is still, it has been ever since: that cost most.
        self.assertTrue(rows[order.oms_stage_code]["strong"])

    def test_order_to_cash(self):
        order = self._placed(self.on_acceptance)
        self.assertEqual(self._figure("days_to_cash_median")["open"], 1)
        self._complete(order)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=order.invoice_ids.ids
        ).create({"journal_id": self.bank.id}).action_create_payments()
        self._settle()
        if order.oms_stage_code == "done":
            done = order.oms_stage_log_ids.filtered(lambda log: log.to_stage_id.code == "done")
            done.at = order.date_order + timedelta(days=4)
            self.assertEqual(self._figure("days_to_cash_median")["value"], 4.0)


@tagged("post_install", "-at_install")
class TestAnalysisIntegrity(AnalysisCase):
    """What must be equal is, and what is not is red."""

    def test_it_holds(self):
        self._complete(self._sold(self.on_acceptance))
        self._document([(self.product, self.income, 7000)])
        answer = self._report("integrity")
        self.assertEqual(answer["failed"], 0, answer["rows"])
        codes = {row["key"] for row in answer["rows"]}
        self.assertIn("I0", codes)
        self.assertIn("I12", codes)

    def test_every_cell_opens_what_explains_it(self):
        """Rows, or how it came about and from what; also where nothing may be there."""
        self._complete(self._sold(self.on_acceptance))
        answer = self._report("integrity")
        for row in answer["rows"]:
            for column, cell in zip(answer["columns"], row["cells"], strict=True):
                names = cell.get("inputs", column.get("inputs", ()))
                about = (row["label"], column["key"])
                self.assertTrue("domain" in cell or names, about)
                if names:
                    self.assertTrue(cell.get("how", column.get("how")), about)
                for name in names:
                    self.assertIn("value", row["inputs"][name], about)
        zeros = [row for row in answer["rows"] if row["cells"][0].get("inputs") == ["actual"]]
        keys = sorted(row["key"] for row in zeros)
        self.assertEqual(keys, ["I0", "I10", "I11", "I4b", "I5", "I9"])
        for row in zeros:
            if row["key"] not in ("I10", "I9"):
                self.assertFalse(self._rows(row["cells"][1]), row["label"])
                self.assertEqual(row["cells"][1]["nothing"], row["cells"][0]["how"])

    def test_what_is_wrong_is_opened(self):
        entry = self._document([(self.product, self.income, 7000)])
        self._settle()
        item = entry.line_ids.filtered("credit")
        self.env.cr.execute("UPDATE account_move_line SET balance = -7005 WHERE id = %s", [item.id])
        self.env.invalidate_all()
        [row] = [row for row in self._report("integrity")["rows"] if row["key"] == "I0"]
        self.assertTrue(row["alert"])
        self.assertEqual(self._rows(row["cells"][1]), entry)

    def test_a_difference_is_shown(self):
        self._document([(self.product, self.income, 7000)])
        self._settle()
        self.env.cr.execute("UPDATE account_move_line SET credit = credit + 5 WHERE credit = 7000")
        self.env.invalidate_all()
        answer = self._report("integrity")
        failed = [row for row in answer["rows"] if row["alert"]]
        self.assertTrue(failed)
        pnl = next(row for row in failed if row["key"] == "I1")
        self.assertEqual([cell["value"] for cell in pnl["cells"]], [7005.0, 7000.0, -5.0])

    def test_who_reads(self):
        user = new_test_user(
            self.env,
            "analysis_reader",
            "oms_fulfillment.group_oms_user",
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
        )
        analysis = self.env["oms.analysis"].with_user(user)
        codes = [report["code"] for report in analysis.get_reports()]
        self.assertIn("cohorts", codes)
        self.assertNotIn("integrity", codes)
        for code in ("integrity", "cash_tied", "stock_ageing"):
            with self.assertRaisesRegex(AccessError, "OMS: Finance"):
                analysis.get_report(code, "2026-01-01", "2026-12-31")
        for code in codes:
            analysis.get_report(code, "2026-01-01", "2026-12-31")
        finance = new_test_user(
            self.env,
            "analysis_finance",
            "oms_fulfillment.group_oms_finance",
            company_id=self.env.company.id,
            company_ids=[(6, 0, self.env.company.ids)],
        )
        books = self.env["oms.analysis"].with_user(finance)
        self.assertEqual(len(books.get_reports()), len(self.env["oms.analysis"]._reports()))
        for report in books.get_reports():
            books.get_report(report["code"], "2026-01-01", "2026-12-31")
        with self.assertRaisesRegex(UserError, "cohorts"):
            books.get_report("nope", "2026-01-01", "2026-12-31")
