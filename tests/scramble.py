"""Many people do everything at once to orders for scarce goods.

Client processes confirm, edit, cancel, pick short, ship, receive and reserve at random until the
time is up. They call Odoo's own methods, so the same scramble runs on plain orders and on those of
a channel. Meanwhile, and at the end, the stock is compared with itself.
"""

import random
import threading
import time
from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace

import clients
import odoorpc.error
import oms_dev as dev
import shop

PRODUCTS, LOTS = 6, 2
# How often each step is taken, roughly as often as in a busy warehouse.
STEPS = {
    "order": 6,
    "edit": 3,
    "cancel": 2,
    "short_pick": 3,
    "ship": 4,
    "receive": 3,
    "unreserve": 1,
    "reserve": 1,
}
QUIET = {"skip_backorder": True, "skip_sms": True}


def prepare(odoo, prefix):
    """Scarce goods in two warehouses, the last products of them in lots."""
    plain = shop.make_products(odoo, prefix, PRODUCTS - LOTS)
    tracked = shop.make_products(odoo, f"{prefix}-LOT", LOTS, tracking="lot")
    warehouses = [shop.main_warehouse(odoo), shop.second_warehouse(odoo)]
    rng = random.Random(prefix)
    for warehouse in warehouses:
        shop.put_in_stock(odoo, warehouse, {product: rng.randint(4, 12) for product in plain})
    lots = {
        product: [
            odoo.env["stock.lot"].create({"name": f"{prefix}-{number}", "product_id": product})
            for number in range(2)
        ]
        for product in tracked
    }
    return {
        "products": plain + tracked,
        "lots": lots,
        "warehouses": warehouses,
        "buyer": shop.make_buyer(odoo),
        "vendor": odoo.env["res.partner"].create({"name": f"Vendor {prefix}"}),
        "receipts": [
            odoo.env["stock.warehouse"].read([w["id"]], ["in_type_id"])[0]["in_type_id"][0]
            for w in warehouses
        ],
    }


# ------------------------------------------------------------------ what clients do


class Client:
    """One client process, which knows nothing but what the server tells it."""

    def __init__(self, odoo, shop_floor, values, seed):
        self.odoo = odoo
        self.floor = SimpleNamespace(**shop_floor)
        self.values = values
        self.rng = random.Random(seed)
        self.counts = Counter()

    def run(self, until):
        while time.time() < until:
            step = self.rng.choices(list(STEPS), STEPS.values())[0]
            self.counts[step] += 1
            self.attempt(getattr(self, step))
        return dict(self.counts)

    def attempt(self, step):
        """Refusals are answers; a race that was lost is a request to send again."""
        for _try in range(10):
            try:
                step()
            except odoorpc.error.RPCError as error:
                kind = (error.info or {}).get("data", {}).get("name", "")
                if kind.endswith(clients.LOST_RACES):
                    self.counts["sent again"] += 1
                    continue
                known = ("UserError", "ValidationError", "OmsRefusal", "MissingError", "LockError")
                if not kind.endswith(known):
                    raise
                self.counts["refused"] += 1
            return
        self.counts["given up"] += 1

    def call(self, model, method, *args, **context):
        records = self.odoo.env[model]
        return getattr(records.with_context(**context) if context else records, method)(*args)

    def some(self, model, domain):
        """One of the latest records, not always the same one for everybody."""
        ids = self.odoo.env[model].search(domain, limit=25, order="id desc")
        return self.rng.choice(ids) if ids else None

    def transfer(self, *states):
        products = [("move_ids.product_id", "in", self.floor.products)]
        code = [("picking_type_code", "=", "outgoing"), ("state", "in", states)]
        return self.some("stock.picking", [*code, *products])

    # steps

    def order(self):
        chosen = self.rng.sample(self.floor.products, self.rng.randint(1, 3))
        order = self.call(
            "sale.order",
            "create",
            {
                "partner_id": self.floor.buyer,
                "warehouse_id": self.rng.choice(self.floor.warehouses)["id"],
                "order_line": [
                    (0, 0, {"product_id": product, "product_uom_qty": self.rng.randint(1, 4)})
                    for product in chosen
                ],
                **self.values,
            },
        )
        clients.patiently(self.call, "sale.order", "action_confirm", [order])

    def edit(self):
        line = self.some("sale.order.line", [("order_id.state", "=", "sale")])
        if line:
            units = self.rng.randint(0, 5)
            self.call("sale.order.line", "write", [line], {"product_uom_qty": units})

    def cancel(self):
        order = self.some("sale.order", [("state", "=", "sale")])
        if order:
            self.call("sale.order", "action_cancel", [order])

    def short_pick(self):
        """One unit is not where it should be: what is there leaves, the rest waits or is lost."""
        picking = self.transfer("assigned", "confirmed")
        if not picking:
            return
        moves = self.odoo.env["stock.move"].search_read(
            [("picking_id", "=", picking), ("quantity", ">", 0)], ["quantity"]
        )
        for move in moves:
            less = max(move["quantity"] - self.rng.randint(0, 1), 0)
            values = {"quantity": less, "picked": bool(less)}
            self.call("stock.move", "write", [move["id"]], values)
        self.validate(picking, self.rng.random() < 0.5)

    def ship(self):
        picking = self.transfer("assigned")
        if picking:
            self.validate(picking, True)

    def validate(self, picking, backorder):
        left = {} if backorder else {"picking_ids_not_to_backorder": [picking]}
        self.call("stock.picking", "button_validate", [picking], **QUIET, **left)

    def receive(self):
        place = self.rng.randrange(2)
        product = self.rng.choice(self.floor.products)
        receive(self.odoo, vars(self.floor), place, product, self.rng.randint(1, 4), self.rng)

    def unreserve(self):
        picking = self.transfer("assigned")
        if picking:
            self.call("stock.picking", "do_unreserve", [picking])

    def reserve(self):
        picking = self.transfer("confirmed")
        if picking:
            self.call("stock.picking", "action_assign", [picking])


def receive(odoo, floor, place, product, units, rng=random):
    """A receipt from the vendor, validated."""
    stock = floor["warehouses"][place]["lot_stock_id"][0]
    vendors = odoo.env.ref("stock.stock_location_suppliers").id
    where = {"location_id": vendors, "location_dest_id": stock}
    line = {**where, "product_id": product, "quantity": units, "picked": True}
    lots = floor["lots"].get(product) or floor["lots"].get(str(product))
    if lots:
        line["lot_id"] = rng.choice(lots)
    pickings = odoo.env["stock.picking"]
    picking = pickings.create(
        {
            **where,
            "picking_type_id": floor["receipts"][place],
            "partner_id": floor["vendor"],
            "move_ids": [
                (
                    0,
                    0,
                    {
                        **where,
                        "product_id": product,
                        "product_uom_qty": units,
                        "move_line_ids": [(0, 0, line)],
                    },
                )
            ],
        }
    )
    clients.patiently(odoo.execute, "stock.picking", "action_confirm", [picking])
    validate = pickings.with_context(**QUIET).button_validate
    clients.patiently(validate, [picking])


def work(odoo, barrier, share):
    """The target of a client process."""
    floor, values, seed, seconds = share
    client = Client(odoo, floor, values, seed)
    barrier.wait(300)
    return client.run(time.time() + seconds)


# --------------------------------------------------------------------- what must hold

# In one statement, so from one moment: what is on hand and reserved per place and lot, and what
# the transfers say.
IMPOSSIBLE = """
WITH quant AS (
    SELECT product_id, location_id, lot_id, sum(quantity) AS on_hand,
           sum(reserved_quantity) AS reserved
      FROM stock_quant GROUP BY 1, 2, 3),
line AS (
    SELECT product_id, location_id, lot_id, sum(quantity_product_uom) AS taken
      FROM stock_move_line WHERE state NOT IN ('done', 'cancel', 'draft') GROUP BY 1, 2, 3),
figure AS (
    SELECT coalesce(quant.product_id, line.product_id) AS product_id,
           coalesce(quant.location_id, line.location_id) AS location_id,
           coalesce(quant.lot_id, line.lot_id) AS lot_id,
           coalesce(on_hand, 0) AS on_hand, coalesce(reserved, 0) AS reserved,
           coalesce(taken, 0) AS taken
      FROM quant FULL JOIN line
        ON line.product_id = quant.product_id AND line.location_id = quant.location_id
       AND line.lot_id IS NOT DISTINCT FROM quant.lot_id)
SELECT figure.product_id, place.id, figure.lot_id, on_hand, reserved, taken
  FROM figure JOIN stock_location place ON place.id = figure.location_id
 WHERE place.usage = 'internal'
   AND (on_hand < 0 OR greatest(reserved, taken) > greatest(on_hand, 0) OR reserved <> taken)
"""


def impossible(database):
    """``(places below zero, units promised beyond what is there, places in disagreement)``, and the
    rows that say so: product, place, lot, on hand, reserved, taken by transfers."""
    rows = dev.psql(IMPOSSIBLE, database)
    figures = [tuple(map(float, row[3:])) for row in rows]
    return (
        sum(1 for on_hand, _reserved, _taken in figures if on_hand < 0),
        sum(max(*promised, 0) - max(on_hand, 0) for on_hand, *promised in figures
            if max(promised) > max(on_hand, 0)),
        sum(1 for _on_hand, reserved, taken in figures if reserved != taken),
    ), rows  # fmt: skip


@contextmanager
def watched(database):
    """Look again and again while others work; the worst of each figure, and what was seen."""
    worst, done = SimpleNamespace(figures=(0, 0, 0), seen=[]), threading.Event()

    def watch():
        while not done.wait(0.5):
            figures, rows = impossible(database)
            worst.figures = tuple(map(max, worst.figures, figures))
            worst.seen += [row for row in rows if row not in worst.seen]

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield worst
    finally:
        done.set()
        thread.join()


# Odoo by itself has no promises: then the order that was confirmed first is first.
WAITING = """
SELECT move.id, move.product_uom_qty - coalesce(move.quantity, 0)
  FROM stock_move move
  JOIN sale_order_line line ON line.id = move.sale_line_id
  JOIN sale_order ON sale_order.id = line.order_id
 WHERE move.product_id = {product} AND move.location_id = {place}
   AND move.state IN ('confirmed', 'partially_available')
 ORDER BY to_jsonb(sale_order) ->> 'oms_promise_due' NULLS LAST, sale_order.date_order, move.id
"""


def overtaken(odoo, database, floor):
    """Receive some of each product everywhere; ``(overtaken, served)``: how many waiting orders saw
    goods go to one that was promised later."""
    passed = served = 0
    for place, warehouse in enumerate(floor["warehouses"]):
        for product in floor["products"]:
            query = WAITING.format(product=product, place=warehouse["lot_stock_id"][0])
            before = [(int(move), float(units)) for move, units in dev.psql(query, database)]
            wanted = sum(units for _move, units in before)
            if wanted < 2:
                continue
            receive(odoo, floor, place, product, int(wanted // 2))
            after = {int(move): float(units) for move, units in dev.psql(query, database)}
            left = [after.get(move, 0.0) for move, _units in before]
            got = [units - rest for (_move, units), rest in zip(before, left, strict=True)]
            served += sum(1 for units in got if units)
            passed += sum(1 for n, rest in enumerate(left) if rest and any(got[n + 1 :]))
    return passed, served


# ----------------------------------------------------------------------- the scramble


def run(server, seconds, hands, prefix, **values):
    """Let ``hands`` clients loose; what they did and what came of it."""
    odoo = shop.connect(server.port, server.database)
    floor = prepare(odoo, prefix)
    shares = [(floor, values, f"{prefix}{hand}", seconds) for hand in range(hands)]
    with watched(server.database) as worst:
        counts = sum(map(Counter, clients.run(server, work, shares)), Counter())
    ending, _rows = impossible(server.database)
    passed, served = overtaken(odoo, server.database, floor)
    return SimpleNamespace(
        odoo=odoo, floor=floor, counts=counts, worst=worst.figures, seen=worst.seen, ending=ending,
        overtaken=passed, served=served,
    )  # fmt: skip
