"""What the end-to-end tests sell, to whom, and how they read the answers."""

import base64
import hashlib
import json
import secrets
from datetime import datetime, timedelta, timezone

import odoorpc
import oms_dev as dev
from odoorpc.env import Environment


class Client(odoorpc.ODOO):
    """An odoorpc that calls with the session of its login, as a browser does.

    By itself it sends the password with every call. Odoo then takes 0.4 s to hash it, on each of
    its workers, whenever a change of rights or settings made it forget the last time. The
    examples of docs/ are run as they are, with odoorpc itself.
    """

    def login(self, db, login="admin", password="admin"):
        params = {"db": db, "login": login, "password": password}
        info = self.json("/web/session/authenticate", params)["result"]
        self._env = Environment(self, db, info["uid"], context=info["user_context"])
        self._login, self._password = login, password

    def execute_kw(self, model, method, args=None, kwargs=None):
        params = {"model": model, "method": method, "args": args or [], "kwargs": kwargs or {}}
        return self.json("/web/dataset/call_kw", params).get("result")

    def execute(self, model, method, *args):
        return self.execute_kw(model, method, args)


def connect(port, database, login="admin", password="admin", timeout=300):
    client = Client("127.0.0.1", port=port, timeout=timeout)
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
    """A user with the password ``login`` and these groups (external ids).

    OdooBot doesn't greet them: its chat window would open over the screen, at once or later.
    """
    ids = [odoo.env.ref(group).id for group in groups]
    return odoo.env["res.users"].create(
        {
            "name": login,
            "login": login,
            "password": login,
            "group_ids": [(6, 0, ids)],
            "odoobot_state": "disabled",
            **values,
        }
    )


def make_api_key(server, user):
    """A key for JSON-2, as the user's preferences make it, but without the password window."""
    key = secrets.token_hex(20)
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", key.encode(), salt, 6000)
    parts = (base64.b64encode(part, b"./").decode().rstrip("=") for part in (salt, digest))
    hashed = "$".join(("$pbkdf2-sha512$6000", *parts))
    dev.psql(
        "INSERT INTO res_users_apikeys (name, user_id, scope, key, index) "
        f"VALUES ('shop', {int(user)}, 'rpc', '{hashed}', '{key[:8]}')",
        server.database,
    )
    return key


def open_door(odoo, channel):
    """Give a channel its address and key for orders by HTTP."""
    odoo.execute("oms.channel", "action_door_open", [channel])
    fields = ["door_token", "door_key"]
    (door,) = odoo.env["oms.channel"].read([channel], fields)
    url = f"http://127.0.0.1:{odoo.port}/oms/intake/{door['door_token']}"
    return {"door_url": url, "door_key": door["door_key"]}


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


def pretty(value):
    return json.dumps(value, indent=1, default=str)
