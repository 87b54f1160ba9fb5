"""Every figure of a company a second time: from the documents, by the ORM, added up in Python."""

import statistics
from collections import defaultdict
from datetime import date

from odoo import fields

from ..models.account_account import PROFIT_AND_LOSS
from ..models.oms_statement_ageing import AGEINGS
from ..models.oms_statement_line import STATEMENTS
from .double_analyses import DoubleAnalyses

COMPONENTS = (
    "sales discount refund shipping cogs courier channel_fee payment_fee writeoff claim".split()
)


def percentile(values, part):
    """The percentile between the two nearest values, as SQL's PERCENTILE_CONT has it."""
    values = sorted(values)
    place = part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


class DoubleFigures:
    """All figures of one company, each compared with a second computation and with the rows that
    a click on it opens.

    :param case: what compares: a test case, or what stands for one
    :param env: of the company
    :param orders: all orders of the company's channels
    :param date since: no order and no journal item is older
    """

    def __init__(self, case, env, orders, since):
        self.case, self.env, self.company = case, env, env.company
        self.same = case.assertAlmostEqual
        self.statements = self.env["oms.statement"]
        self.today = self.company._oms_local_date(fields.Datetime.now())
        self.orders, self.since = orders, since
        self.measures, self.known = {}, {}
        self.items = self.env["account.move.line"].search(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        )

    def check(self):
        """Compare all of it; return how many amounts were compared."""
        self.compared = 0
        for year in range(self.since.year, self.today.year + 1):
            self.check_statements(date(year, 1, 1), date(year, 12, 31))
            self.check_vat(date(year, 1, 1), date(year, 12, 31))
        for report in AGEINGS:
            self.check_ageing(report)
        self.check_orders()
        self.check_key_figures()
        DoubleAnalyses(self).check()
        return self.compared

    def equal(self, shown, expected, *about):
        self.compared += 1
        self.same(shown or 0.0, expected or 0.0, 4, (self.company.name, *about))

    def opened(self, statement, code, column, child, options):
        """What the rows add up to that a click opens."""
        drill = self.statements.get_drill(statement, code, column, child, options)
        rows = self.env[drill["model"]].with_context(**drill["context"]).search(drill["domain"])
        return sum(rows.mapped("residual" if statement in AGEINGS else "balance"))

    # STATEMENTS

    def check_statements(self, first, last):
        options = {"date_from": str(first), "date_to": str(last)}
        for statement in dict(STATEMENTS):
            result = self.statements.get_statement(statement, **options)
            balances = self.balances(statement, first, last)
            shown = defaultdict(float)
            for row in result["lines"]:
                for account in row["accounts"]:
                    shown[account["id"]] += account["amounts"][0]
                    drilled = self.opened(statement, row["code"], 0, account["id"], options)
                    self.equal(abs(account["amounts"][0]), abs(drilled), statement, account)
                drilled = self.opened(statement, row["code"], 0, None, options)
                self.equal(abs(row["amounts"][0]), abs(drilled), statement, row["code"])
            for account, balance in balances.items():
                asset = statement == "balance" and account.account_type.startswith("asset")
                self.equal(shown[account.id], balance if asset else -balance, account.name)
            by_code = {row["code"]: row["amounts"][0] for row in result["lines"]}
            self.check_totals(statement, by_code, first, last)

    def balances(self, statement, first, last):
        """``{account: debit less credit}`` of what a statement is about."""
        items = self.items.filtered(lambda item: item.date <= last)
        profit = items.filtered(lambda item: item.account_id.account_type in PROFIT_AND_LOSS)
        cash = items.filtered(lambda item: item.account_id.account_type == "asset_cash")
        wanted = {
            "income": profit.filtered(lambda item: item.date >= first),
            "balance": items - profit,
            "cash": (cash.move_id.line_ids & items - cash).filtered(lambda i: i.date >= first),
            "cash_indirect": (items - cash).filtered(lambda item: item.date >= first),
        }[statement]
        return {
            account: sum(some.mapped("balance"))
            for account, some in wanted.grouped("account_id").items()
        }

    def check_totals(self, statement, by_code, first, last):
        def total(types, since=None):
            return sum(
                item.balance
                for item in self.items
                if item.date <= last
                and (not since or item.date >= since)
                and item.account_id.account_type in types
            )

        kinds = [kind for kind, _name in self.items.account_id._fields["account_type"].selection]
        assets = [kind for kind in kinds if kind.startswith("asset")]
        if statement == "income":
            self.equal(by_code["net_profit"], -total(PROFIT_AND_LOSS, first), "net profit")
        elif statement == "balance":
            self.equal(by_code["assets"], total(assets), "assets")
            self.equal(by_code["claims"], total(assets), "claims")
            self.equal(by_code["earnings_now"], -total(PROFIT_AND_LOSS, first), "earnings")
        else:
            self.equal(by_code["closing"], total(["asset_cash"]), statement)
            self.equal(by_code["net_flow"], total(["asset_cash"], first), statement)

    # TAXES

    def check_vat(self, first, last):
        options = {"date_from": str(first), "date_to": str(last)}
        result = self.statements.get_statement("vat", **options)
        items = self.items.filtered(lambda item: first <= item.date <= last)
        for line in result["lines"]:
            if line.get("computed"):
                continue
            for child, amounts in [
                (None, line["amounts"]),
                *((row["id"], row["amounts"]) for row in line["accounts"]),
            ]:
                for column, amount in enumerate(amounts):
                    if amount is not None:
                        drilled = self.opened("vat", line["code"], column, child, options)
                        sign = 1 if column in (2, 3) else -1
                        self.equal(amount, sign * drilled, "vat", line["code"], child, column)
        by_code = {line["code"]: line["amounts"] for line in result["lines"]}
        sold = items.filtered(lambda item: item.tax_line_id.type_tax_use == "sale")
        self.equal(by_code["total"][1], -sum(sold.mapped("balance")), "output tax")
        base = items.filtered(lambda item: "sale" in item.tax_ids.mapped("type_tax_use"))
        self.equal(by_code["total"][0], -sum(base.mapped("balance")), "base of output tax")

    # WHO OWES

    def check_ageing(self, report):
        today = str(self.today)
        result = self.statements.get_ageing(report, today)
        sign = AGEINGS[report][3]
        open_items = self.items.filtered(
            lambda item: item.account_id in self.statements._ageing_accounts(report)
        )
        for line in result["lines"]:
            for child, amounts in [
                (None, line["amounts"]),
                *((row["id"], row["amounts"]) for row in line["accounts"]),
            ]:
                for column, amount in enumerate(amounts):
                    if not amount and child is not None:
                        continue  # the row's total opens what would be here
                    drilled = self.opened(report, line["code"], column, child, {"date_to": today})
                    self.equal(amount, sign * drilled, report, line["code"], column)
        residual = sum(open_items.mapped("amount_residual"))
        self.equal(result["lines"][-1]["amounts"][-1], sign * residual, report)
        if AGEINGS[report][0] == "channel_id":
            expected = defaultdict(float)
            for item in open_items:
                channel = item.oms_order_id.oms_channel_id
                expected[str(channel.id or 0)] += sign * item.amount_residual
            for line in result["lines"][:-1]:
                self.equal(line["amounts"][-1], expected.pop(line["code"], 0.0), report)
            for code, amount in expected.items():
                self.equal(0.0, amount, report, code, "is missing")

    # ORDERS

    def check_orders(self):
        profit = self.items.filtered(lambda item: item.account_id.account_type in PROFIT_AND_LOSS)
        by_order = profit.grouped("oms_order_id")
        rows = self.env["oms.order.pnl"].search([("order_id", "in", self.orders.ids)])
        for row in rows:
            items = by_order.get(row.order_id, self.items.browse())
            parts = [row[name] for name in COMPONENTS]
            self.equal(sum(parts) + row.other, -sum(items.mapped("balance")), row.order_id.name)
            self.equal(row.contribution, sum(parts), "contribution", row.order_id.name)
            self.equal(row.net_sales, row.sales + row.discount + row.refund, row.order_id.name)
            cost = items.filtered(lambda item: item.display_type == "cogs")
            self.equal(row.cogs, -sum(cost.mapped("balance")), "cost", row.order_id.name)
        self.case.assertEqual(rows.order_id, self.orders)

    def check_key_figures(self):
        """Each figure and each of its cells is what its rows make; some a second time from the
        orders themselves."""
        for by in ("channel", "warehouse", "month"):
            answer = self.env["oms.kpi"].get_figures(
                str(self.since), str(self.today), by=by, compare=False, company_ids=self.company.ids
            )
            figures = {figure["code"]: figure for figure in answer["figures"]}
            for figure in figures.values():
                names = {figure["measure"], figure["base"]} - {None}
                self.measures.setdefault(figure["model"], set()).update(names)
            for figure in figures.values():
                for cell in [figure, *figure["cells"]]:
                    self.check_figure(figure, cell, by)
        gone = self.orders.filtered(
            lambda order: order.state == "cancel" or order.oms_stage_code == "cancelled"
        )
        sold = (
            self.orders.filtered(lambda order: not (order.oms_replaces_id or order.oms_exchange_id))
            - gone
        )
        self.equal(figures["orders"]["value"], len(sold), "orders")
        if self.orders:
            rate = 100 * len(gone) / len(self.orders)
            self.equal(figures["cancelled"]["value"], rate, "cancelled")
        if sold:
            worth = [order.amount_untaxed / (order.currency_rate or 1.0) for order in sold]
            worth = [self.company.currency_id.round(amount) for amount in worth]
            self.equal(figures["aov"]["value"], sum(worth) / len(sold), "average order")

    def check_figure(self, figure, cell, by):
        if cell["domain"] is not None:
            value = self.of_rows(figure, cell["domain"])
            self.equal(cell["value"], value, figure["code"], by, cell.get("key"))

    percentile = staticmethod(percentile)

    def of_rows(self, figure, domain):
        """The value of a figure, from its rows alone; nothing where they say nothing."""
        measured = self.column(figure["model"], domain, figure["measure"])
        if figure["aggregate"] == "sum":
            return sum(measured)
        if figure["aggregate"] == "ratio":
            base = sum(self.column(figure["model"], domain, figure["base"]))
            factor = 100 if figure["unit"] == "percent" else 1
            return factor * sum(measured) / base if base else None
        if not measured:
            return None
        if figure["aggregate"] == "mean":
            return statistics.fmean(measured)
        return percentile(measured, {"median": 0.5, "p90": 0.9}[figure["aggregate"]])

    def column(self, model, domain, name):
        """What rows say; the ORM would read zero where a row says nothing."""
        # All figures of the same rows are read at once.
        names = sorted(self.measures.get(model, set()) | {name})
        key = (model, str(domain), *names)
        if key not in self.known:
            source = self.env[model]
            query = source._search(domain)
            terms = [source._field_to_sql(source._table, one, query) for one in names]
            rows = self.env.execute_query(query.select(*terms))
            columns = zip(*rows, strict=True) if rows else [()] * len(names)
            self.known[key] = dict(zip(names, columns, strict=True))
        return [float(value) for value in self.known[key][name] if value is not None]
