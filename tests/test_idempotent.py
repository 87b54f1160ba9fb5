"""An order is taken once, however often and from however many sides it is sent."""

import random

import clients
import oms_dev as dev
import shop

CLIENTS = 4
ORDERS = 200


def make_payloads(rng):
    """Orders of one to four lines; some name a product twice."""
    payloads = []
    for number in range(ORDERS):
        lines = [
            (f"IDEM-{rng.randrange(10)}", rng.randint(1, 5), 1000 * rng.randint(1, 90))
            for _n in range(rng.randint(1, 4))
        ]
        payloads.append(shop.payload(number, lines, prefix="IDEM"))
    return payloads


def deal_shuffled(rng, channel, payloads):
    """All payloads for every client, in an order and in requests of a size of its own."""
    return [
        (channel, rng.sample(payloads, len(payloads)), rng.choice((5, 10, 20)))
        for _n in range(CLIENTS)
    ]


def ordered(payload):
    """What a payload asks for, in a form that can be compared: lines and total."""
    lines = sorted((line["sku"], line["quantity"], line["unit_price"]) for line in payload["lines"])
    return lines, payload["totals"]["total"]


def stored(odoo, channel):
    """{external id: what the order in Odoo says}, with one entry per order."""
    fields = ["oms_external_id", "amount_total", "order_line"]
    found = odoo.env["sale.order"].search_read([("oms_channel_id", "=", channel)], fields)
    lines = {
        line["id"]: line
        for line in odoo.env["sale.order.line"].search_read(
            [("order_id.oms_channel_id", "=", channel)],
            ["product_id", "product_uom_qty", "price_unit"],
        )
    }
    products = {line["product_id"][0] for line in lines.values()}
    skus = {
        product["id"]: product["default_code"]
        for product in odoo.env["product.product"].read(list(products), ["default_code"])
    }
    assert len({order["oms_external_id"] for order in found}) == len(found)
    return {
        order["oms_external_id"]: (
            sorted(
                (
                    skus[lines[line]["product_id"][0]],
                    lines[line]["product_uom_qty"],
                    lines[line]["price_unit"],
                )
                for line in order["order_line"]
            ),
            order["amount_total"],
        )
        for order in found
    }


def test_orders_sent_by_many_at_once_and_again_are_taken_once():
    rng = random.Random(20260701)
    payloads = make_payloads(rng)
    expected = {payload["external_id"]: ordered(payload) for payload in payloads}
    with dev.fresh_database() as name, dev.Server(name, workers=CLIENTS, name="idem") as server:
        odoo = shop.connect(server.port, name)
        products = shop.make_products(odoo, "IDEM", 10)
        shop.put_in_stock(odoo, shop.main_warehouse(odoo), dict.fromkeys(products, 10_000))
        channel = shop.make_channel(odoo, "IDEM", auto_confirm=True)

        shares = deal_shuffled(rng, "IDEM", payloads)
        taken = {external_id: set() for external_id in expected}
        for (_channel, sent, _size), answers in zip(
            shares, clients.run(server, clients.submit, shares), strict=True
        ):
            assert len(answers) == len(sent)
            for payload, answer in zip(sent, answers, strict=True):
                assert answer["status"] in ("accepted", "duplicate"), shop.pretty(answer)
                assert not answer["errors"], shop.pretty(answer)
                taken[payload["external_id"]].add((answer["id"], answer["intake_id"]))
        assert {len(records) for records in taken.values()} == {1}, "one order, one message each"
        assert stored(odoo, channel) == expected

        again = odoo.execute("oms.channel", "submit_orders", "IDEM", payloads)
        assert {answer["status"] for answer in again} == {"duplicate"}
        assert stored(odoo, channel) == expected
        messages = odoo.env["oms.intake"].search_count([("channel_id", "=", channel)])
        assert messages == ORDERS
        states = odoo.env["sale.order"].search_count(
            [("oms_channel_id", "=", channel), ("state", "=", "sale")]
        )
        assert states == ORDERS, "clean orders confirm themselves, all of them"
        assert odoo.execute("oms.proof", "run") == []
