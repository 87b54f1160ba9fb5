from odoo import api, models

from ..exceptions import OmsRefusal


class OmsFulfillment(models.Model):
    """Hold, release, move to another warehouse, split, cancel: before goods leave."""

    _inherit = "oms.fulfillment"

    # RPC

    @api.model
    def hold(self, items):
        """Stop fulfilments; the other fulfilments of their orders go on.

        :param list items: ``{fulfillment, reason, code}``; ``code`` names an ``oms.hold.code``,
            default ``manual``
        :return: per item ``{status, id, name, state, hold, errors}``; ``status`` is ``held``;
            ``hold`` is the id of the hold
        """
        return self._run_action("hold", items, lambda work, item: work._do_hold(item))

    @api.model
    def release(self, items):
        """End the holds on fulfilments; holds on their orders stay.

        :param list items: ``{fulfillment, reason, code}``; without a code every hold on it
        :return: per item ``{status, id, name, state, errors}``; ``status`` is ``released``, or
            ``duplicate`` when no hold was left
        """
        return self._run_action("release", items, lambda work, item: work._do_release(item, self))

    @api.model
    def move_to(self, items):
        """Have fulfilments, or units of them, sent from another warehouse.

        A person's choice: no later run of the sourcing changes it. Goods that were picked already
        get a transfer that brings them back to their shelf.

        :param list items: ``{fulfillment, warehouse, lines: [{sku, quantity}], reason,
            reference}``; ``warehouse`` is its code; without lines everything; quantities in the
            SKU's unit
        :return: per item ``{status, id, name, state, fulfillments: [{name, warehouse, state}],
            errors}``; ``status`` is ``moved``, or ``duplicate`` when it was there already;
            ``fulfillments`` are the new ones
        """
        return self._run_action("move", items, lambda work, item: work._do_move(item))

    @api.model
    def split(self, items):
        """Send units of fulfilments on their own, from the same warehouse.

        What is reserved stays reserved, on whichever side it lands.

        :param list items: ``{fulfillment, lines: [{sku, quantity}], reason, reference}``; the
            lines become a second fulfilment; quantities in the SKU's unit
        :return: as :meth:`move_to`; ``status`` is ``split``
        """
        return self._run_action("split", items, lambda work, item: work._do_split(item))

    @api.model
    def cancel(self, items):
        """Cancel what fulfilments still have to bring; the rest of their orders goes on.

        :param list items: ``{fulfillment, lines: [{sku, quantity}], reason, reference}``; without
            lines everything; ``reason`` is a text or the code of a cancel reason
        :return: per item ``{status, id, name, state, errors}``; ``status`` is ``cancelled``, or
            ``duplicate`` when it was cancelled before
        """
        return self._run_action("cancel", items, lambda work, item: work._do_cancel(item))

    # HOLD AND RELEASE

    def _own_holds(self):
        return self.order_id._oms_active_holds().filtered(lambda hold: hold.fulfillment_id == self)

    def _do_hold(self, item):
        self._ensure_supported("hold")
        reason = item.get("reason")
        if not isinstance(reason, str) or not reason.strip():
            raise OmsRefusal(
                "reason_missing",
                self.env._("%(name)s is put on hold with a reason.", name=self.name),
                field="reason",
                next_step=self.env._("Say in a few words what it waits for."),
            )
        hold = self.order_id._oms_raise_hold(
            item.get("code") or "manual",
            reason.strip(),
            raised_by="user",
            fulfillment_id=self.id,
        )
        self._log_action("hold", item, reason=reason.strip())
        return {"status": "held", "hold": hold.id}

    def _do_release(self, item, caller):
        """``caller`` is the model as the caller sees it: the hold asks who releases it."""
        holds = self._own_holds()
        if item.get("code"):
            holds = holds.filtered(lambda hold: hold.code == item["code"])
        if not holds:
            return {"status": "duplicate"}
        holds.with_env(caller.env).release(item.get("reason"))
        self._log_action("release", item, reason=item["reason"].strip())
        return {"status": "released"}

    # MOVE

    def _do_move(self, item):
        warehouse = self._target_warehouse(item.get("warehouse"))
        if warehouse == self.warehouse_id or self._was_moved_to(warehouse):
            return {"status": "duplicate"}
        self._ensure_supported("move")
        wanted = self._wanted_units(item)
        self._move_units(wanted, warehouse)
        if not self._open_moves() and self.order_id._oms_open_warehouses() == warehouse:
            self.order_id.oms_source_id = warehouse
        goods = [
            (move, units, move.location_id, move.lot_ids[:0]) for move, units in wanted.items()
        ]
        reason = item.get("reason") or False
        self._log_action("move", item, goods, reason=reason, warehouse_id=warehouse.id)
        return {"status": "moved"}

    def _was_moved_to(self, warehouse):
        return self._derive_state() == "cancelled" and warehouse in self.action_ids.warehouse_id

    def _target_warehouse(self, code):
        """Return the company's warehouse with this code.

        :raise OmsRefusal: ``unknown_warehouse``
        """
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)])
        found = warehouses.filtered(lambda warehouse: warehouse.code == code)
        if not found:
            raise OmsRefusal(
                "unknown_warehouse",
                self.env._(
                    "%(company)s has no warehouse %(code)s.",
                    company=self.company_id.name,
                    code=str(code)[:40],
                ),
                field="warehouse",
                next_step=self.env._(
                    "Use one of: %(codes)s.", codes=", ".join(warehouses.mapped("code"))
                ),
            )
        return found

    def _move_units(self, wanted, warehouse):
        """Ask ``warehouse`` for ``{move: units of the product}`` and give them up here.

        In this order: a unit that no transfer brings any more would count as cancelled.
        """
        self._ensure_whole_sets(wanted)
        self.env["stock.move"]._oms_ask_elsewhere({warehouse: wanted})
        for move, units in wanted.items():
            move._oms_shrink(move._oms_in_own_unit(units))
        if not self._open_moves():
            (self | self.follower_ids).lead_id = False
        self._changed()

    def _ensure_whole_sets(self, wanted):
        """Extended where goods must stay together."""

    # SPLIT

    def _do_split(self, item):
        self._ensure_supported("split")
        if not item.get("lines"):
            raise OmsRefusal(
                "lines_missing",
                self.env._("Which units of %(name)s go on their own?", name=self.name),
                field="lines",
                next_step=self.env._("Send lines with sku and quantity."),
            )
        wanted = self._wanted_units(item)
        if sum(wanted.values()) >= sum(self._open_moves().mapped("product_qty")) - 1e-6:
            raise OmsRefusal(
                "nothing_stays",
                self.env._("Nothing of %(name)s would stay behind.", name=self.name),
                field="lines",
                next_step=self.env._("Name fewer units than it has."),
            )
        self._split_off(wanted)
        goods = [
            (move, units, move.location_id, move.lot_ids[:0]) for move, units in wanted.items()
        ]
        self._log_action("split", item, goods, reason=item.get("reason") or False)
        return {"status": "split"}

    def _split_off(self, wanted):
        """Put ``{move: units of the product}`` on a transfer of their own; return it."""
        picking = self.picking_id._create_backorder_picking()
        for move, units in wanted.items():
            move._oms_give(units, picking)
        picking.action_confirm()
        self._changed()
        return picking

    # CANCEL

    def _do_cancel(self, item):
        if self._derive_state() == "cancelled":
            return {"status": "duplicate"}
        self._ensure_supported("cancel")
        wanted = self._wanted_units(item)
        goods = [
            (move, units, move.location_id, move.lot_ids[:0]) for move, units in wanted.items()
        ]
        self._cancel_units(wanted, item.get("reason"))
        self._log_action("cancel", item, goods, reason=self.order_id.oms_cancel_reason)
        return {"status": "cancelled"}

    def _cancel_units(self, wanted, reason):
        """Take ``{move: units of the product}`` off the transfer for good."""
        lines = self.env["sale.order.line"]
        for move, units in wanted.items():
            lines |= move.sale_line_id
            move._oms_shrink(move._oms_in_own_unit(units))
        lines._oms_record_cancelled()
        self.order_id._oms_set_cancel_reason(reason, "other")
        if not self._open_moves():
            (self | self.follower_ids).lead_id = False
        self._changed()
