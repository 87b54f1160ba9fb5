"""A warehouse operator works on every screen of theirs and nowhere reads what an order is worth."""

import odoorpc.error
import pytest
import shop
from playwright.sync_api import expect

CHANNEL = "SECRET"
PACKER, SELLER = "secret-packer", "secret-seller"
PRICE, SHOWN = 98765, "98,765"


@pytest.fixture(scope="module")
def order(_server, _admin):
    """One order that is ready to be packed."""
    products = shop.make_products(_admin, CHANNEL, 1)
    shop.put_in_stock(_admin, shop.main_warehouse(_admin), dict.fromkeys(products, 9))
    shop.make_channel(_admin, CHANNEL)
    shop.make_user(_admin, PACKER, "oms_fulfillment.group_oms_warehouse")
    shop.make_user(_admin, SELLER, "oms_fulfillment.group_oms_agent")
    payload = shop.payload(1, [(f"{CHANNEL}-0", 1, PRICE)], prefix=CHANNEL)
    answers = _admin.execute("oms.channel", "submit_orders", CHANNEL, [payload])
    order = shop.only(answers, "accepted")["id"]
    _admin.execute("sale.order", "action_confirm", [order])
    return _admin.env["sale.order"].read([order], ["name", "order_line", "picking_ids"])[0]


def test_over_rpc(server, order):
    packer = shop.connect(server.port, server.database, PACKER, PACKER)
    lines, orders = packer.env["sale.order.line"], packer.env["sale.order"]
    assert lines.read(order["order_line"], ["product_uom_qty"])[0]["product_uom_qty"] == 1
    for call in (
        lambda: lines.read(order["order_line"], ["price_unit"]),
        lambda: lines.search([("price_unit", ">", 1)]),
        lambda: lines.write(order["order_line"], {"price_unit": 1}),
        lambda: orders.read([order["id"]], ["amount_total"]),
        lambda: packer.execute("sale.order", "formatted_read_group", [], [], ["amount_total:sum"]),
        lambda: packer.execute(
            "stock.picking",
            "web_read",
            order["picking_ids"],
            {"sale_id": {"fields": {"amount_total": {}}}},
        ),
    ):
        with (
            server.expect_log("do not have enough rights"),
            pytest.raises(odoorpc.error.RPCError, match="enough rights"),
        ):
            call()


@pytest.mark.parametrize(("login", "seen"), [(PACKER, False), (SELLER, True)])
def test_on_the_screens(order, pages, login, seen):
    page = pages.login("/odoo/oms-board", login, login, viewport={"width": 1366, "height": 900})
    card = page.locator(".o_kanban_record", has_text=order["name"])
    expect(card.get_by_text(SHOWN)).to_have_count(int(seen))
    page.goto("/odoo/oms-orders")
    row = page.locator(".o_data_row", has_text=order["name"])
    expect(row.get_by_text(SHOWN)).to_have_count(int(seen))
    row.locator("td[name=name]").click()
    line = page.locator(".o_field_one2many[name=order_line] .o_data_row").first
    expect(line).to_contain_text(f"{CHANNEL} 0")
    expect(page.locator("td[name=price_unit]")).to_have_count(int(seen))
    expect(page.locator(".o_form_sheet").get_by_text(SHOWN).first).to_have_count(int(seen))
