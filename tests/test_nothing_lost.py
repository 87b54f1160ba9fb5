"""The server is killed while orders stream in; nothing that it acknowledged is lost or doubled.

OMS_NOTHING_LOST=2000 sets the number of orders (default 120).
"""

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from queue import Empty, Queue

import odoorpc.error
import oms_dev as dev
import shop

ORDERS = int(os.environ.get("OMS_NOTHING_LOST", "120"))
KILLS = max(3, ORDERS // 150)
CLIENTS = 4
SECONDS = 1800


class Server(dev.Server):
    """A server whose machine loses its power now and then; its address stays."""

    def kill(self):
        """SIGKILL to the server, its workers and the cron threads, all at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.proxy.kill()
        self.proxy.wait()
        self.process = None


class Sender(threading.Thread):
    """A client that sends until every one of its batches was acknowledged."""

    def __init__(self, batches, send):
        super().__init__(daemon=True)
        self.batches = batches
        self.send = send
        self.acknowledged = set()
        self.failure = None

    def run(self):
        try:
            while True:
                batch = self.batches.get_nowait()
                while not self._try(batch):
                    time.sleep(0.05)  # the server is down: every client waits a moment
        except Empty:
            pass
        except BaseException as error:
            self.failure = error
            raise

    def _try(self, batch):
        try:
            answers = self.send(batch)
        except (OSError, EOFError, urllib.error.URLError, json.JSONDecodeError):
            return False
        except odoorpc.error.RPCError as error:
            kind = (error.info or {}).get("data", {}).get("name", "")
            assert kind.startswith("psycopg2"), error.info
            return False
        if answers is None:
            return False
        assert len(answers) == len(batch)
        for order, answer in zip(batch, answers, strict=True):
            assert answer["status"] in ("received", "accepted", "duplicate"), answer
            self.acknowledged.add(order["external_id"])
        return True


def http_sender(door):
    def send(batch):
        asked = urllib.request.Request(
            door["door_url"],
            json.dumps(batch).encode(),
            {
                "Content-Type": "application/json",
                "Authorization": f"Bearer {door['door_key']}",
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                assert answer.status == 202
                return json.load(answer)["items"]
        except urllib.error.HTTPError as error:
            assert error.code in (502, 503), (error.code, error.read())
            return None

    return send


def rpc_sender(server):
    clients = threading.local()

    def send(batch):
        if not hasattr(clients, "odoo"):
            clients.odoo = shop.connect(server.port, server.database, timeout=60)
        try:
            return clients.odoo.execute("oms.channel", "submit_orders", "LOST", batch)
        except BaseException:
            del clients.odoo
            raise

    return send


def make_payloads(rng):
    return [
        shop.payload(
            number,
            [
                (f"LOST-{rng.randrange(5)}", rng.randint(1, 3), 1000 * rng.randint(1, 50))
                for _n in range(rng.randint(1, 3))
            ],
            prefix="LOST",
        )
        for number in range(ORDERS)
    ]


def make_batches(rng, payloads):
    """Small batches; some orders are in two of them, as when a client forgot what it sent."""
    mixed = rng.sample(payloads, len(payloads))
    batches = Queue()
    while mixed:
        size = rng.choice((1, 2, 5, 10))
        batch, mixed = mixed[:size], mixed[size:]
        batches.put(batch)
        if rng.random() < 0.2:
            batches.put(batch)
    return batches


def wait_until(condition, what, deadline):
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)


def expected_of(payload):
    lines = sorted((line["sku"], line["quantity"], line["unit_price"]) for line in payload["lines"])
    return lines, payload["totals"]["total"]


def stored(odoo):
    lines = odoo.env["sale.order.line"].search_read(
        [("order_id.oms_channel_id.code", "=", "LOST")],
        ["order_id", "product_id", "product_uom_qty", "price_unit"],
    )
    products = odoo.env["product.product"].search_read(
        [("default_code", "=like", "LOST-%")], ["default_code"]
    )
    skus = {product["id"]: product["default_code"] for product in products}
    orders = odoo.env["sale.order"].search_read(
        [("oms_channel_id.code", "=", "LOST")],
        ["oms_external_id", "amount_total", "state", "oms_intake_id", "oms_stage_code"],
    )
    by_order = {}
    for line in lines:
        by_order.setdefault(line["order_id"][0], []).append(
            (skus[line["product_id"][0]], line["product_uom_qty"], line["price_unit"])
        )
    return [(order, sorted(by_order.get(order["id"], []))) for order in orders]


def test_every_acknowledged_order_survives_sigkill():
    rng = random.Random(20261122)
    payloads = make_payloads(rng)
    deadline = time.monotonic() + SECONDS
    with dev.fresh_database() as name:
        server = Server(name, workers=2, cron_threads=2, name="lost")
        server.start()
        try:
            odoo = shop.connect(server.port, name)
            products = shop.make_products(odoo, "LOST", 5)
            shop.put_in_stock(odoo, shop.main_warehouse(odoo), dict.fromkeys(products, 50 * ORDERS))
            channel = shop.make_channel(odoo, "LOST", auto_confirm=True)
            door = shop.open_door(odoo, channel)
            batches = make_batches(rng, payloads)
            total = batches.qsize()
            senders = [
                Sender(batches, send)
                for send in (http_sender(door), rpc_sender(server)) * (CLIENTS // 2)
            ]
            for sender in senders:
                sender.start()
            for kill in range(1, KILLS + 1):
                sent = total * (KILLS + 1 - kill) // (KILLS + 1)
                wait_until(lambda sent=sent: batches.qsize() <= sent, "the clients", deadline)
                time.sleep(rng.random())  # anywhere in a request, a batch or a commit
                server.kill()
                server.start()
            for sender in senders:
                sender.join(max(1, deadline - time.monotonic()))
                assert not sender.is_alive() and not sender.failure, sender.failure
            acknowledged = set().union(*(sender.acknowledged for sender in senders))
            assert acknowledged == {payload["external_id"] for payload in payloads}

            # Leases of workers that were killed end now instead of in a minute.
            dev.psql(
                "UPDATE oms_intake SET next_try = now() AT TIME ZONE 'UTC' - interval '1 second'"
                " WHERE state = 'received'",
                name,
            )
            odoo = shop.connect(server.port, name)
            wait_until(
                lambda: not odoo.env["oms.intake"].search_count([("state", "=", "received")]),
                "the queue",
                deadline,
            )
            check(odoo, payloads)
        finally:
            server.stop()


def check(odoo, payloads):
    """Every order once, whole, confirmed and reserved; every message where it should be."""
    orders = stored(odoo)
    wanted = {payload["external_id"]: expected_of(payload) for payload in payloads}
    numbers = [order["oms_external_id"] for order, _lines in orders]
    assert len(numbers) == len(set(numbers)), "every order once"
    assert set(numbers) == set(wanted), "every order that was acknowledged"
    for order, lines in orders:
        number = order["oms_external_id"]
        assert (lines, order["amount_total"]) == wanted[number], number
        assert order["state"] == "sale" and order["oms_intake_id"], order
    messages = odoo.env["oms.intake"].search_read(
        [("channel_id.code", "=", "LOST")], ["external_id", "state", "order_id"]
    )
    assert {message["state"] for message in messages} == {"accepted"}, messages[:3]
    assert len(messages) == len(wanted)
    odoo.execute("oms.allocator", "run")
    stages = {order["oms_stage_code"] for order, _lines in stored(odoo)}
    assert stages == {"fulfillment"}, stages
    assert odoo.execute("oms.proof", "run") == []
