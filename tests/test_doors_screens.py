"""The screens of the doors: a channel's connection, what it was told, and its mails."""

import re

import shop


def test_channel_gets_its_address_and_key(odoo, pages):
    channel = shop.make_channel(odoo, "SCREEN")
    page = pages.login(f"/odoo/oms-channels/{channel}")
    page.click(".o_notebook .nav-link:has-text('Connection')")
    page.click("button:has-text('Make Address and Key')")
    page.wait_for_selector("[name=door_url]")
    shown = page.inner_text("[name=door_url]")
    assert re.search(r"/oms/intake/[\w-]{20,}", shown), shown
    assert "curl" in page.inner_text("[name=door_example]")
    (door,) = odoo.env["oms.channel"].read([channel], ["door_key"])
    page.click("button:has-text('New Key')")
    page.click(".modal-footer .btn-primary")
    page.wait_for_selector("button:has-text('Stop the Old Key')")
    (changed,) = odoo.env["oms.channel"].read([channel], ["door_key"])
    assert changed["door_key"] != door["door_key"]
    page.click(".o_notebook .nav-link:has-text('Back to the Channel')")
    page.wait_for_selector("[name=outbox_mode]")


def test_lists_open(odoo, pages):
    channel = shop.make_channel(odoo, "SCREEN-2", auto_confirm=True, outbox_mode="pull")
    product = shop.make_products(odoo, "SCREEN", 1)
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product[0]: 10})
    order = shop.payload(1, [("SCREEN-0", 1, 10000)], prefix="SCREEN")
    answers = odoo.execute("oms.channel", "submit_orders", "SCREEN-2", [order])
    answer = shop.only(answers, "accepted")
    told = odoo.env["oms.outbox"].search([("channel_id", "=", channel)])
    odoo.execute("oms.outbox", "action_replay", told)
    page = pages.login("/odoo/oms-outbox")
    page.wait_for_selector(".o_list_view")
    page.goto(f"/odoo/oms-outbox/{told[0]}")
    page.wait_for_selector(f".o_form_view:has-text('{answer['name']}')")
    page.goto("/odoo/oms-mails")
    page.wait_for_selector(".o_list_view, .o_nocontent_help")
