#!/usr/bin/env python3
"""What a file of payouts costs: to import and match its lines, and to post them.

    benchmarks/settlement.py [--lines 1000 99000] [--post 1000] [--write]

A TikTok income file of each length is imported into a fresh database that has an order for every
line, in the way of the background import: a commit per chunk. Time is CPU of the process, memory
what the kernel says after the first chunk and at the end. --post lines of the shortest file are
then posted by the scheduled job. --write puts the result into settlement.md.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "scripts"))

import oms_dev as dev  # noqa: E402

REPORT = HERE / "settlement.md"
TARGET = 1.2
INSIDE = """
import base64, hashlib, re, time
from odoo.addons.oms_fulfillment.tests import settlement_files as files

COUNT, POST = {count}, {post}
env = env(context=dict(env.context, tracking_disable=True))
company = env.company
account = lambda code, kind: env["account.account"].create(
    {{"code": code, "name": code, "account_type": kind}})
bank = env["account.journal"].create({{"name": "Bank", "code": "BNKX", "type": "bank"}})
channel = env["oms.channel"].create({{
    "name": "Bench", "code": "BENCH", "kind": "marketplace", "payment_policy": "escrow",
    "settlement_journal_id": bank.id, "fee_account_id": account("628109", "expense").id}})
product = env["product.product"].create({{"name": "B", "type": "service", "taxes_id": False}})
first = env["sale.order"].create({{
    "partner_id": env["res.partner"].create({{"name": "Buyer"}}).id, "oms_channel_id": channel.id,
    "oms_external_id": "570000000000000000",
    "order_line": [(0, 0, {{"product_id": product.id, "price_unit": 92000}})]}})
env.flush_all()
env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'sale_order'"
               " AND column_name NOT IN ('id', 'name', 'oms_external_id', 'access_token')")
names = ", ".join(f'"{{row[0]}}"' for row in env.cr.fetchall())
env.cr.execute(f"INSERT INTO sale_order (name, oms_external_id, {{names}}) SELECT 'B' || n,"
               f" '58' || lpad(n::text, 16, '0'), {{names}} FROM sale_order,"
               f" generate_series(1, %s) n WHERE id = %s", [COUNT, first.id])
env.cr.execute("ANALYZE sale_order")
env.cr.commit()
env.invalidate_all()
row = ["Pesanan", "2026/06/30", "2026/07/05", "IDR", "73050", "90000", "90000", "100000", "-10000",
       "0", "-16950", "-7200", "-2000", "-18000", "2000", "16000", "-8100", "-1250", "-400", "0",
       "/", "0", "Tokopedia"]
content = files.text_file(files.TIKTOK, [[f"58{{n:016d}}", *row] for n in range(1, COUNT + 1)])
record = env["oms.settlement.file"].create({{
    "name": "income.csv", "channel_id": channel.id, "reference": "BENCH", "zone": "Asia/Jakarta",
    "content": base64.b64encode(content), "sha256": hashlib.sha256(content).hexdigest()}})
env.cr.commit()
memory = []
def report(done, left):
    env.flush_all()
    env.cr.commit()
    with open("/proc/self/status") as status:
        memory.append(int(re.search(r"VmRSS:\\s+(\\d+)", status.read())[1]) // 1024)
    return 1e9
started = time.process_time(), time.perf_counter()
record._run(report)
env.cr.commit()
cpu, wall = time.process_time() - started[0], time.perf_counter() - started[1]
assert (record.state, record.new_count, record.unmatched_count) == ("done", COUNT, 0), record.error
result = {{"lines": COUNT, "cpu": cpu, "wall": wall, "first": memory[0], "last": memory[-1],
          "most": max(memory)}}
if POST:
    Line = env["oms.settlement.line"]
    started = time.process_time()
    while Line.search_count([("move_id", "!=", False)]) < POST:
        lines = Line._next_batch()
        lines._post_matched()
        env.flush_all()
        env.cr.commit()
        env.invalidate_all()
    result["post"] = (time.process_time() - started) / POST
"""


def measure(count, post):
    """Import a file of ``count`` lines into a database of its own."""
    with dev.fresh_database(dev.template_of("oms_fulfillment")) as database:
        code = INSIDE.format(count=count, post=min(post, count))
        result, _bad = dev.shell(database, code, log=dev.LOGS / "settlement-benchmark.log")
        return result


def text(results):
    lines = [
        "# What a file of payouts costs\n",
        f"{date.today()}. Made by `benchmarks/settlement.py --write`.\n",
        "| lines | CPU | per 1,000 lines | memory after the first chunk | at the end |",
        "|---|---|---|---|---|",
    ]
    for one in results:
        per = one["cpu"] / one["lines"] * 1000
        lines.append(
            f"| {one['lines']:,} | {one['cpu']:.1f} s | {per:.2f} s | {one['first']} MB"
            f" | {one['last']} MB |"
        )
    first, last = results[0], results[-1]
    ratio = (last["cpu"] / last["lines"]) / (first["cpu"] / first["lines"])
    lines.append(f"\nLongest beside shortest, per line: {ratio:.2f} (at most {TARGET} is wanted).")
    for one in results:
        if "post" in one:
            lines.append(f"\nPosting: {one['post'] * 1000:.0f} ms of CPU per line, in batches.")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[1000, 99_000])
    parser.add_argument("--post", type=int, default=1000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    results = []
    for index, count in enumerate(options.lines):
        results.append(measure(count, 0 if index else options.post))
    report = text(results)
    print(report)
    if options.write:
        REPORT.write_text(report)


if __name__ == "__main__":
    main()
