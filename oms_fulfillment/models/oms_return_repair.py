from odoo import api, fields, models

from ..engine import disposition as engine
from ..exceptions import OmsRefusal

# Where units may go of which the customer wants the repair.
REPAIR_PLACES = ("repair", "send_back", "missing", "wrong_item")


class OmsReturn(models.Model):
    """Repairs: goods that wait at the repair place and go back to the customer, without money."""

    _inherit = "oms.return"

    to_repair = fields.Float(
        compute="_compute_to_repair",
        compute_sudo=True,
        digits="Product Unit",
        help="Units at the repair place that are to go back to the customer.",
    )

    @api.depends("state", "line_ids.wish", "line_ids.aside", "picking_ids.state")
    def _compute_to_repair(self):
        for case in self:
            repairs = case.line_ids.filtered(lambda line: line.wish == "repair")
            here = case.state == "inspected" and repairs
            case.to_repair = sum(line._repairs_left() for line in repairs) if here else 0.0

    # STEPS

    def action_repaired(self):
        """Button: what the lines say is repaired goes back; untouched lines: all of it."""
        for case in self:
            case._ensure_role("group_oms_warehouse")
            repairs = case.line_ids.filtered(lambda line: line.wish == "repair")
            units = {line: line.repaired for line in repairs}
            # sudo: the transfers of the return.
            if all(line.repaired <= line.sudo()._repairs_sent() for line in repairs):
                units = {line: line._units_at("repair") for line in repairs}
            case._do_repaired(units)
        return True

    @api.model
    def repaired(self, items):
        """Send repaired goods back to the customer: a transfer waits for the warehouse.

        :param list items: ``{return, lines: [{line_id | sku, quantity}]}``; ``quantity`` counts
            the units of the line that are repaired in all, so the call may be repeated; without
            ``lines`` everything at the repair place is
        :return: per item ``{status, id, name, state, errors}``; ``status`` is ``repaired``, or
            ``duplicate`` when these units were sent before
        """
        self._ensure_role("group_oms_integration", "group_oms_warehouse")
        return self.env["oms.rpc"]._run_items(items, self._repaired_item)

    def _repaired_item(self, item):
        case = self._find_case(item)
        if case._is_past("resolved"):
            return case._answer("duplicate")
        repairs = case.line_ids.filtered(lambda line: line.wish == "repair")
        if item.get("lines") is None:
            units = {line: line._units_at("repair") for line in repairs}
        else:
            units = {}
            for line, quantity, _values in case._match_lines(item["lines"], "quantity"):
                units[line] = units.get(line, 0.0) + quantity
        sent = case._do_repaired(units)
        return case._answer("repaired" if sent else "duplicate")

    def _do_repaired(self, units):
        """Make the transfers for ``{return line: units repaired in all}``; return them.

        :raise OmsRefusal: ``wrong_state``, ``over_repaired``
        """
        self._ensure_state("inspected")
        self.order_id.sudo()._oms_lock()
        # sudo: a 3PL's integration has no rights on transfers; the units are checked.
        case = self.sudo()
        wanted = {}
        for line, quantity in units.items():
            line._ensure_at_repair(quantity)
            line.sudo().repaired = max(quantity, line.repaired)
            left = quantity - line.sudo()._repairs_sent()
            if line.uom_id.compare(left, 0.0) > 0:
                wanted[line.sudo()] = left
        transfers = self.env["stock.picking"]
        for picking, pieces in case._repaired_pieces(wanted).items():
            warehouse = picking.picking_type_id.warehouse_id
            transfer = case._transfer(
                warehouse,
                pieces,
                warehouse._oms_get_aside_location("repair"),
                pieces[0][0].location_id,
                False,
                sale_line_id=lambda item: case._line_of_move(item.move_id).id,
                origin_returned_move_id=lambda item: item.move_id.id,
                to_refund=lambda item: True,
            )
            transfer.oms_send_back = True
            transfers |= transfer
        return transfers

    def _repaired_pieces(self, wanted):
        """Return ``{receipt: [(move line, units)]}`` of the units that now go back, after those
        that went before."""
        result, findings = {}, self._findings_left()
        left = {
            (line.sale_line_id, product): units * need
            for line, units in wanted.items()
            for product, need in line.sale_line_id._oms_parts().items()
        }
        sent = {}
        for item in self.line_ids._repair_moves().move_line_ids:
            key = item.move_id.origin_returned_move_id, item.lot_id
            sent[key] = sent.get(key, 0.0) + item.quantity_product_uom
        for picking in self._return_pickings().filtered(lambda pick: pick.state == "done"):
            for item, units in self._pieces_of(picking, findings).get("repair", ()):
                before = min(units, sent.get((item.move_id, item.lot_id), 0.0))
                sent[item.move_id, item.lot_id] = (
                    sent.get((item.move_id, item.lot_id), 0.0) - before
                )
                key = self._line_of_move(item.move_id), item.product_id
                units = min(units - before, left.get(key, 0.0))
                if item.product_id.uom_id.compare(units, 0.0) > 0:
                    left[key] -= units
                    result.setdefault(picking, []).append((item, units))
        return result

    def _repairs_left_the_house(self):
        """Repaired goods were sent: they are with the customer again; a return of which that was
        all is closed."""
        for case in self.filtered(lambda case: case.state == "inspected"):
            repairs = case.line_ids.filtered(lambda line: line.wish == "repair")
            for line in repairs:
                gone = line._repairs_gone()
                line.write(
                    {
                        "aside": line._units_placed(engine.ASIDE) - gone,
                        "absent": line._units_placed(engine.ABSENT) + gone,
                    }
                )
            case.order_id._oms_touch()
            nothing_else = all(line.wish in ("repair", "none") for line in case.line_ids)
            if repairs and nothing_else and not case.to_repair:
                case._do_resolve({})

    def _do_resolve(self, decisions, note=None):
        """Override: what waits for its repair is decided first.

        :raise OmsRefusal: ``repair_open``
        """
        for line in self.line_ids.filtered(lambda line: line.wish == "repair"):
            left = line.sudo()._repairs_left()
            if line.uom_id.compare(left, 0.0) > 0:
                raise OmsRefusal(
                    "repair_open",
                    self.env._(
                        "%(units)s of %(product)s of %(name)s wait for their repair.",
                        units=f"{left:g}",
                        product=line.product_id.display_name,
                        name=self.name,
                    ),
                    next_step=self.env._(
                        "Send them back with Repaired, or give the line another wish and say why."
                    ),
                )
        return super()._do_resolve(decisions, note)

    # ANOTHER WISH

    @api.model
    def change_wish(self, items):
        """Give lines of a return another wish, before it is resolved: what can't be repaired is
        refunded or replaced.

        :param list items: ``{return, reason, lines: [{line_id | sku, wish, exchange}]}``
        :return: per item ``{status, id, name, state, refund, errors}``; ``status`` is ``changed``
        """
        self._ensure_role("group_oms_integration", "group_oms_agent")
        return self.env["oms.rpc"]._run_items(items, self._change_wish_item)

    def _change_wish_item(self, item):
        case = self._find_case(item)
        case._ensure_state("requested", "approved", "in_transit", "received", "inspected")
        for line, _quantity, values in case._match_lines(item.get("lines")):
            vals = self._parse_wish(values, item)
            line.write({**vals, "wish_reason": str(item.get("reason") or "")[:500]})
        return case._answer("changed")


class OmsReturnLine(models.Model):
    _inherit = "oms.return.line"

    repaired = fields.Float(
        digits="Product Unit",
        copy=False,
        help="Units that were repaired and go, or went, back to the customer.",
    )
    wish_reason = fields.Char(
        string="Why Another Wish", copy=False, help="For units that could not be repaired."
    )

    _repaired_within = models.Constraint(
        "CHECK(COALESCE(repaired, 0) >= 0 AND COALESCE(repaired, 0) <= received)",
        lambda env, diag: env._("No more can be repaired than was received."),
    )

    def write(self, vals):
        """Override: a repair is given up with a reason.

        :raise OmsRefusal: ``reason_required``
        """
        if "wish" in vals:
            for line in self:
                line._ensure_wish_reason(vals)
        return super().write(vals)

    def _ensure_wish_reason(self, vals):
        if self.wish != "repair" or vals["wish"] == "repair" or self.state != "inspected":
            return
        if not (vals.get("wish_reason") or self.wish_reason):
            raise OmsRefusal(
                "reason_required",
                self.env._(
                    "The repair of %(product)s can't be given up without a reason.",
                    product=self.product_id.display_name,
                ),
                field="reason",
                next_step=self.env._("Say why; the customer will ask."),
            )

    def _ensure_at_repair(self, units):
        """Refuse to send more back than is at the repair place.

        :raise OmsRefusal: ``not_for_repair``, ``over_repaired``
        """
        here = self._units_at("repair")
        if self.wish == "repair" and self.uom_id.compare(units, here) <= 0:
            return
        raise OmsRefusal(
            "over_repaired" if self.wish == "repair" else "not_for_repair",
            self.env._(
                "%(units)s of %(product)s can't be sent back repaired: %(here)s are for repair.",
                units=f"{units:g}",
                product=self.product_id.display_name,
                here=f"{here if self.wish == 'repair' else 0:g}",
            ),
            field="quantity",
            next_step=self.env._("Send no more than the inspection put to the repair place."),
        )

    def _check_findings(self, findings):
        """Override: what the customer wants repaired is repaired, or is with them.

        :raise OmsRefusal: ``repair_place``
        """
        super()._check_findings(findings)
        if self.wish != "repair":
            return
        for finding in findings:
            if finding["disposition"] not in REPAIR_PLACES:
                raise OmsRefusal(
                    "repair_place",
                    self.env._(
                        "The customer wants %(product)s repaired.",
                        product=self.product_id.display_name,
                    ),
                    field="disposition",
                    next_step=self.env._(
                        "Put it to the repair place, or send it back; if it can't be repaired, the "
                        "line gets another wish there."
                    ),
                )

    def _untouched_findings(self):
        """Override: goods for repair go to the repair place."""
        if self.wish == "repair":
            return [{"disposition": "repair", "quantity": self.received, "refused": 0.0}]
        return super()._untouched_findings()

    def _rest_disposition(self):
        return "repair" if self.wish == "repair" else super()._rest_disposition()

    # UNITS

    def _units_at(self, disposition):
        """Units that the inspection put to one place."""
        mine = self.finding_ids.filtered(lambda one: one.disposition == disposition)
        return sum(mine.mapped("quantity"))

    def _units_placed(self, place):
        return sum(
            one.quantity for one in self.finding_ids if engine.PLACES[one.disposition] == place
        )

    def _repair_moves(self):
        """Moves that take repaired units to the customer."""
        return self.return_id.picking_ids.move_ids.filtered(
            lambda move: move.state != "cancel"
            and move.location_id.oms_disposition == "repair"
            and move.location_dest_id.usage == "customer"
            and self.return_id._line_of_move(move) in self.sale_line_id
        )

    def _repairs_sent(self):
        """Units with a transfer to the customer, done or waiting."""
        return self.sale_line_id._oms_units_of(self._repair_moves())

    def _repairs_gone(self):
        return self.sale_line_id._oms_units_of(
            self._repair_moves().filtered(lambda move: move.state == "done")
        )

    def _repairs_left(self):
        """Units at the repair place that have not left."""
        return self._units_at("repair") - self._repairs_gone()


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        # sudo: whoever sends goods may have no rights on returns.
        self.sudo().filtered("oms_return_id").move_ids.filtered(
            lambda move: move.location_id.oms_disposition == "repair"
        ).picking_id.oms_return_id._repairs_left_the_house()
        return result
