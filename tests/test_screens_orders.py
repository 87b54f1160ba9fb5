"""The windows in which orders are called about, changed and cancelled, and the portal."""

import pytest
import shop
from playwright.sync_api import expect

CHANNEL = "DESK"
AGENT = "desk-agent"
DESK, TELEPHONE = 1366, 390
BUTTONS = ("action_call_confirmed", "action_call_no_answer", "action_call_refused")


@pytest.fixture(scope="module")
def shelf(_server, _admin):
    products = shop.make_products(_admin, CHANNEL, 2)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 100))
    shop.make_channel(_admin, CHANNEL, auto_confirm=True)
    shop.make_user(_admin, AGENT, "oms_fulfillment.group_oms_agent")
    return products


@pytest.fixture
def agent(shelf, pages):
    """Opens a screen as an order agent."""

    def open_screen(path, width=DESK):
        size = {"width": width, "height": 800}
        return pages.login(path, AGENT, AGENT, viewport=size, is_mobile=width == TELEPHONE)

    return open_screen


def submit(odoo, number, **values):
    payload = {**shop.payload(number, [(f"{CHANNEL}-0", 3, 10000)], prefix=CHANNEL), **values}
    answers = odoo.execute("oms.channel", "submit_orders", CHANNEL, [payload])
    return shop.only(answers, answers[0]["status"])


def read(odoo, order, *fields):
    (found,) = odoo.env["sale.order"].read([order], list(fields))
    return found


@pytest.mark.parametrize("width", [DESK, TELEPHONE])
def test_calls_confirm_no_answer_and_refused(odoo, agent, width):
    code = odoo.env["oms.hold.code"].search([("code", "=", "cod_unconfirmed")])[0]
    orders = []
    for number in range(3):
        order = submit(odoo, 10 * width + number)["id"]
        odoo.env["oms.hold"].create(
            {"code_id": code, "order_id": order, "reason": "Call the customer."}
        )
        orders.append(read(odoo, order, "name", "id"))
    page = agent("/odoo/oms-calls", width)
    for order, button in zip(
        orders,
        ("action_call_confirmed", "action_call_no_answer", "action_call_refused"),
        strict=True,
    ):
        card = page.locator(".o_kanban_record", has_text=order["name"])
        card.locator(f"button[name={button}]").click()
        if button == "action_call_refused":
            page.locator(".modal .btn-primary").click()
        expect(card).to_have_count(0)
    states = [
        odoo.env["oms.hold"].search_read([("order_id", "=", o["id"])], ["state"])[0]["state"]
        for o in orders
    ]
    assert states == ["released", "active", "rejected"]
    assert read(odoo, orders[2]["id"], "state")["state"] == "cancel"


def test_change_is_previewed_and_made(odoo, agent):
    order = submit(odoo, 1)["id"]
    page = agent(f"/odoo/oms-board/{order}")
    page.locator("button[name=action_oms_change]").click()
    window = page.locator(".modal")
    window.locator("[name=street] input").fill("Jl. Kenanga 9")
    window.locator("button[name=action_preview]").click()
    expect(window.locator("[name=preview]")).to_contain_text("Jl. Kenanga 9")
    window.locator("button[name=action_apply]").click()
    page.wait_for_selector(".modal", state="detached")
    address = read(odoo, order, "partner_shipping_id")["partner_shipping_id"][0]
    assert odoo.env["res.partner"].read([address], ["street"])[0]["street"] == "Jl. Kenanga 9"


def test_cancel_asks_why(odoo, agent):
    order = submit(odoo, 2)["id"]
    page = agent(f"/odoo/oms-board/{order}")
    page.locator("button[name=action_oms_cancel]").click()
    window = page.locator(".modal")
    window.locator("[name=reason_id] input").click()
    page.locator(".o-autocomplete--dropdown-item").first.click()
    window.locator("button[name=action_cancel]").click()
    page.wait_for_selector(".modal", state="detached")
    found = read(odoo, order, "state", "oms_cancel_reason_id", "oms_cancel_fault")
    assert found["state"] == "cancel" and found["oms_cancel_reason_id"]
    assert found["oms_cancel_fault"]


def test_rest_of_a_line_is_cancelled_where_it_stands(odoo, agent):
    order = submit(odoo, 3)["id"]
    page = agent(f"/odoo/oms-board/{order}")
    page.locator(".o_data_row button[name=action_oms_cancel_rest]").click()
    window = page.locator(".modal")
    expect(window.locator("[name=still_here]")).to_contain_text("3")
    window.locator("[name=quantity] input").fill("2")
    window.locator("[name=reason_id] input").click()
    page.locator(".o-autocomplete--dropdown-item").first.click()
    window.locator("button[name=action_cancel]").click()
    page.wait_for_selector(".modal", state="detached")
    (line,) = odoo.env["sale.order.line"].search_read(
        [("order_id", "=", order), ("oms_kind", "=", "goods")], ["oms_qty_cancelled"]
    )
    assert line["oms_qty_cancelled"] == 2
    found = read(odoo, order, "state", "oms_cancel_fault")
    assert found["state"] == "sale" and found["oms_cancel_fault"]


def test_portal_leads_to_the_tracking_page(odoo, shelf, pages):
    order = submit(odoo, 4)
    parcel = {"courier": "JNE", "resi": "0107777666655554"}
    item = {"order": order["name"], "parcels": [parcel]}
    shop.only(odoo.execute("oms.fulfillment", "ship", [item]), "shipped")
    path = odoo.execute("sale.order", "get_portal_url", [order["id"]])
    page = pages.open(path, viewport={"width": TELEPHONE, "height": 800})
    shown = page.locator(".oms_portal_parcel")
    expect(shown).to_contain_text(parcel["resi"])
    shown.locator("a").click()
    page.wait_for_url("**/track/**")
    expect(page.locator("body")).to_contain_text(parcel["resi"])
