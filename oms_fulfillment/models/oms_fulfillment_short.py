from odoo import api, models

from ..exceptions import OmsRefusal
from .oms_short_reason import THEN


class OmsFulfillment(models.Model):
    """Reserved units that are not there: the stock learns it, and the order goes on."""

    _inherit = "oms.fulfillment"

    # RPC

    @api.model
    def report_short(self, items):
        """Say that reserved units of fulfilments could not be picked.

        The reason decides what happens to the stock; ``then`` decides about the order:
        ``resource`` sends the units from another place that has them and lets the rest wait,
        ``backorder`` lets them wait here, ``cancel`` gives them up. What was picked or packed
        already leaves without them.

        :param list items: ``{fulfillment, lines: [{sku, quantity, lots, location}], reason, then,
            note, reference}``; ``quantity`` is what is missing, in the SKU's unit; ``lots`` are
            lot or serial numbers, ``location`` a barcode or name where it matters which; ``reason``
            is the code of an ``oms.short.reason``; ``then`` defaults to what the reason says;
            a call repeated with the same ``reference`` changes nothing
        :return: per item ``{status, id, name, state, missing, moved, waiting, cancelled,
            fulfillments: [{name, warehouse, state}], errors}``; ``status`` is ``reported`` or
            ``duplicate``; units of all lines together; ``fulfillments`` are the new ones
        """
        return self._run_action("short", items, lambda work, item: work._do_short(item))

    def _do_short(self, item):
        self._ensure_supported("short")
        reason = self.env["oms.short.reason"]._get_by_code(item.get("reason")).sudo()
        then = item.get("then") or reason.then
        if then not in dict(THEN):
            raise OmsRefusal(
                "bad_value",
                self.env._("%(then)s is nothing that can follow.", then=str(then)[:40]),
                field="then",
                next_step=self.env._("Use one of: %(values)s.", values=", ".join(dict(THEN))),
            )
        missing = self._missing_lines(item)
        goods = [(line.move_id, units, line.location_id, line.lot_id) for line, units in missing]
        self._log_action(
            "short",
            item,
            goods,
            reason=item.get("note") or False,
            short_reason_id=reason.id,
            then=then,
        )
        self._give_up(missing, reason)
        wanted = {}
        for move, units, _location, _lot in goods:
            wanted[move] = wanted.get(move, 0.0) + units
        outcome = getattr(self, f"_then_{then}")(wanted)
        self._changed()
        return {"status": "reported", "missing": sum(wanted.values()), **outcome}

    # WHAT THE STOCK LEARNS

    def _give_up(self, missing, reason):
        """Free the reservation of ``[(move line, units)]`` and correct the stock."""
        places = {}
        moves = self.env["stock.move"]
        for line, units in missing:
            key = (line.product_id, line.location_id, line.lot_id, line.package_id, line.owner_id)
            places[key] = places.get(key, 0.0) + units
            moves |= line.move_id
            line._oms_unreserve(units)
        moves._recompute_state()
        name = self.env._("Short pick %(name)s: %(reason)s", name=self.name, reason=reason.name)
        quants = self.env["stock.quant"].with_context(inventory_name=name)
        for key, units in places.items():
            getattr(quants, f"_oms_short_{reason.effect}")(key, units, moves)
        self.env["oms.allocator"]._enqueue(moves.product_id)

    # WHAT BECOMES OF THE ORDER

    def _then_backorder(self, wanted):
        """The units wait here; a tote or parcel that is closed already leaves without them."""
        if self.picked_at and sum(wanted.values()) < sum(self._open_moves().mapped("product_qty")):
            self._split_off(wanted)
        return {"moved": 0.0, "waiting": sum(wanted.values()), "cancelled": 0.0}

    def _then_cancel(self, wanted):
        self._cancel_units(wanted, "out_of_stock")
        return {"moved": 0.0, "waiting": 0.0, "cancelled": sum(wanted.values())}

    def _then_resource(self, wanted):
        """From another warehouse what one has; what nobody has waits here."""
        elsewhere = self._places_for(wanted)
        moved = {}
        for warehouse, units_by_move in elsewhere.items():
            self._move_units(units_by_move, warehouse)
            for move, units in units_by_move.items():
                moved[move] = moved.get(move, 0.0) + units
        rest = {move: units - moved.get(move, 0.0) for move, units in wanted.items()}
        rest = {move: units for move, units in rest.items() if units > 1e-6}
        outcome = self._then_backorder(rest) if rest else {"waiting": 0.0, "cancelled": 0.0}
        return {**outcome, "moved": sum(moved.values())}

    def _places_for(self, wanted):
        """Return ``{warehouse: {move: units}}``: where else units can come from.

        What this warehouse still has on another shelf stays here: the allocator takes it.
        """
        here = self.warehouse_id
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)])
        products = {move.product_id for move in wanted}
        free = self.env["product.product"].oms_available(
            [product.id for product in products],
            warehouses.ids,
            channel=self.channel_id.id,
            partner=self.order_id.partner_id.id,
        )
        result = {}
        for move, units in wanted.items():
            left = units
            places = self.order_id._oms_source_places(move.sale_line_id)
            for warehouse in here + ((warehouses if places is None else places) - here):
                there = free[move.product_id.id]
                take = min(left, max(there[warehouse.id], 0.0))
                if move.product_id.uom_id.compare(take, 0.0) <= 0:
                    continue
                there[warehouse.id] -= take
                left -= take
                if warehouse != here:
                    result.setdefault(warehouse, {})[move] = take
        return result
