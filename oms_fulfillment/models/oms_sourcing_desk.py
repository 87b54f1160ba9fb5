"""The facts that the sourcing needs, gathered for a batch; its rules are in engine/sourcing.py."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields

from ..adapters.region import normalise_province
from ..engine import distance, sourcing
from ..engine.share import NOBODY

# Goods that are not counted are everywhere; kilometres that nobody knows are many.
PLENTY = 1e9
UNKNOWN_KM = 20000.0


class Desk:
    """The facts of one company's batch, gathered in a few queries, as the engine wants them."""

    def __init__(self, company, wanted, rules=None, own=None, without=()):
        """
        :param dict wanted: ``{order line: units of it}``
        :param rules: rules to try instead of the active ones
        :param dict own: ``{(warehouse id, product id): units}`` that the orders have and would give
            back; they are theirs alone
        :param without: warehouses that must not be asked
        """
        self.company = company
        self.own, self.without = own or {}, without
        self.env = company.env
        self.now = fields.Datetime.now()
        self.rules = rules or self.env["oms.sourcing.rule"]._of_company(company)
        self.wanted = wanted
        self.needs = {line: line._oms_needs(units) for line, units in wanted.items()}
        self.warehouses = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        self.positions = {place: self._position(place.partner_id) for place in self.warehouses}
        self.rule_of, self.km, self.members = {}, {}, {}
        lines = self.env["sale.order.line"].concat(*wanted)
        self._read_stock(lines.order_id)
        self.lines_of = lines.grouped("order_id")
        ranked = enumerate(lines.order_id.sorted(self._rank))
        self.orders = [found for number, order in ranked if (found := self._order(order, number))]

    # FACTS

    def _rank(self, order):
        promise = order.oms_promise_current or datetime.max
        urgent = any(work.priority == "1" for work in order.oms_fulfillment_ids)
        return (not urgent, promise, order.date_order or datetime.max, order.id)

    def _read_stock(self, orders):
        """Free units per warehouse, as the channels may offer them, and planned receipts."""
        products = {product for needs in self.needs.values() for product in needs}
        counted = [product.id for product in products if product.is_storable]
        self.stock, self.incoming, self.pools, self.safety = {}, {}, {}, {}
        for product in products:
            for place in self.warehouses:
                self.stock[place.id, product.id] = 0.0 if product.is_storable else PLENTY
        channels = orders.oms_channel_id
        Product = self.env["product.product"]
        if not counted:
            return
        known = Product._oms_stock(
            counted, self.warehouses.ids, channel=channels.id if len(channels) == 1 else None
        )
        for product_id, places in known.items():
            for place_id, figures in places.items():
                key = place_id, product_id
                self.stock[key] = max(figures.available, 0.0)
                if figures.pool:
                    self.pools[key], self.safety[key] = figures.pool, figures.safety
                else:
                    self.stock[key] += self.own.get(key, 0.0)
        rows = self.env.execute_query(Product._oms_incoming_query(counted, self.warehouses.ids))
        for _move, product_id, place_id, _date, units in rows:
            key = place_id, product_id
            self.incoming[key] = self.incoming.get(key, 0.0) + units

    @property
    def slots(self):
        """Parcels that can still leave today from warehouses that have a limit."""
        limited = self.warehouses.filtered("oms_daily_orders")
        if not limited:
            return {}
        zone = ZoneInfo(self.company.partner_id.tz or "UTC")
        midnight = datetime.combine(self.company._oms_local_date(self.now), time(), zone)
        since = midnight.astimezone(timezone.utc).replace(tzinfo=None)
        groups = self.env["oms.fulfillment"]._read_group(
            [
                ("warehouse_id", "in", limited.ids),
                ("released_at", ">=", since),
                ("state", "!=", "cancelled"),
            ],
            ["warehouse_id"],
            ["__count"],
        )
        today = dict(groups)
        return {place.id: max(place.oms_daily_orders - today.get(place, 0), 0) for place in limited}

    def _position(self, partner, address=None):
        if partner.partner_latitude or partner.partner_longitude:
            return partner.partner_latitude, partner.partner_longitude
        name = (address or {}).get("province") or partner.state_id.name
        return distance.province_position(normalise_province(name or ""))

    # ORDERS

    def _order(self, order, number):
        """The engine's order, or ``None`` where no rule fits and nobody chose a warehouse."""
        lines = self.lines_of[order]
        address = order._oms_address()
        fitting = [rule for rule in self.rules if rule._fits_order(order, address)]
        rules = {
            line: next((rule for rule in fitting if rule._fits_product(line.product_id)), None)
            for line in lines
        }
        rule = self.rule_of[order] = next((rules[line] for line in lines if rules[line]), None)
        items = tuple(self._items(order, lines, rules))
        candidates = tuple(self._candidates(order, rules, address)) if items else ()
        if not self._is_possible(items, candidates) or not (rule or order.oms_source_id):
            return None
        return sourcing.Order(
            key=order.id,
            rank=(number,),
            items=items,
            candidates=candidates,
            limit=rule._limit() if rule else 99,
            complete=bool(rule and rule.ship_complete),
        )

    def _is_possible(self, items, candidates):
        """Whether somebody is left who may ship each of the items."""
        places = [candidate.warehouse for candidate in candidates]
        return places and all(any(map(item.allows, places)) for item in items)

    def _candidates(self, order, rules, address):
        """The warehouses that any line may ship from; a person's choice is the only one."""
        if order.oms_source_id:
            return [sourcing.Candidate(order.oms_source_id.id)]
        place_of = {}
        for rule in dict.fromkeys(rules.values()):
            if rule is None:
                place_of.setdefault(order.warehouse_id, 1.0)
                continue
            for number, line in enumerate(rule.line_ids, 1):
                place_of.setdefault(
                    line.warehouse_id, self._cost(rule, line, number, order, address)
                )
        return [
            sourcing.Candidate(place.id, cost, self._is_late(order, place))
            for place, cost in place_of.items()
            if place not in self.without
        ]

    def _cost(self, rule, line, number, order, address):
        """What the rule's strategy makes of a warehouse: lower comes first."""
        place = line.warehouse_id
        there = self._position(order.partner_shipping_id, address)
        km = distance.kilometres(self.positions[place], there)
        self.km[order.id, place.id] = km
        if rule.strategy == "distance":
            return UNKNOWN_KM if km is None else km
        if rule.strategy == "cost":
            return line.parcel_cost + line.km_cost * (UNKNOWN_KM if km is None else km)
        if rule.strategy == "stock":
            products = {p for known in self.lines_of[order] for p in self.needs[known]}
            free = sum(self.stock[place.id, product.id] for product in products)
            return 1.0 / (1.0 + free)
        return float(number)

    def _is_late(self, order, place):
        """Whether a parcel from there leaves after the order's deadline, for the cut-off."""
        if not order.oms_ship_by or not place.oms_cut_off:
            return False
        zone = ZoneInfo(self.company.partner_id.tz or "UTC")
        today = self.company._oms_local_date(self.now)
        leaves = datetime.combine(today, time(), zone) + timedelta(hours=place.oms_cut_off)
        leaves = leaves.astimezone(timezone.utc).replace(tzinfo=None)
        if leaves < self.now:
            leaves += timedelta(days=1)
        return leaves > order.oms_ship_by

    def _items(self, order, lines, rules):
        """Lines of one bundle of the channel stay together; other lines go by themselves."""
        together = {}
        for line in lines:
            bundle = line.oms_bundle_units and line.oms_line_ref
            together.setdefault(("set", bundle) if bundle else ("line", line.id), []).append(line)
        for key, members in together.items():
            needs = {}
            for line in members:
                for product, units in self.needs[line].items():
                    needs[product.id] = needs.get(product.id, 0.0) + units
            if not any(needs.values()):
                continue
            rule = rules[members[0]]
            self.members[order.id, key] = members
            yield sourcing.Item(
                key,
                tuple(sorted(needs.items())),
                () if order.oms_source_id else self._allowed(order, rule),
                divisible=bool(rule and rule.split == "units" and len(members) == 1),
            )

    def _allowed(self, order, rule):
        return tuple((rule.line_ids.warehouse_id if rule else order.warehouse_id).ids)

    # DECIDING

    def solve(self):
        """Return ``{order id: engine.sourcing.Verdict}``.

        Where stock is kept for somebody, orders that may not have the same units are solved one
        after the other, in the order of their ranks.
        """
        verdicts, slots = {}, self.slots
        for holders, orders in self._turns():
            self._open_to(holders)
            found = sourcing.solve(orders, self.stock, slots, self.incoming)
            verdicts.update(found)
            for verdict in found.values():
                self._take(holders, verdict.choice, slots)
        return verdicts

    def _turns(self):
        """``[(holders, orders)]``: all orders together where nothing is kept for anybody."""
        if not self.pools:
            return [(NOBODY, self.orders)] if self.orders else []
        turns = []
        for order in self.orders:
            holders = self.env["sale.order"].browse(order.key)._oms_holders()
            if not turns or turns[-1][0] != holders:
                turns.append((holders, []))
            turns[-1][1].append(order)
        return turns

    def _open_to(self, holders):
        for key, pool in self.pools.items():
            units = max(pool.open_to(holders) - self.safety[key], 0.0)
            self.stock[key] = units + self.own.get(key, 0.0)

    def _take(self, holders, choice, slots):
        """What this choice takes is not there for the orders after it."""
        for key, units in choice.held:
            if key in self.pools:
                self.pools[key].take(holders, units)
            self.stock[key] = max(self.stock[key] - units, 0.0)
        for place in choice.warehouses & set(slots):
            slots[place] = max(slots[place] - 1, 0)

    # WHAT CAME OF IT

    def shares(self, order_id, verdict):
        """``{line id: {warehouse: share of its units}}``."""
        units_of, result = {}, {}
        for key, _place, units in verdict.choice.shares:
            units_of[key] = units_of.get(key, 0.0) + units
        for key, place, units in verdict.choice.shares:
            warehouse = self.env["stock.warehouse"].browse(place).sudo(False)
            for line in self.members[order_id, key]:
                places = result.setdefault(line.id, {})
                places[warehouse] = places.get(warehouse, 0.0) + units / units_of[key]
        return result

    def decision(self, order_id, verdict):
        order = self.env["sale.order"].browse(order_id)
        rule = self.rule_of[order]
        wanted = sum(units for _item, _place, units in verdict.choice.shares)
        return {
            "order_id": order_id,
            "rule_id": rule.id if rule else False,
            "strategy": rule.strategy if rule else "priority",
            "manual": bool(order.oms_source_id),
            "rivals": len(verdict.rivals),
            "reasons": [
                {
                    "warehouse": self.env["stock.warehouse"].browse(reason.warehouse).code,
                    "name": self.env["stock.warehouse"].browse(reason.warehouse).name,
                    "code": reason.code,
                    "has": min(reason.has, wanted),
                    "of": wanted,
                    "units": reason.units,
                    "cost": round(reason.cost, 4),
                    "km": self.km.get((order_id, reason.warehouse)),
                    "late": reason.late,
                }
                for reason in verdict.reasons
            ],
        }
