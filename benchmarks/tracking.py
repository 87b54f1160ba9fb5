"""How fast couriers' events are taken: in batches, by webhook, and shown.

    benchmarks/tracking.py [push] [webhook] [page] [--rounds 3] [--write]

* push: ``push_events`` in batches of 1,000 against a bare ``INSERT ... ON CONFLICT`` of the same
  rows (at least a third of its rate, status update included), and against one parcel at a time
  in the way of OCA's ``delivery_state``, which asks the courier about each (at least 50 times);
* webhook: the 95th percentile of the acknowledgement, two workers, 200 calls per second offered;
* page: the customer's page without and with a million events in the table (at most 1.2 times).

Without a name all parts run. --write puts the result into tracking.md; what was not measured now
stays there as it was.
"""

import argparse
import contextlib
import datetime
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scripts"), str(HERE.parent / "tests")]

import grow  # noqa: E402
import oms_dev as dev  # noqa: E402
import order_flow  # noqa: E402
import shop  # noqa: E402
import tracking_page  # noqa: E402

BATCH = 1000
PARCELS = 1500
SHIPPED_SEEDS = 29
OFFERED = 200
SECONDS = 15
SENDERS = 32
PROOF = "benchmark-proof"


def prepare(stack):
    """A database with some thousand orders, most of them shipped."""
    database = stack.enter_context(dev.fresh_database(dev.FULL))
    order_flow.worker("prepare", database, "active")
    grow.grow(database, PARCELS // SHIPPED_SEEDS + 1)
    return database


# ------------------------------------------------------------------------ push


def push(database, rounds):
    """Lines of the report about ``push_events``."""
    done = subprocess.run(
        [
            dev.PYTHON,
            HERE / "tracking_worker.py",
            "push",
            database,
            f"--batch={BATCH}",
            f"--rounds={rounds}",
        ],
        env=dev.odoo_environment(),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    results = json.loads(done.stdout.splitlines()[-1])
    best = {name: min(times) for name, times in results.items()}
    yield "| what | events per second | `push_events` against it | target |"
    yield "|---|---|---|---|"
    yield f"| `push_events`, statuses included | {1 / best['push']:,.0f} | 1 | |"
    for name, title, target in (
        ("bare", "the same rows by a bare `INSERT ... ON CONFLICT`", "at least 0.33"),
        ("oca", "one parcel at a time: ask, get the answer after 20 ms, write", "at least 50"),
        ("near", "the same, of a courier that answers at once on this machine", ""),
        ("write", "the same, without asking", ""),
    ):
        ratio = best[name] / best["push"]
        yield f"| {title} | {1 / best[name]:,.0f} | {ratio:.2f} | {target} |"


# ------------------------------------------------------------------------ webhook


class Sender(threading.Thread):
    """Sends its share of the calls, each at its time, on one connection."""

    def __init__(self, port, path, calls, start):
        super().__init__(daemon=True)
        self.port, self.path, self.calls, self.start_at = port, path, calls, start
        self.spent = []
        self.refused = 0

    def run(self):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json", "X-Proof": PROOF}
        for at, body in self.calls:
            time.sleep(max(self.start_at + at - time.perf_counter(), 0))
            line.request("POST", self.path, body, headers)
            answer = line.getresponse()
            answer.read()
            self.refused += answer.status != 200
            # From the moment at which it was due: a queue in front of the server counts.
            self.spent.append(time.perf_counter() - self.start_at - at)
        line.close()


def webhook(database, rounds):
    """Lines of the report about the acknowledgement of webhooks."""
    options = {"workers": 2, "name": f"tracking-{database}"}
    with dev.Server(database, **options) as server:
        odoo = shop.connect(server.port, database)
        accounts = odoo.env["oms.courier.account"]
        account = accounts.create(
            {
                "name": "Benchmark",
                "provider": "biteship",
                "webhook_header": "X-Proof",
                "webhook_secret": PROOF,
            }
        )
        odoo.execute("oms.courier.account", "action_webhook_open", [account])
        (url,) = accounts.read([account], ["webhook_url"])
        path = "/" + url["webhook_url"].split("/", 3)[3]
        results = [offer(server.http_port, path, number) for number in range(rounds + 1)][1:]
        stored = odoo.env["oms.webhook.message"].search_count([("account_id", "=", account)])
        assert stored == (rounds + 1) * OFFERED * SECONDS, stored
    best = min(results, key=lambda spent: percentile(spent, 95))
    yield "| acknowledged within | 50 % | 95 % | 99 % |"
    yield "|---|---|---|---|"
    figures = " | ".join(f"{percentile(best, share) * 1000:.0f} ms" for share in (50, 95, 99))
    yield f"| two workers, stored before the answer | {figures} |"
    yield ""
    yield (
        f"Senders, workers and PostgreSQL have {1000 * os.cpu_count() // OFFERED} ms of a core "
        "for each call, all of them together."
    )


def offer(port, path, number):
    """Offer the load once; seconds per call."""
    calls = [[] for _sender in range(SENDERS)]
    for index in range(OFFERED * SECONDS):
        body = json.dumps(
            {
                "event": "order.status",
                "order_id": f"bench-{number}-{index}",
                "courier_waybill_id": f"WYB-{index:013}",
                "courier_company": "jne",
                "status": "picked",
                "updated_at": "2026-07-01T03:00:00.000Z",
            }
        )
        calls[index % SENDERS].append((index / OFFERED, body.encode()))
    start = time.perf_counter() + 0.5
    senders = [Sender(port, path, share, start) for share in calls]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert not any(sender.refused for sender in senders), "a call was refused"
    spent = [seconds for sender in senders for seconds in sender.spent]
    print(f"webhook round {number}: p95 {percentile(spent, 95) * 1000:.1f} ms", flush=True)
    return spent


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) * share // 100, len(ordered) - 1)]


# ------------------------------------------------------------------------ the report

PARTS = {"push": push, "webhook": webhook, "page": tracking_page.page}
TITLES = {
    "push": f"Events in batches of {BATCH:,}",
    "webhook": f"Webhooks, {OFFERED} calls per second offered for {SECONDS} s",
    "page": "The customer's page",
}
INTRO = """\
# How fast courier events are taken

PostgreSQL, Odoo and the clients share one machine. Made by `benchmarks/tracking.py --write`.
"""


def measure(database, name, rounds):
    """The section of one part."""
    lines = PARTS[name](database, rounds)
    measured = (
        f"{datetime.date.today()}, {os.cpu_count()} cores, {rounds} rounds, the best of each."
    )
    return "\n".join([f"## {TITLES[name]}", "", measured, "", *lines, ""])


def write(sections):
    """Put the sections into tracking.md; those of other parts stay."""
    path = HERE / "tracking.md"
    found = path.read_text().split("\n## ")[1:]
    known = {text.partition("\n")[0]: f"## {text.rstrip()}\n" for text in found}
    known |= {TITLES[name]: text for name, text in sections.items()}
    path.write_text(
        "\n".join([INTRO, *(known[title] for title in TITLES.values() if title in known)])
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write tracking.md")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with contextlib.ExitStack() as stack:
        database = prepare(stack)
        parts = options.parts or list(PARTS)
        sections = {name: measure(database, name, options.rounds) for name in parts}
    print("\n".join(sections.values()))
    if options.write:
        write(sections)


if __name__ == "__main__":
    main()
