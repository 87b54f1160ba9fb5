from odoo import fields, models

from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """The goods of a return: their way back, their receipt and what becomes of them."""

    _inherit = "oms.return"

    # APPROVAL

    def _do_approve(self):
        """Approve and plan the transfers that bring the goods to the return location."""
        self._ensure_state("requested")
        if not self.goods_stay:
            # sudo: agents approve returns without rights on transfers.
            self.sudo()._create_pickings()
        approved = self._set_state("approved", approved_at=fields.Datetime.now())
        if self.goods_stay:
            self._close_receipt()
        self._replace_in_advance()
        return approved

    def _do_decline(self, reason):
        self._ensure_state("requested")
        if not reason:
            raise OmsRefusal(
                "reason_required",
                self.env._(
                    "The return %(name)s can't be declined without a reason.", name=self.name
                ),
                field="reason",
                next_step=self.env._("Say why; the customer will ask."),
            )
        return self._set_declined(reason)

    def _create_pickings(self, units=None):
        """One return transfer per delivery that the units left with, oldest delivery first.

        :param dict units: ``{return line: units}``; default all that was announced
        """
        wanted = {}
        units = units or {line: line.quantity for line in self.line_ids}
        for line in units:
            for move, units_of_move in self._moves_to_return(line, units[line]):
                wanted.setdefault(move.picking_id, {})[move] = units_of_move
        for picking, units_by_move in wanted.items():
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_model="stock.picking")
                .create({"picking_id": picking.id, "oms_return_id": self.id})
            )
            for item in wizard.product_return_moves:
                item.quantity = units_by_move.get(item.move_id, 0.0)
            wizard._create_return()

    def _moves_to_return(self, line, quantity):
        """Return ``[(done move, units in the move's unit)]`` that cover so much of a return line:
        of a kit, those of every component.

        :raise OmsRefusal: ``over_returnable`` when the deliveries don't have that many units left
        """
        result = []
        delivered = self._delivered_moves(line.sale_line_id).grouped("product_id")
        for product, need in line.sale_line_id._oms_parts().items():
            out = {move: self._units_still_out(move) for move in delivered.get(product, ())}
            taken = self._spread_over_parts(quantity * need, out)
            result += [(move, move._oms_in_own_unit(units)) for move, units in taken.items()]
            left = quantity * need - sum(taken.values())
            if product.uom_id.compare(left, 0.0) > 0:
                self._refuse_not_delivered(product, left)
        return result

    def _spread_over_parts(self, units, sizes):
        """Spread units of a product over ``{move: units that it has}``, the first move first.

        Where a kit names the product on several lines, each line's moves take their part: Odoo
        counts a kit as delivered as far as the line that is least far.

        :return: ``{move: units}`` without the empty ones
        """
        parts = {}
        for move in sizes:
            # the field is manufacturing's, which may not be there
            part = move["bom_line_id"] if "bom_line_id" in move._fields else None
            parts.setdefault(part, []).append(move)
        taken, whole = {}, sum(sizes.values())
        for moves in parts.values():
            size = sum(sizes[move] for move in moves)
            wanted = moves[0].product_id.uom_id.round(units * size / whole) if whole else 0.0
            self._take_units(taken, wanted, moves, sizes)
        self._take_units(taken, units - sum(taken.values()), sizes, sizes)
        return taken

    def _take_units(self, taken, units, moves, sizes):
        """Add ``units`` to what was ``taken`` of these moves, as far as they have so many."""
        for move in moves:
            more = min(units, sizes[move] - taken.get(move, 0.0))
            if move.product_id.uom_id.compare(more, 0.0) > 0:
                taken[move] = taken.get(move, 0.0) + more
                units -= more

    def _units_still_out(self, move):
        """Units of the product (in its own unit) that a delivery brought and no return takes."""
        back = sum(
            back.product_uom._compute_quantity(
                back.quantity if back.state == "done" else back.product_uom_qty,
                move.product_uom,
            )
            - sum(
                again.product_uom._compute_quantity(again.quantity, move.product_uom)
                for again in back.returned_move_ids
                if again.state == "done"
            )
            for back in move.returned_move_ids
            if back.state != "cancel"
        )
        return move.product_uom._compute_quantity(
            move.quantity - back, move.product_id.uom_id, round=False
        )

    def _refuse_not_delivered(self, product, units):
        raise OmsRefusal(
            "over_returnable",
            self.env._(
                "%(quantity)s of %(product)s can't be found on the deliveries of %(order)s.",
                quantity=f"{units:g}",
                product=product.display_name,
                order=self.order_id.name,
            ),
            field="quantity",
            next_step=self.env._("Look at the order's deliveries and returns."),
        )

    def _delivered_moves(self, sale_line):
        """Done deliveries of a line: those that arrived, or for RTS those that did not."""
        moves = sale_line.move_ids.filtered(
            lambda move: move.state == "done"
            and move.location_dest_id._is_outgoing()
            and not move.origin_returned_move_id
        ).sorted("id")
        arrived = moves.filtered(
            lambda move: any(move.picking_id.oms_fulfillment_ids.mapped("delivered_at"))
        )
        return arrived if self.kind == "customer" else (moves - arrived) + arrived

    # RECEIPT

    def _do_receive(self, received):
        """Receive ``{return line: units}``; what did not come is recorded as missing.

        Units that a transfer brought before are among them.

        :raise OmsRefusal: ``wrong_state``, ``over_received``, ``already_received``
        """
        self._ensure_state("approved", "in_transit")
        self._announce_surplus(received)
        for line, units in received.items():
            line._ensure_announced(units)
            line._ensure_not_fewer(units)
        for line in self.line_ids:
            line.received = received.get(line, 0.0)
        # sudo: a 3PL's integration has no rights on transfers; the quantities were checked.
        self.sudo()._validate_receipt()
        if self.state != "received":
            self._close_receipt()

    def _announce_surplus(self, received):
        """More came than was announced: announce the rest now, as far as it was delivered."""
        surplus = {
            line: units - line.quantity
            for line, units in received.items()
            if line.uom_id.compare(units, line.quantity) > 0
        }
        if not surplus:
            return
        left = self.order_id.sudo()._oms_returnable(self.kind)
        surplus = {
            line: units
            for line, units in surplus.items()
            if line.uom_id.compare(units, left.get(line.sale_line_id.sudo(), 0.0)) <= 0
        }
        if surplus:
            # sudo: as for the receipt; the units were checked against what was delivered.
            self.sudo()._create_pickings({line.sudo(): units for line, units in surplus.items()})
        for line, units in surplus.items():
            line.sudo().write({"quantity": line.quantity + units, "surplus": units})

    def _close_receipt(self):
        """All that will come is here; where that is nothing, nothing is left to inspect."""
        self._set_state("received", received_at=fields.Datetime.now())
        if not any(self.line_ids.mapped("received")):
            self._do_inspect({line: {} for line in self.line_ids})

    def _goods_came_back(self):
        """Record what validated transfers brought back, through whichever screen.

        :raise OmsRefusal: ``over_received``
        """
        for case in self.filtered(lambda case: case.state in ("approved", "in_transit")):
            transfers = case._return_pickings()
            for line in case.line_ids:
                units = line._units_that_came()
                line._ensure_announced(units)
                line.received = units
            if all(picking.state in ("done", "cancel") for picking in transfers):
                case._close_receipt()

    def _validate_receipt(self):
        left = {}
        for line in self.line_ids:
            came = line._moves_that_came().grouped("product_id")
            for product, need in line.sale_line_id._oms_parts().items():
                here = sum(
                    move.product_uom._compute_quantity(move.quantity, product.uom_id, round=False)
                    for move in came.get(product, ())
                )
                left[line.sale_line_id, product] = line.received * need - here
        if all(picking.state == "cancel" for picking in self._return_pickings()):
            # Cancelled since, perhaps together with the rest of the order: the goods came anyway.
            self._create_pickings()
        for picking in self._return_pickings():
            if picking.state in ("done", "cancel"):
                continue
            came = {}
            for key, moves in picking.move_ids.grouped(
                lambda move: (self._line_of_move(move), move.product_id)
            ).items():
                sizes = {move: move.product_qty for move in moves}
                taken = self._spread_over_parts(
                    max(min(left.get(key, 0.0), sum(sizes.values())), 0.0), sizes
                )
                left[key] = left.get(key, 0.0) - sum(taken.values())
                came.update(taken)
            for move in picking.move_ids:
                move.quantity = move._oms_in_own_unit(came.get(move, 0.0))
                move.picked = move in came
            if not came:
                picking.action_cancel()
                continue
            done = picking.with_context(
                skip_backorder=True,
                skip_sms=True,
                picking_ids_not_to_backorder=picking.ids,
            ).button_validate()
            if done is not True:
                raise OmsRefusal(
                    "not_validated",
                    self.env._("The transfer %(name)s asks a question.", name=picking.name),
                    next_step=self.env._("Open it and validate it there."),
                )
        for (_sale_line, product), units in left.items():
            if product.uom_id.compare(units, 0.0) > 0:
                raise OmsRefusal(
                    "no_transfer",
                    self.env._(
                        "No open transfer of %(name)s brings %(units)s of %(product)s back.",
                        name=self.name,
                        units=f"{units:g}",
                        product=product.display_name,
                    ),
                    next_step=self.env._("Cancel this return and request a new one."),
                )

    def _line_of_move(self, move):
        """The order line whose goods a move of a return brings back."""
        return move.sale_line_id or move.origin_returned_move_id.sale_line_id
