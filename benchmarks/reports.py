#!/usr/bin/env python3
"""How long the reports of finance take, and whether that grows faster than the ledger.

    benchmarks/reports.py [--orders 2000] [--write]

In a fresh database: a few orders of three channels with invoice, cost, money at the marketplace
and its payout, made by Odoo and then copied by SQL over 24 months. Everything is measured at a
quarter of --orders and at all of them. The targets are for 90,000 orders (1.1 million journal
items). --write puts the result into reports.md.
"""

import argparse
import os
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import grow  # noqa: E402
import oms_dev as dev  # noqa: E402

REPORT = HERE / "reports.md"
SEEDS = 30
DAYS = 730
LEDGER = {
    "sale_order",
    "sale_order_line",
    "account_move",
    "account_move_line",
    "account_partial_reconcile",
    "account_full_reconcile",
    "oms_fulfillment",
    "oms_shipment",
}
DATES = {
    "account_move": ("date", "invoice_date", "invoice_date_due"),
    "account_move_line": ("date", "date_maturity", "invoice_date"),
    "account_partial_reconcile": ("max_date",),
    "sale_order": ("date_order",),
}
# seconds, for 90,000 orders
TARGETS = {
    "income statement, 12 months": 0.25,
    "balance sheet, 12 month ends": 0.25,
    "cash flow (direct), 12 months": 0.25,
    "order P&L of one order": 0.02,
    "order P&L of one order, first call": 0.1,
    "order P&L of a year by channel and component": 0.4,
    "aged receivables as of a past day": 0.3,
    "trial balance of a year": 0.25,
    "general ledger, one page": 0.25,
    "VAT recap of a year": 0.4,
    "dashboard": 2.0,
    "key figures of a month, all": 2.0,
    "cohorts": 1.0,
    "demand and forecast": 2.0,
    "stock cover": 2.0,
    "cash tied": 1.0,
    "integrity": 5.0,
}

SEED = """
from odoo import Command

today = {today!r}
env.ref("base.IDR").active = True
company = env["res.company"].create({{"name": "Bench", "currency_id": env.ref("base.IDR").id}})
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
company.currency_id = env.ref("base.IDR")
env = env(context=dict(env.context, allowed_company_ids=company.ids, tracking_disable=True))


def account(code, name, kind, **values):
    return env["account.account"].create(
        {{"code": code, "name": name, "account_type": kind, **values}}
    )


income = account("428100", "Sales", "income")
stock = account("118300", "Stock", "asset_current")
cost = account("518100", "Cost", "expense_direct_cost")
fees = account("628100", "Fees", "expense")
held = account("118100", "Held", "asset_current", reconcile=True)
bank = env["account.journal"].create({{"name": "Bank", "code": "BNKB", "type": "bank"}})
clearing = env["account.journal"].create({{"name": "Clearing", "code": "CLRB", "type": "bank"}})
clearing.inbound_payment_method_line_ids.payment_account_id = held
category = env["product.category"].create(
    {{
        "name": "Goods",
        "property_cost_method": "standard",
        "property_valuation": "real_time",
        "property_stock_valuation_account_id": stock.id,
    }}
)
vat = account("218100", "VAT", "liability_current")
tax = env["account.tax"].create({{"name": "PPN 11%", "amount": 11}})
shares = tax.invoice_repartition_line_ids | tax.refund_repartition_line_ids
shares.filtered(lambda share: share.repartition_type == "tax").account_id = vat
products = env["product.product"].create(
    [
        {{
            "name": f"Product {{number}}",
            "is_storable": True,
            "categ_id": category.id,
            "standard_price": 60000,
            "property_account_income_id": income.id,
            "property_account_expense_id": cost.id,
            "taxes_id": [Command.set(tax.ids)],
        }}
        for number in range(10)
    ]
)
channels = env["oms.channel"].create(
    [
        {{
            "name": f"Channel {{number}}",
            "code": f"BENCH-{{number}}",
            "auto_confirm": False,
            "company_id": company.id,
            "clearing_journal_id": clearing.id,
            "fee_account_id": fees.id,
        }}
        for number in range(3)
    ]
)
partners = env["res.partner"].create([{{"name": f"Buyer {{n}}"}} for n in range({seeds})])
entries = env["account.journal"].search(
    [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
)


def post(order, kind, items):
    move = env["account.move"].create(
        {{
            "move_type": "entry",
            "journal_id": entries.id,
            "date": today,
            "ref": kind,
            "oms_order_id": order.id,
            "line_ids": [
                Command.create(
                    {{"account_id": on.id, "balance": amount, "partner_id": order.partner_id.id}}
                )
                for on, amount in items
            ],
        }}
    )
    move._post(soft=False)
    return move.line_ids


for number, partner in enumerate(partners):
    chosen = products[number % 9 : number % 9 + 2]
    order = env["sale.order"].create(
        {{
            "partner_id": partner.id,
            "company_id": company.id,
            "oms_channel_id": channels[number % 3].id,
            "oms_external_id": f"E{{number}}",
            "date_order": f"{{today}} 03:00:00",
            "order_line": [
                Command.create({{"product_id": product.id, "price_unit": 100000}})
                for product in chosen
            ],
        }}
    )
    invoice = env["account.move"].create(
        {{
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "invoice_date": today,
            "date": today,
            "oms_order_id": order.id,
            "invoice_line_ids": [
                Command.create(
                    {{
                        "product_id": line.product_id.id,
                        "price_unit": 100000 + number,
                        "sale_line_ids": [Command.link(line.id)],
                    }}
                )
                for line in order.order_line
            ],
        }}
    )
    invoice._post(soft=False)
    receivable = invoice.line_ids.filtered(
        lambda line: line.account_id.account_type == "asset_receivable"
    )
    if number % 20 == 0:
        continue
    paid = invoice.amount_total
    payment = post(order, "payment", [(held, paid), (receivable.account_id, -paid)])
    (receivable + payment.filtered(lambda line: line.balance < 0)).reconcile()
    if number % 10 == 1:
        continue
    received = (bank.default_account_id, paid - 9000)
    payout = post(order, "payout", [(held, -paid), (fees, 9000), received])
    (payment + payout).filtered(lambda line: line.account_id == held).reconcile()
env.cr.commit()
result = {{"company": company.id}}
"""

MEASURE = """
import time
from datetime import date, timedelta

env = env(context=dict(env.context, allowed_company_ids=[{company}]))
today = date.fromisoformat({today!r})
months = {{"compare": "previous", "periods": 11}}
begin = today.replace(day=1)
last = {{"date_from": str(begin), "date_to": str(today), **months}}
year = {{"date_from": str(today - timedelta(days=364)), "date_to": str(today)}}
statements = env["oms.statement"]
domain = [("company_id", "=", {company}), ("date", ">=", year["date_from"])]
order = env["sale.order"].search([("oms_channel_id", "!=", False)], limit=1, order="id desc")
env.cr.execute(
    "SELECT account_id FROM account_move_line WHERE company_id = %s "
    "GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1", [{company}]
)
busy = env.cr.fetchone()[0]
jobs = {{
    "income statement, 12 months": lambda: statements.get_statement("income", **last),
    "balance sheet, 12 month ends": lambda: statements.get_statement("balance", **last),
    "cash flow (direct), 12 months": lambda: statements.get_statement("cash", **last),
    "order P&L of one order": lambda: env["oms.order.pnl"].get_order(order.id),
    "order P&L of a year by channel and component": lambda: env["oms.pnl.line"]._read_group(
        domain, ["channel_id", "component"], ["amount:sum"]
    ),
    "aged receivables as of a past day": lambda: statements.get_ageing(
        "receivable", str(today - timedelta(days=200))
    ),
    "trial balance of a year": lambda: statements.get_trial_balance(**year),
    "general ledger, one page": lambda: statements.get_ledger(busy, **year),
    "VAT recap of a year": lambda: statements.get_vat(**year),
    "dashboard": lambda: env["oms.report.dashboard"].get_data(),
    "key figures of a month, all": lambda: env["oms.kpi"].get_figures(
        str(today - timedelta(days=29)), str(today)
    ),
    "cohorts": lambda: report("cohorts"),
    "demand and forecast": lambda: report("demand_forecast"),
    "stock cover": lambda: report("stock_cover"),
    "cash tied": lambda: report("cash_tied"),
    "integrity": lambda: report("integrity"),
}}


def report(code):
    return env["oms.analysis"].get_report(code, *year.values())


result = {{}}
for name, job in jobs.items():
    times = []
    for _round in range({rounds}):
        env.invalidate_all()
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    result[name] = min(times)
    if name == "order P&L of one order":
        result[f"{{name}}, first call"] = times[0]
env.cr.execute("SELECT COUNT(*) FROM account_move_line")
result["items"] = env.cr.fetchone()[0]
ties = statements.get_ageing("receivable", str(today - timedelta(days=200)))["checks"][0]
assert not ties["difference"][0], ties
assert not env["oms.proof"]._check_pnl(), "the order P&L is not the ledger's profit"
"""


class Ledger(grow.Plan):
    """Only what the reports read, each copy as many days ago as its number says."""

    def __init__(self, database):
        super().__init__(database)
        self.documents = LEDGER
        self.relations = {"account_move_line_account_tax_rel", "sale_order_line_invoice_rel"}
        self.first = 1

    def statement(self, table, copies):
        """Copies from the first that is missing on, of the originals alone."""
        columns = self.columns[table]
        own = "id" if table in self.documents else self._owner(table)
        listed = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join(self.value(table, column) for column in columns)
        return (
            f'INSERT INTO "{table}" ({listed}) SELECT {values} '
            f'FROM (SELECT * FROM "{table}" WHERE "{own}" < {self.stride}) original, '
            f"generate_series({self.first}, {copies}) copy"
        )

    def _owner(self, table):
        """The column of a relation that names a copied document."""
        return next(
            column
            for column in self.columns[table]
            if self.references.get((table, column)) in self.documents
        )

    def value(self, table, column):
        if column in DATES.get(table, ()):
            return f"\"{column}\" - copy % {DAYS} * interval '1 day'"
        return super().value(table, column)

    def grow(self, copies):
        """Have ``copies`` of every document."""
        script = ["BEGIN; SET LOCAL session_replication_role = replica;"]
        for table in sorted(self.documents | self.relations):
            script.append(self.statement(table, copies) + ";")
        script += ["COMMIT;", "VACUUM ANALYZE;"]
        dev.psql("\n".join(script), self.database)
        self.first = copies + 1


def measure(orders):
    """Return the times at a quarter of the orders and at all of them."""
    today = date.today().isoformat()
    log = dev.LOGS / "reports-benchmark.log"
    with dev.fresh_database(dev.FULL) as database:
        seeded, bad = dev.shell(database, SEED.format(today=today, seeds=SEEDS), log=log)
        assert not bad, bad
        ledger = Ledger(database)
        results = []
        for share in (orders // 4, orders):
            started = time.perf_counter()
            ledger.grow(max(share // SEEDS - 1, 1))
            made = time.perf_counter() - started
            code = MEASURE.format(today=today, company=seeded["company"], rounds=3)
            result, bad = dev.shell(database, code, log=log)
            assert not bad, bad
            results.append({**result, "made": made})
    return results


def report(small, large, orders):
    items = [f"{result.pop('items'):,}" for result in (small, large)]
    for result in (small, large):
        result.pop("made")
    lines = [
        "# The reports of finance on a large ledger",
        "",
        f"{date.today()}, {os.cpu_count()} cores. {orders:,} orders over {DAYS} days; the shortest "
        "of three runs, as the caller of the",
        "method waits for it. Made by `benchmarks/reports.py --write`; the targets are for 90,000 "
        "orders.",
        "",
        f"| report | {items[0]} journal items | {items[1]} journal items | growth | target |",
        "|---|---|---|---|---|",
    ]
    for name, seconds in large.items():
        lines.append(
            f"| {name} | {small[name] * 1000:.0f} ms | {seconds * 1000:.0f} ms "
            f"| {seconds / small[name]:.1f}× | {TARGETS[name] * 1000:.0f} ms |"
        )
    lines += [
        "",
        "Checked on the same data: the order P&L is the ledger's profit in amount and rows, and "
        "the open items of the",
        "past day are the balance of the receivables.",
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    small, large = measure(options.orders)
    print(f"made in {small['made']:.0f} s and {large['made']:.0f} s", file=sys.stderr)
    page = report(small, large, options.orders)
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
