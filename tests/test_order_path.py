"""The whole path of an order, as another system sees it: only public methods, over odoorpc.

Tests share one server and one catalogue; each has its own orders.
"""

import itertools

import oms_dev as dev
import pytest
import requests
import shop

CHANNEL = "PATH"
SYSTEM = "path-system"  # login of the other system: the role Integration and nothing else
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def system(_server, _admin):
    """odoorpc, logged in as another system; PATH is a marketplace that holds the money."""
    products = shop.make_products(_admin, CHANNEL, 3)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 1000))
    shop.make_marketplace(_admin, CHANNEL, acceptance_days=3, return_days=7)
    shop.make_user(_admin, SYSTEM, "oms_fulfillment.group_oms_integration")
    return shop.connect(_server.port, _server.database, SYSTEM, SYSTEM)


@pytest.fixture(autouse=True)
def _proved(server, odoo):
    """Whatever a test did: no unit and no rupiah got lost."""
    yield
    assert odoo.execute("oms.proof", "run") == []


def submit(system, lines=None, **values):
    lines = lines or [("PATH-0", 2, 150000), ("PATH-1", 1, 50000)]
    order = shop.payload(
        next(numbers),
        lines,
        prefix=CHANNEL,
        paid_at=shop.ago(95),
        payment={"method": "escrow"},
        **values,
    )
    answer = shop.only(system.execute("oms.channel", "submit_orders", CHANNEL, [order]), "accepted")
    return order["external_id"], answer["name"]


def ref(external_id):
    return {"channel": CHANNEL, "external_id": external_id}


def snapshot(system, external_id):
    return shop.only(system.execute("sale.order", "oms_snapshot", [ref(external_id)]), "ok")


def explain(system, external_id):
    return shop.only(system.execute("sale.order", "oms_explain", [ref(external_id)]), "ok")


def units(found):
    """{bucket: units} of a snapshot, without the empty ones."""
    total = {}
    for line in found["lines"]:
        for bucket, quantity in line["buckets"].items():
            if quantity:
                total[bucket] = total.get(bucket, 0) + quantity
    return total


def ship(system, external_id, resi):
    item = {
        "order": ref(external_id),
        "picked_at": shop.ago(74),
        "packed_at": shop.ago(73),
        "shipped_at": shop.ago(72),
        "parcels": [{"courier": "JNE", "service": "REG", "resi": resi, "weight_kg": 1.5}],
    }
    return system.execute("oms.fulfillment", "ship", [item])


def event(resi, status, hours_ago, **values):
    return {
        "courier": "JNE",
        "resi": resi,
        "status": status,
        "occurred_at": shop.ago(hours_ago),
        "source_id": f"{resi}-{status}",
        **values,
    }


def delivered(system, lines=None):
    """An order in the hands of its customer since yesterday."""
    external_id, name = submit(system, lines)
    resi = f"JNE{name}"
    shop.only(ship(system, external_id, resi), "shipped")
    shop.only(
        system.execute("oms.shipment", "push_events", [event(resi, "delivered", 24)]), "recorded"
    )
    return external_id, name


def settle(system, external_id, reference, gross, fee):
    line = {"order": external_id, "gross": gross, "fees": {"commission": fee}, "net": gross - fee}
    return system.execute("oms.settlement", "submit_lines", CHANNEL, reference, [line])


# ------------------------------------------------------------------------- the path


def test_an_order_from_the_basket_to_the_bank(system):
    external_id, name = submit(system)
    found = snapshot(system, external_id)
    assert (found["name"], found["stage"], found["total"]) == (name, "fulfillment", 350000)
    assert units(found) == {"ordered": 3, "reserved": 3}
    assert explain(system, external_id)["blocker"]["code"] == "to_pick"

    shipped = shop.only(ship(system, external_id, "JNE0001"), "shipped")
    assert [parcel["resi"] for parcel in shipped["parcels"]] == ["JNE0001"]
    assert shop.only(ship(system, external_id, "JNE0001"), "duplicate")["id"] == shipped["id"]
    assert units(snapshot(system, external_id)) == {"ordered": 3, "shipped": 3}
    assert explain(system, external_id)["blocker"]["code"] == "in_transit"

    # The courier's messages: the last one first, all of them twice, one in the wrong clock.
    late = [
        event("JNE0001", "delivered", 24),
        event("JNE0001", "in_transit", 50),
        event("JNE0001", "picked_up", 70),
    ]
    first = system.execute("oms.shipment", "push_events", late)
    assert [answer["status"] for answer in first] == ["recorded"] * 3
    assert first[-1]["parcel_status"] == "delivered", "a late event changes nothing that is final"
    again = system.execute("oms.shipment", "push_events", late + late)
    assert [answer["status"] for answer in again] == ["duplicate"] * 6
    assert [answer["id"] for answer in again[:3]] == [answer["id"] for answer in first]
    found = snapshot(system, external_id)
    assert units(found) == {"ordered": 3, "delivered": 3}
    assert found["stage"] == "receipt_inspection"
    assert [parcel["status"] for parcel in found["parcels"]] == ["delivered"]
    assert explain(system, external_id)["blocker"]["whose_move"] == "customer"

    item = [{"order": ref(external_id), "at": shop.ago(2), "by": "customer"}]
    shop.only(system.execute("sale.order", "oms_accept", item), "accepted")
    shop.only(system.execute("sale.order", "oms_accept", item), "duplicate")
    assert units(snapshot(system, external_id)) == {"ordered": 3, "accepted": 3}
    blocker = explain(system, external_id)["blocker"]
    assert (blocker["code"], blocker["whose_move"]) == ("payout_pending", "channel")

    shop.only(settle(system, external_id, "PAYOUT-1", 350000, 17500), "matched")
    shop.only(settle(system, external_id, "PAYOUT-1", 350000, 17500), "duplicate")
    found = snapshot(system, external_id)
    assert (found["stage"], found["blocker"]) == ("done", None)
    assert found["money"]["settled"] and found["money"]["invoiced"] == 350000
    assert explain(system, external_id)["blocker"] is None


def test_half_an_order_leaves_first(system):
    external_id, name = submit(system, [("PATH-0", 5, 10000)])
    part = {
        "order": ref(external_id),
        "shipped_at": shop.ago(72),
        "parcels": [
            {"courier": "JNE", "resi": "JNE0002", "lines": [{"sku": "PATH-0", "quantity": 2}]}
        ],
    }
    answer = shop.only(system.execute("oms.fulfillment", "ship", [part]), "shipped")
    assert answer["remainder"], "the other three have a fulfilment of their own"
    assert units(snapshot(system, external_id)) == {"ordered": 5, "shipped": 2, "reserved": 3}
    rest = {"fulfillment": answer["remainder"], "parcels": [{"courier": "JNE", "resi": "JNE0003"}]}
    shop.only(system.execute("oms.fulfillment", "ship", [rest]), "shipped")
    system.execute("oms.shipment", "push_events", [event("JNE0003", "delivered", 1)])
    found = snapshot(system, external_id)
    assert units(found) == {"ordered": 5, "shipped": 2, "delivered": 3}
    assert found["stage"] == "tracking", "the first parcel is still under way"


def test_events_before_the_parcel_is_known_are_kept(system):
    external_id, name = submit(system)
    early = [event("JNE0004", "picked_up", 60)]
    shop.only(system.execute("oms.shipment", "push_events", early), "waiting")
    shop.only(ship(system, external_id, "JNE0004"), "shipped")
    parcels = snapshot(system, external_id)["parcels"]
    assert [parcel["status"] for parcel in parcels] == ["picked_up"]


def test_a_cancellation_arrives(system):
    external_id, _name = submit(system)
    item = [{"external_id": external_id, "reason": "Changed my mind", "at": shop.ago(1)}]
    call = ("oms.channel", "cancel_orders", CHANNEL, item)
    assert shop.only(system.execute(*call), "cancelled")["undone"]
    shop.only(system.execute(*call), "duplicate")
    found = snapshot(system, external_id)
    assert (found["stage"], units(found)) == ("cancelled", {"ordered": 3, "cancelled": 3})


# ------------------------------------------------------------------------- returns


def test_a_return_is_received_inspected_and_refunded(system):
    external_id, _name = delivered(system, [("PATH-0", 3, 100000), ("PATH-1", 1, 20000)])
    request = {
        "order": ref(external_id),
        "reference": "RMA-1",
        "reason": "damaged_in_shipping",
        "lines": [{"sku": "PATH-0", "quantity": 2}],
    }
    case = shop.only(system.execute("oms.return", "request", [request]), "requested")
    again = shop.only(system.execute("oms.return", "request", [request]), "duplicate")
    assert again["name"] == case["name"]
    blocker = explain(system, external_id)["blocker"]
    assert blocker["code"] == "return_open", shop.pretty(blocker)

    known = {"return": case["name"]}
    verdict = {"sku": "PATH-0", "restock": 1, "scrap": 1, "rejected": 0}
    for step, item, status in (
        ("approve", known, "approved"),
        ("receive", {**known, "lines": [{"sku": "PATH-0", "quantity": 2}]}, "received"),
        ("inspect", {**known, "lines": [verdict]}, "inspected"),
    ):
        shop.only(system.execute("oms.return", step, [item]), status)
        shop.only(system.execute("oms.return", step, [item]), "duplicate")
    answer = shop.only(system.execute("oms.return", "resolve", [known]), "resolved")
    assert answer["refund"] == 200000

    found = snapshot(system, external_id)
    assert units(found)["ordered"] == 4, "what came back stays delivered: it is a fact of its own"
    (shown,) = found["returns"]
    assert (shown["name"], shown["state"]) == (case["name"], "closed")
    assert found["money"]["credited"] in (0, 200000)
    accept = [{"order": ref(external_id), "by": "customer"}]
    shop.only(system.execute("sale.order", "oms_accept", accept), "accepted")
    shop.only(settle(system, external_id, "PAYOUT-2", 120000, 6000), "matched", "difference")
    assert snapshot(system, external_id)["money"]["residual"] == 0


def test_no_more_comes_back_than_was_delivered(system):
    external_id, _name = delivered(system, [("PATH-0", 2, 100000)])
    request = {"order": ref(external_id), "lines": [{"sku": "PATH-0", "quantity": 3}]}
    answer = shop.only(system.execute("oms.return", "request", [request]), "error")
    assert answer["errors"][0]["code"] == "over_returnable"
    assert snapshot(system, external_id)["returns"] == []


# ------------------------------------------------------------------------- JSON-2


KEY = """
user = env["res.users"].search([("login", "=", %r)])
expiry = __import__("datetime").datetime.now() + __import__("datetime").timedelta(days=1)
result = env["res.users.apikeys"].with_user(user)._generate("rpc", "e2e", expiry)
env.cr.commit()
"""


def test_the_same_methods_answer_json2(server, system):
    external_id, name = submit(system)
    key, bad = dev.shell(server.database, KEY % SYSTEM, log=dev.LOGS / "json2-key.log")
    assert not bad

    def post(method, token, **arguments):
        return requests.post(
            f"{server.url}/json/2/{method}",
            headers={"Authorization": f"Bearer {token}", "X-Odoo-Database": server.database},
            json=arguments,
            timeout=60,
        )

    answer = post("sale.order/oms_explain", key, names=[ref(external_id)])
    assert answer.status_code == 200
    assert shop.only(answer.json(), "ok")["name"] == name
    assert post("sale.order/oms_explain", "no-such-key", names=[name]).status_code == 401
