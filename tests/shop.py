"""What the end-to-end tests sell, and many clients who buy it at the same time."""

import json
import multiprocessing
import queue
import time
import urllib.error
from datetime import datetime, timedelta, timezone

import odoorpc
import odoorpc.error

# Spawned, not forked: the client processes share nothing with the test but a barrier.
_processes = multiprocessing.get_context("spawn")


def connect(port, database, login="admin", password="admin", timeout=300):
    client = odoorpc.ODOO("127.0.0.1", port=port, timeout=timeout)
    client.login(database, login, password)
    return client


# -------------------------------------------------------------------- catalogue


def make_products(odoo, prefix, count, **values):
    """Storable products PREFIX-0, PREFIX-1... without taxes; their ids."""
    return odoo.env["product.product"].create(
        [
            {
                "name": f"{prefix} {number}",
                "default_code": f"{prefix}-{number}",
                "is_storable": True,
                "list_price": 10000 + 1000 * number,
                "taxes_id": [(6, 0, [])],
                "invoice_policy": "delivery",
                **values,
            }
            for number in range(count)
        ]
    )


def main_warehouse(odoo):
    (found,) = odoo.env["stock.warehouse"].search_read(
        [("company_id", "=", 1)], ["lot_stock_id", "code"], limit=1, order="id"
    )
    return found


def second_warehouse(odoo, code="WHX"):
    ids = odoo.env["stock.warehouse"].search([("code", "=", code)])
    ids = ids or [odoo.env["stock.warehouse"].create({"name": f"Warehouse {code}", "code": code})]
    return odoo.env["stock.warehouse"].read(ids, ["lot_stock_id", "code"])[0]


def put_in_stock(odoo, warehouse, quantities):
    """Count {product id: units} into a warehouse, as an inventory adjustment."""
    quants = odoo.env["stock.quant"].with_context(inventory_mode=True)
    ids = quants.create(
        [
            {
                "product_id": product,
                "location_id": warehouse["lot_stock_id"][0],
                "inventory_quantity": units,
            }
            for product, units in quantities.items()
        ]
    )
    quants.action_apply_inventory(ids)


def make_buyer(odoo, name="Siti Rahma", **values):
    country = odoo.env["res.country"].search([("code", "=", "ID")])[0]
    return odoo.env["res.partner"].create(
        {
            "name": name,
            "phone": "+62 812 0000 1111",
            "street": "Jl. Melati 1",
            "city": "Bandung",
            "zip": "40111",
            "country_id": country,
            **values,
        }
    )


def make_channel(odoo, code, **values):
    """A channel whose orders need no hold: paid by invoice, confirmed by the caller."""
    return odoo.env["oms.channel"].create(
        {
            "name": code.title(),
            "code": code,
            "kind": "api",
            "warehouse_id": main_warehouse(odoo)["id"],
            "payment_policy": "terms",
            "invoice_trigger": "accept",
            "auto_confirm": False,
            **values,
        }
    )


def make_marketplace(odoo, code, **values):
    """A channel that keeps the buyers' money until it pays out, with the accounts it needs."""
    accounts = odoo.env["account.account"]
    held = accounts.create(
        {
            "name": f"Held by {code}",
            "code": f"1181{number_of(code)}",
            "account_type": "asset_current",
            "reconcile": True,
        }
    )
    fees = accounts.create(
        {"name": f"Fees of {code}", "code": f"6281{number_of(code)}", "account_type": "expense"}
    )
    journals = odoo.env["account.journal"]
    clearing, bank = (
        journals.create({"name": f"{name} {code}", "code": f"{name[0]}{number_of(code)}", **kind})
        for name, kind in (("Clearing", {"type": "bank"}), ("Payouts", {"type": "bank"}))
    )
    lines = odoo.env["account.payment.method.line"]
    found = lines.search([("journal_id", "=", clearing), ("payment_type", "=", "inbound")])
    lines.write(found, {"payment_account_id": held})
    return make_channel(
        odoo,
        code,
        kind="marketplace",
        auto_confirm=True,
        payment_policy="escrow",
        invoice_trigger="ship",
        clearing_journal_id=clearing,
        settlement_journal_id=bank,
        fee_account_id=fees,
        waits_payout=True,
        **values,
    )


def number_of(code):
    """Three digits that differ for channels of different codes: accounts need numbers."""
    return f"{sum(ord(letter) * place for place, letter in enumerate(code, 1)) % 1000:03}"


def make_user(odoo, login, *groups, **values):
    """A user with the password ``login`` and these groups (external ids)."""
    ids = [odoo.env.ref(group).id for group in groups]
    return odoo.env["res.users"].create(
        {
            "name": login,
            "login": login,
            "password": login,
            "group_ids": [(6, 0, ids)],
            **values,
        }
    )


def ago(hours):
    """ISO 8601 with an offset, as the public methods want their times."""
    moment = datetime.now(timezone.utc) - timedelta(hours=hours)
    return moment.replace(microsecond=0).isoformat()


def only(answers, *statuses):
    """The one answer of a call with one item, which must have one of these statuses."""
    (answer,) = answers
    assert answer["status"] in statuses, pretty(answer)
    assert bool(answer["errors"]) == (answer["status"] in ("error", "quarantined")), pretty(answer)
    return answer


def payload(number, lines, prefix="ORD", **values):
    """A canonical order. ``lines`` is [(sku, quantity, unit price)]; the total is stated."""
    goods = sum(quantity * price for _sku, quantity, price in lines)
    return {
        "external_id": f"{prefix}-{number}",
        "revision": 1,
        "status": "placed",
        "ordered_at": ago(96),
        "buyer": {"external_id": f"{prefix}-B{number}", "name": f"Pembeli {number}"},
        "ship_to": {
            "name": f"Pembeli {number}",
            "phone": "+62 812 0000 2222",
            "street": f"Jl. Kenanga {number}",
            "city": "Surabaya",
            "province": "Jawa Timur",
            "postal_code": "60111",
            "country": "ID",
        },
        "lines": [
            {"line_id": str(index), "sku": sku, "quantity": quantity, "unit_price": price}
            for index, (sku, quantity, price) in enumerate(lines, 1)
        ],
        "payment": {"method": "terms"},
        "totals": {"total": goods},
        **values,
    }


# ------------------------------------------------------------------ many clients


def run_clients(server, target, shares, timeout=600):
    """Run ``target(client, barrier, share)`` in one operating system process per share.

    Each process logs in by itself, at the server's own port. Returns their return values in order; the first exception of a
    client is raised here.
    """
    barrier = _processes.Barrier(len(shares))
    answers = _processes.Queue()
    clients = [
        _processes.Process(
            target=_run_client,
            args=(server.http_port, server.database, target, barrier, share, number, answers),
        )
        for number, share in enumerate(shares)
    ]
    for client in clients:
        client.start()
    try:
        return _collect(clients, answers, time.monotonic() + timeout)
    finally:
        for client in clients:
            client.kill()
            client.join()


def _collect(clients, answers, deadline):
    results = {}
    while len(results) < len(clients):
        try:
            number, error, result = answers.get(timeout=1)
        except queue.Empty:
            dead = [n for n, c in enumerate(clients) if c.exitcode and n not in results]
            assert not dead, f"client processes {dead} died"
            assert time.monotonic() < deadline, "the clients did not come to an end"
            continue
        if error:
            raise AssertionError(f"client {number}: {error}")
        results[number] = result
    return [results[number] for number in range(len(clients))]


def _run_client(port, database, target, barrier, share, number, answers):
    try:
        result = target(connect(port, database), barrier, share)
        answers.put((number, None, result))
    except BaseException as error:
        barrier.abort()
        answers.put((number, f"{error!r} {getattr(error, 'info', '')}", None))
        raise


LOST_RACES = ("SerializationFailure", "DeadlockDetected", "LockNotAvailable", "ConcurrencyError")


def patiently(call, *args, tries=10):
    """What every sensible client does: a request that lost a race is sent again."""
    for remaining in reversed(range(tries)):
        try:
            return call(*args)
        except odoorpc.error.RPCError as error:
            kind = (error.info or {}).get("data", {}).get("name", "")
            if not remaining or not kind.endswith(LOST_RACES):
                raise
        except (TimeoutError, urllib.error.URLError):
            if not remaining:
                raise


# ------------------------------------------------------------------------- rush


def place_and_confirm(client, barrier, orders):
    """Create the orders, wait for everybody else, then confirm them one request each."""
    sale = client.env["sale.order"]
    ids = sale.create(orders)
    barrier.wait(300)
    for order in ids:
        patiently(client.execute, "sale.order", "action_confirm", [order])
    return ids


def submit(client, barrier, share):
    """Submit payloads in requests of ``size``; the answers in the order of the payloads."""
    channel, payloads, size = share
    answers = []
    barrier.wait(300)
    for start in range(0, len(payloads), size):
        answers += patiently(
            client.execute,
            "oms.channel",
            "submit_orders",
            channel,
            payloads[start : start + size],
        )
    return answers


def deal(cards, hands):
    """Deal a list out to ``hands`` lists."""
    return [cards[hand::hands] for hand in range(hands)]


def pretty(value):
    return json.dumps(value, indent=1, default=str)
