"""Every public method of docs/api.md, over RPC, as every role: who is let in and who is not; and
what no role may do to another's money and goods."""

import re
from pathlib import Path

import odoorpc.error
import pytest
import shop

API = Path(__file__).resolve().parent.parent / "docs" / "api.md"
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

# Arguments that are well formed and find nothing.
CHANNEL = {
    "submit_orders": ("NOBODY", []),
    "validate_orders": ("NOBODY", []),
    "cancel_orders": ("NOBODY", []),
    "reconcile": ("NOBODY", []),
    "available": ("NOBODY", ["X"]),
    "promise": ("NOBODY", []),
}
ITEMS = {
    "oms.fulfillment": "hold release move_to split report_short cancel ship mark_delivered merge "
    "acknowledge reject request_cancellation answer_cancellation",
    "oms.dispute": "open set_evidence set_outcome",
    "oms.return": "request approve receive inspect resolve repaired change_wish send_back",
    "oms.return.parcel": "announce book receive take_in identify",
    "oms.shipment": "push_events set_resi set_facts bring_back",
    "sale.order": "oms_accept oms_cancel_lines oms_rates oms_use_store_credit",
}
JULY = ("2026-07-01", "2026-07-31")
MANIFEST = "an open manifest"
OTHERS = {
    "oms.allocator.check": (),
    "oms.analysis.get_reports": (),
    "oms.allocator.repair": (),
    "oms.fulfillment.fetch_work": ("NOBODY",),
    "oms.dispute.fetch_disputes": (),
    "oms.kpi.get_figures": JULY,
    "oms.kpi.get_start": (),
    "oms.manifest.scan": (MANIFEST, "X"),
    "oms.manifest.scan_state": (MANIFEST,),
    "oms.manifest.unscan": (MANIFEST, 0),
    "oms.order.pnl.get_order": (0,),
    "oms.outbox.ack": ("NOBODY", 0),
    "oms.outbox.fetch_events": ("NOBODY",),
    "oms.pack.session.send": ("NOBODY", []),
    "oms.pack.session.start": ("NOBODY",),
    "oms.proof.run": (),
    "oms.settlement.submit_lines": ("NOBODY", "X", [{}]),
    "oms.statement.final.save_final": ("income", {}),
    "oms.statement.get_ageing": ("receivable", "2026-07-31"),
    "oms.statement.get_drill": ("income", "x", 0),
    "oms.statement.get_ledger": (0, *JULY),
    "oms.statement.get_statement": ("income", *JULY),
    "oms.statement.get_table": ("income",),
    "oms.statement.get_trial_balance": JULY,
    "oms.statement.get_vat": JULY,
    "oms.warehouse.board.figures": (),
    "oms.stock.difference.bridge": (),
    "sale.order.oms_change": ("NOBODY", {}),
    "sale.order.oms_change_preview": ("NOBODY", {}),
    "sale.order.oms_explain": (["NOBODY"],),
    "sale.order.oms_snapshot": (["NOBODY"],),
}
CALLS = {
    **{f"oms.channel.{verb}": args for verb, args in CHANNEL.items()},
    **{f"{model}.{verb}": ([{}],) for model, verbs in ITEMS.items() for verb in verbs.split()},
    **OTHERS,
}
# Who is let in; whoever is not named is refused.
FEEDS = "agent integration manager"
DECIDES = "agent integration manager warehouse"
WORKS = "courier integration manager warehouse"
BOOKS = "finance manager"
SEES = "agent courier finance manager reader warehouse"
WANTED = {
    "oms.allocator": {"check repair": "manager"},
    "oms.analysis": {"get_reports": SEES},
    "oms.channel": {" ".join(CHANNEL): FEEDS},
    "oms.dispute": {
        "fetch_disputes": "agent finance integration manager",
        "open set_evidence set_outcome": "finance integration manager",
    },
    "oms.fulfillment": {
        "hold release move_to split report_short cancel": DECIDES,
        "ship mark_delivered merge fetch_work acknowledge reject request_cancellation "
        "answer_cancellation": WORKS,
    },
    "oms.kpi": {"get_figures get_start": SEES},
    "oms.manifest": {"scan unscan": "courier manager warehouse", "scan_state": SEES},
    "oms.order.pnl": {"get_order": BOOKS},
    "oms.outbox": {"ack fetch_events": FEEDS},
    "oms.pack.session": {"start send": "manager warehouse"},
    "oms.proof": {"run": SEES},
    "oms.return": {
        "request": "agent courier integration manager",
        "approve change_wish": FEEDS,
        "receive inspect repaired send_back": "integration manager warehouse",
        "resolve": "agent finance integration manager",
    },
    "oms.return.parcel": {
        "announce": "agent courier integration manager warehouse",
        "book": "agent courier integration manager",
        "receive take_in": "integration manager warehouse",
        "identify": FEEDS,
    },
    "oms.settlement": {"submit_lines": "finance integration manager"},
    "oms.shipment": {"push_events set_resi set_facts bring_back": WORKS},
    "oms.statement": {
        "get_ageing get_drill get_ledger get_statement get_table get_trial_balance get_vat": BOOKS
    },
    "oms.statement.final": {"save_final": BOOKS},
    "oms.stock.difference": {"bridge": BOOKS},
    "oms.warehouse.board": {"figures": SEES},
    "sale.order": {
        "oms_accept oms_cancel_lines oms_change oms_change_preview": FEEDS,
        "oms_rates": "agent courier integration manager",
        "oms_use_store_credit": "agent finance integration manager",
        "oms_explain oms_snapshot": f"{SEES} integration",
    },
}
LET_IN = {
    f"{model}.{verb}": set(roles.split())
    for model, rows in WANTED.items()
    for verbs, roles in rows.items()
    for verb in verbs.split()
}


def documented():
    """The methods that docs/api.md names with their model."""
    found = set()
    names_of = r"`((?:oms|sale)\.[a-z.]+)\.([a-z_]+(?: / [a-z_]+)*)\("
    for model, names in re.findall(names_of, API.read_text()):
        found |= {f"{model}.{name}" for name in names.split(" / ")}
    return found


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


@pytest.fixture(scope="module")
def manifest(_admin):
    """An open manifest, to scan into."""
    warehouse = shop.main_warehouse(_admin)["id"]
    courier = _admin.env["oms.courier"].search([], limit=1)[0]
    return _admin.env["oms.manifest"].create({"courier_id": courier, "warehouse_id": warehouse})


def let_in(people, name, manifest):
    """The roles that ``name`` answers, with whatever it says about arguments that find nothing."""
    model, _dot, verb = name.rpartition(".")
    args = [[manifest] if arg is MANIFEST else arg for arg in CALLS[name]]
    dates = dict(zip(("date_from", "date_to"), JULY, strict=True)) if verb == "get_table" else {}
    return {
        role
        for role, client in people.items()
        if not refused(lambda client=client: client.execute_kw(model, verb, args, dates))
    }


def test_every_documented_method_is_tried():
    assert documented() - set(CALLS) == set(), "say here who may call it"
    assert set(CALLS) == set(LET_IN)


def test_each_method_lets_in_who_it_is_for(server, people, manifest):
    with server.expect_log("."):
        found = {name: let_in(people, name, manifest) for name in CALLS}
    wrong = {
        name: (sorted(roles - LET_IN[name]), sorted(LET_IN[name] - roles))
        for name, roles in found.items()
        if roles != LET_IN[name]
    }
    assert not wrong, f"let in too many, and too few: {wrong}"


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
