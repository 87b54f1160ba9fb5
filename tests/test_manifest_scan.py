"""Handing parcels over by scans in a browser, where the connection comes and goes."""

import uuid

import pytest
import shop
from playwright.sync_api import expect

BARCODE = "8997000002011"


@pytest.fixture(scope="module")
def counter(_admin):
    """A courier's delivery method, a channel whose orders confirm themselves, goods."""
    odoo = _admin
    (product,) = shop.make_products(odoo, "HAND", 1, barcode=BARCODE)
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product: 100})
    shop.make_channel(odoo, "HAND", auto_confirm=True)
    courier = odoo.env["oms.courier"].search([("code", "=", "JNE")])[0]
    service = odoo.env["product.product"].create({"name": "JNE", "type": "service"})
    values = {"name": "JNE", "product_id": service, "oms_courier_id": courier}
    return odoo, courier, odoo.env["delivery.carrier"].create(values)


def packed_orders(counter, prefix, count):
    """Names of orders that are packed for the courier."""
    odoo, _courier, carrier = counter
    orders = [shop.payload(n, [("HAND-0", 1, 10000)], prefix=prefix) for n in range(count)]
    answers = odoo.execute("oms.channel", "submit_orders", "HAND", orders)
    names = [shop.only([answer], "accepted")["name"] for answer in answers]
    works = odoo.env["oms.fulfillment"].search_read(
        [("order_id.name", "in", names)], ["picking_id"]
    )
    odoo.env["stock.picking"].write(
        [work["picking_id"][0] for work in works], {"carrier_id": carrier}
    )
    for name in names:
        session = False
        for code in (name, BARCODE, "OMS-DONE"):
            item = {"key": uuid.uuid4().hex, "code": code, "session": session}
            screen = odoo.execute("oms.pack.session", "send", "station-hand", [item])
            session = screen["session"]
        assert screen["screen"] == "done", screen
    return names


def make_manifest(counter, slot):
    odoo, courier, _carrier = counter
    warehouse = shop.main_warehouse(odoo)["id"]
    values = {"courier_id": courier, "warehouse_id": warehouse, "slot": slot}
    return odoo.env["oms.manifest"].create(values)


def on_manifest(counter, manifest):
    """Codes of what is on a manifest."""
    lines = (
        counter[0].env["oms.manifest.line"].search_read([("manifest_id", "=", manifest)], ["code"])
    )
    return sorted(line["code"] for line in lines)


def open_scan(page):
    """From the form of a manifest to its screen for scanning."""
    page.locator("button[name='action_scan']").click()
    page.locator(".o_oms_manifest input[name='code']").wait_for()


def scan(page, *codes):
    field = page.locator(".o_oms_manifest input[name='code']")
    for code in codes:
        field.fill(code)
        field.press("Enter")


def test_kept_scans_outlive_the_page(counter, pages):
    orders = packed_orders(counter, "KEPT", 3)
    first, second = make_manifest(counter, "10:00"), make_manifest(counter, "16:00")
    page = pages.login(f"/odoo/oms.manifest/{first}")
    open_scan(page)
    scan(page, orders[0])
    expect(page.locator(".o_oms_count")).to_have_text("1")
    page.context.set_offline(True)
    scan(page, orders[1], "NO-PARCEL")
    kept = page.locator(".o_oms_manifest_offline")
    expect(kept).to_contain_text("2 scans")
    expect(page.locator("button:has-text('Hand Over')")).to_be_disabled()
    # the page is left before anything was sent
    page.goto("about:blank")
    page.context.set_offline(False)
    assert on_manifest(counter, first) == [orders[0]]
    # the next screen for scanning sends them, to the manifest that they were meant for
    page.goto(f"/odoo/oms.manifest/{second}")
    open_scan(page)
    notice = page.locator(".o_notification:has-text('NO-PARCEL')")
    notice.wait_for()
    assert on_manifest(counter, first) == sorted(orders[:2])
    assert on_manifest(counter, second) == []
    expect(kept).to_have_count(0)
    expect(page.locator(".o_oms_count")).to_have_text("0")
    scan(page, orders[2])
    expect(page.locator(".o_oms_count")).to_have_text("1")
    assert on_manifest(counter, second) == [orders[2]]
    pages.problems.clear()  # the browser says in its console that it had no connection


def test_a_scan_that_is_sent_twice_counts_once(counter, pages):
    (order,) = packed_orders(counter, "TWICE", 1)
    manifest = make_manifest(counter, "twice")
    page = pages.login(f"/odoo/oms.manifest/{manifest}")
    open_scan(page)

    def lose_answer(route):
        route.fetch()
        route.abort()

    page.route("**/oms.manifest/scan", lose_answer, times=1)
    scan(page, order)
    expect(page.locator(".o_oms_count")).to_have_text("1")
    expect(page.locator(".o_oms_manifest_offline")).to_have_count(0)
    assert on_manifest(counter, manifest) == [order]
    pages.problems.clear()
