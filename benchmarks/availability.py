#!/usr/bin/env python3
"""How long the question "what may still be promised?" takes for a whole catalogue.

    benchmarks/availability.py [--skus 10000] [--write]

In a fresh database: the products, each on three shelves of two warehouses, part of it reserved, a
receipt planned for every third one and a customer waiting for every tenth, 300 safety rules. The
availability function and the public method that channels call are asked five times each; the page
has the shortest and the longest time. --write puts the result into availability.md.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import oms_dev as dev  # noqa: E402

REPORT = HERE / "availability.md"
ROUNDS = 5


# ------------------------------------------------------- in a process of its own


def prepare(env, count):
    """Products, shelves, stock, receipts, demand and rules; return the channel."""
    main = env["stock.warehouse"].search([], limit=1)
    second = env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
    category = env["product.category"].create({"name": "Benchmark"})
    products = env["product.product"].create(
        [
            {
                "name": f"Benchmark {number}",
                "default_code": f"SKU-{number:05}",
                "is_storable": True,
                "categ_id": category.id,
            }
            for number in range(count)
        ]
    )
    shelves = env["stock.location"].create(
        [
            {"name": f"Shelf {number}", "location_id": place.lot_stock_id.id}
            for place in (main, second)
            for number in range(3)
        ]
    )
    env.flush_all()
    # 70,000 rows: Odoo would take an hour to create them one by one.
    env.cr.execute(
        """
        INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity,
                                 in_date)
             SELECT product, shelf, %s, 10 + product %% 7, product %% 5, now()
               FROM unnest(%s) AS product, unnest(%s) AS shelf
        """,
        [main.company_id.id, products.ids, shelves.ids],
    )
    suppliers = env.ref("stock.stock_location_suppliers").id
    customers = env.ref("stock.stock_location_customers").id
    stock = main.lot_stock_id.id
    for some, source, target in (
        (products[::3], suppliers, stock),
        (products[::10], stock, customers),
    ):
        env.cr.execute(
            """
            INSERT INTO stock_move (product_id, product_uom, product_uom_qty, product_qty, quantity,
                                    location_id, location_dest_id, date, state, procure_method,
                                    company_id)
                 SELECT product, %s, 20, 20, 0, %s, %s, now() + interval '3 days', 'confirmed',
                        'make_to_stock', %s
                   FROM unnest(%s) AS product
            """,
            [env.ref("uom.product_uom_unit").id, source, target, main.company_id.id, some.ids],
        )
    channel = env["oms.channel"].create({"name": "Benchmark", "code": "BENCH", "kind": "api"})
    env["oms.safety.stock"].create(
        [{"product_id": product.id, "units": 2} for product in products[:298]]
        + [{"category_id": category.id, "kind": "percent", "percent": 10}]
        + [{"channel_id": channel.id, "units": 1}]
    )
    return channel


def best(ask):
    """Ask as often as ROUNDS says; ``(shortest, longest, statements)``."""
    import odoo.sql_db

    times, statements = [], 0
    for _n in range(ROUNDS):
        before, start = odoo.sql_db.sql_counter, time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
        statements = odoo.sql_db.sql_counter - before
    return min(times), max(times), statements


def worker(database, count):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-d", database])
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        channel = prepare(env, count)
        cr.commit()
        cr.execute("ANALYZE")
        products = env["product.product"].search([("default_code", "=like", "SKU-%")])
        places = env["stock.warehouse"].search([]).ids
        later = odoo.fields.Datetime.now() + timedelta(days=5)

        def call():
            env.invalidate_all()
            assert len(channel.available("BENCH")) >= count

        print(
            json.dumps(
                {
                    "now": best(
                        lambda: products.oms_available(products.ids, places, None, channel.id)
                    ),
                    "until a date": best(
                        lambda: products.oms_available(products.ids, places, later, channel.id)
                    ),
                    "`oms.channel.available`, every product": best(call),
                }
            )
        )


# ----------------------------------------------------------------------- the report


def report(results, count):
    lines = [
        "# What may still be promised, for a whole catalogue",
        "",
        f"{date.today()}, {os.cpu_count()} cores that did other work as well. {count:,} products "
        "in two warehouses,",
        f"{count * 6:,} quants, {count // 3 + count // 10:,} planned moves, 300 safety rules. "
        "Made by `benchmarks/availability.py --write`.",
        "",
        "| question | shortest | longest | SQL statements |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {low:.2f} s | {high:.2f} s | {statements} |"
        for name, (low, high, statements) in results.items()
    ]
    lines += [
        "",
        "The first two are `product.product.oms_available`: one statement finds the warehouses, "
        "one adds",
        "everything up. The public method also finds the products and reads their names.",
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=10_000)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker[0], int(options.worker[1]))
        return
    with dev.fresh_database(dev.FULL) as database:
        done = subprocess.run(
            [dev.PYTHON, __file__, "--worker", database, str(options.skus)],
            env=dev.odoo_environment(),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    page = report(json.loads(done.stdout.splitlines()[-1]), options.skus)
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
