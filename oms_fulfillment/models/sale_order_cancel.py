from odoo import api, fields, models

from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """Giving up what has not left yet: the rest of a line, and goods that go back on the shelf."""

    _inherit = "sale.order"

    oms_put_away_ids = fields.One2many(
        "stock.picking", "oms_put_away_order_id", string="Goods to Put Back"
    )

    # RPC

    @api.model
    def oms_cancel_lines(self, items):
        """Cancel units of confirmed orders that have not left yet.

        :param list items: ``{order, lines: [{line | line_id | sku, quantity}], reason}``; without
            lines, whatever has not left; without a quantity, the rest of the line; ``reason`` is
            a text or the code of a cancel reason
        :return: per item ``{status, id, name, stage, lines: [{line, sku, cancelled}], put_away,
            errors}``; ``status`` is ``cancelled``, or ``duplicate`` when nothing was left to
            cancel; ``put_away`` names the transfers that bring picked goods back
        """
        self.env["oms.channel"]._check_integration_access()
        return self.env["oms.rpc"]._run_items(items, self._oms_cancel_lines_item)

    def _oms_cancel_lines_item(self, item):
        order = self.env["oms.rpc"]._find_order(item.get("order"))
        wanted = {}
        for spec in item.get("lines") or ():
            line = order._oms_find_line(spec)
            units, named = order._oms_parse_units(spec, line), wanted.get(line, 0.0)
            wanted[line] = None if None in (units, named) else named + units
        known = order.oms_put_away_ids
        cancelled = order._oms_cancel_units(
            wanted or dict.fromkeys(order.order_line._oms_goods()), item.get("reason")
        )
        order._oms_advance()
        order._oms_refresh_touched()
        return {
            "status": "cancelled" if cancelled else "duplicate",
            "id": order.id,
            "name": order.name,
            "stage": order.oms_stage_id.code,
            "lines": [
                {"line": line.id, "sku": line.product_id.default_code or None, "cancelled": units}
                for line, units in cancelled.items()
            ],
            "put_away": (order.oms_put_away_ids - known).mapped("name"),
        }

    def _oms_find_line(self, spec):
        """Return the one goods line that ``{line | line_id | sku}`` names.

        :raise OmsRefusal: ``unknown_line``, ``ambiguous_line``
        """
        lines = self.order_line._oms_goods()
        if spec.get("line"):
            found = lines.filtered(lambda line: line.id == spec["line"])
        elif spec.get("line_id"):
            found = lines.filtered(lambda line: line.oms_line_ref == spec["line_id"])
        else:
            found = lines.filtered(
                lambda line: spec.get("sku")
                and spec["sku"] in (line.product_id.default_code, line.product_id.barcode)
            )
        if len(found) != 1:
            name = spec.get("line") or spec.get("line_id") or spec.get("sku")
            raise OmsRefusal(
                "ambiguous_line" if found else "unknown_line",
                self.env._(
                    "%(line)s names %(count)s lines of %(order)s.",
                    line=str(name)[:80],
                    count=len(found),
                    order=self.name,
                ),
                field="lines",
                next_step=self.env._("Send the line's id, as oms_snapshot gives it."),
            )
        return found

    def _oms_parse_units(self, spec, line):
        """Return the quantity in ``spec`` as a float, ``None`` when it has none.

        :raise OmsRefusal: ``bad_quantity``
        """
        units = self._oms_parse_number(spec.get("quantity"))
        if units is not None and not 0 <= units < 1e9:
            raise OmsRefusal(
                "bad_quantity",
                self.env._(
                    "%(value)s is no quantity of %(product)s.",
                    value=str(spec["quantity"])[:40],
                    product=line.product_id.display_name,
                ),
                field="lines",
                next_step=self.env._("Send a number, 0 or more, in the unit of the line."),
            )
        return units

    @api.model
    def _oms_parse_number(self, value):
        """Return a number as a float, ``None`` for nothing, -1 for what is no number."""
        if value in (None, ""):
            return None
        try:
            return float(value)
        except (TypeError, ValueError):
            return -1.0

    # CANCEL

    def _oms_cancel_units(self, wanted, reason=None):
        """Record units as never to be shipped, and take them off the transfers.

        :param dict wanted: ``{line: units or None}``; ``None`` is the rest of the line
        :return: ``{line: units cancelled}``
        :raise OmsRefusal: ``not_confirmed``, ``already_shipped``
        """
        self.ensure_one()
        self._oms_ensure_confirmed()
        lines = self.env["sale.order.line"].concat(*wanted)
        line_buckets = lines._oms_buckets()
        cancelled = {}
        for line, units in wanted.items():
            left = line_buckets[line.id].open
            take = left if units is None else units
            if line.product_uom_id.compare(take, left) > 0:
                self._oms_refuse_cancel(line, take, line_buckets[line.id])
            if not line.product_uom_id.is_zero(take):
                cancelled[line] = take
        wanted = {line: line.oms_qty_cancelled + units for line, units in cancelled.items()}
        for line, units in cancelled.items():
            line._oms_take_off(units)
        if cancelled:
            lines._oms_record_cancelled()
            for line, units in wanted.items():
                # What nothing was asked for any more leaves no gap: its purchase was cancelled.
                line.oms_qty_cancelled = max(line.oms_qty_cancelled, units)
            self._oms_set_cancel_reason(reason, "other")
            self._oms_touch()
        return cancelled

    def _oms_ensure_confirmed(self):
        if self.state != "sale":
            raise OmsRefusal(
                "not_confirmed",
                self.env._("%(order)s is not confirmed.", order=self.name),
                field="order",
                next_step=self.env._("Change its lines, or cancel the whole order."),
            )

    def _oms_refuse_cancel(self, line, units, known):
        raise OmsRefusal(
            "already_shipped" if known.handed_over else "more_than_open",
            self.env._(
                "%(units)s × %(product)s can't be cancelled: %(open)s are still here, "
                "%(gone)s have left.",
                units=self._oms_units(units),
                product=line.product_id.default_code or line.product_id.display_name,
                open=self._oms_units(known.open),
                gone=self._oms_units(known.handed_over),
            ),
            field="lines",
            next_step=self.env._("Cancel what is still here; ask for a return of the rest.")
            if known.handed_over
            else self.env._("Cancel at most what is still here."),
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def action_oms_cancel_rest(self):
        """Open the window that asks how much of this line is not shipped, and why.

        :raise OmsRefusal: ``not_confirmed``, ``nothing_open``
        """
        self.ensure_one()
        order = self.order_id
        order._oms_ensure_confirmed()
        if self.product_uom_id.compare(self._oms_buckets()[self.id].open, 0.0) <= 0:
            raise OmsRefusal(
                "nothing_open",
                self.env._(
                    "Nothing of %(product)s is left to cancel on %(order)s.",
                    product=self.product_id.display_name,
                    order=order.name,
                ),
                next_step=self.env._("Ask for a return of what has left."),
            )
        action = order.action_oms_cancel()
        return {
            **action,
            "name": self.env._("Cancel the Rest of a Line"),
            "context": {**action["context"], "default_line_id": self.id},
        }

    def _oms_take_off(self, units):
        """Take ``units`` (in the unit of the line) off the open transfers: what is not reserved
        first, what is already packed last; and off purchases that wait for their vendor."""
        self.ensure_one()
        left = {}
        for product, need in self._oms_parts().items():
            rest = self._oms_take_product_off(product, units * need)
            if product.uom_id.compare(rest, 0.0) > 0:
                left[product] = rest
        if left:
            self._oms_ask_vendor_less(left)

    def _oms_take_product_off(self, product, units):
        """Take ``units`` of a product (in its own unit) off; return those on no transfer."""
        # sudo: who may cancel units need not be allowed to edit transfers.
        moves = self.sudo().move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
            and move.product_id == product
            and move.location_id.usage != "customer"
            and not move.origin_returned_move_id
        )
        # The last steps that exist: Odoo makes the next one when goods arrive, or all beforehand.
        ends = moves.filtered(lambda move: not move.move_dest_ids & moves)
        for move in ends.sorted(lambda move: move._oms_progress()):
            take = min(move._oms_in_own_unit(units), move.product_uom_qty)
            if move.product_uom.compare(take, 0.0) <= 0:
                break
            move._oms_shrink(take)
            units -= move.product_uom._compute_quantity(take, product.uom_id, round=False)
        return units

    def _oms_off_the_shelf(self):
        """Return ``{line id: {product: (units off the shelf, location)}}`` of lines of which goods
        are picked already; units of the product."""
        found = {}
        for line_id, units in self._oms_buckets().items():
            if not units.picked and not units.packed:
                continue
            line = self.browse(line_id)
            moves = line.sudo().move_ids.filtered(
                lambda move: move._oms_is_picked() and move.location_dest_id.usage == "customer"
            )
            picked = {
                product: ((units.picked + units.packed) * need, own[0].location_id)
                for product, need in line._oms_parts().items()
                if (own := moves.filtered(lambda move, product=product: move.product_id == product))
            }
            if picked:
                found[line_id] = picked
        return found

    def _oms_put_surplus_away(self, before):
        """Put goods back that were picked for units which are not wanted any more.

        :param dict before: what :meth:`_oms_off_the_shelf` said before the quantity went down
        """
        lines = self.browse(before)
        after = lines._oms_buckets()
        for line in lines:
            what = []
            parts = line._oms_parts()
            for product, (units, source) in before[line.id].items():
                surplus = units - after[line.id].open * parts.get(product, 0.0)
                if product.uom_id.compare(surplus, 0.0) > 0:
                    what.append((source, product, product.uom_id, surplus))
            if what:
                self.env["stock.move"]._oms_put_away(line.order_id, what)
