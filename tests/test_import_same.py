"""One file, imported in every way people do it, makes the same orders once.

Each export is imported whole, again, with its rows in random order, cut in two, and by four
processes at the same moment. The yardstick is one import of the untouched file into a channel of
its own.
"""

import base64
import csv
import io
import random
from pathlib import Path

import clients
import oms_dev as dev
import openpyxl
import pytest
import shop
from test_idempotent import stored

FIXTURES = Path(__file__).parents[1] / "oms_fulfillment" / "tests" / "fixtures"
FILES = {
    # file: (rows above the orders, column of the order number)
    "shopee_order_all.xlsx": (1, 0),
    "tiktok_orders.xlsx": (2, 0),
    "tiktok_orders.csv": (1, 0),
    "tokopedia_orders.xlsx": (5, 1),
    "lazada_orders.xlsx": (1, 12),
    "shopify_orders_export.csv": (1, 0),
}
CLIENTS = 4


def read(name):
    """The rows of a file as lists."""
    content = (FIXTURES / name).read_bytes()
    if name.endswith(".csv"):
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def write(rng, name, rows):
    """The rows as a file that no other file equals byte by byte, as with every new export."""
    if name.endswith(".csv"):
        stream = io.StringIO(newline="")
        csv.writer(stream).writerows(rows)
        return stream.getvalue().encode() + b"\n" * rng.randrange(10_000)
    book = openpyxl.Workbook()
    book.properties.title = str(rng.random())
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def shuffled(rng, name):
    """The file with its rows in random order."""
    above, _column = FILES[name]
    rows = read(name)
    return write(rng, name, rows[:above] + rng.sample(rows[above:], len(rows) - above))


def halves(rng, name):
    """The file cut in two between its orders, rows in random order."""
    above, column = FILES[name]
    rows = read(name)
    numbers = sorted({row[column] for row in rows[above:]})
    first = set(numbers[: len(numbers) // 2])
    parts = ([], [])
    for row in rng.sample(rows[above:], len(rows) - above):
        parts[row[column] in first].append(row)
    return [write(rng, name, rows[:above] + part) for part in parts]


def import_file(client, channel, name, content):
    """What the wizard's two buttons do; ``False`` when the file was known."""
    wizard = client.env["oms.import"].create(
        {
            "channel_id": channel,
            "file": base64.b64encode(content).decode(),
            "file_name": name,
            "scope": "all",
        }
    )
    clients.patiently(client.execute, "oms.import", "action_preview", [wizard])
    if client.env["oms.import"].read([wizard], ["state"])[0]["state"] == "known":
        return False
    clients.patiently(client.execute, "oms.import", "action_import", [wizard])
    return True


def import_all(client, barrier, share):
    channel, name, contents = share
    barrier.wait(300)
    for content in contents:
        import_file(client, channel, name, content)


@pytest.fixture(scope="module")
def rupiah(_admin):
    """A pricelist in rupiah, and products for the SKUs of the files; its id."""
    currencies = _admin.env["res.currency"].with_context(active_test=False)
    (currency,) = currencies.search([("name", "=", "IDR")])
    currencies.write([currency], {"active": True})
    for sku in ("TEE-BLK-M", "CAP-RED", "0012345", "GIFT-STK"):
        _admin.env["product.product"].create(
            {"name": sku, "default_code": sku, "is_storable": True, "taxes_id": [(6, 0, [])]}
        )
    return _admin.env["product.pricelist"].create({"name": "IDR", "currency_id": currency})


def make_channel(odoo, code, pricelist):
    return shop.make_channel(
        odoo, code, kind="file", payment_policy="escrow", pricelist_id=pricelist
    )


def test_same_orders_once(database, odoo, server, rupiah):
    rng = random.Random(11)
    for position, name in enumerate(FILES):
        content = (FIXTURES / name).read_bytes()
        yardstick = make_channel(odoo, f"YARD{position}", rupiah)
        assert import_file(odoo, yardstick, name, content)
        expected = stored(odoo, yardstick)
        assert len(expected) > 1

        channel = make_channel(odoo, f"SAME{position}", rupiah)
        for attempt in range(3):
            assert import_file(odoo, channel, f"{attempt}-{name}", content) == (attempt == 0)
        import_file(odoo, channel, name, shuffled(rng, name))
        for half in halves(rng, name):
            import_file(odoo, channel, name, half)
        assert stored(odoo, channel) == expected, name
        assert not waiting(odoo, channel), name

        split = make_channel(odoo, f"HALF{position}", rupiah)
        for half in halves(rng, name):
            import_file(odoo, split, name, half)
        assert stored(odoo, split) == expected, name


def test_four_processes_at_once(database, rupiah, odoo):
    rng = random.Random(12)
    with dev.Server(database, workers=CLIENTS, cron_threads=0, name="imports") as rush:
        for position, name in enumerate(FILES):
            yardstick = make_channel(odoo, f"ONCE{position}", rupiah)
            assert import_file(odoo, yardstick, name, (FIXTURES / name).read_bytes())
            expected = stored(odoo, yardstick)
            channel = make_channel(odoo, f"RUSH{position}", rupiah)
            shares = [
                (channel, name, [shuffled(rng, name), *halves(rng, name)]) for _n in range(CLIENTS)
            ]
            clients.run(rush, import_all, shares)
            assert stored(odoo, channel) == expected, name
            assert not waiting(odoo, channel), name
    rush.assert_only_conflicts()


def waiting(odoo, channel):
    return odoo.env["oms.intake"].search_read(
        [("channel_id", "=", channel), ("attention", "=", True)], ["external_id", "reason"]
    )


def test_a_long_file_goes_on_in_the_background(database, odoo, server, rupiah):
    name = "shopee_order_all.xlsx"
    headings, *rows = read(name)
    (row,) = (row for row in rows if row[headings.index("Status Pesanan")] == "Perlu Dikirim")
    rows = [[f"260704LONG{number:04}", *row[1:]] for number in range(510)]
    channel = make_channel(odoo, "LONG", rupiah)
    assert import_file(odoo, channel, name, write(random.Random(13), name, [headings, *rows]))
    files = odoo.env["oms.import.file"]
    (record,) = files.search_read([("channel_id", "=", channel)], ["state", "progress"])
    assert (record["state"], record["progress"]) == ("waiting", 0), "the wizard didn't wait for it"
    cron = odoo.env.ref("oms_fulfillment.cron_import").id
    clients.patiently(odoo.execute, "ir.cron", "method_direct_trigger", [cron])
    (record,) = files.read([record["id"]], ["state", "progress", "new_count"])
    assert (record["state"], record["progress"], record["new_count"]) == ("done", 100, 510)
    assert len(stored(odoo, channel)) == 510
