"""Two packers scan the same orders at the same moment, each in a process of their own.

Whoever comes second is told who packs it, takes it over while the first one goes on scanning, and
both then hand it over. However the requests meet, every order is packed once and leaves once.
"""

import uuid

import clients
import oms_dev as dev
import shop

ORDERS = 8
BARCODE = "8997000001014"
SENTENCES = {"busy", "taken_over", "already_packed", "surplus", "nothing_open", "not_open"}
# Transactions that met another one and were tried again.
EXPECTED = "could not serialize|deadlock detected|could not obtain lock|duplicate key"


class Station:
    """One packer's screen."""

    def __init__(self, client, packer):
        client.login(client.env.db, packer, packer)
        self.client, self.name, self.told, self.session = client, f"station-{packer}", [], None

    def scan(self, code):
        item = {"key": uuid.uuid4().hex, "code": code, "session": self.session}
        screen = clients.patiently(
            self.client.execute, "oms.pack.session", "send", self.name, [item]
        )
        self.session = screen["session"]
        if screen["alarm"]:
            self.told.append((screen["alarm"]["code"], screen["alarm"]["message"]))
        return screen

    def pack(self, order, transfer):
        """Scan the order and its units until it is packed, or somebody else has it."""
        screen = self.scan(order)
        if screen["alarm"] and screen["alarm"]["code"] == "busy":
            screen = self.scan(f"OMS-TAKE {transfer}")
        for _scan in range(6):
            if screen["screen"] != "pack":
                break
            left = screen["progress"]["total"] - screen["progress"]["done"]
            screen = self.scan(BARCODE if left else "OMS-DONE")
        self.session = None


def pack_and_hand_over(client, barrier, share):
    """Pack each order together with the other station, then hand all over; what was told."""
    station = Station(client, share["packer"])
    for order, transfer in share["orders"]:
        barrier.wait(300)
        station.pack(order, transfer)
    barrier.wait(300)
    answers = [
        clients.patiently(client.execute, "oms.fulfillment", "ship", [{"fulfillment": transfer}])[0]
        for _order, transfer in share["orders"]
    ]
    return station.told, [answer["status"] for answer in answers]


def test_two_stations_pack_and_hand_over_every_order_once():
    with dev.fresh_database() as name, dev.Server(name, workers=3, name="stations") as server:
        odoo = shop.connect(server.port, name)
        (product,) = shop.make_products(odoo, "TWO", 1, barcode=BARCODE)
        shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product: 100})
        shop.make_channel(odoo, "TWO", auto_confirm=True)
        payloads = [shop.payload(n, [("TWO-0", 2, 10000)], prefix="TWO") for n in range(ORDERS)]
        answers = odoo.execute("oms.channel", "submit_orders", "TWO", payloads)
        names = [shop.only([answer], "accepted")["name"] for answer in answers]
        works = odoo.env["oms.fulfillment"].search_read(
            [("order_id.name", "in", names)], ["name", "order_id"]
        )
        orders = [(work["order_id"][1], work["name"]) for work in works]
        for packer in ("packer-one", "packer-two"):
            shop.make_user(odoo, packer, "oms_fulfillment.group_oms_warehouse")
        with server.expect_log(EXPECTED):
            results = clients.run(
                server,
                pack_and_hand_over,
                [{"packer": packer, "orders": orders} for packer in ("packer-one", "packer-two")],
            )
        told = [sentence for sentences, _statuses in results for sentence in sentences]
        assert {code for code, _message in told} <= SENTENCES, told
        assert all(message.strip() for _code, message in told), told
        assert len(told) >= ORDERS, told
        for statuses in zip(*(statuses for _told, statuses in results), strict=True):
            assert sorted(statuses) == ["duplicate", "shipped"], results
        sessions = odoo.env["oms.pack.session"].search_read([], ["picking_id", "state", "units"])
        assert sorted(one["picking_id"][1] for one in sessions) == sorted(
            transfer for _order, transfer in orders
        )
        assert {(one["state"], one["units"]) for one in sessions} == {("done", 2.0)}, sessions
        moves = odoo.env["stock.move"].search_read(
            [("product_id", "=", product), ("location_dest_id.usage", "=", "customer")],
            ["state", "quantity"],
        )
        assert [(move["state"], move["quantity"]) for move in moves] == [("done", 2.0)] * ORDERS
        assert odoo.execute("oms.proof", "run") == []
