"""The server is killed while a payout is being posted: whole batches are in the books, nothing is
there twice, and the rest follows.

OMS_POSTINGS=5000 sets the number of lines (default 200).
"""

import os
import random
import time

import oms_dev as dev
import shop
from test_nothing_lost import Server, wait_until

LINES = int(os.environ.get("OMS_POSTINGS", "200"))
KILLS = max(2, LINES // 500)
SECONDS = 900
GROSS, FEE = 92_000, 7_000


def set_up(odoo, name):
    """A channel, and an order for every line, as an escrow payout finds them."""

    def account(code, kind):
        return odoo.env["account.account"].create(
            {"code": code, "name": code, "account_type": kind}
        )

    bank = odoo.env["account.journal"].create({"name": "Bank", "code": "BNKX", "type": "bank"})
    channel = shop.make_channel(
        odoo,
        "POSTED",
        payment_policy="escrow",
        settlement_journal_id=bank,
        fee_account_id=account("628109", "expense"),
        settle_after_days=1,
    )
    product = odoo.env["product.product"].create(
        {"name": "Service", "type": "service", "taxes_id": False}
    )
    first = odoo.env["sale.order"].create(
        {
            "partner_id": odoo.env["res.partner"].create({"name": "Buyer"}),
            "oms_channel_id": channel,
            "oms_external_id": "POSTED-0",
            "order_line": [(0, 0, {"product_id": product, "price_unit": GROSS})],
        }
    )
    skipped = "'id', 'name', 'oms_external_id', 'access_token'"
    columns = dev.psql(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        f" WHERE table_name = 'sale_order' AND column_name NOT IN ({skipped})",
        name,
    )[0][0]
    dev.psql(
        f"INSERT INTO sale_order (name, oms_external_id, {columns})"
        f" SELECT 'P' || n, 'POSTED-' || n, {columns} FROM sale_order,"
        f" generate_series(1, {LINES - 1}) n WHERE id = {first}",
        name,
    )
    return bank


def submit(odoo, *statuses):
    lines = [
        {"order": f"POSTED-{number}", "gross": GROSS, "fees": {"commission": FEE},
         "net": GROSS - FEE}
        for number in range(LINES)
    ]  # fmt: skip
    for start in range(0, LINES, 500):
        answers = odoo.execute(
            "oms.settlement", "submit_lines", "POSTED", "PAYOUT-1", lines[start : start + 500]
        )
        assert {answer["status"] for answer in answers} <= {*statuses}, answers[:2]


def let_post(odoo, name):
    """The days of waiting are over: the scheduled job may begin."""
    dev.psql("UPDATE oms_settlement_line SET post_from = now() - interval '1 day'", name)
    cron = odoo.env.ref("oms_fulfillment.cron_settlement_post").id
    odoo.env["ir.cron"].write([cron], {"nextcall": "2026-01-01 00:00:00"})


def posted(name):
    query = "SELECT count(*) FROM oms_settlement_line WHERE move_id IS NOT NULL"
    return int(dev.psql(query, name)[0][0])


def test_every_line_is_posted_once_whatever_dies():
    rng = random.Random(20261126)
    deadline = time.monotonic() + SECONDS
    with dev.fresh_database() as name:
        server = Server(name, workers=2, cron_threads=2, name="posted")
        server.start()
        try:
            odoo = shop.connect(server.port, name)
            bank = set_up(odoo, name)
            submit(odoo, "matched", "new")
            assert not posted(name), "a payout waits for later files"
            let_post(odoo, name)
            seen = []
            for kill in range(KILLS):
                aim = LINES * kill // KILLS
                wait_until(lambda aim=aim: posted(name) >= aim, "the postings", deadline)
                time.sleep(rng.random())
                server.kill()
                seen.append(posted(name))
                server.start()
                odoo = shop.connect(server.port, name)
                let_post(odoo, name)
            wait_until(lambda: posted(name) == LINES, "the rest", deadline)
            assert seen[0] < LINES, "it was killed before it had ended"
            check(odoo, name, bank)
            submit(odoo, "duplicate")
            check(odoo, name, bank)
        finally:
            server.stop()


def check(odoo, name, bank):
    """Each order once, the bank's total, nothing left open, and the proof."""
    doubled = dev.psql(
        "SELECT count(*) FROM (SELECT oms_settlement_line_id, count(DISTINCT move_id) AS moves"
        " FROM account_move_line WHERE oms_settlement_line_id IS NOT NULL"
        " GROUP BY 1 HAVING count(DISTINCT move_id) > 1) twice",
        name,
    )
    assert doubled == [["0"]]
    items = odoo.env["account.move.line"].search_read(
        [("journal_id", "=", bank), ("oms_order_id", "=", False)], ["balance", "move_id"]
    )
    assert sum(item["balance"] for item in items) == LINES * (GROSS - FEE)
    fees = odoo.env["account.move.line"].search_count([("oms_fee_family", "=", "commission")])
    assert fees == LINES
    states = odoo.env["oms.settlement.line"].search_count([("state", "=", "matched")])
    assert states == LINES
    assert odoo.execute("oms.proof", "run") == []
