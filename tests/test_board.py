"""The board: orders in the column of their stage, with counts, and red where they are late."""

import oms_dev as dev
import pytest
import shop
from playwright.sync_api import expect

CHANNEL = "BOARD"
AGENT = "board-agent"
DESK, TELEPHONE = 1366, 390


@pytest.fixture(scope="module")
def orders(_server, _admin):
    """Four orders: a quotation, one held, one to pack, and one that nobody packed for days."""
    products = shop.make_products(_admin, CHANNEL, 1)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 100))
    shop.make_channel(_admin, CHANNEL)
    shop.make_user(_admin, AGENT, "oms_fulfillment.group_oms_agent")
    found = {}
    for number, name in enumerate(("draft", "held", "ready", "late")):
        payload = shop.payload(number, [(f"{CHANNEL}-0", 1, 10000)], prefix=CHANNEL)
        answers = _admin.execute("oms.channel", "submit_orders", CHANNEL, [payload])
        found[name] = shop.only(answers, "accepted")["id"]
    code = _admin.env["oms.hold.code"].search([("code", "=", "fraud_review")])[0]
    _admin.env["oms.hold"].create(
        {"code_id": code, "order_id": found["held"], "reason": "Look at it"}
    )
    for name in ("ready", "late"):
        _admin.execute("sale.order", "action_confirm", [found[name]])
    dev.psql(
        "UPDATE sale_order SET oms_stage_since = oms_stage_since - INTERVAL '9 days' "
        f"WHERE id = {found['late']}",
        _server.database,
    )
    names = _admin.env["sale.order"].read(list(found.values()), ["name"])
    by_id = {order["id"]: order["name"] for order in names}
    return {name: by_id[order] for name, order in found.items()}


def column_of(page, name):
    return page.locator(".o_kanban_group", has=page.locator(".o_kanban_record", has_text=name))


def test_columns_counts_and_red_edges(server, orders, pages):
    page = pages.login("/odoo/oms-board", AGENT, AGENT, viewport={"width": DESK, "height": 800})
    page.fill(".o_searchview_input", f"{CHANNEL}-")
    page.press(".o_searchview_input", "Enter")
    page.locator(".o_searchview_facet", has_text=f"{CHANNEL}-").wait_for()
    cards = {name: page.locator(".o_kanban_record", has_text=orders[name]) for name in orders}
    for card in cards.values():
        expect(card).to_have_count(1)
    waiting, packing = column_of(page, orders["draft"]), column_of(page, orders["ready"])
    expect(waiting.locator(".o_kanban_record", has_text=orders["held"])).to_have_count(1)
    expect(packing.locator(".o_kanban_record", has_text=orders["late"])).to_have_count(1)
    expect(packing.locator(".o_kanban_record", has_text=orders["draft"])).to_have_count(0)
    for column in (waiting, packing):
        expect(column.locator(".o_kanban_record")).to_have_count(2)
        expect(column.locator(".oms-board-count")).to_have_text("2")

    edge = ".border-start.border-danger"
    expect(cards["late"].locator(edge)).to_have_count(1)
    expect(cards["ready"].locator(edge)).to_have_count(0)
    # the oldest order of a column is its first card, and its head says how old that is
    expect(packing.locator(".oms-board-oldest")).to_contain_text("9 d")
    expect(packing.locator(".oms-board-oldest.text-danger")).to_have_count(1)
    expect(cards["held"]).to_contain_text("Look at it")
    # an agent may not release this one, and reads who may
    with server.expect_log("may not release the hold"):
        cards["held"].locator("button[name=action_oms_holds]").click()
        expect(page.locator(".modal")).to_contain_text("may not release the hold")


def test_the_board_fits_a_telephone(orders, pages):
    size = {"width": TELEPHONE, "height": 800}
    page = pages.login("/odoo/oms-board", AGENT, AGENT, viewport=size, is_mobile=True)
    page.locator(".o_kanban_group .o_kanban_record").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
