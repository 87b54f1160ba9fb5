"""Feeds real baskets to a running server, as an outside system would: by odoorpc, through the
public methods alone. `scripts/demo --real 300` calls it.

    demo_real.py --url http://127.0.0.1:8069 --db oms_demo --orders 300
"""

import argparse
import random
import time
from datetime import datetime, timezone
from urllib.parse import urlsplit

import odoorpc
from demo_data import baskets, real_report
from demo_data.real_client import Client
from demo_data.real_plan import CHANNELS, Plan

BATCH = 50
# Shipping hands over, invoices and posts: fewer go into one call.
SHIPMENTS = 20
# Parcels and events are small: more of them go into one call.
EVENTS = 400


def batches(items, size=BATCH):
    return [items[start : start + size] for start in range(0, len(items), size)]


class Run:
    """One run: baskets in, orders on their way, a table at the end."""

    def __init__(self, client, count):
        self.client = client
        self.now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
        self.rng = random.Random(count)
        self.seconds = {}
        known = client.known_orders()
        found = baskets.read(count, known, self.now)
        self.plans = [Plan(basket, number, self.now) for number, basket in enumerate(found, known)]
        self.events = []

    def timed(self, step, call, *args):
        started = time.monotonic()
        result = call(*args)
        self.seconds[step] = self.seconds.get(step, 0.0) + time.monotonic() - started
        return result

    def go(self):
        """Every step for all orders that come so far; what a step refuses is reported."""
        short = {plan.basket["lines"][0]["sku"] for plan in self.plans if plan.stops == "stock"}
        self.timed("set up", self.client.set_up, self.plans)
        self.timed("receive stock", self.client.receive, self.plans, short, False)
        self.step("submit", [plan for plan in self.plans], self.submit)
        self.timed("receive stock", self.client.receive, self.plans, short, True)
        self.step("cancel", self.reaching("cancel"), self.cancel)
        self.step("ship", self.reaching("ship"), self.ship, size=SHIPMENTS)
        self.push_events()
        self.step("accept", self.reaching("accept"), self.accept)
        self.return_goods(self.reaching("return"))
        self.settle_finished()

    def step(self, name, plans, call, size=BATCH):
        for channel in CHANNELS:
            own = [plan for plan in plans if plan.channel == channel]
            for batch in batches(own, size):
                answers = self.timed(name, call, channel, batch)
                self.note(name, batch, answers)

    def reaching(self, step):
        return [plan for plan in self.plans if plan.does(step)]

    def note(self, step, plans, answers):
        """An order that a step refuses goes no further."""
        for plan, answer in zip(plans, answers, strict=True):
            plan.answers[step] = answer
            if answer["status"] in ("error", "quarantined", "held", "failed", "unmatched"):
                plan.stopped = step

    # STEPS

    def submit(self, channel, plans):
        answers = self.client.submit(channel, [plan.payload() for plan in plans])
        # a channel that is not sure whether it was heard sends again
        again = self.client.submit(channel, [plan.payload() for plan in plans[:5]])
        assert all(answer["status"] != "accepted" for answer in again), again
        return answers

    def cancel(self, channel, plans):
        items = [{"external_id": p.number, "reason": "Changed their mind"} for p in plans]
        return self.client.call("oms.channel", "cancel_orders", channel, items)

    def ship(self, channel, plans):
        items = [plan.shipment() for plan in plans]
        return self.client.call("oms.fulfillment", "ship", items)

    def push_events(self):
        """Couriers' messages in any order, some of them twice."""
        events = [event for plan in self.reaching("travel") for event in plan.events()]
        events += self.rng.sample(events, len(events) // 10)
        self.rng.shuffle(events)
        for batch in batches(events, EVENTS):
            answers = self.timed(
                "push events", self.client.call, "oms.shipment", "push_events", batch
            )
            self.events += answers

    def accept(self, channel, plans):
        items = [{"order": plan.reference, "at": plan.time("accepted")} for plan in plans]
        return self.client.call("sale.order", "oms_accept", items)

    def return_goods(self, plans):
        """Ask, approve, receive, inspect, decide; half of the returns stay on the table."""
        call = self.client.call
        asked = self.timed("returns", call, "oms.return", "request", [p.complaint() for p in plans])
        self.note("return", plans, asked)
        names = [{"return": answer["name"]} for answer in asked if answer["status"] == "requested"]
        self.timed("returns", call, "oms.return", "approve", names)
        half = names[: len(names) // 2]
        self.timed("returns", call, "oms.return", "receive", half)
        cases = {plan.answers["return"]["name"]: plan for plan in plans}
        verdicts = [
            {**name, "lines": [{**cases[name["return"]].returned(), "restock": 1}]} for name in half
        ]
        for verdict in verdicts:
            verdict["lines"][0].pop("quantity")
        self.timed("returns", call, "oms.return", "inspect", verdicts)
        self.timed("returns", call, "oms.return", "resolve", half)

    def settle_finished(self):
        """Who holds money pays it out for orders that are finished: one payout per channel."""
        plans = self.reaching("settle")
        worth = self.timed("settle", self.client.finished_orders, plans)
        plans = [plan for plan in plans if plan.number in worth]

        def settle(channel, plans):
            reference = f"{channel}-{self.now:%Y%m%d%H%M%S}"
            lines = [plan.payout(worth[plan.number]) for plan in plans]
            return self.client.call("oms.settlement", "submit_lines", channel, reference, lines)

        self.step("settle", plans, settle, size=200)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--db", required=True)
    parser.add_argument("--orders", type=int, default=300)
    options = parser.parse_args()
    address = urlsplit(options.url)
    try:
        client = Client(address.hostname, address.port, options.db)
    except odoorpc.error.Error as error:
        raise SystemExit(f"error: no login at {options.url}: {error}") from error
    run = Run(client, options.orders)
    started = time.monotonic()
    run.go()
    real_report.show(run, time.monotonic() - started)


if __name__ == "__main__":
    main()
