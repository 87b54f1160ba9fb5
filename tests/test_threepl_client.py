"""The example client of docs/3pl.md does what the page says, on a live server."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import odoorpc
import pytest
import shop

CLIENT = Path(__file__).parent.parent / "docs" / "examples" / "threepl_client.py"


@pytest.fixture
def client():
    spec = importlib.util.spec_from_file_location("threepl_client", CLIENT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def depot(odoo):
    """A warehouse that a 3PL runs, with goods and a user of the 3PL."""
    partners = odoo.env["res.partner"]
    provider = partners.create({"name": "Gudang Mitra", "ref": "GM", "is_company": True})
    warehouse = shop.second_warehouse(odoo, "GM3")
    odoo.env["stock.warehouse"].write([warehouse["id"]], {"oms_provider_id": provider})
    mugs, plates = shop.make_products(odoo, "TPL", 2)
    shop.put_in_stock(odoo, warehouse, {mugs: 20, plates: 20})
    contact = partners.create({"name": "Robot Gudang Mitra", "parent_id": provider})
    groups = ("base.group_portal", "oms_fulfillment.group_oms_provider")
    shop.make_user(odoo, "gudang-mitra", *groups, partner_id=contact)
    shop.make_channel(odoo, "TPL", warehouse_id=warehouse["id"], auto_confirm=True)
    return {"provider": provider, "skus": ("TPL-0", "TPL-1")}


def submit(odoo, number, *lines):
    order = shop.payload(number, list(lines), "TPL")
    return shop.only(odoo.env["oms.channel"].submit_orders("TPL", [order]), "accepted")["name"]


def explain(odoo, name):
    return odoo.env["sale.order"].oms_explain([name])[0]


def test_3pl_takes_rejects_stops_and_ships(server, odoo, client, depot):
    mug, plate = depot["skus"]
    good = submit(odoo, 1, (mug, 2, 10000))
    short = submit(odoo, 2, (plate, 5, 11000))
    api = client.connect(server.url, server.database, "gudang-mitra", "gudang-mitra")
    house = client.Warehouse({mug: 10, plate: 3})
    house.packed = lambda: []
    first = client.run(api, house)
    assert (len(first["taken"]), len(first["rejected"])) == (1, 1), first
    assert not first["problems"]
    waits = explain(odoo, short)["blocker"]
    assert waits["code"] == "hold" and f"{plate}: only 3 here" in waits["message"], waits

    # a second order is taken, then cancelled by its channel: the 3PL agrees to stop
    gone = submit(odoo, 3, (mug, 1, 10000))
    assert len(client.run(api, house)["taken"]) == 1
    asked = odoo.env["oms.channel"].cancel_orders("TPL", [{"external_id": "TPL-3"}])[0]
    assert asked["status"] == "requested", asked
    assert len(client.run(api, house)["stopped"]) == 1
    assert explain(odoo, gone)["stage"] == "cancelled"

    # the script itself, as the page tells to run it: nothing new, and nothing is done twice
    arguments = (server.url, server.database, "gudang-mitra", "gudang-mitra")
    ran = subprocess.run(
        [sys.executable, str(CLIENT), *arguments], capture_output=True, text=True, check=True
    )
    assert "'shipped': []" in ran.stdout, ran.stdout

    del house.packed
    shipped = client.run(api, house)
    assert len(shipped["shipped"]) == 1 and not shipped["problems"], shipped
    assert client.run(api, house)["shipped"] == []
    assert explain(odoo, good)["stage"] == "tracking"
    assert odoo.env["oms.proof"].run() == []
    assert_blind(server, good)


def assert_blind(server, name):
    """The 3PL's user sees and does nothing but its work."""
    own = shop.connect(server.port, server.database, "gudang-mitra", "gudang-mitra")
    with server.expect_log("not allowed|may not|Access"):
        for model, method, arguments in (
            ("sale.order", "oms_snapshot", [[name]]),
            ("oms.fulfillment", "search_read", [[]]),
            ("oms.channel", "submit_orders", ["TPL", []]),
            ("oms.fulfillment", "mark_delivered", [[{"order": name}]]),
            ("stock.quant", "search_read", [[]]),
        ):
            with pytest.raises(odoorpc.error.RPCError):
                own.execute(model, method, *arguments)
    # a portal user may read the orders of its own company, as a customer; there are none
    assert own.execute("sale.order", "search_read", []) == []
