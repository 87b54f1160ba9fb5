from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from .oms_fulfillment import OPEN_STATES

COUNTS = {"ready": "pick", "picked": "pack", "packed": "hand_over", "waiting": "waiting"}
URGENT_HOURS = 4


class OmsWarehouseBoard(models.AbstractModel):
    """The figures of "To ship": read from fulfilments and packing sessions, nothing of its own."""

    _name = "oms.warehouse.board"
    _description = "Warehouse Board"

    @api.model
    def figures(self, warehouse_id=None):
        """Return what the warehouse has to do now, in a fixed number of queries.

        :param int warehouse_id: only this warehouse
        :return: ``{now, warehouses, warehouse_id, couriers, backlog, packers, accuracy, late,
            urgent, may_work}``; times in UTC; ``accuracy`` is the share of today's unit scans that
            were right, ``None`` without a scan; ``rate`` of a packer: units per hour in which one
            of their parcels was open
        """
        if not self.env.user.has_group("oms_fulfillment.group_oms_user"):
            raise AccessError(
                self.env._(
                    "%(user)s may not see the warehouse's figures. "
                    "Ask an OMS manager for a role in OMS.",
                    user=self.env.user.name,
                )
            )
        now = fields.Datetime.now()
        base = Domain("company_id", "in", self.env.companies.ids)
        if warehouse_id:
            base &= Domain("warehouse_id", "=", int(warehouse_id))
        works = base & Domain("state", "in", OPEN_STATES) & Domain("provider_id", "=", False)
        Work = self.env["oms.fulfillment"]
        late = works & Domain("ship_by", "<", now)
        soon = fields.Datetime.add(now, hours=URGENT_HOURS)
        urgent = works & Domain("ship_by", ">=", now) & Domain("ship_by", "<", soon)
        sessions, first = self._sessions(base), self._first_steps(warehouse_id)
        return {
            "now": fields.Datetime.to_string(now),
            "warehouse_id": warehouse_id or False,
            "warehouses": self._warehouses(),
            "couriers": self._couriers(works, first, now),
            "backlog": self._backlog(works, first),
            "late": Work.search_count(late),
            "urgent": Work.search_count(urgent),
            "may_work": self.env.user.has_group("oms_fulfillment.group_oms_warehouse"),
            **sessions,
        }

    @api.model
    def _warehouses(self):
        warehouses = self.env["stock.warehouse"].search(
            [("company_id", "in", self.env.companies.ids), ("oms_provider_id", "=", False)]
        )
        return [{"id": warehouse.id, "name": warehouse.name} for warehouse in warehouses]

    def _empty_row(self):
        return {**dict.fromkeys(COUNTS.values(), 0), "single": 0}

    @api.model
    def _first_steps(self, warehouse_id):
        """``[(courier, warehouse, count)]`` of orders whose goods are still on the shelf of a
        warehouse that picks and ships in separate steps: they are no fulfilments yet."""
        domain = Domain("company_id", "in", self.env.companies.ids)
        domain &= Domain("delivery_steps", "!=", "ship_only") & Domain(
            "oms_provider_id", "=", False
        )
        if warehouse_id:
            domain &= Domain("id", "=", int(warehouse_id))
        types = self.env["stock.warehouse"].search(domain).pick_type_id
        if not types:
            return []
        # sudo: counts of orders' transfers, within the companies of the warehouses above.
        groups = (
            self.env["stock.picking"]
            .sudo()
            ._read_group(
                [
                    ("picking_type_id", "in", types.ids),
                    ("state", "=", "assigned"),
                    ("sale_id.oms_channel_id", "!=", False),
                ],
                ["sale_id.carrier_id", "picking_type_id"],
                ["__count"],
            )
        )
        return [(carrier, kind.warehouse_id, count) for carrier, kind, count in groups]

    @api.model
    def _couriers(self, works, first, now):
        """Per courier: when it comes, what must be ready by then, orders of one product apart."""
        # sudo: readers have no right on transfers; the domain keeps to the companies.
        Work = self.env["oms.fulfillment"].sudo()
        rows = {}
        for apart in (True, False):
            domain = works & Domain("single_line", "=", apart)
            for carrier, state, count in Work._read_group(
                domain, ["picking_id.carrier_id", "state"], ["__count"]
            ):
                row = rows.setdefault(carrier, self._empty_row())
                row[COUNTS[state]] += count
                row["single"] += count if apart and state == "ready" else 0
        for carrier, _warehouse, count in first:
            rows.setdefault(carrier, self._empty_row())["pick"] += count
        result = []
        for carrier, row in rows.items():
            at = carrier._oms_next_cut_off(self.env.company, now) if carrier else None
            result.append(
                {
                    "id": carrier.id,
                    "name": carrier.name or self.env._("No courier yet"),
                    "cut_off": fields.Datetime.to_string(at) if at else False,
                    **row,
                }
            )
        return sorted(result, key=lambda row: (row["cut_off"] or "9", row["name"]))

    @api.model
    def _backlog(self, works, first):
        """Open fulfilments per warehouse and state, the oldest deadline beside them."""
        rows = {}
        groups = self.env["oms.fulfillment"]._read_group(
            works, ["warehouse_id", "state"], ["__count", "ship_by:min"]
        )
        groups += [(warehouse, "ready", count, None) for _carrier, warehouse, count in first]
        for warehouse, state, count, oldest in groups:
            row = rows.setdefault(
                warehouse.id,
                {"id": warehouse.id, "name": warehouse.name or "", "states": {}, "oldest": False},
            )
            row["states"][state] = row["states"].get(state, 0) + count
            oldest = fields.Datetime.to_string(oldest) if oldest else False
            row["oldest"] = min(filter(None, (row["oldest"], oldest)), default=False)
        return list(rows.values())

    @api.model
    def _sessions(self, base):
        """Today's packing, per packer."""
        company = self.env.company
        start = company._oms_day_start(company._oms_local_date(fields.Datetime.now()))
        groups = self.env["oms.pack.session"]._read_group(
            base & Domain("finished_at", ">=", start) & Domain("state", "=", "done"),
            ["user_id"],
            ["__count", "units:sum", "scans:sum", "mistakes:sum", "hours:sum"],
        )
        packers = [
            {
                "id": user.id,
                # sudo: names of colleagues.
                "name": user.sudo().name,
                "parcels": count,
                "units": units,
                "mistakes": mistakes,
                "rate": units / hours if hours > 1e-4 else None,
            }
            for user, count, units, _scans, mistakes, hours in groups
        ]
        scans = sum(scans for _user, _count, _units, scans, _mistakes, _hours in groups)
        wrong = sum(packer["mistakes"] for packer in packers)
        return {
            "packers": sorted(packers, key=lambda packer: -packer["units"]),
            "accuracy": 1 - wrong / scans if scans else None,
        }
