#!/usr/bin/env python3
"""What the monitor costs when nearly all orders are quiet.

    benchmarks/monitor.py [--orders 100000] [--due 200] [--write]

In a fresh database: one confirmed order, copied by SQL; all copies are to be looked at next week,
a few of them now. The job runs when some are due and when none is. --write puts the result into
monitor.md.
"""

import argparse
import os
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import oms_dev as dev  # noqa: E402

REPORT = HERE / "monitor.md"

JOB = """
import time
from odoo import sql_db

channel = env["oms.channel"].create({{"name": "Bench", "code": "BENCH", "payment_policy": "terms"}})
product = env["product.product"].create({{"name": "Bench", "is_storable": True}})
partner = env["res.partner"].create(
    {{
        "name": "Bench",
        "phone": "081200001111",
        "street": "Jl. Melati 1",
        "city": "Bandung",
        "zip": "40132",
        "country_id": env.ref("base.id").id,
    }}
)
order = env["sale.order"].create(
    {{
        "partner_id": partner.id,
        "oms_channel_id": channel.id,
        "order_line": [(0, 0, {{"product_id": product.id, "product_uom_qty": 1}})],
    }}
)
order.action_confirm()
env["sale.order"]._oms_refresh_touched()
env.cr.execute("SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
               "WHERE table_name = 'sale_order' AND column_name NOT IN "
               "('id', 'name', 'access_token', 'oms_external_id', 'oms_check_at')")
columns = env.cr.fetchone()[0]
env.cr.execute(
    f"INSERT INTO sale_order ({{columns}}, name, oms_check_at) SELECT {{columns}}, "
    "'B' || number, now() AT TIME ZONE 'UTC' + interval '7 days' "
    "FROM sale_order, generate_series(1, %s) number WHERE id = %s",
    [{orders}, order.id],
)
env.cr.execute("UPDATE sale_order SET oms_check_at = now() AT TIME ZONE 'UTC' - interval '1 hour' "
               "WHERE id IN (SELECT id FROM sale_order ORDER BY id DESC LIMIT %s)", [{due}])
env.cr.commit()
env.cr.execute("ANALYZE sale_order")
env.cr.commit()


def run():
    env.invalidate_all()
    before, start = sql_db.sql_counter, time.perf_counter()
    env["sale.order"]._cron_oms_monitor()
    env.cr.commit()
    return time.perf_counter() - start, sql_db.sql_counter - before


job = run()
quiet = min(run() for _round in range(5))
from odoo.tools import SQL
plan = env.execute_query(
    SQL("EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF, TIMING OFF) %s",
        env["sale.order"]._oms_due_query(500))
)
result = {{"job": job, "quiet": quiet, "plan": [row[0] for row in plan]}}
"""


def report(result, orders, due):
    (job, job_sql), (quiet, quiet_sql) = result["job"], result["quiet"]
    lines = [
        "# The monitor, when nearly all orders are quiet",
        "",
        f"{date.today()}, {os.cpu_count()} cores. {orders:,} open orders, six rules.",
        "Made by `benchmarks/monitor.py --write`.",
        "",
        "| run of the job | time | SQL statements |",
        "|---|---|---|",
        f"| {due} orders are due | {job:.2f} s | {job_sql} |",
        f"| none is due | {quiet * 1000:.1f} ms | {quiet_sql} |",
        "",
        "How the due orders are found when there is none:",
        "",
        *(f"    {line}" for line in result["plan"]),
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=200)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    code = JOB.format(orders=options.orders, due=options.due)
    with dev.fresh_database(dev.FULL) as database:
        result, bad = dev.shell(database, code, log=dev.LOGS / "monitor.log")
    assert not bad, bad
    page = report(result, options.orders, options.due)
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
