"""What no role may do to another's money and goods, tried over RPC."""

import re

import odoorpc.error
import pytest
import shop

ROLES = {
    "reader": "oms_fulfillment.group_oms_user",
    "agent": "oms_fulfillment.group_oms_agent",
    "warehouse": "oms_fulfillment.group_oms_warehouse",
    "courier": "oms_fulfillment.group_oms_courier",
    "finance": "oms_fulfillment.group_oms_finance",
    "integration": "oms_fulfillment.group_oms_integration",
    "manager": "oms_fulfillment.group_oms_manager",
    "employee": "base.group_user",
    "portal": "base.group_portal",
}


@pytest.fixture(scope="module")
def people(_server, _admin):
    """A client per role."""
    for role, group in ROLES.items():
        shop.make_user(_admin, f"role-{role}", group)
    return {
        role: shop.connect(_server.port, _server.database, f"role-{role}", f"role-{role}")
        for role in ROLES
    }


def refused(call):
    """Whether ``call`` is refused because of who asks."""
    try:
        answer = call()
    except odoorpc.error.RPCError as error:
        data = (error.info or {}).get("data", {})
        if data.get("name", "").endswith("AccessError"):
            return True
        return bool(re.search(r"may not|not allowed|Ask ", data.get("message", "") or str(error)))
    answers = answer if isinstance(answer, list) else [answer]
    codes = {
        problem.get("code")
        for one in answers
        if isinstance(one, dict)
        for problem in one.get("errors") or ()
        if isinstance(problem, dict)
    }
    return "access" in codes


def denied(client, model, verb, *args):
    """Whether Odoo, or we, keep this user from it; nothing has happened then."""
    try:
        client.execute(model, verb, *args)
    except odoorpc.error.RPCError as error:
        name = (error.info or {}).get("data", {}).get("name", "")
        assert name.endswith(("AccessError", "UserError", "OmsRefusal")), error.info
        return True
    return False


@pytest.fixture(scope="module")
def sold(_server, _admin):
    """An order that is paid by invoice, delivered and invoiced, and a dispute about it."""
    products = shop.make_products(_admin, "ROLE", 1)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 50))
    shop.make_channel(_admin, "ROLES", invoice_trigger="ship", auto_confirm=True)
    order = shop.payload(1, [("ROLE-0", 1, 50000)], prefix="ROLES")
    answer = shop.only(_admin.execute("oms.channel", "submit_orders", "ROLES", [order]), "accepted")
    waits = shop.payload(2, [("ROLE-0", 1, 50000)], prefix="ROLES")
    waiting = shop.only(
        _admin.execute("oms.channel", "submit_orders", "ROLES", [waits]), "accepted"
    )
    _admin.execute("oms.allocator", "run")
    (picking,) = _admin.env["stock.picking"].search([("sale_id", "=", waiting["id"])])
    shop.only(_admin.execute("oms.fulfillment", "ship", [{"order": answer["name"]}]), "shipped")
    (invoice,) = _admin.env["account.move"].search([("oms_order_id", "=", answer["id"])])
    dispute = _admin.env["oms.dispute"].create(
        {"order_id": answer["id"], "amount": 50000, "reason": "Broken", "answer": "Sent."}
    )
    return {"order": answer["id"], "invoice": invoice, "dispute": dispute, "picking": picking}


def test_who_is_not_of_finance_moves_no_money(server, people, sold):
    journals = people["manager"].env["account.journal"]
    (bank,) = journals.search([("type", "=", "bank")], limit=1)
    payment = {"amount": 1, "journal_id": bank, "partner_type": "customer"}
    tries = [
        ("account.move", "button_draft", [sold["invoice"]]),
        ("account.move", "write", [sold["invoice"]], {"state": "draft"}),
        ("account.move", "create", {"move_type": "entry", "journal_id": bank}),
        ("account.payment", "create", payment),
        ("sale.order", "action_oms_pay_back", [sold["order"]]),
        ("oms.dispute", "action_win", [sold["dispute"]]),
        ("oms.dispute", "action_lose", [sold["dispute"]]),
        ("oms.dispute", "write", [sold["dispute"]], {"amount": 1}),
        ("oms.settlement", "search", []),
        ("oms.owed", "search", []),
        ("oms.reminder", "search", []),
    ]
    with server.expect_log("."):
        for role in ("reader", "agent", "warehouse", "courier", "employee", "portal"):
            for model, verb, *args in tries:
                if (role, model, verb) == ("agent", "oms.dispute", "search"):
                    continue
                assert denied(people[role], model, verb, *args), (role, model, verb)


def test_finance_moves_no_goods(server, people, sold):
    admin = people["manager"]
    quant = admin.env["stock.quant"].search([("quantity", ">", 0)], limit=1)
    tries = [
        ("stock.picking", "button_validate", [sold["picking"]]),
        ("stock.quant", "write", quant, {"quantity": 1}),
        ("oms.allocator", "run"),
        ("oms.pack.session", "start", "X"),
    ]
    with server.expect_log("."):
        for model, verb, *args in tries:
            assert denied(people["finance"], model, verb, *args), (model, verb)
        assert (
            admin.env["stock.picking"].read([sold["picking"]], ["state"])[0]["state"] == "assigned"
        )
        finance = people["finance"]
        assert refused(lambda: finance.execute("oms.fulfillment", "ship", [{"order": "X"}]))


def test_a_customer_sees_only_their_own(server, people, sold):
    portal = people["portal"]
    assert portal.env["sale.order"].search([("id", "=", sold["order"])]) == []
    assert portal.env["account.move"].search([("id", "=", sold["invoice"])]) == []
    with server.expect_log("."):
        assert denied(portal, "sale.order", "read", [sold["order"]], ["name"])
        for model in ("oms.return", "oms.dispute", "oms.held.money", "oms.hold", "oms.intake"):
            assert denied(portal, model, "search", []), model
        assert refused(lambda: portal.execute("oms.return", "request", [{"order": "X"}]))
        assert refused(lambda: portal.execute("sale.order", "oms_accept", [{"order": "X"}]))
