#!/usr/bin/env python3
"""How long it takes to reserve 1,000 order lines: Odoo by itself, and the allocator.

    benchmarks/allocation.py [--orders 100] [--write]

Orders of 10 lines over 200 products are confirmed without a reservation. Then all their moves are
reserved in one transaction, five times each: by Odoo's own method while no channel exists (the
addons do nothing then), and by the allocator once the orders belong to a channel: with its locks,
its order by promise and its check. Between the rounds the reservations are taken back. The page
has the shortest times. --write puts the result into allocation.md.
"""

import bench

LINES, PRODUCTS = 10, 200
TARGET = 1.2


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


def worker(env, count):
    from odoo.addons.oms_fulfillment.trusted import TRUSTED

    orders = prepare(env, count)
    env.cr.commit()
    moves = orders.picking_ids.move_ids

    def measure(reserve, take_back):
        def ask():
            reserve()
            env.flush_all()

        def done():
            assert set(moves.mapped("state")) == {"assigned"}
            env.cr.commit()
            take_back()
            env.cr.commit()

        return bench.timed(ask, moves.invalidate_recordset, done)

    plain = measure(moves._action_assign, moves._do_unreserve)
    channel = env["oms.channel"].create({"name": "Benchmark", "code": "B", "kind": "api"})
    orders.write({"oms_channel_id": channel.id})
    orders.oms_fulfillment_ids.unlink()
    env.cr.commit()
    allocator, products = env["oms.allocator"], moves.product_id.ids

    def take_back():
        moves.with_context(oms_allocating=TRUSTED)._do_unreserve()
        env.cr.precommit.data.pop("oms.allocate", None)
        env["sale.order"]._oms_refresh_touched()

    ours = measure(lambda: allocator._allocate(products), take_back)
    return {"lines": len(moves), "plain": plain, "ours": ours}


def report(result, _count):
    (plain, _slow, plain_sql), (ours, _slow, ours_sql) = result["plain"], result["ours"]
    return "\n".join(
        [
            f"# Reserving {result['lines']:,} order lines",
            "",
            f"{bench.made_on()}. Made by `benchmarks/allocation.py --write`.",
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


if __name__ == "__main__":
    bench.run(__doc__, "--orders", 100, worker, report)
