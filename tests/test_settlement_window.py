"""A file of payouts in its window: looked at, imported, refused the second time."""

from pathlib import Path

import odoorpc
import pytest
import shop
from playwright.sync_api import expect

FIXTURE = (
    Path(__file__).parents[1] / "oms_fulfillment" / "tests" / "fixtures" / "shopee_income_2025.xlsx"
)
CHANNEL = "PAYOUTS"
FINANCE, AGENT = "payouts-finance", "payouts-agent"
ACTION = "/odoo/action-oms_fulfillment.action_oms_settlement_import"


@pytest.fixture
def channel(odoo):
    shop.make_user(odoo, FINANCE, "oms_fulfillment.group_oms_finance")
    return shop.make_channel(odoo, CHANNEL, kind="marketplace")


def choose(page):
    """Open the window, choose channel and file, and have a look."""
    page.goto(ACTION)
    window = page.locator(".modal")
    field = window.locator("[name=channel_id] input")
    field.wait_for()
    field.fill(CHANNEL.title())
    page.locator(".o-autocomplete--dropdown-item", has_text=CHANNEL.title()).first.click()
    window.locator("[name=file] input[type=file]").set_input_files(FIXTURE)
    expect(window.locator("[name=file] input[type=text]")).to_have_value(FIXTURE.name)
    window.locator("button[name=action_preview]").click()
    return window


def test_preview_import_and_the_same_file_again(odoo, pages, channel):
    page = pages.login("/odoo", FINANCE, FINANCE)
    window = choose(page)
    expect(window.locator("[name=total_count]")).to_have_text("5")
    expect(window.locator("[name=unmatched_count]")).to_have_text("5")
    expect(window.locator("[name=control_ids]")).to_contain_text("242,317")
    lines = odoo.env["oms.settlement.line"]
    assert not lines.search([("channel_id", "=", channel)]), "a preview leaves nothing behind"

    window.locator("button[name=action_import]").click()
    page.wait_for_selector(".modal", state="detached")
    expect(page.locator("[name=unmatched_count]").first).to_have_text("5")
    assert len(lines.search([("channel_id", "=", channel), ("state", "=", "unmatched")])) == 5
    page.goto("/odoo/oms-settlements")
    page.locator(".o_data_row").first.click()
    page.wait_for_selector(".o_form_view")
    page.goto("/odoo/action-oms_fulfillment.action_oms_cod_outstanding")
    page.wait_for_selector(".o_list_view")

    window = choose(page)
    expect(window.locator(".alert")).to_contain_text("imported before")
    expect(window.locator("button[name=action_import]")).to_have_count(0)


def test_only_finance_imports(odoo, server):
    shop.make_user(odoo, AGENT, "oms_fulfillment.group_oms_agent")
    client = shop.connect(server.port, server.database, AGENT, AGENT)
    for model in ("oms.settlement.import", "oms.settlement.file", "oms.held.money"):
        refused = pytest.raises(odoorpc.error.RPCError)
        with server.expect_log("not allowed|Access"), refused:
            client.env[model].search_count([])
    answer = client.env["oms.settlement"].submit_lines(CHANNEL, "P-1", [{"order": "X", "net": 1}])
    assert answer[0]["errors"][0]["code"] == "access", answer
