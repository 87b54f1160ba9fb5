"""The packing station in a browser: a scanner is a keyboard that types fast and ends with Enter."""

import pytest
import shop

SKUS = ("PACK-0", "PACK-1", "PACK-2")
BARCODES = {"PACK-0": "8997000000017", "PACK-1": "8997000000024", "PACK-2": "8997000000031"}
ORDERS = 20


@pytest.fixture(scope="module")
def shelf(_admin):
    """Products with barcodes and a channel whose orders confirm themselves."""
    odoo = _admin
    products = shop.make_products(odoo, "PACK", len(SKUS))
    for product, sku in zip(products, SKUS, strict=True):
        odoo.env["product.product"].write([product], {"barcode": BARCODES[sku]})
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), dict.fromkeys(products, 500))
    shop.make_channel(odoo, "PACK", auto_confirm=True)
    return odoo


def take_orders(odoo, prefix, contents):
    """Submit orders with these ``[{sku: units}]``; ``[(order, transfer)]`` by name."""
    orders = [
        shop.payload(number, [(sku, units, 10000) for sku, units in lines.items()], prefix=prefix)
        for number, lines in enumerate(contents)
    ]
    answers = odoo.execute("oms.channel", "submit_orders", "PACK", orders)
    names = [shop.only([answer], "accepted")["name"] for answer in answers]
    works = odoo.env["oms.fulfillment"].search_read(
        [("order_id.name", "in", names)], ["name", "order_id", "state"]
    )
    assert {work["state"] for work in works} == {"ready"}, works
    by_order = {work["order_id"][1]: work["name"] for work in works}
    return [(name, by_order[name]) for name in names]


def scan(page, *codes):
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def on_screen(page, name, text=""):
    page.wait_for_selector(f".o_oms_pack[data-screen='{name}']:has-text('{text}')")


def packed_units(odoo, transfers):
    """``{transfer: {sku: units}}`` that lie in packages."""
    lines = odoo.env["stock.move.line"].search_read(
        [("picking_id.name", "in", transfers), ("result_package_id", "!=", False)],
        ["picking_id", "product_id", "quantity", "picked"],
    )
    assert all(line["picked"] for line in lines), lines
    units = {name: {} for name in transfers}
    for line in lines:
        sku = line["product_id"][1].split("]")[0].lstrip("[")
        own = units[line["picking_id"][1]]
        own[sku] = own.get(sku, 0) + line["quantity"]
    return units


def test_twenty_orders_by_scans_alone(shelf, pages):
    odoo = shelf
    contents = [
        {sku: 1 + (number + place) % 2 for place, sku in enumerate(SKUS) if number % 3 != place}
        for number in range(ORDERS)
    ]
    orders = take_orders(odoo, "PACK", contents)
    page = pages.login("/odoo/oms-pack")
    on_screen(page, "idle")
    for number, ((order, transfer), lines) in enumerate(zip(orders, contents, strict=True)):
        # by order number and by picking list in turn
        scan(page, order if number % 2 else transfer)
        on_screen(page, "pack", order)
        if number % 5 == 0:
            (wrong,) = set(SKUS) - set(lines)
            scan(page, BARCODES[wrong])
            alarm = page.locator(".o_oms_pack_alarm")
            alarm.wait_for()
            assert wrong in alarm.inner_text() and "Expected:" in alarm.inner_text()
        for sku, units in lines.items():
            scan(page, *[BARCODES[sku]] * int(units))
        if number % 7 == 0:
            scan(page, BARCODES[next(iter(lines))])
            page.wait_for_selector(".o_oms_pack_alarm:has-text('too many')")
        if number % 6 == 0:
            scan(page, "OMS-UNDO", BARCODES[list(lines)[-1]])
        scan(page, "OMS-DONE")
        on_screen(page, "done", transfer)
    transfers = [transfer for _order, transfer in orders]
    units = packed_units(odoo, transfers)
    assert [units[transfer] for transfer in transfers] == contents
    works = odoo.env["oms.fulfillment"].search_read([("name", "in", transfers)], ["state"])
    assert {work["state"] for work in works} == {"packed"}
    sessions = odoo.env["oms.pack.session"].search_read(
        [("picking_id.name", "in", transfers)], ["mistakes", "state"]
    )
    assert {session["state"] for session in sessions} == {"done"}
    assert sum(session["mistakes"] for session in sessions) == 4 + 3


def test_goes_on_without_a_connection(shelf, pages):
    odoo = shelf
    ((order, transfer),) = take_orders(odoo, "CUT", [{"PACK-0": 3, "PACK-1": 1}])
    page = pages.login("/odoo/oms-pack")
    scan(page, order)
    on_screen(page, "pack", order)
    scan(page, BARCODES["PACK-0"])
    page.wait_for_selector(".o_oms_pack_progress:has-text('1 / 4')")
    page.context.set_offline(True)
    scan(page, BARCODES["PACK-0"])
    page.wait_for_selector(".o_oms_pack_offline")
    scan(page, BARCODES["PACK-0"])
    page.wait_for_selector(".o_oms_pack_offline:has-text('2 scans kept')")
    page.wait_for_selector(".o_oms_pack_progress:has-text('2 / 4')")
    scan(page, BARCODES["PACK-1"], BARCODES["PACK-1"])
    page.wait_for_selector(".o_oms_pack_alarm")
    page.context.set_offline(False)
    page.wait_for_selector(".o_oms_pack_offline", state="detached")
    page.wait_for_selector(".o_oms_pack_progress:has-text('4 / 4')")
    scan(page, "OMS-DONE")
    on_screen(page, "done", transfer)
    assert packed_units(odoo, [transfer])[transfer] == {"PACK-0": 3, "PACK-1": 1}
    pages.problems.clear()  # the browser says in its console that it had no connection


def test_lost_answer_and_reload_count_once(shelf, pages):
    odoo = shelf
    ((order, transfer),) = take_orders(odoo, "LOST", [{"PACK-0": 2}])
    page = pages.login("/odoo/oms-pack")
    scan(page, order)
    on_screen(page, "pack", order)

    def lose_answer(route):
        route.fetch()
        route.abort()

    # the server counts the scan, the station never hears of it and is switched off
    page.route("**/oms.pack.session/send", lose_answer, times=1)
    scan(page, BARCODES["PACK-0"])
    page.wait_for_selector(".o_oms_pack_progress:has-text('1 / 2')")
    page.reload()
    on_screen(page, "pack", order)
    page.wait_for_selector(".o_oms_pack_progress:has-text('1 / 2')")
    scan(page, BARCODES["PACK-0"], "OMS-DONE")
    on_screen(page, "done", transfer)
    assert packed_units(odoo, [transfer])[transfer] == {"PACK-0": 2}
    pages.problems.clear()


def test_to_ship_shows_what_has_to_leave(shelf, pages):
    """The board of the morning: a card per courier, and how long the oldest order still has."""
    take_orders(shelf, "SHIP", [{"PACK-0": 1}, {"PACK-1": 2}])
    page = pages.login("/odoo/oms-to-ship")
    card = page.locator(".o_oms_courier").first
    card.wait_for()
    picks = page.locator(".o_oms_courier button:has-text('to pick') .o_oms_figure")
    assert sum(int(text) for text in picks.all_inner_texts()) >= 2
    clock = page.locator("td.text-success, td.text-warning, td.text-danger, .o_oms_clock").first
    clock.wait_for()
    assert clock.inner_text().strip()
