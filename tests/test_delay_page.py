"""A customer who was told of a delay chooses on a telephone, without JavaScript or a login."""

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import shop

PHONE = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}


def days_on(days):
    return (datetime.now() + timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")


def plan_receipt(odoo, warehouse, product, units, day):
    """A receipt that is planned for a day; (transfer, move)."""
    (kind,) = odoo.env["stock.picking.type"].search_read(
        [("code", "=", "incoming"), ("warehouse_id", "=", warehouse["id"])],
        ["default_location_dest_id"],
        limit=1,
    )
    places = {
        "location_id": odoo.env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": kind["default_location_dest_id"][0],
    }
    move = {"product_id": product, "product_uom_qty": units, "date": day, **places}
    picking = odoo.env["stock.picking"].create(
        {
            "picking_type_id": kind["id"],
            "origin": "PO0012",
            "scheduled_date": day,
            "move_ids": [(0, 0, move)],
            **places,
        }
    )
    odoo.execute("stock.picking", "action_confirm", [picking])
    return odoo.env["stock.move"].search([("picking_id", "=", picking)])


def delayed_order(odoo, code):
    """An order of which one product is there and one comes 12 days late; (order, notice)."""
    warehouse = shop.main_warehouse(odoo)
    here, late = shop.make_products(odoo, code, 2)
    shop.put_in_stock(odoo, warehouse, {here: 5})
    moves = plan_receipt(odoo, warehouse, late, 9, days_on(5))
    order = odoo.env["sale.order"].create(
        {
            "partner_id": shop.make_buyer(odoo, email="siti@example.com"),
            "oms_channel_id": shop.make_channel(odoo, code, delay_notice_days=3),
            "order_line": [
                (0, 0, {"product_id": product, "product_uom_qty": 2}) for product in (here, late)
            ],
        }
    )
    odoo.execute("sale.order", "action_confirm", [order])
    odoo.execute("stock.move", "write", moves, {"date": days_on(17)})
    (notice,) = odoo.env["oms.delay.notice"].search_read(
        [("order_id", "=", order)], ["token", "state"]
    )
    return order, notice


def picture(page, name):
    """Keep a picture for who wants to look: OMS_PICTURES names the folder."""
    if folder := os.environ.get("OMS_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_choice_on_the_telephone(odoo, pages):
    order, notice = delayed_order(odoo, "DLY")
    page = pages.open(f"/oms/delay/{notice['token']}", **PHONE)
    picture(page, "delay")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.click("button[value=ship]")
    page.wait_for_url(re.compile(r"\?done=1$"))
    picture(page, "delay_done")
    assert "Thank you" in page.content()
    assert page.locator("button[name=choice]").count() == 0
    states = odoo.env["oms.fulfillment"].search_read([("order_id", "=", order)], ["state"])
    assert sorted(work["state"] for work in states) == ["ready", "waiting"]
    assert odoo.execute("oms.proof", "run") == []


def test_what_a_channel_knows_of_the_stock(odoo, pages):
    channel = shop.make_channel(odoo, "FEED", outbox_mode="pull", outbox_stock=True)
    (product,) = shop.make_products(odoo, "FEED", 1)
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product: 7})
    odoo.execute("oms.channel", "action_stock_resync", [channel])
    page = pages.login("/odoo/oms-stock-feed", viewport={"width": 1366, "height": 768})
    page.wait_for_selector(".o_list_view .o_data_row")
    page.click(".o_searchview_dropdown_toggler")
    page.click(".o_filter_menu >> text=Differs")
    page.wait_for_selector(".o_searchview_facet >> text=Differs")
    row = page.wait_for_selector(".o_data_row:has-text('FEED 0')")
    assert "7" in row.inner_text()
    picture(page, "stock_feed")
