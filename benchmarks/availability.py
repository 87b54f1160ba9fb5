#!/usr/bin/env python3
"""How long the question "what may still be promised?" takes for a whole catalogue.

    benchmarks/availability.py [--skus 10000] [--write]

In a fresh database: the products, each on three shelves of two warehouses, part of it reserved, a
receipt planned for every third one and a customer waiting for every tenth, 300 safety rules. The
availability function and the public method that channels call are asked five times each; the page
has the shortest and the longest time. --write puts the result into availability.md.
"""

from datetime import timedelta

import bench


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


def worker(env, count):
    from odoo.fields import Datetime

    channel = prepare(env, count)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    products = env["product.product"].search([("default_code", "=like", "SKU-%")])
    places = env["stock.warehouse"].search([]).ids
    later = Datetime.now() + timedelta(days=5)

    def ask(date=None):
        return products.oms_available(products.ids, places, date, channel.id)

    def call():
        env.invalidate_all()
        assert len(channel.available("BENCH")) >= count

    return {
        "now": bench.timed(ask),
        "until a date": bench.timed(lambda: ask(later)),
        "`oms.channel.available`, every product": bench.timed(call),
    }


def report(results, count):
    lines = [
        "# What may still be promised, for a whole catalogue",
        "",
        f"{bench.made_on()}. {count:,} products in two warehouses,",
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


if __name__ == "__main__":
    bench.run(__doc__, "--skus", 10_000, worker, report)
