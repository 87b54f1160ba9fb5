"""How fast orders come in, against one odoorpc create and confirm per order.

    benchmarks/intake.py [--rounds 3] [--batch 100] [--orders 100000] [--write]

A real server with two workers. Three figures, each as a ratio within one round:

* acknowledged orders per second: two clients post to /oms/intake, in calls of --batch orders;
* finished orders per second: the queue's two workers make and confirm them;
* the cost of an order in a database with --orders orders (grow.py) and in one with a few.

--write puts the result into intake.md.
"""

import argparse
import contextlib
import datetime
import json
import os
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scripts"), str(HERE.parent / "tests")]

import grow  # noqa: E402
import oms_dev as dev  # noqa: E402
import order_flow  # noqa: E402
import shop  # noqa: E402

SEEDS = 100
WORKERS = ("cron_intake_queue", "cron_intake_queue_2")
TARGETS = {"acknowledged": 50, "finished": 3, "growth": 1.1}


class Bench:
    """One server on one database, and what is measured on it."""

    def __init__(self, database):
        self.server = dev.Server(database, workers=2, name=f"intake-{database}")
        self.database = database
        self.prefix = f"B{time.time_ns()}"
        self.number = 0

    def __enter__(self):
        self.server.start()
        self.odoo = shop.connect(self.server.port, self.database)
        (self.channel,) = self.odoo.env["oms.channel"].search([("code", "=", "BENCH")])
        self.odoo.env["oms.channel"].write([self.channel], {"auto_confirm": True})
        self.door = shop.open_door(self.odoo, self.channel)
        self.products = self.odoo.env["product.product"].search(
            [("default_code", "=like", "BENCH-%")]
        )
        self.partners = self.odoo.env["res.partner"].search([("name", "=like", "Benchmark buyer%")])
        return self

    def __exit__(self, *exc):
        self.server.stop()

    def payloads(self, count):
        """Orders of three lines, each of a buyer of its own."""
        start, self.number = self.number, self.number + count
        return [
            shop.payload(
                number,
                [
                    (f"BENCH-{1 + (number * 7 + line * 3) % 30}", 1 + line, 10000)
                    for line in range(3)
                ],
                prefix=self.prefix,
            )
            for number in range(start, start + count)
        ]

    # what is measured: seconds per order

    def by_hand(self, count):
        """One order after the other, create and confirm, as a script with odoorpc does it."""
        sale = self.odoo.env["sale.order"]
        started = time.perf_counter()
        for number in range(count):
            lines = [
                (
                    0,
                    0,
                    {
                        "product_id": self.products[(number * 7 + line * 3) % len(self.products)],
                        "product_uom_qty": 1 + line,
                    },
                )
                for line in range(3)
            ]
            order = sale.create(
                {"partner_id": self.partners[number % len(self.partners)], "order_line": lines}
            )
            self.odoo.execute("sale.order", "action_confirm", [order])
        return (time.perf_counter() - started) / count

    def acknowledge(self, count, batch, clients=2):
        """Two clients post at once; until every call was answered with 202."""
        payloads = self.payloads(count)
        calls = [
            json.dumps(payloads[start : start + batch]).encode() for start in range(0, count, batch)
        ]
        started = time.perf_counter()
        at_once(self._post_all, [calls[hand::clients] for hand in range(clients)])
        return (time.perf_counter() - started) / count

    def _post_all(self, calls):
        for body in calls:
            asked = urllib.request.Request(
                self.door["door_url"],
                body,
                {
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {self.door['door_key']}",
                },
            )
            with urllib.request.urlopen(asked, timeout=300) as answer:
                assert answer.status == 202
                assert {item["status"] for item in json.load(answer)["items"]} == {"received"}

    def finish(self, workers=WORKERS):
        """The queue's workers, until nothing waits; all of it must be confirmed orders."""
        waiting = self.odoo.env["oms.intake"].search([("state", "=", "received")])
        started = time.perf_counter()
        at_once(self._work, workers)
        spent = time.perf_counter() - started
        rows = self.odoo.env["oms.intake"].search_read([("id", "in", waiting)], ["state"])
        assert {row["state"] for row in rows} == {"accepted"}, rows[:3]
        return spent / len(waiting)

    def _work(self, name):
        client = shop.connect(self.server.http_port, self.database)
        job = client.env.ref(f"oms_fulfillment.{name}").id
        while client.env["oms.intake"].search_count([("state", "=", "received")]):
            client.execute("ir.cron", "method_direct_trigger", [job])


def at_once(target, shares):
    """Run ``target(share)`` for all shares at once; the first exception is raised here."""
    with ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(target, shares))


def prepare(stack, orders):
    """A database with a few orders, and one with many."""
    small = stack.enter_context(dev.fresh_database(dev.FULL))
    order_flow.worker("prepare", small, "active")
    with Bench(small) as bench:
        bench.acknowledge(SEEDS - order_flow.SEEDS, 20)
        bench.finish()
        dev.psql("DELETE FROM oms_outbox", small)
    databases = {False: small}
    if orders:
        large = stack.enter_context(dev.fresh_database(small))
        rows = grow.grow(large, orders // SEEDS)
        print(f"grown to {rows['sale_order']} orders, {rows['oms_intake']} messages", flush=True)
        databases[True] = large
    dev.psql("VACUUM ANALYZE", small)
    return databases


def measure(databases, rounds, count, batch):
    results = []
    with contextlib.ExitStack() as stack:
        benches = {grown: stack.enter_context(Bench(name)) for grown, name in databases.items()}
        for bench in benches.values():
            bench.by_hand(3)
            bench.acknowledge(20, 10)
            bench.finish()
        for number in range(rounds):
            result = {}
            for grown, bench in benches.items():
                result[grown] = {
                    "by_hand": bench.by_hand(15),
                    "acknowledged": bench.acknowledge(count, batch),
                    "finished": bench.finish(),
                    "single": bench.acknowledge(100, 1),
                }
                bench.finish()
            results.append(result)
            print(f"round {number + 1} of {rounds}: {result}", flush=True)
    return results


# ------------------------------------------------------------------------ the report


def best(results, name, grown=False):
    """Seconds per order: the best round, since other work on the machine only adds to it."""
    return min(result[grown][name] for result in results)


def report(results, orders, batch):
    yield "# How fast orders come in"
    yield ""
    yield (
        f"{datetime.date.today()}, {os.cpu_count()} cores for PostgreSQL, Odoo (two workers) and "
        f"the clients together, {len(results)} rounds, the best of each. Orders of 3 lines, each "
        "with a buyer and an address of its own. Made by `benchmarks/intake.py --write`."
    )
    yield ""
    yield "| what | orders per second | against by hand | target |"
    yield "|---|---|---|---|"
    by_hand = best(results, "by_hand")
    yield f"| by hand: odoorpc, create and confirm, one by one | {1 / by_hand:.1f} | 1 | |"
    names = {
        "acknowledged": f"acknowledged: `/oms/intake`, {batch} orders a call, two clients",
        "single": "acknowledged, one order a call",
        "finished": "finished: made, confirmed and reserved by the queue's two workers",
    }
    for name, title in names.items():
        spent = best(results, name)
        target = f"at least {TARGETS[name]}" if name in TARGETS else ""
        yield f"| {title} | {1 / spent:.1f} | {by_hand / spent:.1f} | {target} |"
    if not orders:
        return
    yield ""
    yield f"## With {orders:,} orders already there"
    yield ""
    yield "| what | a few orders | many orders | ratio | target |"
    yield "|---|---|---|---|---|"
    for name in ("by_hand", "acknowledged", "finished"):
        few, many = best(results, name), best(results, name, True)
        target = "" if name == "by_hand" else f"at most {TARGETS['growth']}"
        yield (
            f"| {name.replace('_', ' ')} | {few * 1000:.1f} ms | {many * 1000:.1f} ms "
            f"| {many / few:.2f} | {target} |"
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=400, help="orders per round")
    parser.add_argument("--batch", type=int, default=100, help="orders per call")
    parser.add_argument("--orders", type=int, default=100_000, help="0 leaves the growth out")
    parser.add_argument("--write", action="store_true", help="write intake.md")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        databases = prepare(stack, options.orders)
        results = measure(databases, options.rounds, options.count, options.batch)
    text = "\n".join(report(results, options.orders, options.batch)) + "\n"
    print(text)
    if options.write:
        (HERE / "intake.md").write_text(text)


if __name__ == "__main__":
    main()
