#!/usr/bin/env python3
"""How long it takes to reserve 1,000 order lines: Odoo by itself, and the allocator.

    benchmarks/allocation.py [--orders 100] [--write]

Orders of 10 lines over 200 products are confirmed without a reservation. Then all their moves are
reserved in one transaction, five times each: by Odoo's own method while no channel exists (the
addons do nothing then), and by the allocator once the orders belong to a channel: with its locks,
its order by promise and its check. Between the rounds the reservations are taken back. The page
has the shortest times. --write puts the result into allocation.md.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import oms_dev as dev  # noqa: E402

REPORT = HERE / "allocation.md"
LINES, PRODUCTS, ROUNDS = 10, 200, 5
TARGET = 1.2


# ------------------------------------------------------- in a process of its own


def prepare(env, count):
    """Confirmed orders whose transfers have nothing reserved; return them."""
    warehouse = env["stock.warehouse"].search([], limit=1)
    warehouse.out_type_id.reservation_method = "manual"
    products = env["product.product"].create(
        [{"name": f"Benchmark {n}", "is_storable": True} for n in range(PRODUCTS)]
    )
    for product in products:
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 10_000)
    buyer = env["res.partner"].create({"name": "Benchmark buyer"})
    orders = env["sale.order"].create(
        [
            {
                "partner_id": buyer.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": products[(order * 7 + line * 13) % PRODUCTS].id,
                            "product_uom_qty": 1 + line % 3,
                        },
                    )
                    for line in range(LINES)
                ],
            }
            for order in range(count)
        ]
    )
    orders.action_confirm()
    return orders


def timed(cr, reserve, moves, take_back):
    """Reserve as often as ROUNDS says; ``(shortest seconds, statements)``."""
    import odoo.sql_db

    times, statements = [], 0
    for _n in range(ROUNDS):
        moves.invalidate_recordset()
        gc.collect()
        before, start = odoo.sql_db.sql_counter, time.perf_counter()
        reserve()
        moves.env.flush_all()
        times.append(time.perf_counter() - start)
        statements = odoo.sql_db.sql_counter - before
        assert set(moves.mapped("state")) == {"assigned"}
        cr.commit()
        take_back()
        cr.commit()
    return min(times), statements


def worker(database, count):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-d", database])
    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True})
        orders = prepare(env, count)
        cr.commit()
        moves = orders.picking_ids.move_ids
        plain = timed(cr, moves._action_assign, moves, moves._do_unreserve)
        channel = env["oms.channel"].create({"name": "Benchmark", "code": "B", "kind": "api"})
        orders.write({"oms_channel_id": channel.id})
        orders.oms_fulfillment_ids.unlink()
        cr.commit()
        allocator, products = env["oms.allocator"], moves.product_id.ids

        def take_back():
            moves.with_context(oms_allocating=True)._do_unreserve()
            env.cr.precommit.data.pop("oms.allocate", None)
            env["sale.order"]._oms_refresh_touched()

        ours = timed(cr, lambda: allocator._allocate(products), moves, take_back)
        print(json.dumps({"lines": len(moves), "plain": plain, "ours": ours}))


# ----------------------------------------------------------------------- the report


def report(result):
    (plain, plain_sql), (ours, ours_sql) = result["plain"], result["ours"]
    return "\n".join(
        [
            f"# Reserving {result['lines']:,} order lines",
            "",
            f"{date.today()}, {os.cpu_count()} cores that did other work as well. Made by "
            "`benchmarks/allocation.py --write`.",
            "",
            "| | time | SQL statements |",
            "|---|---|---|",
            f"| Odoo's own reservation | {plain:.2f} s | {plain_sql:,} |",
            f"| the allocator | {ours:.2f} s | {ours_sql:,} |",
            "",
            f"The allocator takes {ours / plain:.2f} times as long as Odoo "
            f"(target: at most {TARGET}).",
            "",
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        worker(options.worker[0], int(options.worker[1]))
        return
    with dev.fresh_database(dev.FULL) as database:
        done = subprocess.run(
            [dev.PYTHON, __file__, "--worker", database, str(options.orders)],
            env=dev.odoo_environment(),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    page = report(json.loads(done.stdout.splitlines()[-1]))
    print(page)
    if options.write:
        REPORT.write_text(page)


if __name__ == "__main__":
    main()
