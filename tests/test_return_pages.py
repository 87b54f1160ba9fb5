"""The way back in a browser: a customer asks on the telephone, in Indonesian, for goods of two
orders; the warehouse scans what arrives, also what nobody announced."""

import os
from pathlib import Path

import pytest
import shop

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "locale": "id-ID"}
DESK = {"viewport": {"width": 1366, "height": 768}}
DOOR = "ret-door"
BUYER = "ret-buyer"


def picture(page, name):
    """Keep a picture for who wants to look: OMS_PICTURES names the folder."""
    if folder := os.environ.get("OMS_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture(scope="module")
def sold(_server, _admin):
    """Two delivered orders of a customer with a login, and a warehouse worker."""
    langs = _admin.env["res.lang"].with_context(active_test=False)
    wizard = _admin.env["base.language.install"].create(
        {"lang_ids": [(6, 0, langs.search([("code", "=", "id_ID")]))]}
    )
    _admin.env["base.language.install"].lang_install([wizard])
    shop.make_user(_admin, DOOR, "oms_fulfillment.group_oms_warehouse")
    products = shop.make_products(_admin, "BACK", 2)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 50))
    shop.make_channel(_admin, "BACK", return_days=14)
    buyer = shop.make_buyer(_admin, lang="id_ID", email="siti@example.com")
    user = shop.make_user(_admin, BUYER, "base.group_portal", partner_id=buyer, lang="id_ID")
    orders = [
        _admin.env["sale.order"].create(
            {
                "partner_id": buyer,
                "oms_channel_id": _admin.env["oms.channel"].search([("code", "=", "BACK")])[0],
                "order_line": [
                    (0, 0, {"product_id": product, "product_uom_qty": 2, "price_unit": 75000})
                ],
            }
        )
        for product in products
    ]
    _admin.env["sale.order"].action_confirm(orders)
    _admin.execute("oms.allocator", "run")
    names = [row["name"] for row in _admin.env["sale.order"].read(orders, ["name"])]
    for number, name in enumerate(names):
        parcel = {"courier": "JNE", "resi": f"01012345{number:07}"}
        item = {"order": name, "parcels": [parcel]}
        shop.only(_admin.execute("oms.fulfillment", "ship", [item]), "shipped")
        at = shop.ago(24)
        event = {**parcel, "status": "delivered", "occurred_at": at}
        shop.only(_admin.execute("oms.shipment", "push_events", [event]), "recorded")
    return {"orders": orders, "names": names, "user": user}


def portal(pages, path):
    page = pages.open("/web/login", **PHONE)
    page.fill("input[name=login]", BUYER)
    page.fill("input[name=password]", BUYER)
    page.click("form.oe_login_form button[type=submit]")
    page.wait_for_url("**/my*")
    page.goto(path)
    return page


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_customer_asks_on_the_telephone(server, odoo, sold, pages):
    page = portal(pages, f"/my/orders/{sold['orders'][0]}")
    picture(page, "portal_order")
    page.click("text=Ajukan retur")
    page.wait_for_selector("form.oms_return_form")
    assert fits(page)
    picture(page, "portal_form")
    for field in page.locator("input.oms_quantity").all():
        field.fill("1")
    page.fill("textarea[name=note]", "Pecah di jalan")
    page.click("form.oms_return_form button[type=submit]")
    page.wait_for_url("**/my/returns?done=reported")
    assert fits(page)
    cases = odoo.env["oms.return"].search_read(
        [("order_id", "in", sold["orders"])], ["name", "state", "parcel_id"]
    )
    assert [case["state"] for case in cases] == ["requested"] * 2
    assert len({case["parcel_id"][0] for case in cases}) == 1, "they come in one parcel"
    odoo.execute("oms.return", "approve", [{"return": case["name"]} for case in cases])
    page.goto("/my/returns")
    picture(page, "portal_returns")
    form = page.locator("form.oms_announce").first
    form.locator("select").select_option(label="JNE")
    form.locator("input[name=resi]").fill("019999000000123")
    form.locator("button").click()
    page.wait_for_url("**/my/returns?done=announced")
    assert page.locator("form.oms_announce").count() == 0, "one number for both"
    picture(page, "portal_announced")
    (shipment,) = odoo.env["oms.shipment"].search_read(
        [("resi", "=", "019999000000123")], ["access_token", "kind"]
    )
    assert shipment["kind"] == "return"
    public = pages.open(f"/track/{shipment['access_token']}", **PHONE)
    assert fits(public)
    picture(public, "track")

    door(pages, odoo, cases)


def door(pages, odoo, cases):
    """The parcel arrives, and another one that nobody announced."""
    event = {"courier": "JNE", "resi": "019999000000123", "status": "delivered"}
    shop.only(
        odoo.execute("oms.shipment", "push_events", [{**event, "occurred_at": shop.ago(1)}]),
        "recorded",
    )
    page = pages.login("/odoo/oms-return-parcels", DOOR, DOOR, **DESK)
    page.wait_for_selector("text=019999000000123")
    picture(page, "door_list")
    scan(page, "019999000000123")
    page.wait_for_selector(".modal button[name=action_receive]:visible")
    picture(page, "door_found")
    page.click(".modal button[name=action_receive]")
    page.wait_for_selector("button[name=action_inspect]:visible")
    picture(page, "door_received")
    page.click("button[name=action_inspect]")
    page.wait_for_selector(".modal [name=scan] input")
    picture(page, "door_inspect")
    page.click(".modal button[name=action_rest_to_stock]")
    page.click(".modal button[name=action_done]")
    page.wait_for_selector(".modal", state="detached")
    names = [case["name"] for case in cases]
    states = odoo.env["oms.return"].search_read([("name", "in", names)], ["state"])
    assert [case["state"] for case in states] == ["inspected"] * 2

    page.goto("/odoo/oms-return-parcels")
    scan(page, "NOBODY77")
    page.wait_for_selector(".modal >> text=NOBODY77")
    for unit in ("1.00", "2.00"):
        page.fill(".modal [name=scan] input", "BACK-0")
        page.press(".modal [name=scan] input", "Tab")
        page.wait_for_selector(f".modal .o_data_row [name=quantity] >> text={unit}")
    picture(page, "door_blind")
    page.click(".modal button[name=action_take_in]")
    page.wait_for_selector(".o_statusbar_status >> text=Without a return")
    picture(page, "door_taken_in")
    page.click("button:has-text('Whose Are They?')")
    page.wait_for_selector(".modal [name=what]")
    picture(page, "door_whose")
    (line,) = odoo.env["oms.return.parcel.line"].search_read(
        [("parcel_id.resi", "=", "NOBODY77")], ["units_left"]
    )
    assert line["units_left"] == 2
    assert odoo.execute("oms.proof", "run") == []


def scan(page, code):
    page.click("button[data-menu-xmlid='oms_fulfillment.menu_oms_warehouse']")
    page.click("[data-menu-xmlid='oms_fulfillment.menu_oms_return_arrival']")
    page.wait_for_selector(".modal [name=scan] input")
    page.fill(".modal [name=scan] input", code)
    page.press(".modal [name=scan] input", "Tab")
