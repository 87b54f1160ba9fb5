"""docs/api.md is true: its examples run, in order, on a live server."""

import re
from pathlib import Path

import pytest
import shop

PAGE = Path(__file__).parent.parent / "docs" / "api.md"


def examples():
    """Return the page's Python blocks as ``(line number, code)``."""
    text = PAGE.read_text(encoding="utf-8")
    return [
        (text[: match.start()].count("\n") + 2, match.group(1))
        for match in re.finditer(r"```python\n(.*?)```", text, re.S)
    ]


@pytest.fixture
def docs_channel(server, odoo):
    """What the page takes for granted: a channel that holds money, a product, a user."""
    channel = shop.make_marketplace(odoo, "DOCS", outbox_mode="pull")
    product = shop.make_products(odoo, "DOC", 1, default_code="DOC-MUG")[0]
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), {product: 20})
    user = shop.make_user(odoo, "integration", "oms_fulfillment.group_oms_integration")
    return {"api_key": shop.make_api_key(server, user), **shop.open_door(odoo, channel)}


def test_examples_of_the_api_page_run(server, odoo, docs_channel):
    currency = odoo.env["res.company"].read([1], ["currency_id"])[0]["currency_id"][1]
    scope = {
        "host": "127.0.0.1",
        "port": server.port,
        "database": server.database,
        "currency": currency,
        **docs_channel,
    }
    blocks = examples()
    assert len(blocks) > 8
    for line, code in blocks:
        exec(compile("\n" * (line - 1) + code, str(PAGE), "exec"), scope)
