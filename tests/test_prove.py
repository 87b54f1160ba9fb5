"""scripts/prove says that a database adds up, and names what doesn't."""

import subprocess

import oms_dev as dev
import shop

CHANNEL = "PROVE"


def prove(database):
    return subprocess.run(
        [dev.ROOT / "scripts/prove", database],
        capture_output=True,
        text=True,
        check=False,
    )


def test_prove(server, odoo):
    products = shop.make_products(odoo, CHANNEL, 1)
    shop.put_in_stock(odoo, shop.main_warehouse(odoo), dict.fromkeys(products, 10))
    shop.make_marketplace(odoo, CHANNEL)
    order = shop.payload(
        1,
        [("PROVE-0", 2, 150000)],
        prefix=CHANNEL,
        paid_at=shop.ago(5),
        payment={"method": "escrow"},
    )
    shop.only(odoo.execute("oms.channel", "submit_orders", CHANNEL, [order]), "accepted")
    held = prove(server.database)
    assert held.returncode == 0, held.stdout + held.stderr
    assert "\n0 differences\n" in held.stdout
    spoil = "UPDATE account_move_line SET balance = balance %s 5 WHERE debit > 0"
    dev.psql(spoil % "+", server.database)
    try:
        broken = prove(server.database)
    finally:
        dev.psql(spoil % "-", server.database)
    assert broken.returncode == 1
    assert "I0 entries whose debit is not their credit" in broken.stderr


def test_no_such_database():
    answer = prove("oms_nowhere")
    assert answer.returncode == 1
    assert "there is no database oms_nowhere" in answer.stderr
