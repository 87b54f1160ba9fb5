"""A pre-order is never sold beyond its cap, however many sell it at the same moment.

Six client processes confirm 60 orders of one unit each, on a server with six worker processes;
25 units may be sold. The others are refused with a sentence, and nothing of them is left behind.
"""

import clients
import odoorpc.error
import oms_dev as dev
import shop

CLIENTS = 6
ORDERS = 60
CAP = 25
# Refusals that reach a caller, and transactions that met another one and were tried again.
EXPECTED = "sold before it is there|could not serialize|deadlock detected|could not obtain lock"


def confirm_or_be_refused(client, barrier, orders):
    """Create the orders, wait for everybody else, confirm; the ids of those that were refused."""
    refused = []
    ids = client.env["sale.order"].create(orders)
    barrier.wait(300)
    for order in ids:
        try:
            clients.patiently(client.execute, "sale.order", "action_confirm", [order])
        except odoorpc.error.RPCError as error:
            assert f"at most {CAP} units" in str(error), error
            refused.append(order)
    return refused


def test_a_cap_holds_against_a_rush():
    with dev.fresh_database() as name, dev.Server(name, workers=CLIENTS, name="cap") as server:
        odoo = shop.connect(server.port, name)
        (product,) = shop.make_products(odoo, "SOON", 1)
        channel = shop.make_channel(odoo, "CAP")
        preorder = odoo.env["oms.preorder"].create(
            {"product_id": product, "cap": CAP, "release_date": "2099-01-01 00:00:00"}
        )
        line = (0, 0, {"product_id": product, "product_uom_qty": 1})
        buyer = shop.make_buyer(odoo)
        order = {"partner_id": buyer, "oms_channel_id": channel, "order_line": [line]}
        with server.expect_log(EXPECTED):
            refused = clients.run(
                server, confirm_or_be_refused, clients.deal([order] * ORDERS, CLIENTS)
            )
        sales = odoo.env["sale.order"]
        assert sales.search_count([("state", "=", "sale")]) == CAP
        assert sum(map(len, refused)) == ORDERS - CAP
        (known,) = odoo.env["oms.preorder"].read([preorder], ["sold", "left"])
        assert (known["sold"], known["left"]) == (CAP, 0)
        assert odoo.execute("oms.proof", "run") == []
