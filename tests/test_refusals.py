"""What can't be done is refused in words, at once, and leaves nothing half done.

Orders that can't be taken are kept with the reason: nothing that another system sent is lost.
"""

import itertools

import odoorpc.error
import pytest
import requests
import shop

CHANNEL = "REFUSE"
SYSTEM = "refuse-system"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def system(_server, _admin):
    products = shop.make_products(_admin, CHANNEL, 2)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 100))
    shop.make_channel(_admin, CHANNEL, auto_confirm=True)
    shop.make_user(_admin, SYSTEM, "oms_fulfillment.group_oms_integration")
    return shop.connect(_server.port, _server.database, SYSTEM, SYSTEM)


@pytest.fixture(autouse=True)
def _proved(server, odoo):
    yield
    assert odoo.execute("oms.proof", "run") == []


def make_payload(**values):
    payload = shop.payload(next(numbers), [(f"{CHANNEL}-0", 1, 10000)], prefix=CHANNEL)
    return {**payload, **values}


def submit(system, *payloads):
    return system.execute("oms.channel", "submit_orders", CHANNEL, list(payloads))


def with_line(**values):
    payload = make_payload()
    payload["lines"][0].update(values)
    return payload


def without(key):
    payload = make_payload()
    del payload[key]
    return payload


BAD = {
    "no lines": lambda: make_payload(lines=[]),
    "lines are text": lambda: make_payload(lines="two mugs"),
    "no address": lambda: without("ship_to"),
    "no payment": lambda: without("payment"),
    "a time without a zone": lambda: make_payload(ordered_at="2026-07-01 09:12"),
    "unknown product": lambda: with_line(sku="NO-SUCH-SKU"),
    "no quantity": lambda: with_line(quantity=None),
    "nothing": lambda: with_line(quantity=0),
    "less than nothing": lambda: with_line(quantity=-1),
    "a million million": lambda: with_line(quantity=10**12),
    "a quantity in words": lambda: with_line(quantity="two"),
    "a negative price": lambda: with_line(unit_price=-1),
    "another currency": lambda: make_payload(currency="XXX"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_order_that_cannot_be_taken_is_kept_with_the_reason(odoo, system, case):
    good, bad = make_payload(), BAD[case]()
    first, refused = submit(system, good, bad)
    assert first["status"] == "accepted", "a bad order must not spoil its neighbour"
    assert refused["status"] == "quarantined", shop.pretty(refused)
    assert not refused["id"]
    for error in refused["errors"]:
        assert error["code"] and error["message"] and error["next_step"], shop.pretty(error)
    (kept,) = odoo.env["oms.intake"].read([refused["intake_id"]], ["payload", "state", "order_id"])
    assert (kept["payload"], kept["state"], kept["order_id"]) == (bad, "quarantined", False)
    orders = odoo.env["sale.order"].search_count([("oms_external_id", "=", bad["external_id"])])
    assert orders == 0


@pytest.mark.parametrize("thing", [None, 7, "text", [], {}, {"external_id": None}])
def test_things_that_are_no_orders_are_kept_too(odoo, system, thing):
    (answer,) = submit(system, thing)
    assert answer["status"] == "quarantined" and answer["errors"], shop.pretty(answer)
    assert odoo.env["oms.intake"].search_count([("id", "=", answer["intake_id"])]) == 1


def test_a_repaired_message_becomes_the_order(system):
    broken = with_line(quantity=-1)
    shop.only(submit(system, broken), "quarantined")
    broken["lines"][0]["quantity"] = 1
    answer = shop.only(submit(system, {**broken, "revision": 2}), "accepted")
    shop.only(submit(system, {**broken, "revision": 2}), "duplicate")
    assert answer["name"]


def test_a_body_of_ten_megabytes_is_refused_and_remembered(odoo, system):
    before = odoo.env["oms.intake"].search_count([])
    answer = shop.only(submit(system, make_payload(note="x" * 10_000_000)), "quarantined")
    assert answer["errors"][0]["code"] == "too_large"
    (kept,) = odoo.env["oms.intake"].read([answer["intake_id"]], ["payload"])
    assert len(str(kept)) < 100_000, "its hash and its beginning, not all of it"
    assert odoo.env["oms.intake"].search_count([]) == before + 1


@pytest.mark.parametrize(
    ("model", "method", "items", "code"),
    [
        ("sale.order", "oms_snapshot", ["NO-SUCH-ORDER"], "unknown_order"),
        ("sale.order", "oms_explain", [{"channel": "X", "external_id": "Y"}], "unknown_order"),
        ("sale.order", "oms_accept", [{"order": "NO-SUCH-ORDER"}], "unknown_order"),
        ("sale.order", "oms_accept", [7], "not_an_object"),
        ("oms.fulfillment", "ship", [{"fulfillment": "NONE"}], "unknown_fulfillment"),
        ("oms.fulfillment", "ship", [{}], "unknown_order"),
        ("oms.shipment", "push_events", [{"resi": "X"}], "unknown_courier"),
        ("oms.shipment", "push_events", ["delivered"], "not_an_object"),
        ("oms.return", "request", [{"order": "NO-SUCH-ORDER"}], "unknown_order"),
        ("oms.return", "receive", [{"return": "NONE"}], "unknown_return"),
    ],
)
def test_every_refusal_has_a_code_and_a_sentence(system, model, method, items, code):
    answer = shop.only(system.execute(model, method, items), "error")
    (error,) = answer["errors"]
    assert error["code"] == code and error["message"], shop.pretty(answer)


def test_a_list_is_expected(server, system):
    for model, method in (("oms.fulfillment", "ship"), ("oms.shipment", "push_events")):
        answer = shop.only(system.execute(model, method, {"fulfillment": "X"}), "error")
        assert answer["errors"][0]["code"] == "not_a_list"
    with server.expect_log("A list is expected"):
        with pytest.raises(odoorpc.error.RPCError, match="A list is expected"):
            system.execute("oms.channel", "submit_orders", CHANNEL, "one order please")
    with server.expect_log("No channel has the code"):
        with pytest.raises(odoorpc.error.RPCError, match="No channel has the code NO-SUCH"):
            system.execute("oms.channel", "submit_orders", "NO-SUCH", [])


# --------------------------------------------------------------------- who may do what


def test_a_wrong_password_opens_nothing(server):
    with pytest.raises(odoorpc.error.RPCError):
        odoorpc.ODOO("127.0.0.1", port=server.port).login(server.database, SYSTEM, "wrong")
    answer = requests.post(
        f"{server.url}/json/2/oms.channel/submit_orders",
        headers={"Authorization": "Bearer wrong", "X-Odoo-Database": server.database},
        json={"channel": CHANNEL, "orders": [make_payload()]},
        timeout=60,
    )
    assert answer.status_code == 401


def test_a_user_without_a_role_is_refused(server, odoo, system):
    shop.make_user(odoo, "refuse-nobody", "base.group_user")
    nobody = shop.connect(server.port, server.database, "refuse-nobody", "refuse-nobody")
    payload = make_payload()
    with server.expect_log("may not feed orders"):
        with pytest.raises(odoorpc.error.RPCError, match="Ask an OMS manager"):
            submit(nobody, payload)
    assert not odoo.env["oms.intake"].search([("external_id", "=", payload["external_id"])])
    with server.expect_log("not allowed|may not|Access"):
        with pytest.raises(odoorpc.error.RPCError):
            nobody.execute("oms.fulfillment", "ship", [{"fulfillment": "X"}])


def test_the_other_system_has_no_rights_of_its_own(server, system):
    for model in ("sale.order", "res.partner", "oms.channel", "account.move"):
        with server.expect_log("not allowed|Access"):
            with pytest.raises(odoorpc.error.RPCError, match="not allowed"):
                system.env[model].create({"name": "mine"})


def test_another_company_sees_nothing(server, odoo, system):
    mine = shop.only(submit(system, make_payload()), "accepted")
    company = odoo.env["res.company"].create({"name": "PT Lain"})
    shop.make_user(
        odoo,
        "refuse-other",
        "oms_fulfillment.group_oms_integration",
        company_id=company,
        company_ids=[(6, 0, [company])],
    )
    other = shop.connect(server.port, server.database, "refuse-other", "refuse-other")
    with server.expect_log("No channel has the code"):
        with pytest.raises(odoorpc.error.RPCError, match="No channel has the code"):
            submit(other, make_payload())
    for model, method, item in (
        ("sale.order", "oms_snapshot", mine["name"]),
        ("sale.order", "oms_explain", mine["id"]),
        ("sale.order", "oms_accept", {"order": mine["name"]}),
        ("oms.fulfillment", "ship", {"order": mine["name"]}),
        ("oms.return", "request", {"order": mine["name"]}),
    ):
        answer = shop.only(other.execute(model, method, [item]), "error")
        assert answer["errors"][0]["code"] == "unknown_order", (model, method, shop.pretty(answer))
    found = shop.only(system.execute("sale.order", "oms_snapshot", [mine["name"]]), "ok")
    assert found["stage"] == "fulfillment", "and nothing happened to the order"


def test_private_methods_are_closed(server, system):
    for method in ("_process", "_run_items"):
        with server.expect_log("Private methods|private"):
            with pytest.raises(odoorpc.error.RPCError):
                system.execute("oms.intake", method, [])
