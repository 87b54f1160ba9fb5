"""Store credit is used once, however many people use it at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import conftest
import shop

ORDERS = 4
CREDIT = 100


def place(odoo, channel, number, **values):
    """An order of the one buyer for goods worth 100 apiece."""
    buyer = {"external_id": "CREDIT-B", "name": "Siti Rahma", "phone": "+6281200003333"}
    data = shop.payload(number, [("CREDIT-MUG", 1, CREDIT)], prefix="CREDIT", buyer=buyer, **values)
    return shop.only(odoo.env["oms.channel"].submit_orders(channel, [data]), "accepted")["name"]


def give_credit(odoo):
    """A delivered order comes back for store credit."""
    paid = {"paid_at": shop.ago(90), "payment": {"method": "prepaid"}}
    order = place(odoo, "CREDIT-M", 1, **paid)
    snapshot = odoo.env["sale.order"].oms_snapshot([order])[0]
    work = {"fulfillment": snapshot["fulfillments"][0]["name"]}
    parcel = {"courier": "JNE", "service": "REG", "resi": "CREDIT-1", "weight_kg": 1}
    sent = {**work, "shipped_at": shop.ago(40), "parcels": [parcel]}
    shop.only(odoo.env["oms.fulfillment"].ship([sent]), "shipped")
    odoo.env["oms.fulfillment"].mark_delivered([{**work, "at": shop.ago(20)}])
    wanted = {"order": order, "reason": "defective", "wish": "credit"}
    case = {"return": shop.only(odoo.env["oms.return"].request([wanted]), "requested")["name"]}
    shop.only(odoo.env["oms.return"].approve([case]), "approved")
    shop.only(odoo.env["oms.return"].receive([case]), "received")
    verdict = {**case, "lines": [{"sku": "CREDIT-MUG", "restock": 1}]}
    shop.only(odoo.env["oms.return"].inspect([verdict]), "inspected")
    shop.only(odoo.env["oms.return"].resolve([case]), "resolved")


def test_two_at_once_do_not_overspend(server, odoo):
    (mug,) = shop.make_products(odoo, "CREDIT", 1, default_code="CREDIT-MUG")
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {mug: 20})
    shop.make_marketplace(odoo, "CREDIT-M", outbox_mode="pull")
    shop.make_channel(odoo, "CREDIT-S", auto_confirm=True)
    odoo.env["oms.readiness"].action_open()
    row = odoo.env["oms.readiness"].search([("code", "=", "store_credit")])
    odoo.env["oms.readiness"].browse(row).action_fix()
    give_credit(odoo)
    orders = [place(odoo, "CREDIT-S", number) for number in range(2, 2 + ORDERS)]
    clients = [conftest.connect(server) for _order in orders]

    def use(client, order):
        return client.env["sale.order"].oms_use_store_credit([{"order": order, "amount": 60}])[0]

    with ThreadPoolExecutor(ORDERS) as pool:
        answers = list(pool.map(use, clients, orders))
    assert sorted(answer["status"] for answer in answers) == ["error"] * (ORDERS - 1) + ["used"]
    refused = {error["code"] for answer in answers for error in answer["errors"]}
    assert refused == {"over_credit"}
    assert odoo.env["oms.proof"].run() == []
