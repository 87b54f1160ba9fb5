from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.promise import Clock, Demand, Supply, allot, expected, is_short
from ..engine.share import NOBODY, claims
from ..exceptions import OmsRefusal

EPOCH = datetime(1970, 1, 1)


class OmsPromise(models.AbstractModel):
    """Gathers supply and demand for the promise: a few queries, whatever the number of orders."""

    _name = "oms.promise"
    _description = "Promise"

    @api.model
    def _plan(self, product_ids, warehouse_ids, asked=(), channel=None, partner=None):
        """Give out what is there and what comes; the oldest promise chooses first.

        :param asked: demand beyond the confirmed orders: ``(key, product, warehouse, units,
            not before)``; it comes after every confirmed order and leaves safety stock alone
        :param channel: database id of the channel that asks
        :param partner: database id of the customer who asks
        :return: ``({key: engine.promise.Answer}, {receipt: its name})``; the keys of confirmed
            demand are the ids of the stock moves that wait
        """
        if not product_ids or not warehouse_ids:
            return {}, {}
        places = {}
        stock = self.env["product.product"]._oms_stock(product_ids, warehouse_ids, channel=channel)
        holders = self.env["oms.stock.share"]._holders(
            channel, self.env["res.partner"].browse(partner or ())
        )
        for product, known in stock.items():
            for warehouse, figures in known.items():
                place = places.setdefault((product, warehouse), ([], []))
                place[0].append(Supply(None, max(figures.free, 0.0)))
                kept = Demand(("kept", product, warehouse), figures.safety, (1,), None, holders)
                place[1].append(kept)
        self._add_waiting(places, product_ids, warehouse_ids)
        for number, (key, product, warehouse, units, not_before) in enumerate(asked):
            demand = Demand(key, units, (2, number), not_before, holders)
            places.setdefault((product, warehouse), ([], []))[1].append(demand)
        names = {}
        if any(
            is_short(*place, self._claims(stock, key, place[0])) for key, place in places.items()
        ):
            names = self._add_receipts(places, product_ids, warehouse_ids)
        answers = {}
        for key, (supplies, demands) in places.items():
            answers.update(allot(supplies, demands, self._claims(stock, key, supplies)))
        return answers, names

    @api.model
    def _claims(self, stock, place, supplies):
        """Who may count on units in ``place`` (product, warehouse), now and when more comes."""
        product, warehouse = place
        figures = stock.get(product, {}).get(warehouse)
        if not figures or not figures.shares:
            return ()
        coming = sum(supply.units for supply in supplies)
        return claims(figures.shares, figures.reserved, coming, figures.used)

    @api.model
    def _add_receipts(self, places, product_ids, warehouse_ids):
        """Add what is planned to come; return ``{move id: name for people}``."""
        now = fields.Datetime.now()
        names = {}
        for move, product, warehouse, at, units, name in self.env.execute_query(
            SQL(
                "SELECT receipt.*, COALESCE(NULLIF(picking.origin, ''), picking.name, move.origin)"
                "  FROM (%s) AS receipt JOIN stock_move move ON move.id = receipt.move_id"
                "  LEFT JOIN stock_picking picking ON picking.id = move.picking_id"
                " ORDER BY receipt.date, receipt.move_id",
                self.env["product.product"]._oms_incoming_query(product_ids, warehouse_ids),
            )
        ):
            names[move] = name or ""
            place = places.setdefault((product, warehouse), ([], []))
            place[0].append(Supply(move, units, expected(at, now)))
        return names

    @api.model
    def _add_waiting(self, places, product_ids, warehouse_ids):
        """Add what confirmed orders wait for, in the order in which the allocator serves them."""
        shares = self.env["oms.stock.share"]
        for number, (move, product, warehouse, units, release, *who) in enumerate(
            self.env.execute_query(self._waiting_query(product_ids, warehouse_ids))
        ):
            holders = shares._holders_of_row(*who) if shares._shares() else NOBODY
            demand = Demand(move, units, (0, number), release, holders)
            places.setdefault((product, warehouse), ([], []))[1].append(demand)

    @api.model
    def _waiting_query(self, product_ids, warehouse_ids):
        return SQL(
            """
            SELECT move.id, move.product_id, place.warehouse_id,
                   move.product_qty * (1.0 - COALESCE(move.quantity, 0)
                                             / NULLIF(move.product_uom_qty, 0)),
                   %(release)s, %(holders)s
              FROM stock_move move
              JOIN stock_location place ON place.id = move.location_id
              JOIN stock_location dest ON dest.id = move.location_dest_id
              JOIN stock_warehouse warehouse ON warehouse.id = place.warehouse_id
              JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
         LEFT JOIN sale_order_line line ON line.id = move.sale_line_id
         LEFT JOIN sale_order ON sale_order.id = line.order_id
             WHERE move.product_id = ANY(%(products)s)
               AND place.warehouse_id = ANY(%(warehouses)s)
               AND place.parent_path LIKE stock.parent_path || '%%'
               AND dest.parent_path NOT LIKE stock.parent_path || '%%'
               AND move.state IN ('waiting', 'confirmed', 'partially_available')
               AND move.procure_method = 'make_to_stock'
               AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel rel
                                WHERE rel.move_dest_id = move.id)
          ORDER BY %(order)s
            """,
            release=self.env["oms.allocator"]._release_sql(),
            holders=self.env["oms.stock.share"]._holders_sql(),
            products=list(product_ids),
            warehouses=list(warehouse_ids),
            order=self.env["oms.allocator"]._order_sql(),
        )


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    promise_cutoff = fields.Float(
        string="Cut-off",
        help="Goods that are on the shelf by this hour of a working day leave that day; the days "
        "are those of the company's working schedule. 0: no cut-off, the hours above count.",
    )

    def _promise_clock(self):
        """Return the :class:`engine.promise.Clock` of this channel."""
        self.ensure_one()
        # sudo: nobody needs a right on working schedules to be told a date.
        company = self.sudo().company_id
        if not self.promise_cutoff:
            return Clock(hours=self.ship_by_hours, days=self.transit_days)
        calendar = company.resource_calendar_id
        worked = {int(line.dayofweek) for line in calendar.attendance_ids if line.dayofweek}
        zone = company.partner_id.tz or calendar.tz or "UTC"
        closed = set()
        for leave in calendar.global_leave_ids:
            day, end = (
                company._oms_local_date(moment) for moment in (leave.date_from, leave.date_to)
            )
            while day <= end:
                closed.add(day)
                day = fields.Date.add(day, days=1)
        return Clock(
            days=self.transit_days,
            cutoff=self.promise_cutoff,
            weekdays=frozenset(worked or range(7)),
            closed=frozenset(closed),
            zone=zone,
        )

    def _promise(self, asked, partner=None):
        """Return the earliest date at which everything asked for can be on one shelf.

        :param asked: list of ``(key, product, units)``; units in the product's own unit
        :param partner: database id of the customer, where known
        :return: ``{warehouse, ready, short, lines: {key: {at, short, source}}}`` of the warehouse
            that is first; ``ready`` is ``None`` when everything is there now; ``short`` when even
            what is planned does not suffice
        """
        self.ensure_one()
        places = self._available_warehouses()
        products = self.env["product.product"].concat(*(product for _key, product, _n in asked))
        demand = [
            ((place.id, key), product.id, place.id, units, product._oms_not_before(self))
            for place in places
            for key, product, units in asked
        ]
        answers, names = self.env["oms.promise"]._plan(
            products.ids, places.ids, demand, self.id, partner
        )
        options = []
        for place in places:
            lines = {}
            for key, _product, _units in asked:
                answer = answers[place.id, key]
                last = max(
                    (share for share in answer.shares if share.at),
                    key=lambda share: share.at,
                    default=None,
                )
                lines[key] = {
                    "at": last and last.at,
                    "short": answer.short,
                    "source": (last and names.get(last.supply)) or None,
                }
            options.append(
                {
                    "warehouse": place,
                    "ready": max(
                        (line["at"] for line in lines.values() if line["at"]), default=None
                    ),
                    "short": sum(line["short"] for line in lines.values()),
                    "lines": lines,
                }
            )
        return min(options, key=lambda option: (option["short"], option["ready"] or EPOCH))

    # RPC

    @api.model
    def promise(self, channel, items):
        """Say when orders would arrive, and from where, before anybody orders.

        :param str channel: channel code
        :param list items: ``{lines: [{sku, quantity}]}``; each item is asked for by itself
        :return: per item ``{status, id, name, warehouse, ships_at, arrives_at, lines: [{sku,
            quantity, ready_at, short, source}], errors}``; times are UTC, ``None`` when even what
            is planned does not suffice; ``ready_at`` is ``None`` for goods that are there,
            ``short`` the units that nothing planned brings, ``source`` the receipt that brings
            the last unit
        :raise OmsRefusal: ``unknown_channel``, ``access``; per item ``unknown_sku``,
            ``bad_quantity``
        """
        self._check_integration_access()
        # sudo: an integration reads no stock; the channel's company and warehouse limit the answer.
        channel = self._get_by_code(channel).sudo()
        return self.env["oms.rpc"]._run_items(items, channel._promise_item)

    def _promise_item(self, item):
        lines = item.get("lines") or []
        products = self._available_products([line.get("sku") for line in lines])
        by_sku = {product.default_code: product for product in products}
        asked = []
        for number, line in enumerate(lines):
            sku, units = line.get("sku"), line.get("quantity", 1)
            if sku not in by_sku:
                raise self._unknown_sku(sku)
            if isinstance(units, bool) or not isinstance(units, int | float) or not 0 < units < 1e9:
                raise OmsRefusal(
                    "bad_quantity",
                    self.env._("%(value)s is no quantity of %(sku)s.", value=units, sku=sku),
                    field="quantity",
                    next_step=self.env._("Send a number above 0."),
                )
            asked.append((number, by_sku[sku], float(units)))
        found = self._promise(asked)
        clock = self._promise_clock()
        ready = None if found["short"] else found["ready"] or fields.Datetime.now()
        text = fields.Datetime.to_string
        return {
            "id": self.id,
            "name": self.name,
            "warehouse": found["warehouse"].code,
            "ships_at": ready and text(clock.leaves(ready)),
            "arrives_at": ready and text(clock.arrives(ready)),
            "lines": [
                {
                    "sku": product.default_code,
                    "quantity": units,
                    "ready_at": text(found["lines"][number]["at"]) or None,
                    "short": found["lines"][number]["short"],
                    "source": found["lines"][number]["source"],
                }
                for number, product, units in asked
            ],
        }
