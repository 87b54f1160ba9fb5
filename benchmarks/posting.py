#!/usr/bin/env python3
"""What the reports add to posting an invoice.

    benchmarks/posting.py [--rounds 8] [--write]

Two databases with a channel: without `oms_reports`, and with it (its index on journal items, and
the order that each item keeps). A round starts one process per database, one after the other, and
takes 20 orders through Odoo's own steps, one at a time and all at once; compared is the step that
makes and posts the invoices, by its shortest time. --write puts the result into posting.md.
"""

import argparse
import contextlib
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import bench  # noqa: E402
import oms_dev as dev  # noqa: E402
import order_flow as flow  # noqa: E402

BESIDE = "oms_tpl_oms_tracking"
TARGET = 1.03


def measure(rounds):
    results = []
    with contextlib.ExitStack() as stack:
        databases = {
            ("active", name): stack.enter_context(dev.fresh_database(template))
            for name, template in (("without", BESIDE), ("with", dev.FULL))
        }
        for (variant, _name), database in databases.items():
            flow.worker("prepare", database, variant)
        results = flow.measure(databases, rounds)
    return results


def report(results):
    lines = [
        "# Posting an invoice with the reports installed",
        "",
        f"{bench.made_on()}, {len(results)} rounds, the shortest times. "
        "Made by `benchmarks/posting.py --write`.",
        "",
        "| | without `oms_reports` | with | time | CPU of Odoo | SQL | target (time) |",
        "|---|---|---|---|---|---|---|",
    ]
    for size, title in (("single", "one invoice"), ("batch", "20 invoices at once, each")):
        without, with_them = ("active", "without"), ("active", "with")
        wall = [flow.cost(results, key, size, "wall", ["invoice"]) for key in (without, with_them)]
        ratios = [
            flow.cost(results, with_them, size, figure, ["invoice"])
            / flow.cost(results, without, size, figure, ["invoice"])
            for figure in ("wall", "cpu", "sql")
        ]
        figures = " | ".join(f"{ratio:.3f}" for ratio in ratios)
        lines.append(
            f"| {title} | {wall[0]:.1f} ms | {wall[1]:.1f} ms | {figures} | at most {TARGET} |"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    page = report(measure(options.rounds))
    print(page)
    if options.write:
        (HERE / "posting.md").write_text(page)


if __name__ == "__main__":
    main()
