"""Builds the demo in an empty database that has the three addons."""

import gc
import random
import sys
import time
from collections import Counter
from datetime import timedelta

from odoo import fields

from . import cases, ordinary, recurring
from .clock import Clock
from .hands import Hands
from .shop import Shop
from .theatre import DemoError, Theatre

# This month and the whole of the last one, so that comparisons have something to compare.
DAYS = 62
PER_DAY = 1.1
STAGES = (
    "placement processing inventory_check fulfillment tracking receipt_inspection payment done "
    "cancelled"
).split()


def build(env, days=DAYS, per_day=PER_DAY):
    """Set the shop up, play two months of its life up to this moment, and prove that it adds up."""
    if env["oms.channel"].search_count([]):
        raise DemoError(
            f"{env.cr.dbname} has channels already, from somebody's work or from a demo that was "
            "not finished. Build the demo in a new database."
        )
    started = time.monotonic()
    # One short life with plenty of memory: looking for garbage would take a tenth of the time.
    gc.disable()
    now = fields.Datetime.now()
    since = now - timedelta(days=days)
    clock = Clock(since - timedelta(days=1))
    shop = Shop(env)
    with clock.running():
        shop.set_up()
        shop.count_stock()
        env.cr.commit()
    hands = Hands(shop, clock)
    theatre = Theatre(env, clock, now, hands)
    orders = ordinary.Orders(random.Random(19))
    finance = shop.as_user("keuangan")
    for script in (
        *ordinary.days_of_orders(orders, since, now, per_day),
        *cases.scripts(orders, hands, shop, now),
        recurring.nights(since, now),
        recurring.transfers(hands, since, now),
        recurring.remittances(finance, since, now),
        recurring.payouts(hands, finance, "SHOPEE", since, now, (1, 4)),
        recurring.payouts(hands, finance, "TIKTOK", since, now, (0, 3)),
        recurring.payouts(hands, finance, "WEB", since, now, (2,)),
        recurring.payouts(hands, finance, "KASIR", since, now, (0,)),
    ):
        theatre.add(script)
    theatre.play()
    shop.env["oms.proof.result"].prove()
    env.cr.commit()
    finish(env, time.monotonic() - started)


def finish(env, seconds):
    """Assert what the demo promises and print a summary; only then it counts as built."""
    counts = Counter(
        env["sale.order"].search([("oms_channel_id", "!=", False)]).mapped("oms_stage_code")
    )
    violations = env["oms.proof"].run()
    print("Orders per stage:", file=sys.stderr)
    for stage in STAGES:
        print(f"  {stage:20} {counts[stage]:4}", file=sys.stderr)
    print(f"oms.proof.run() == {violations}", file=sys.stderr)
    print(f"{sum(counts.values())} orders in {seconds:.0f} s", file=sys.stderr)
    missing = [stage for stage in STAGES if not counts[stage]]
    if missing or violations:
        raise DemoError(f"no orders in {missing}, violations: {violations}")
    env["ir.config_parameter"].set_param("oms_demo.built", "1")
    env.cr.commit()
