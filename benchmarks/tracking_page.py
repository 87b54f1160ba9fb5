"""How fast the customer's page is shown, with and without a million events in the table.

    benchmarks/tracking_page.py [--rounds 3] [--events 1000000]

The 95th percentile with a million events of other parcels may be 1.2 times that without at most.
`benchmarks/tracking.py page` runs the same.
"""

import argparse
import http.client
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scripts"), str(HERE.parent / "tests")]

import grow  # noqa: E402
import oms_dev as dev  # noqa: E402
import order_flow  # noqa: E402

EVENTS = 1_000_000
VISITS = 400
WARM = 40
PARCELS = 2
TARGET = 1.2

TOKENS = "SELECT access_token FROM oms_shipment ORDER BY id LIMIT 40"
FILL = """
    INSERT INTO oms_shipment_event
           (shipment_id, company_id, courier_id, resi, status, problem, occurred_at, received_at,
            source, dedup_key)
    SELECT parcel.id, parcel.company_id, parcel.courier_id, parcel.resi, 'in_transit', FALSE,
           TIMESTAMP '2026-01-01' + number * INTERVAL '1 minute',
           TIMESTAMP '2026-01-01' + number * INTERVAL '1 minute', 'api', 'bench-' || number
      FROM (SELECT *, COUNT(*) OVER () AS parcels FROM oms_shipment
             WHERE id NOT IN (SELECT id FROM oms_shipment ORDER BY id LIMIT 40)) parcel
CROSS JOIN LATERAL generate_series(1, {events} / parcel.parcels + 1) AS number
"""


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) * share // 100, len(ordered) - 1)]


def visit(port, tokens):
    """Seconds of each visit, one visitor at a time on one connection."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    spent = []
    for number in range(WARM + VISITS):
        start = time.perf_counter()
        line.request("GET", f"/track/{tokens[number % len(tokens)]}")
        answer = line.getresponse()
        size = len(answer.read())
        assert answer.status == 200, answer.status
        assert size < 100_000, size
        spent.append(time.perf_counter() - start)
    line.close()
    return spent[WARM:]


def page(database, rounds, events=EVENTS):
    """Lines of the report about the public page."""
    tokens = [token for (token,) in dev.psql(TOKENS, database)]
    times = {}
    options = {"workers": 0, "name": f"page-{database}"}
    with dev.Server(database, **options) as server:
        for name in ("without", "with"):
            if name == "with":
                dev.psql(FILL.format(events=events), database)
                dev.psql("VACUUM ANALYZE oms_shipment_event", database)
            times[name] = min(
                (visit(server.port, tokens) for _round in range(rounds)),
                key=lambda spent: percentile(spent, 95),
            )
    ((count,),) = dev.psql("SELECT COUNT(*) FROM oms_shipment_event", database)
    ratio = percentile(times["with"], 95) / percentile(times["without"], 95)
    yield "| events of other parcels | 50 % | 95 % | against none | target |"
    yield "|---|---|---|---|---|"
    for name, title, against in (
        ("without", "none", "1"),
        ("with", f"{int(count):,}", f"{ratio:.2f}"),
    ):
        figures = " | ".join(f"{percentile(times[name], n) * 1000:.1f} ms" for n in (50, 95))
        yield f"| {title} | {figures} | {against} | at most {TARGET} |"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--events", type=int, default=EVENTS)
    options = parser.parse_args()
    with dev.fresh_database(dev.FULL) as database:
        order_flow.worker("prepare", database, "active")
        grow.grow(database, PARCELS)
        print("\n".join(page(database, options.rounds, options.events)))


if __name__ == "__main__":
    main()
