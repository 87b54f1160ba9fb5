"""The people and systems of the shop: each method takes items and returns one answer per item.

Everything is done by public methods, with the rights of the user whose work it is.
"""

from .theatre import DemoError, check, iso


class Hands:
    def __init__(self, shop, clock):
        self.shop = shop
        self.clock = clock

    def _model(self, login, name):
        return self.shop.as_user(login)[name]

    # OTHER SYSTEMS

    def submit(self, items):
        """Items: `(channel, canonical order)`."""
        return self._by_channel(
            items, lambda *args: self._model("api", "oms.channel").submit_orders(*args)
        )

    def cancel(self, items):
        """Items: `(channel, {external_id, reason})`."""
        answers = self._by_channel(
            items, lambda *args: self._model("api", "oms.channel").cancel_orders(*args)
        )
        return check(answers, "cancelled")

    def _by_channel(self, items, call):
        answers = {}
        for channel in dict.fromkeys(channel for channel, _item in items):
            places = [place for place, item in enumerate(items) if item[0] == channel]
            answers |= zip(places, call(channel, [items[p][1] for p in places]), strict=True)
        return [answers[place] for place in range(len(items))]

    def events(self, items):
        """Items: lists of tracking events; what couriers send comes as one call."""
        flat = [event for events in items for event in events]
        answers = iter(self._model("api", "oms.shipment").push_events(flat))
        results = [[next(answers) for _event in events] for events in items]
        for result in results:
            check(result, "recorded", "duplicate", "waiting")
        return results

    # WAREHOUSE

    def ship(self, items):
        return check(self._model("gudang", "oms.fulfillment").ship(items), "shipped")

    def ship_3pl(self, items):
        return check(self._model("3pl", "oms.fulfillment").ship(items), "shipped")

    def deliver(self, items):
        return check(self._model("gudang", "oms.fulfillment").mark_delivered(items), "delivered")

    def pick(self, items):
        """Items: order ids; the buttons Pick, and Pack where the second value says so."""
        for order, pack in items:
            order = self._model("gudang", "sale.order").browse(order)
            order.oms_fulfillment_ids.action_pick()
            if pack:
                order.oms_fulfillment_ids.action_pack()
        return items

    def announce_receipt(self, items):
        """Items: `(warehouse code, {sku: units}, due, origin)`: a planned receipt."""
        return [self._receipt(*item) for item in items]

    def _receipt(self, code, units, due, origin):
        env = self.shop.as_user("gudang")
        warehouse = env["stock.warehouse"].browse(self.shop.warehouses[code].id)
        kind = warehouse.in_type_id
        places = {
            "location_id": env.ref("stock.stock_location_suppliers").id,
            "location_dest_id": kind.default_location_dest_id.id,
        }
        picking = env["stock.picking"].create(
            {
                **places,
                "picking_type_id": kind.id,
                "origin": origin,
                "scheduled_date": due,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            **places,
                            "product_id": self.shop.products[sku].id,
                            "product_uom_qty": quantity,
                            "product_uom": self.shop.products[sku].uom_id.id,
                            "date": due,
                        },
                    )
                    for sku, quantity in units.items()
                ],
            }
        )
        picking.action_confirm()
        return picking.id

    def receive_stock(self, items):
        """Items: ids of planned receipts, all of which came."""
        pickings = self._model("gudang", "stock.picking").browse(items)
        for picking in pickings:
            picking.move_ids.picked = True
            if (
                picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
                is not True
            ):
                raise DemoError(f"{picking.name} could not be received")
        return items

    # CUSTOMERS AND AGENTS

    def accept(self, items):
        return check(self._model("api", "sale.order").oms_accept(items), "accepted", "duplicate")

    def draft(self, items):
        """Items: partner names; an agent begins a telephone order and is interrupted."""
        env = self.shop.as_user("admin-pesanan")
        return [
            env["sale.order"]
            .create(
                {
                    "partner_id": env["res.partner"].create({"name": name}).id,
                    "oms_channel_id": self.shop.channels["TELP"].id,
                }
            )
            .id
            for name in items
        ]

    def confirm(self, items):
        """Items: order ids; the agent looked at them and they are right."""
        self._model("admin-pesanan", "sale.order").browse(items).action_confirm()
        return items

    def hold(self, items):
        """Items: `(order id, reason)`; somebody stops an order by hand."""
        env = self.shop.as_user("admin-pesanan")
        code = env["oms.hold.code"].search([("code", "=", "manual")])
        return [
            env["oms.hold"].create({"order_id": order, "code_id": code.id, "reason": reason}).id
            for order, reason in items
        ]

    def release(self, items):
        """Items: `(order id, hold code, login, reason)`."""
        for order, code, login, reason in items:
            holds = self._model(login, "oms.hold").search(
                [("order_id", "=", order), ("code", "=", code), ("state", "=", "active")]
            )
            holds.release(reason)
        return items

    def map_sku(self, items):
        """Items: `(channel, channel SKU, our SKU, units)`."""
        env = self.shop.as_user("admin-pesanan")
        return (
            env["oms.channel.product"]
            .create(
                [
                    {
                        "channel_id": self.shop.channels[channel].id,
                        "sku": sku,
                        "product_id": self.shop.products[own].id,
                        "quantity": units,
                    }
                    for channel, sku, own, units in items
                ]
            )
            .ids
        )

    def import_file(self, items):
        """Items: `(channel, file name, base64)`; preview, then import everything."""
        env = self.shop.as_user("admin-pesanan")
        for channel, name, content in items:
            wizard = env["oms.import"].create(
                {
                    "channel_id": self.shop.channels[channel].id,
                    "file_name": name,
                    "file": content,
                    "scope": "open",
                }
            )
            wizard.action_preview()
            wizard.action_import()
        return items

    # RETURNS

    def request_return(self, items):
        return check(self._model("api", "oms.return").request(items), "requested")

    def approve_return(self, items):
        return check(self._model("admin-pesanan", "oms.return").approve(items), "approved")

    def decline_return(self, items):
        return check(self._model("admin-pesanan", "oms.return").decline(items), "declined")

    def receive_return(self, items):
        return check(self._model("gudang", "oms.return").receive(items), "received")

    def inspect_return(self, items):
        return check(self._model("gudang", "oms.return").inspect(items), "inspected", "duplicate")

    def resolve_return(self, items):
        return check(self._model("keuangan", "oms.return").resolve(items), "resolved")

    # MONEY

    def settle(self, items):
        """Items: `(channel, reference, lines, statuses)`."""
        Settlement = self._model("keuangan", "oms.settlement")
        return [
            check(Settlement.submit_lines(channel, reference, lines), *statuses) if lines else []
            for channel, reference, lines, *statuses in items
        ]

    def collect(self, items):
        """Items: lists of order ids whose buyers paid their invoice into the bank."""
        env = self.shop.as_user("keuangan")
        for ids in items:
            for order in env["sale.order"].browse(ids):
                invoices = order.invoice_ids.filtered(lambda move: move.state == "posted")
                env["account.payment.register"].with_context(
                    active_model="account.move", active_ids=invoices.ids
                ).create({"journal_id": self.shop.bank.id}).action_create_payments()
        return items

    def nightly(self, items):
        """What Odoo's scheduler does at night: silence counts as acceptance."""
        self.shop.env["sale.order"]._cron_oms_advance()
        return items

    # READING

    def waiting_for(self, channel, blocker, older_than):
        """Ids of orders of a channel that wait for money since before a moment."""
        return (
            self._model("keuangan", "sale.order")
            .search(
                [
                    ("oms_channel_id.code", "=", channel),
                    ("oms_blocker", "=", blocker),
                    ("oms_stage_since", "<", iso(older_than)[:19].replace("T", " ")),
                ]
            )
            .ids
        )
