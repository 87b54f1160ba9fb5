"""Stock is promised once, however many people want it at the same moment.

Eight client processes confirm 200 orders for scarce products at two warehouses, on a server with
eight worker processes. The same rush is run twice: on plain orders, where Odoo reserves more than
there is, which shows that the rush is hard enough; and on orders of a channel. Then half of the
clients ship while the others bring more orders. Last, everybody does everything at random for a
while (scramble.py); benchmarks/oversell.py does so for minutes, and shows what Odoo does by itself.
"""

import random

import clients
import oms_dev as dev
import scramble
import shop

CLIENTS = 8
ORDERS = 200
PRODUCTS = 5
# Fewer plain orders: they lose race after race, and Odoo makes each loser wait for seconds.
PLAIN_ORDERS = 40
PLAIN_ROUNDS = 5
SCRAMBLE_SECONDS = 15


def quantities(rng):
    return rng.choice((1, 1, 1, 2, 2, 3))


def make_orders(rng, count, buyer, products, warehouses, **values):
    """Orders of one to four lines; one in five names a product twice."""
    orders = []
    for _n in range(count):
        chosen = rng.sample(products, rng.randint(1, 3))
        if rng.random() < 0.2:
            chosen.append(chosen[0])
        orders.append(
            {
                "partner_id": buyer,
                "warehouse_id": rng.choice(warehouses)["id"],
                "order_line": [
                    (0, 0, {"product_id": product, "product_uom_qty": quantities(rng)})
                    for product in chosen
                ],
                **values,
            }
        )
    return orders


def rush(server, odoo, seed, prefix, count, **values):
    """Prepare scarce stock, let the clients loose; ids of the products and of the orders."""
    rng = random.Random(seed)
    products = shop.make_products(odoo, prefix, PRODUCTS)
    warehouses = [shop.main_warehouse(odoo), shop.second_warehouse(odoo)]
    for warehouse in warehouses:
        shop.put_in_stock(
            odoo, warehouse, {product: rng.randint(count // 20, count // 5) for product in products}
        )
    orders = make_orders(rng, count, shop.make_buyer(odoo), products, warehouses, **values)
    ids = clients.run(server, clients.place_and_confirm, clients.deal(orders, CLIENTS))
    return products, [order for share in ids for order in share]


def stock_by_place(database, products):
    """{(product, location): (on hand, reserved says the stock, reserved say the transfers)}"""
    listed = ",".join(map(str, products))
    rows = dev.psql(
        f"""
        WITH quant AS (
            SELECT product_id, location_id, sum(quantity) AS on_hand,
                   sum(reserved_quantity) AS reserved
              FROM stock_quant WHERE product_id IN ({listed}) GROUP BY 1, 2),
        line AS (
            SELECT product_id, location_id, sum(quantity_product_uom) AS reserved
              FROM stock_move_line
             WHERE product_id IN ({listed}) AND state NOT IN ('done', 'cancel', 'draft')
             GROUP BY 1, 2)
        SELECT product_id, location_id, coalesce(quant.on_hand, 0), coalesce(quant.reserved, 0),
               coalesce(line.reserved, 0)
          FROM quant FULL JOIN line USING (product_id, location_id)
         WHERE location_id IN (SELECT id FROM stock_location WHERE usage = 'internal')
        """,
        database,
    )
    return {(int(row[0]), int(row[1])): tuple(map(float, row[2:])) for row in rows}


def oversold(database, products):
    """Products and places where more is promised than there is."""
    return {
        place: figures
        for place, figures in stock_by_place(database, products).items()
        if max(figures[1:]) > figures[0]
    }


def plain_odoo_oversells():
    """Whether plain orders were promised more than there is, in one of a few rounds.

    The addons are installed; without a channel they do nothing.
    """
    with (
        dev.fresh_database() as name,
        dev.Server(name, workers=CLIENTS, name="rush-plain") as server,
    ):
        odoo = shop.connect(server.port, name)
        for number in range(PLAIN_ROUNDS):
            products, _orders = rush(server, odoo, number, f"PLAIN{number}", PLAIN_ORDERS)
            if oversold(name, products):
                return True
    return False


def check_stock(database, products):
    """Nothing is promised twice, and the stock knows of the same reservations as the transfers."""
    assert not oversold(database, products)
    for place, (_on_hand, by_stock, by_transfers) in stock_by_place(database, products).items():
        assert by_stock == by_transfers, f"stock and transfers disagree about {place}"


def check_promises(odoo, database, products, orders):
    assert len(stock_by_place(database, products)) == 2 * PRODUCTS
    check_stock(database, products)

    names = [order["name"] for order in odoo.env["sale.order"].read(orders, ["name"])]
    waiting = 0
    for answer in odoo.execute("sale.order", "oms_explain", names):
        assert (answer["status"], answer["errors"]) == ("ok", [])
        blocker = answer["blocker"]
        assert (answer["stage"], blocker["code"]) in (
            ("fulfillment", "to_pick"),
            ("inventory_check", "stock_short"),
        ), shop.pretty(answer)
        if blocker["code"] == "stock_short":
            waiting += 1
            assert " short in " in blocker["message"], shop.pretty(answer)
            assert blocker["whose_move"] and blocker["action"]
    assert 0 < waiting < len(orders), "stock was meant to be scarce"
    assert odoo.execute("oms.proof", "run") == []
    return names


def check_nothing_idle(odoo, database, products, names):
    """No unit lies free in a warehouse where somebody waits for it."""
    wanted = {}
    snapshots = odoo.execute("sale.order", "oms_snapshot", names)
    home = {
        order["name"]: order["warehouse_id"][0]
        for order in odoo.env["sale.order"].search_read(
            [("name", "in", names)], ["name", "warehouse_id"]
        )
    }
    stock_of = {
        warehouse["id"]: warehouse["lot_stock_id"][0]
        for warehouse in (shop.main_warehouse(odoo), shop.second_warehouse(odoo))
    }
    product_of = {
        product["default_code"]: product["id"]
        for product in odoo.env["product.product"].read(products, ["default_code"])
    }
    for snapshot in snapshots:
        for line in snapshot["lines"]:
            place = product_of[line["sku"]], stock_of[home[snapshot["name"]]]
            wanted[place] = wanted.get(place, 0) + line["buckets"]["unallocated"]
    for place, (on_hand, reserved, _lines) in stock_by_place(database, products).items():
        free = on_hand - reserved
        assert not (free and wanted[place]), f"{free} units of {place} free, {wanted[place]} wanted"


def ship_while_others_order(server, odoo, name, products, names, **values):
    """Half of the clients ship what is reserved while the others bring new orders."""
    ready = [
        answer["name"]
        for answer in odoo.execute("sale.order", "oms_explain", names)
        if answer["stage"] == "fulfillment"
    ]
    before = stock_by_place(name, products)
    warehouses = [shop.main_warehouse(odoo), shop.second_warehouse(odoo)]
    new = make_orders(random.Random(1), 40, shop.make_buyer(odoo), products, warehouses, **values)
    half = CLIENTS // 2
    shares = [(names, None) for names in clients.deal(ready, half)]
    shares += [(None, orders) for orders in clients.deal(new, half)]
    results = clients.run(server, clients.ship_or_confirm, shares)
    for answer in (answer for answers in results[:half] for answer in answers):
        assert answer["status"] == "shipped", shop.pretty(answer)
    check_stock(name, products)
    gone = sum(
        line["buckets"]["shipped"]
        for snapshot in odoo.execute("sale.order", "oms_snapshot", ready)
        for line in snapshot["lines"]
    )
    on_hand = sum(place[0] for place in stock_by_place(name, products).values())
    assert gone and on_hand == sum(place[0] for place in before.values()) - gone
    return [order for share in results[half:] for order in share]


def cancel_some(odoo, orders):
    """What was cancelled serves those who wait."""
    for order in orders:
        odoo.execute("sale.order", "action_cancel", [order])
    odoo.execute("oms.allocator", "run")


def test_a_rush_promises_no_unit_twice():
    assert plain_odoo_oversells(), (
        f"plain Odoo did not oversell in {PLAIN_ROUNDS} rounds: this rush proves nothing"
    )
    with dev.fresh_database() as name, dev.Server(name, workers=CLIENTS, name="rush") as server:
        odoo = shop.connect(server.port, name)
        values = {"oms_channel_id": shop.make_channel(odoo, "RUSH")}
        products, orders = rush(server, odoo, 0, "RUSH", ORDERS, **values)
        names = check_promises(odoo, name, products, orders)
        check_nothing_idle(odoo, name, products, names)

        orders += ship_while_others_order(server, odoo, name, products, names, **values)
        cancelled = orders[::10]
        cancel_some(odoo, cancelled)
        check_stock(name, products)
        left = odoo.env["sale.order"].read([o for o in orders if o not in cancelled], ["name"])
        check_nothing_idle(odoo, name, products, [order["name"] for order in left])
        assert odoo.execute("oms.proof", "run") == []
        server.assert_only_conflicts()


def test_a_scramble_keeps_every_unit():
    with dev.fresh_database() as name, dev.Server(name, workers=4, name="scramble") as server:
        channel = shop.make_channel(shop.connect(server.port, name), "SCRAMBLE")
        result = scramble.run(server, SCRAMBLE_SECONDS, 4, "S", oms_channel_id=channel)
        assert sum(result.counts[step] for step in scramble.STEPS) >= 10, result.counts
        assert not result.counts["given up"], "every request got its answer in the end"
        below_zero, promised, _differ = result.worst
        assert (below_zero, promised) == (0, 0), "at some moment more was promised than there was"
        assert result.ending == (0, 0, 0)
        assert result.overtaken == 0, "the oldest promise is served first"
        assert result.odoo.execute("oms.proof", "run") == []
