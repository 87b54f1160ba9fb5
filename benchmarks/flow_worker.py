"""One measured round inside Odoo; order_flow.py starts it, once per variant and round.

    flow_worker.py prepare DATABASE plain|inert|active
    flow_worker.py measure DATABASE plain|inert|active --singles 5 --batch 20
    flow_worker.py profile DATABASE plain|inert|active

Each step runs in a transaction of its own and commits, like a request does, so hooks before and
after the commit (the stage, the allocator) are part of what is measured. The last line of the
output is JSON.
"""

import argparse
import contextlib
import cProfile
import gc
import io
import json
import os
import pstats
import re
import statistics
import sys
import time
from collections import Counter

import odoo.modules.registry
import odoo.sql_db
import odoo.tools
from odoo import Command, api

LINES = 3
PRODUCTS = 30
PARTNERS = 20
STEPS = ("create", "confirm", "ship", "invoice", "pay")


class Shop:
    """The same five steps for every variant; only ``active`` names a channel."""

    def __init__(self, database, variant):
        odoo.tools.config.parse_config(
            ["--config", os.environ["OMS_CONF"], "--database", database, "--log-level=warn"],
            setup_logging=True,
        )
        self.registry = odoo.modules.registry.Registry(database)
        self.variant = variant
        self.number = 0

    @contextlib.contextmanager
    def request(self):
        """An environment whose transaction ends as that of a request."""
        with self.registry.cursor() as cr:
            admin = api.Environment(cr, api.SUPERUSER_ID, {}).ref("base.user_admin")
            yield api.Environment(cr, admin.id, {})

    # data

    def prepare(self):
        with self.request() as env:
            warehouse = env["stock.warehouse"].search([], limit=1)
            products = env["product.product"].create(
                [
                    {
                        "name": f"Benchmark {number}",
                        "default_code": f"BENCH-{number}" if number else "SCARCE",
                        "is_storable": True,
                        "list_price": 10000 + 500 * number,
                        "standard_price": 6000 + 300 * number,
                        "invoice_policy": "delivery",
                        "taxes_id": False,
                    }
                    for number in range(PRODUCTS + 1)
                ]
            )
            for product in products[1:]:
                env["stock.quant"]._update_available_quantity(
                    product, warehouse.lot_stock_id, 1_000_000
                )
            env["res.partner"].create(
                [
                    {
                        "name": f"Benchmark buyer {number}",
                        "street": f"Jl. Contoh {number}",
                        "city": "Bandung",
                        "phone": f"+62 812 0000 {number:04}",
                        "country_id": env.ref("base.id").id,
                    }
                    for number in range(PARTNERS)
                ]
            )
            if self.variant == "active":
                env["oms.channel"].create(
                    {
                        "name": "Benchmark",
                        "code": "BENCH",
                        "kind": "api",
                        "warehouse_id": warehouse.id,
                        "payment_policy": "terms",
                        "invoice_trigger": "ship",
                        "auto_confirm": False,
                    }
                )

    def start(self, sku="BENCH-%"):
        """Look up what the orders are made of; not measured."""
        with self.request() as env:
            self.products = env["product.product"].search([("default_code", "=like", sku)]).ids
            self.partners = env["res.partner"].search([("name", "=like", "Benchmark buyer%")]).ids
            self.extra = {}
            if self.variant == "active":
                self.extra["oms_channel_id"] = env["oms.channel"].search([], limit=1).id

    def values(self):
        self.number += 1
        lines = [
            {
                "product_id": self.products[(self.number * 7 + line * 3) % len(self.products)],
                "product_uom_qty": 1 + (self.number + line) % 4,
            }
            for line in range(LINES)
        ]
        return {
            "partner_id": self.partners[self.number % len(self.partners)],
            "order_line": [Command.create(line) for line in lines],
            **self.extra,
        }

    def seed(self):
        """40 orders at every stage: what exists in a shop, and what grow.py multiplies."""
        self.start("SCARCE")
        self.flow(3, ("create", "confirm"))
        self.start()
        self.flow(4, ("create",))
        self.flow(4, ("create", "confirm"))
        self.flow(4, ("create", "confirm", "ship"))
        self.flow(25)

    # steps: the calls that a person's clicks make

    def create(self, env, ids, count):
        return env["sale.order"].create([self.values() for _n in range(count)]).ids

    def confirm(self, env, ids, count):
        env["sale.order"].browse(ids).action_confirm()

    def ship(self, env, ids, count):
        pickings = env["sale.order"].browse(ids).picking_ids
        done = pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()
        assert done is True, done

    def invoice(self, env, ids, count):
        env["sale.order"].browse(ids)._create_invoices(grouped=True).action_post()

    def pay(self, env, ids, count):
        invoices = env["sale.order"].browse(ids).invoice_ids
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        ).create({})._create_payments()

    def flow(self, count, steps=STEPS, record=None):
        """Take ``count`` orders together through the steps; return their ids."""
        ids = []
        for step in steps:
            gc.collect()
            statements = odoo.sql_db.sql_counter
            cpu = time.process_time()
            started = time.perf_counter()
            with self.request() as env:
                ids = getattr(self, step)(env, ids, count) or ids
            if record is not None:
                record.setdefault(step, []).append(
                    (
                        (time.perf_counter() - started) * 1000 / count,
                        (time.process_time() - cpu) * 1000 / count,
                        (odoo.sql_db.sql_counter - statements) / count,
                    )
                )
        return ids

    def check(self, ids):
        """What was timed must also have happened."""
        with self.request() as env:
            orders = env["sale.order"].browse(ids)
            assert set(orders.picking_ids.mapped("state")) == {"done"}
            assert set(orders.invoice_ids.mapped("state")) == {"posted"}
            assert set(orders.invoice_ids.mapped("payment_state")) <= {"in_payment", "paid"}

    def measure(self, singles, batch):
        self.flow(2)  # caches that every worker process fills once
        alone, together = {}, {}
        for _n in range(singles):
            ids = self.flow(1, record=alone)
        self.check(ids)
        for _n in range(2):
            self.check(self.flow(batch, record=together))
        return {"single": _best(alone), "batch": _best(together)}

    def profile(self, count=20):
        """Where the time of each step goes: statements by table, Python by function."""
        self.flow(2)
        ids = []
        for step in STEPS:
            tables, profiler = Counter(), cProfile.Profile()
            with _counted_statements(tables):
                profiler.enable()
                with self.request() as env:
                    ids = getattr(self, step)(env, ids, count) or ids
                profiler.disable()
            out = io.StringIO()
            stats = pstats.Stats(profiler, stream=out).sort_stats("cumulative")
            stats.print_stats(r"oms_\w+/", 25)
            total = sum(tables.values())
            print(
                f"\n=== {self.variant}: {step}, {count} orders, {total / count:.1f} SQL per order"
            )
            for (verb, table), times in tables.most_common(25):
                print(f"{times / count:8.2f}  {verb:7} {table}")
            print(re.sub(r"\s*\n(\s*\n)+", "\n", out.getvalue()))


def _best(recorded):
    """{step: {wall, cpu, sql}}, per order; milliseconds and statements.

    Times are the shortest of the repetitions: whatever else the machine does only adds to them.
    """
    choose = {"wall": min, "cpu": min, "sql": statistics.median}
    return {
        step: {
            name: choose[name](values)
            for name, values in zip(choose, zip(*rows, strict=True), strict=True)
        }
        for step, rows in recorded.items()
    }


@contextlib.contextmanager
def _counted_statements(tables):
    execute = odoo.sql_db.Cursor.execute
    first_table = re.compile(r'(?:from|into|update)\s+"?([a-z_0-9]+)', re.IGNORECASE)

    def counting(cursor, query, params=None, log_exceptions=True):
        text = getattr(query, "code", query)
        text = text if isinstance(text, str) else str(text)
        verb = (text.split() or ["?"])[0].upper()
        found = first_table.search(text)
        tables[verb, found.group(1) if found else text.strip()[:60]] += 1
        return execute(cursor, query, params, log_exceptions)

    odoo.sql_db.Cursor.execute = counting
    try:
        yield
    finally:
        odoo.sql_db.Cursor.execute = execute


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("prepare", "measure", "profile"))
    parser.add_argument("database")
    parser.add_argument("variant", choices=("plain", "inert", "active"))
    parser.add_argument("--singles", type=int, default=5)
    parser.add_argument("--batch", type=int, default=20)
    options = parser.parse_args()
    shop = Shop(options.database, options.variant)
    result = None
    if options.task == "prepare":
        shop.prepare()
        shop.seed()
    else:
        shop.start()
        if options.task == "measure":
            result = shop.measure(options.singles, options.batch)
        else:
            shop.profile(options.batch)
    print(json.dumps(result))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
