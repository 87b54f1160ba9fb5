"""What the addons cost per order, and whether that grows.

    benchmarks/order_flow.py [--rounds 5] [--orders 20000] [--write]

Six databases: plain Odoo, the addons without a channel, the addons with a channel; each once with
40 orders and once with 20,000 more (grow.py). A round starts one process per database, one after
the other. The shortest time of each step over all repetitions and rounds is reported: other work of
the machine only adds to it. --write puts the result into order_flow.md.
"""

import argparse
import contextlib
import datetime
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import grow  # noqa: E402
import oms_dev as dev  # noqa: E402

VARIANTS = ("plain", "inert", "active")
STEPS = ("create", "confirm", "ship", "invoice", "pay")
TEMPLATES = {"plain": dev.BASE, "inert": dev.FULL, "active": dev.FULL}
TARGETS = {"inert": 1.05, "active": 1.25}
SEEDS = 40
TITLES = {
    "plain": "plain Odoo, the addons not installed",
    "inert": "the addons installed, no channel",
    "active": "the addons with a channel that the orders belong to",
}


def worker(task, database, variant, *options):
    done = subprocess.run(
        [dev.PYTHON, HERE / "flow_worker.py", task, database, variant, *options],
        env=dev.odoo_environment(),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def prepare(stack, orders):
    """{(variant, grown): database}"""
    databases = {}
    for variant in VARIANTS:
        small = stack.enter_context(dev.fresh_database(TEMPLATES[variant]))
        worker("prepare", small, variant)
        databases[variant, False] = small
        if orders:
            large = stack.enter_context(dev.fresh_database(small))
            rows = grow.grow(large, orders // SEEDS)
            print(f"{variant}: {rows['sale_order']} orders, {rows['stock_move']} moves", flush=True)
            databases[variant, True] = large
        dev.psql("VACUUM ANALYZE", small)
    return databases


def measure(databases, rounds):
    """[{(variant, grown): {"single": {step: {wall, cpu, sql}}, "batch": ...}}], one per round"""
    results = []
    for number in range(rounds):
        results.append({key: worker("measure", name, key[0]) for key, name in databases.items()})
        print(f"round {number + 1} of {rounds}", flush=True)
    return results


# ------------------------------------------------------------------------ the report


def cost(results, key, size, figure, steps=STEPS):
    """Per order: the best time of each step over the rounds, or the usual number of statements."""
    choose = statistics.median if figure == "sql" else min
    return sum(choose(r[key][size][step][figure] for r in results) for step in steps)


def ratio(results, key, base, size, figure):
    return cost(results, key, size, figure) / cost(results, base, size, figure)


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def cost_rows(results, size):
    for variant in VARIANTS:
        key = variant, False
        cells = [
            f"{cost(results, key, size, 'wall', [step]):.0f} ms, "
            f"{cost(results, key, size, 'sql', [step]):.0f}"
            for step in STEPS
        ]
        total = f"{cost(results, key, size, 'wall'):.0f} ms, {cost(results, key, size, 'sql'):.0f}"
        yield [variant, *cells, total]


def ratio_rows(results):
    for variant, target in TARGETS.items():
        for size in ("single", "batch"):
            cells = [
                f"{ratio(results, (variant, False), ('plain', False), size, figure):.2f}"
                for figure in ("wall", "cpu", "sql")
            ]
            yield [variant, size, *cells, f"at most {target}"]


def growth_rows(results):
    for variant in VARIANTS:
        for size in ("single", "batch"):
            yield [
                variant,
                size,
                f"{cost(results, (variant, False), size, 'wall'):.0f} ms",
                f"{cost(results, (variant, True), size, 'wall'):.0f} ms",
                f"{ratio(results, (variant, True), (variant, False), size, 'wall'):.2f}",
                f"{ratio(results, (variant, True), (variant, False), size, 'sql'):.2f}",
            ]


def report(results, orders):
    head = ["", *STEPS, "whole order"]
    yield "# The cost of an order"
    yield ""
    yield (
        f"{datetime.date.today()}, {os.cpu_count()} cores, PostgreSQL and Odoo on one machine, "
        f"{len(results)} rounds. Orders of 3 lines, taken through Odoo's own five steps; each step "
        "is a transaction that commits, with all that follows. Times are the shortest ones seen, "
        "so that other work on the machine counts little; the statements are exact. "
        "Made by `benchmarks/order_flow.py --write`."
    )
    yield ""
    yield from (f"* **{variant}**: {title}" for variant, title in TITLES.items())
    for size, title in (("single", "One order at a time"), ("batch", "20 orders at a time")):
        yield from (
            "",
            f"## {title}",
            "",
            "Per order: milliseconds and SQL statements.",
            "",
        )
        yield from table(head, cost_rows(results, size))
    yield from ("", "## Against plain Odoo", "")
    yield from table(["", "", "time", "CPU of Odoo", "SQL", "target (time)"], ratio_rows(results))
    if ("plain", True) in results[0]:
        yield from ("", f"## With {orders:,} orders already there", "")
        yield from table(
            ["", "", "40 orders", f"{orders + SEEDS:,} orders", "time", "SQL"], growth_rows(results)
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--orders", type=int, default=20_000, help="0 leaves the growth out")
    parser.add_argument("--write", action="store_true", help="write order_flow.md")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        databases = prepare(stack, options.orders)
        results = measure(databases, options.rounds)
    text = "\n".join(report(results, options.orders)) + "\n"
    print(text)
    if options.write:
        (HERE / "order_flow.md").write_text(text)


if __name__ == "__main__":
    main()
