"""A file of orders through the import window: looked at, imported, and refused the second time."""

from pathlib import Path

import pytest
import shop
from playwright.sync_api import expect

FIXTURES = Path(__file__).parents[1] / "oms_fulfillment" / "tests" / "fixtures"
CHANNEL = "WINDOW"
KNOWN, UNKNOWN = f"{CHANNEL}-0", f"{CHANNEL}-CAP"
AGENT = "window-agent"
ACTION = "/odoo/action-oms_fulfillment.action_oms_import"


@pytest.fixture
def channel(odoo):
    """A shop whose T-shirt is known and whose cap is not."""
    shop.make_products(odoo, CHANNEL, 1)
    shop.make_user(odoo, AGENT, "oms_fulfillment.group_oms_agent")
    return shop.make_channel(odoo, CHANNEL, kind="marketplace")


@pytest.fixture
def file(tmp_path):
    """A Shopify export with SKUs that no other test makes products of."""
    text = (FIXTURES / "shopify_orders_export.csv").read_text()
    path = tmp_path / "shopify_orders_export.csv"
    path.write_text(text.replace("TEE-BLK-M", KNOWN).replace("CAP-RED", UNKNOWN))
    return path


def choose(page, file):
    """Open the window, choose channel and file, and have a look."""
    page.goto(ACTION)
    window = page.locator(".modal")
    field = window.locator("[name=channel_id] input")
    field.wait_for()
    if field.input_value() != CHANNEL.title():
        field.fill(CHANNEL.title())
        page.locator(".o-autocomplete--dropdown-item", has_text=CHANNEL.title()).first.click()
    window.locator("[name=file] input[type=file]").set_input_files(file)
    expect(window.locator("[name=file] input[type=text]")).to_have_value(file.name)
    window.locator("button[name=action_preview]").click()
    return window


def test_preview_import_and_the_same_file_again(odoo, pages, channel, file):
    page = pages.login("/odoo", AGENT, AGENT)
    window = choose(page, file)
    expect(window.locator("[name=total_count]")).to_have_text("3")
    unknown = window.locator(".o_data_row", has_text="1001")
    expect(unknown).to_contain_text(UNKNOWN)
    intakes = odoo.env["oms.intake"]
    assert not intakes.search([("channel_id", "=", channel)]), "a preview leaves nothing behind"

    window.locator("button[name=action_import]").click()
    page.wait_for_selector(".modal", state="detached")
    # the third one was cancelled at the shop before it was ever here
    row = page.locator(".o_list_view .o_data_row, .o_kanban_record", has_text="1001")
    expect(row.first).to_be_visible()
    assert len(intakes.search([("channel_id", "=", channel)])) == 2

    window = choose(page, file)
    expect(window.locator(".alert")).to_contain_text("imported before")
    expect(window.locator("[name=known_id]")).to_contain_text(file.name)
    expect(window.locator("button[name=action_import]")).to_have_count(0)
    assert len(intakes.search([("channel_id", "=", channel)])) == 2
