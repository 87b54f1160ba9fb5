from odoo import api, fields, models

from ..exceptions import OmsRefusal
from .oms_fulfillment import OPEN_STATES


class OmsFulfillment(models.Model):
    """What people and 3PLs do with a fulfilment: pick, pack, hand over, report the delivery."""

    _inherit = "oms.fulfillment"

    # BUTTONS

    def action_pick(self):
        """All goods are in the tote."""
        for work in self:
            work._ensure_open(work.picking_id.move_ids.filtered("quantity").sale_line_id)
            work._ensure_reserved()
        self._set_picked(fields.Datetime.now())
        return True

    def action_pack(self):
        """The parcel is closed."""
        for work in self:
            work._ensure_open(work.picking_id.move_ids.filtered("quantity").sale_line_id)
            work._ensure_reserved()
        self._set_packed(fields.Datetime.now())
        return True

    def action_hand_over(self):
        """Hand over what is reserved; the rest becomes a second fulfilment."""
        for work in self:
            work._ship({})
        self.order_id._oms_advance()
        return True

    def action_deliver(self):
        """The customer has it, as somebody reported by hand."""
        for work in self:
            work._ensure_handed_over()
        self._delivered_by_hand(fields.Datetime.now())
        self._sharing().order_id._oms_advance()
        return True

    def _delivered_by_hand(self, at):
        """Somebody of ours says that the customer has it; the tracking addon tells the parcels."""
        return self._set_delivered(at)

    def action_view_picking(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self.picking_id.id,
            "view_mode": "form",
        }

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    # RPC

    @api.model
    def ship(self, items):
        """Hand fulfilments over to the courier, in whole or in part.

        :param list items: ``{fulfillment, picked_at, packed_at, shipped_at, parcels}``;
            ``fulfillment`` is its name, or ``order`` names an order with one open fulfilment;
            times are ISO 8601 (default now); ``parcels`` is a list of ``{courier, service, resi,
            weight_kg, lines: [{sku, quantity}]}``; without lines everything reserved leaves,
            with lines only those units, and the rest becomes a second fulfilment; a kit is named
            by its own SKU or by those of its components
        :return: per item ``{status, id, name, parcels: [{id, name, resi, link}], remainder,
            errors}``; ``status`` is ``shipped``, or ``duplicate`` if it had left before;
            ``remainder`` names the fulfilment of what stayed behind
        """
        self._check_provider_access()

        def ship(item):
            work = self._find_work(item)
            if work.handed_over_at:
                return {
                    "status": "duplicate",
                    "id": work.id,
                    "name": work.name,
                    "parcels": work._register_parcels([]),
                }
            parcels = work._ship(item)
            work.order_id._oms_advance()
            work.order_id._oms_refresh_touched()
            rest = work.picking_id.backorder_ids.oms_fulfillment_ids[:1]
            return {
                "status": "shipped",
                "id": work.id,
                "name": work.name,
                "parcels": parcels,
                "remainder": rest.name or None,
            }

        return self.env["oms.rpc"]._run_items(items, ship)

    @api.model
    def mark_delivered(self, items):
        """Report deliveries that no courier reports.

        :param list items: ``{fulfillment | order, at}``; ``at`` ISO 8601, default now
        :return: per item ``{status, id, name, stage, errors}``; ``status`` is ``delivered`` or
            ``duplicate``
        """
        self._check_work_access()

        def deliver(item):
            work = self._find_work(item)
            work._ensure_handed_over()
            at = self.env["oms.rpc"]._parse_time(item.get("at"), "at") or fields.Datetime.now()
            changed = work._delivered_by_hand(at) if not work.delivered_at else None
            work._sharing().order_id._oms_advance()
            work.order_id._oms_refresh_touched()
            return {
                "status": "delivered" if changed else "duplicate",
                "id": work.id,
                "name": work.name,
                "stage": work.order_id.oms_stage_id.code,
            }

        return self.env["oms.rpc"]._run_items(items, deliver)

    def _check_work_access(self):
        user = self.env.user
        groups = ("group_oms_integration", "group_oms_warehouse", "group_oms_courier")
        if not self.env.su and not any(user.has_group(f"oms_fulfillment.{g}") for g in groups):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not move fulfilments.", user=user.name),
                next_step=self.env._("Ask for the role OMS: Warehouse operator or Integration."),
            )

    def _find_work(self, item):
        """Return the fulfilment that an item names, within the caller's companies."""
        reference = item.get("fulfillment")
        # sudo: the role was checked by the public method; the companies are in the domain.
        if reference:
            key = "id" if isinstance(reference, int) else "name"
            work = self.sudo().search(
                [(key, "=", reference), ("company_id", "in", self.env.companies.ids)]
            )
        else:
            order = self.env["oms.rpc"]._find_order(item.get("order"))
            order._oms_refresh_touched()
            work = order.oms_fulfillment_ids
            work = work.filtered(lambda w: w.state in OPEN_STATES) or work.filtered(
                lambda w: w.state != "cancelled"
            )
        if len(work) != 1:
            raise OmsRefusal(
                "unknown_fulfillment" if not work else "ambiguous_fulfillment",
                self.env._(
                    "%(reference)s names %(count)s fulfilments.",
                    reference=str(reference or item.get("order"))[:80],
                    count=len(work),
                ),
                field="fulfillment",
                next_step=self.env._("Send the fulfilment's name, as oms_snapshot gives it."),
            )
        return work

    # GUARDS

    def _ensure_open(self, lines=None):
        """Refuse what is closed, or held: the order, this fulfilment, or one of ``lines``."""
        if self.state not in OPEN_STATES or self.handed_over_at:
            raise OmsRefusal(
                "not_open",
                self.env._(
                    "%(name)s is %(state)s.",
                    name=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                ),
                next_step=self.env._("Only open fulfilments are picked, packed and handed over."),
            )
        self.order_id._oms_guard("ship", lines, self)

    def _ensure_reserved(self):
        if not any(move.quantity for move in self.picking_id.move_ids):
            raise OmsRefusal(
                "nothing_reserved",
                self.env._("Nothing is reserved for %(name)s.", name=self.name),
                next_step=self.env._("Wait for stock, or receive it; then pick."),
            )

    def _ensure_handed_over(self):
        if not self.handed_over_at:
            raise OmsRefusal(
                "not_handed_over",
                self.env._("%(name)s has not left the warehouse.", name=self.name),
                next_step=self.env._("Hand it over to the courier first."),
            )

    # SHIPPING

    def _ship(self, item):
        """Validate the transfer for the units in ``item``; return the parcels."""
        self.ensure_one()
        # Which lines leave is known when the transfer is validated; it asks about their holds.
        self._ensure_open(self.order_id.order_line.browse())
        self._ensure_reserved()
        rpc = self.env["oms.rpc"]
        at = rpc._parse_time(item.get("shipped_at"), "shipped_at") or fields.Datetime.now()
        picked_at = rpc._parse_time(item.get("picked_at"), "picked_at")
        packed_at = rpc._parse_time(item.get("packed_at"), "packed_at")
        parcels = item.get("parcels") or []
        self._set_quantities(parcels)
        if picked_at or packed_at:
            self._set_picked(picked_at or packed_at)
        if packed_at:
            self._set_packed(packed_at)
        self._set_handed_over(at)
        done = self.picking_id.with_context(skip_backorder=True, skip_sms=True).button_validate()
        if done is not True:
            raise OmsRefusal(
                "transfer_not_validated",
                self.env._("Odoo asks something before it validates %(name)s.", name=self.name),
                next_step=self.env._("Open the transfer and validate it there."),
            )
        return self._register_parcels(parcels)

    def _set_quantities(self, parcels):
        """Mark what leaves: the units named in the parcels, or everything that is reserved."""
        wanted = self._units_by_sku(parcels)
        for move in self.picking_id.move_ids.filtered(lambda m: m.state not in ("done", "cancel")):
            if wanted is None:
                move.picked = bool(move.quantity)
                continue
            sku = move.product_id.default_code or move.product_id.barcode
            units = min(wanted.get(sku, 0.0), move.quantity)
            wanted[sku] = wanted.get(sku, 0.0) - units
            if units and move.product_uom.compare(units, move.quantity) < 0:
                move.quantity = units
            move.picked = bool(units)
        surplus = {sku: units for sku, units in (wanted or {}).items() if units > 1e-6}
        for sku, units in surplus.items():
            raise OmsRefusal(
                "more_than_reserved",
                self.env._(
                    "%(name)s has no %(units)s more units of %(sku)s reserved.",
                    name=self.name,
                    units=f"{units:g}",
                    sku=sku,
                ),
                field="parcels",
                next_step=self.env._("Ship what oms_snapshot shows as reserved."),
            )

    def _units_by_sku(self, parcels):
        """Return ``{sku: units}`` named in the parcels, or ``None`` when none names any."""
        if not isinstance(parcels, list | tuple) or not all(isinstance(p, dict) for p in parcels):
            raise OmsRefusal(
                "bad_value",
                self.env._("The parcels of %(name)s are no list of objects.", name=self.name),
                field="parcels",
                next_step=self.env._(
                    "Send parcels as [{courier, resi, lines: [{sku, quantity}]}]."
                ),
            )
        if not any(parcel.get("lines") for parcel in parcels):
            return None
        wanted = {}
        for parcel in parcels:
            for line in parcel.get("lines") or ():
                units = float(line["quantity"])
                if not 0 < units < 1e9:
                    raise OmsRefusal(
                        "bad_value",
                        self.env._(
                            "%(units)s is no quantity of %(sku)s.",
                            units=line["quantity"],
                            sku=line.get("sku"),
                        ),
                        field="parcels",
                        next_step=self.env._("Send the units in this parcel, more than 0."),
                    )
                wanted[line["sku"]] = wanted.get(line["sku"], 0.0) + units
        return wanted
