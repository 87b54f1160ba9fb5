#!/usr/bin/env python3
"""How long the reports of finance take, and whether that grows faster than the ledger.

    benchmarks/reports.py [--orders 2000] [--write]

In a fresh database: a few orders of three channels with transfer, parcel, invoice, cost, money at
the marketplace and its payout, made by Odoo and then copied by SQL over 24 months. Everything is
measured at a quarter of --orders and at all of them. The targets are for 90,000 orders (1.1
million journal items). Beside ours, on the same ledger: `mis_builder`, `account_financial_report`
and the cells of Odoo's spreadsheets. --write puts the result into reports.md.
"""

import argparse
import os
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import oms_dev as dev  # noqa: E402
import peers  # noqa: E402
from reports_ledger import DAYS, SEED, SEEDS, Ledger  # noqa: E402

REPORT = HERE / "reports.md"
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
    "spreadsheet operations, all figures": 2.0,
    "spreadsheet sales, all figures": 2.0,
    "spreadsheet finance, all figures": 2.0,
    "spreadsheet receivables, all figures": 2.0,
}

MEASURE = """
import functools
import json
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


def in_period(source, domain):
    # the domain of a source of a dashboard, in the board's last 30 days
    match = source["fieldMatching"].get("period")
    if not match:
        return domain
    since = today - timedelta(days=29 - 30 * match["offset"])
    until = today + timedelta(days=1 + 30 * match["offset"])
    return [*domain, (match["chain"], ">=", str(since)), (match["chain"], "<", str(until))]


def board(name):
    # everything that a browser asks for when it opens a dashboard, one after the other
    document = json.loads(env.ref(f"oms_reports.dashboard_{{name}}").spreadsheet_data)
    for pivot in document["pivots"].values():
        measures = [
            f"{{measure['fieldName']}}:{{measure['aggregator']}}"
            for measure in pivot["measures"]
            if "computedBy" not in measure
        ]
        rows = [row["fieldName"] for row in pivot["rows"]]
        domain = in_period(pivot, pivot["domain"])
        env[pivot["model"]].formatted_read_grouping_sets(domain, [[], rows], measures)
    for listed in document["lists"].values():
        order = listed["orderBy"][0]
        env[listed["model"]].web_search_read(
            listed["domain"],
            {{field: {{}} for field in listed["columns"]}},
            limit=10,
            order=order["name"] + ("" if order["asc"] else " desc"),
        )
    for chart in document["sheets"][0]["figures"]:
        if chart["data"]["type"].startswith("odoo_"):
            data, search = chart["data"]["metaData"], chart["data"]["searchParams"]
            domain = in_period(chart["data"], search["domain"])
            env[data["resModel"]].formatted_read_group(
                domain, data["groupBy"], [data["measure"] + ":sum", "__count"]
            )
    cells = {{cell for sheet in document["sheets"] for cell in sheet["cells"].values()}}
    # the browser asks once for what several cells name
    for kind in {{cell.split('GROUP("')[1].split('"')[0] for cell in cells if "BALANCE" in cell}}:
        codes = env["account.account"].get_account_group([kind])[0]
        day = {{"range_type": "day", "year": today.year, "month": today.month, "day": today.day}}
        asked = {{"codes": codes, "date_range": day, "company_id": None}}
        env["account.account"].spreadsheet_fetch_debit_credit([asked])


for name in ("operations", "sales", "finance", "receivables"):
    jobs[f"spreadsheet {{name}}, all figures"] = functools.partial(board, name)


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

BESIDE = """
import time
from datetime import date, timedelta

env = env(context=dict(env.context, allowed_company_ids=[{company}]))
today = date.fromisoformat({today!r})
begin = today.replace(day=1)
last = dict(date_from=str(begin), date_to=str(today), compare="previous", periods=11)
year = (str(today - timedelta(days=364)), str(today))
columns = [
    (column["date_from"], column["date_to"])
    for column in env["oms.statement"].get_statement("income", **last)["columns"]
]
types = [kind for kind, _name in env["account.account"]._fields["account_type"].selection]
results = [kind for kind in types if kind.startswith(("income", "expense"))]
positions = [kind for kind in types if kind not in (*results, "off_balance")]
theirs = Theirs(env)
accounts = env["account.account"].search([("company_ids", "in", [{company}])])


def cells(prefixes):
    "One cell per month and group of accounts, as in a sheet of ODOO.BALANCE formulas."
    return [
        {{
            "date_range": {{"range_type": "month", "year": 2026 - n // 12, "month": n % 12 + 1}},
            "company_id": {company},
            "codes": [prefix],
            "include_unposted": False,
        }}
        for n in range(12)
        for prefix in prefixes
    ]


fetch = env["account.account"].spreadsheet_fetch_debit_credit
jobs = {{
    "income statement, 12 months": [
        ("mis_builder", theirs.statement(results, "balp", columns)),
        ("72 cells of a spreadsheet", lambda: fetch(cells("456789"))),
    ],
    "balance sheet, 12 month ends": [
        ("mis_builder", theirs.statement(positions, "bale", columns)),
        ("72 cells of a spreadsheet", lambda: fetch(cells("123456"))),
    ],
    "trial balance of a year": [
        ("account_financial_report", theirs.trial_balance(*year)),
    ],
}}
result = {{}}
for name, others in jobs.items():
    for other, job in others:
        times = []
        for _round in range(2):
            env.invalidate_all()
            start = time.perf_counter()
            job()
            times.append(time.perf_counter() - start)
        result.setdefault(name, []).append((other, min(times)))
"""


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
        return [*results, beside(database, seeded["company"], today)]


def beside(database, company, today):
    """{report: [(what, seconds)]}: the same from what users would install instead."""
    try:
        peers.install(database, log=dev.LOGS / "reports-peers.log")
    except peers.NotThere as error:
        print(f"nothing to compare with: {error}", file=sys.stderr)
        return {}
    code = peers.THEIRS + BESIDE.format(today=today, company=company)
    log = dev.LOGS / "reports-beside.log"
    result, _bad = dev.shell(database, code, log=log, extra=[peers.addons_path()])
    return result


def report(small, large, others, orders):
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
        f"| report | {items[0]} journal items | {items[1]} journal items | growth | target "
        "| instead, on the larger |",
        "|---|---|---|---|---|---|",
    ]
    for name, seconds in large.items():
        instead = "; ".join(f"{what} {took * 1000:.0f} ms" for what, took in others.get(name, ()))
        lines.append(
            f"| {name} | {small[name] * 1000:.0f} ms | {seconds * 1000:.0f} ms "
            f"| {seconds / small[name]:.1f}× | {TARGETS[name] * 1000:.0f} ms | {instead} |"
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
    small, large, others = measure(options.orders)
    print(f"made in {small['made']:.0f} s and {large['made']:.0f} s", file=sys.stderr)
    page = report(small, large, others, options.orders)
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
