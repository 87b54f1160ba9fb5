"""The outside system: two logins, one that sets up what a shop has anyway, one that feeds it."""

from collections import Counter

import odoorpc
import odoorpc.error

from .real_plan import CHANNELS

CHUNK = 500
WAREHOUSE = "CKR"
# Goods of the demo whose category the new ones share.
LIKE = "TEE-BLK-M"
RETRY = ("SerializationFailure", "DeadlockDetected", "LockNotAvailable", "ConcurrencyError")


class Client:
    """`admin` makes products, channels and receipts; `api` only calls public methods."""

    def __init__(self, host, port, database):
        self.admin = odoorpc.ODOO(host, port=port, timeout=600)
        self.admin.login(database, "admin", "admin")
        self.api = odoorpc.ODOO(host, port=port, timeout=600)
        self.api.login(database, "api", "demo")

    def call(self, model, method, *args):
        """Call a public method; a request that lost a race, or whose connection broke, is sent
        again, as clients do: nothing is done twice."""
        for attempt in range(5):
            try:
                return self.api.execute(model, method, *args)
            except odoorpc.error.RPCError as error:
                name = ((error.info or {}).get("data") or {}).get("name", "")
                if attempt == 4 or not name.endswith(RETRY):
                    raise
            except OSError:
                if attempt == 4:
                    raise
        return None

    def submit(self, channel, payloads):
        return self.call("oms.channel", "submit_orders", channel, payloads)

    # WHAT A SHOP HAS ANYWAY

    def known_orders(self):
        """How many baskets earlier runs brought."""
        return self.admin.env["oms.intake"].search_count(
            [("channel_id.code", "in", list(CHANNELS))]
        )

    def set_up(self, plans):
        self._channels()
        self._products(plans)

    def _channels(self):
        Channel = self.admin.env["oms.channel"]
        known = {row["code"] for row in Channel.search_read([], ["code"])}
        (like,) = Channel.search_read(
            [("code", "=", "SHOPEE")],
            [
                "warehouse_id",
                "clearing_journal_id",
                "cod_journal_id",
                "settlement_journal_id",
                "fee_account_id",
                "discount_product_id",
                "shipping_product_id",
            ],
        )
        shared = {key: value[0] for key, value in like.items() if isinstance(value, list)}
        for code, (name, kind, policy, trigger, waits, _share) in CHANNELS.items():
            if code not in known:
                Channel.create(
                    {
                        **shared,
                        "name": name,
                        "code": code,
                        "kind": kind,
                        "payment_policy": policy,
                        "invoice_trigger": trigger,
                        "waits_payout": waits,
                        "return_days": 60,
                        "sequence": 90,
                    }
                )

    def _products(self, plans):
        Product = self.admin.env["product.product"]
        names = {line["sku"]: line for plan in plans for line in plan.basket["lines"]}
        known = {
            row["default_code"]
            for row in Product.search_read([("default_code", "=like", "CJ-%")], ["default_code"])
        }
        (like,) = Product.search_read([("default_code", "=", LIKE)], ["categ_id"])
        new = [
            {
                "name": line["name"],
                "default_code": sku,
                "categ_id": like["categ_id"][0],
                "type": "consu",
                "is_storable": True,
                "list_price": line["unit_price"],
                "standard_price": round(line["unit_price"] * 0.7),
                "taxes_id": [(6, 0, [])],
                "invoice_policy": "delivery",
            }
            for sku, line in sorted(names.items())
            if sku not in known
        ]
        for start in range(0, len(new), CHUNK):
            Product.create(new[start : start + CHUNK])

    def receive(self, plans, short, rest):
        """Receive what the baskets need, a half before the orders come and the rest after.

        Products in `short` stay out: their orders wait.
        """
        needed = Counter()
        for plan in plans:
            for line in plan.basket["lines"]:
                if line["sku"] not in short:
                    needed[line["sku"]] += line["quantity"]
        units = {
            sku: count - count // 2 if not rest else count // 2 for sku, count in needed.items()
        }
        units = {sku: count for sku, count in units.items() if count}
        ids = {
            row["default_code"]: (row["id"], row["uom_id"][0])
            for row in self.admin.env["product.product"].search_read(
                [("default_code", "in", list(units))], ["default_code", "uom_id"]
            )
        }
        (kind,) = self.admin.env["stock.picking.type"].search_read(
            [("warehouse_id.code", "=", WAREHOUSE), ("code", "=", "incoming")],
            ["default_location_src_id", "default_location_dest_id"],
        )
        places = {
            "location_id": kind["default_location_src_id"][0],
            "location_dest_id": kind["default_location_dest_id"][0],
        }
        moves = [
            {
                **places,
                "product_id": ids[sku][0],
                "product_uom": ids[sku][1],
                "product_uom_qty": count,
                "quantity": count,
                "picked": True,
            }
            for sku, count in sorted(units.items())
        ]
        for start in range(0, len(moves), CHUNK):
            self._receive_chunk(kind["id"], places, moves[start : start + CHUNK])

    def _receive_chunk(self, kind, places, moves):
        Picking = self.admin.env["stock.picking"]
        picking = Picking.create(
            {
                **places,
                "picking_type_id": kind,
                "origin": "Real baskets",
                "move_ids": [(0, 0, move) for move in moves],
            }
        )
        self.admin.execute("stock.picking", "action_confirm", [picking])
        done = self.admin.execute("stock.picking", "button_validate", [picking])
        assert done is True, done

    # READING

    def finished_orders(self, plans):
        """`{external id: what the buyer pays}` for orders of which only money is open."""
        return {
            answer["external_id"]: round(answer["money"]["invoiced"] - answer["money"]["credited"])
            for answer in self.snapshots(plans)
            if answer["stage"] in ("payment", "done")
        }

    def snapshots(self, plans):
        names = [plan.reference for plan in plans]
        answers = []
        for start in range(0, len(names), 100):
            chunk = names[start : start + 100]
            answers += self.call("sale.order", "oms_snapshot", chunk)
        return answers
