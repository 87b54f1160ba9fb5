#!/usr/bin/env python3
"""Does anybody get a unit that somebody else was promised? A scramble, without and with the addons'
channel.

    benchmarks/oversell.py [--seconds 120] [--workers 4] [--clients 8] [--write]

A real server; client processes confirm, edit, cancel, pick short, ship, receive, reserve and
unreserve at random (tests/scramble.py) for scarce goods, some of them in lots, in two warehouses.
First on plain orders: without a channel the addons do nothing, it is Odoo by itself. Then, in
another fresh database, on the orders of a channel. --write puts the result into oversell.md.
"""

import argparse
import os
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scripts"), str(HERE.parent / "tests")]

import oms_dev as dev  # noqa: E402
import scramble  # noqa: E402
import shop  # noqa: E402

REPORT = HERE / "oversell.md"


def measure(options, managed):
    with (
        dev.fresh_database(dev.FULL) as name,
        dev.Server(name, workers=options.workers, name=f"oversell-{managed}") as server,
    ):
        values = {}
        if managed:
            odoo = shop.connect(server.port, name)
            values = {"oms_channel_id": shop.make_channel(odoo, "SCRAMBLE")}
        result = scramble.run(server, options.seconds, options.clients, "S", **values)
        found = result.odoo.execute("oms.proof", "run") if managed else None
        result.violations = None if found is None else len(found)
        if found or (managed and result.seen):
            print(shop.pretty(found), shop.pretty(result.seen), file=sys.stderr)
        log = server.log.read_text(errors="replace")
        result.deadlocks = log.count("ERROR") and log.count("deadlock detected")
    return result


def rows(plain, ours):
    def steps(result):
        return sum(result.counts[step] for step in scramble.STEPS)

    def row(name, figure):
        cells = [figure(result) for result in (plain, ours)]
        cells = ["–" if cell is None else f"{cell:g}" for cell in cells]
        return f"| {name} | {cells[0]} | {cells[1]} |"

    yield row("steps taken", steps)
    yield row("of these refused with a reason", lambda r: r.counts["refused"])
    yield row("requests that lost a race and were sent again", lambda r: r.counts["sent again"])
    yield row("requests given up after ten tries", lambda r: r.counts["given up"])
    yield row("deadlocks in the server's log", lambda r: r.deadlocks)
    yield row("worst moment: places with stock below zero", lambda r: r.worst[0])
    yield row("worst moment: units promised that are not there", lambda r: r.worst[1])
    yield row("at the end: places with stock below zero", lambda r: r.ending[0])
    yield row("at the end: units promised that are not there", lambda r: r.ending[1])
    yield row("at the end: places where stock and transfers disagree", lambda r: r.ending[2])
    yield row("then goods come: orders served", lambda r: r.served)
    yield row("then goods come: older orders overtaken", lambda r: r.overtaken)
    yield row("violations that `oms.proof` finds", lambda r: r.violations)


def report(plain, ours, options):
    done = ", ".join(f"{name} {ours.counts[name]}" for name in scramble.STEPS)
    return "\n".join(
        [
            "# A scramble for scarce goods",
            "",
            f"{date.today()}, {os.cpu_count()} cores. {options.clients} clients at a server with "
            f"{options.workers} workers, {options.seconds} s.",
            "Made by `benchmarks/oversell.py --write`.",
            "",
            "| | Odoo by itself | orders of a channel |",
            "|---|---|---|",
            *rows(plain, ours),
            "",
            f"What the clients tried on the orders of the channel: {done}.",
            "",
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    page = report(measure(options, False), measure(options, True), options)
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
