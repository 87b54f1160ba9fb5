from odoo import fields, models

from ..exceptions import OmsRefusal


class OmsReturn(models.Model):
    """The goods of a return: their way back, their receipt and what becomes of them."""

    _inherit = "oms.return"

    # APPROVAL

    def _do_approve(self):
        """Approve and plan the transfers that bring the goods to the return location."""
        self._ensure_state("requested")
        # sudo: agents approve returns without rights on transfers.
        self.sudo()._create_pickings()
        return self._set_state("approved", approved_at=fields.Datetime.now())

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

    def _create_pickings(self):
        """One return transfer per delivery that the units left with, oldest delivery first."""
        wanted = {}
        for line in self.line_ids:
            for move, units in self._moves_to_return(line):
                wanted.setdefault(move.picking_id, {})[move] = units
        for picking, units_by_move in wanted.items():
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_model="stock.picking")
                .create({"picking_id": picking.id, "oms_return_id": self.id})
            )
            for item in wizard.product_return_moves:
                item.quantity = units_by_move.get(item.move_id, 0.0)
            wizard._create_return()

    def _moves_to_return(self, line):
        """Return ``[(done move, units in the move's unit)]`` that cover a return line: of a kit,
        those of every component.

        :raise OmsRefusal: ``over_returnable`` when the deliveries don't have that many units left
        """
        result = []
        delivered = self._delivered_moves(line.sale_line_id).grouped("product_id")
        for product, need in line.sale_line_id._oms_parts().items():
            left = line.quantity * need
            for move in delivered.get(product, ()):
                units = min(left, self._units_still_out(move))
                if product.uom_id.compare(units, 0.0) > 0:
                    result.append((move, move._oms_in_own_unit(units)))
                    left -= units
            if product.uom_id.compare(left, 0.0) > 0:
                self._refuse_not_delivered(product, left)
        return result

    def _units_still_out(self, move):
        """Units of the product (in its own unit) that a delivery brought and no return takes."""
        back = sum(
            back.product_uom._compute_quantity(
                back.quantity if back.state == "done" else back.product_uom_qty,
                move.product_uom,
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
        for line, units in received.items():
            line._ensure_announced(units)
            line._ensure_not_fewer(units)
        for line in self.line_ids:
            line.received = received.get(line, 0.0)
        # sudo: a 3PL's integration has no rights on transfers; the quantities were checked.
        self.sudo()._validate_receipt()
        if self.state != "received":
            self._close_receipt()

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
            came = False
            for move in picking.move_ids:
                key = self._line_of_move(move), move.product_id
                units = max(min(left.get(key, 0.0), move.product_qty), 0.0)
                left[key] = left.get(key, 0.0) - units
                move.quantity = move._oms_in_own_unit(units)
                move.picked = bool(units)
                came = came or bool(units)
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

    # INSPECTION

    def _do_inspect(self, verdicts):
        """Record ``{return line: {restock, scrap, rejected, note}}`` and move the goods.

        :raise OmsRefusal: ``wrong_state``, ``verdict_mismatch``
        """
        self._ensure_state("received")
        for line in self.line_ids:
            verdict = verdicts.get(line) or {}
            units = verdict.get("restock", 0.0) + verdict.get("scrap", 0.0)
            if line.uom_id.compare(units, line.received):
                raise OmsRefusal(
                    "verdict_mismatch",
                    self.env._(
                        "%(received)s of %(product)s were received, the verdict is about "
                        "%(units)s.",
                        received=f"{line.received:g}",
                        product=line.product_id.display_name,
                        units=f"{units:g}",
                    ),
                    field="restock",
                    next_step=self.env._("Say for every unit: to stock or to scrap."),
                )
            line.write(verdict)
        # sudo: as for the receipt.
        self.sudo()._move_inspected()
        return self._set_state("inspected", inspected_at=fields.Datetime.now())

    def _move_inspected(self):
        """Goods to stock by one internal transfer per delivery, the rest to scrap."""
        verdicts = {
            (line, product): [line.restock * need, line.scrap * need]
            for line in self.line_ids
            for product, need in line.sale_line_id._oms_parts().items()
        }
        for picking in self._return_pickings().filtered(lambda pick: pick.state == "done"):
            pieces = self._split_received(picking, verdicts)
            self._restock(picking, pieces)
            self._scrap(picking, pieces)

    def _line_of_move(self, move):
        """The order line whose goods a move of a return brings back."""
        return move.sale_line_id or move.origin_returned_move_id.sale_line_id

    def _split_received(self, picking, verdicts):
        """Return ``[(return line, units, move line, goes to stock)]`` for what a transfer brought.

        The verdict of a line is spread over its move lines in order, stock first. Components that
        came without the rest of their kit go to stock.

        :param dict verdicts: ``{(return line, product): [units to stock, to scrap]}``, in the
            product's unit; used up
        """
        pieces = []
        for line in self.line_ids:
            for item in picking.move_line_ids:
                key = (line, item.product_id)
                if self._line_of_move(item.move_id) != line.sale_line_id or key not in verdicts:
                    continue
                to_stock, to_scrap = verdicts[key]
                units = item.quantity_product_uom
                stocked = min(units, to_stock)
                scrapped = min(units - stocked, to_scrap)
                verdicts[key] = [to_stock - stocked, to_scrap - scrapped]
                pieces.append((line, units - scrapped, item, True))
                pieces.append((line, scrapped, item, False))
        return [piece for piece in pieces if not piece[2].product_id.uom_id.is_zero(piece[1])]

    def _restock(self, picking, pieces):
        stocked = [piece for piece in pieces if piece[3]]
        if not stocked:
            return
        warehouse = picking.picking_type_id.warehouse_id
        places = {
            "location_id": picking.location_dest_id.id,
            "location_dest_id": warehouse.lot_stock_id.id,
        }
        transfer = self.env["stock.picking"].create(
            {
                **places,
                "picking_type_id": warehouse.int_type_id.id,
                "origin": self.name,
                "oms_return_id": self.id,
                "move_ids": [
                    fields.Command.create(self._prepare_restock_move(piece, places))
                    for piece in stocked
                ],
            }
        )
        transfer.action_confirm()
        transfer.move_ids.picked = True
        transfer.with_context(skip_backorder=True, skip_sms=True).button_validate()

    def _prepare_restock_move(self, piece, places):
        _line, units, item, _stock = piece
        product = item.product_id
        return {
            **places,
            "product_id": product.id,
            "product_uom_qty": units,
            "product_uom": product.uom_id.id,
            "move_line_ids": [
                fields.Command.create(
                    {
                        **places,
                        "product_id": product.id,
                        "product_uom_id": product.uom_id.id,
                        "quantity": units,
                        "lot_id": item.lot_id.id,
                    }
                )
            ],
        }

    def _scrap(self, picking, pieces):
        tag = self.env.ref("oms_fulfillment.scrap_reason_return", raise_if_not_found=False)
        scraps = self.env["stock.scrap"].create(
            [
                {
                    "product_id": item.product_id.id,
                    "product_uom_id": item.product_id.uom_id.id,
                    "scrap_qty": units,
                    "lot_id": item.lot_id.id,
                    "location_id": picking.location_dest_id.id,
                    "company_id": self.company_id.id,
                    "origin": self.name,
                    "oms_return_id": self.id,
                    "scrap_reason_tag_ids": [fields.Command.set(tag.ids)] if tag else [],
                }
                for _line, units, item, stock in pieces
                if not stock
            ]
        )
        if scraps:
            scraps.do_scrap()
