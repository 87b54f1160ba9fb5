from odoo import api, fields, models

STATES = [
    ("waiting", "Waiting for stock"),
    ("ready", "To pick"),
    ("picked", "Picked"),
    ("packed", "Packed"),
    ("handed_over", "Handed over"),
    ("delivered", "Delivered"),
    ("accepted", "Accepted"),
    ("cancelled", "Cancelled"),
]
OPEN_STATES = ("waiting", "ready", "picked", "packed")


class OmsFulfillment(models.Model):
    """The quantities of one order that leave one warehouse together: one outgoing transfer.

    The transfer is the truth about goods; this record adds what Odoo does not know: who picked,
    packed, handed over and when, when it was delivered and accepted, and what a 3PL answered.
    """

    _name = "oms.fulfillment"
    _description = "Fulfilment Order"
    _order = "ship_by, id"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    picking_id = fields.Many2one(
        "stock.picking", string="Transfer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True, index=True)
    partner_id = fields.Many2one(related="order_id.partner_shipping_id", string="Customer")
    recipient = fields.Char(related="order_id.oms_recipient", string="Ship To")
    # sudo: readers see what a fulfilment sends without a right on transfers.
    goods = fields.Char(compute="_compute_goods", compute_sudo=True, help="What to pick, in short.")
    provider_id = fields.Many2one("res.partner", string="3PL", readonly=True)
    carrier_id = fields.Many2one(related="picking_id.carrier_id")
    state = fields.Selection(STATES, default="waiting", required=True, readonly=True, index=True)
    on_hold = fields.Boolean(compute="_compute_on_hold")
    ship_by = fields.Datetime(readonly=True)
    priority = fields.Selection([("0", "Normal"), ("1", "Urgent")], default="0")
    note = fields.Char()

    released_at = fields.Datetime(readonly=True)
    picked_at = fields.Datetime(readonly=True)
    picked_by_id = fields.Many2one("res.users", readonly=True)
    packed_at = fields.Datetime(readonly=True)
    packed_by_id = fields.Many2one("res.users", readonly=True)
    handed_over_at = fields.Datetime(readonly=True)
    handed_over_by_id = fields.Many2one("res.users", readonly=True)
    delivered_at = fields.Datetime(readonly=True)
    accepted_at = fields.Datetime(readonly=True)
    accepted_by = fields.Selection(
        [("customer", "Customer"), ("auto", "Time limit"), ("agent", "Agent")], readonly=True
    )
    auto_accept_at = fields.Datetime(
        string="Accepted Automatically At", readonly=True, help="When silence counts as acceptance."
    )

    _picking_uniq = models.Constraint(
        "UNIQUE(picking_id)", lambda env, diag: env._("This transfer already has a fulfilment.")
    )
    _ship_by_idx = models.Index(
        "(company_id, ship_by) WHERE state IN ('waiting', 'ready', 'picked', 'packed')"
    )
    _auto_accept_idx = models.Index(
        "(auto_accept_at) WHERE accepted_at IS NULL AND auto_accept_at IS NOT NULL"
    )

    def _compute_goods(self):
        """ "2 x KOP-250, 1 x TEH-100, +3": what an operator wants to know before opening it."""
        for work in self:
            moves = work.picking_id.move_ids.filtered(lambda move: move.state != "cancel")
            names = [
                f"{move.product_uom_qty:g} x {move.product_id.default_code or move.product_id.name}"
                for move in moves
            ]
            rest = [f"+{len(names) - 2}"] if len(names) > 2 else []
            work.goods = ", ".join(names[:2] + rest)

    def _compute_on_hold(self):
        holds = self.order_id._oms_active_holds("ship").grouped("order_id")
        nothing = self.env["oms.hold"]
        for work in self:
            own = holds.get(work.order_id, nothing)
            work.on_hold = bool(
                own and own._concerning(work.picking_id.move_ids.sale_line_id, work)
            )

    # SYNC: one record per outgoing transfer, its state read from the transfer

    @api.model
    def _sync_orders(self, orders):
        """Create missing fulfilments of these orders and bring the states up to date."""
        self._create_missing(orders)
        orders.oms_fulfillment_ids._sync_state()

    @api.model
    def _create_missing(self, orders):
        known = orders.oms_fulfillment_ids.picking_id
        missing = orders.picking_ids.filtered(
            lambda picking: picking._oms_is_delivery()
            and picking.state != "draft"
            and not picking.return_id
            and picking not in known
        )
        if missing:
            self.create([self._prepare_from_picking(picking) for picking in missing.sorted("id")])

    @api.model
    def _prepare_from_picking(self, picking):
        order = picking.sale_id
        warehouse = picking.picking_type_id.warehouse_id
        return {
            "name": picking.name,
            "order_id": order.id,
            "picking_id": picking.id,
            "company_id": picking.company_id.id,
            "warehouse_id": warehouse.id,
            "channel_id": order.oms_channel_id.id,
            "provider_id": warehouse.oms_provider_id.id,
            "ship_by": order.oms_ship_by,
            "released_at": fields.Datetime.now(),
        }

    def _sync_state(self):
        for work in self:
            state = work._derive_state()
            if work.state != state:
                arrived = state == "handed_over"
                work.state = state
                if arrived:
                    work._register_parcels([])

    def _derive_state(self):
        self.ensure_one()
        if self.picking_id.state == "cancel":
            return "cancelled"
        if self.accepted_at:
            return "accepted"
        if self.delivered_at:
            return "delivered"
        if self.picking_id.state == "done":
            return "handed_over"
        if self.packed_at:
            return "packed"
        if self.picked_at:
            return "picked"
        return "ready" if self.picking_id.state == "assigned" else "waiting"

    # TRANSITIONS

    def _set_picked(self, at):
        done = self.filtered(lambda work: not work.picked_at)
        done.write({"picked_at": at, "picked_by_id": self.env.uid})
        return done._changed()

    def _set_packed(self, at):
        self._set_picked(at)
        done = self.filtered(lambda work: not work.packed_at)
        done.write({"packed_at": at, "packed_by_id": self.env.uid})
        return done._changed()

    def _set_handed_over(self, at):
        """Called when the transfer is done; fills the earlier times that nobody recorded."""
        self._set_packed(at)
        done = self.filtered(lambda work: not work.handed_over_at)
        done.write({"handed_over_at": at, "handed_over_by_id": self.env.uid})
        return done._changed()

    def _set_delivered(self, at):
        """Record the delivery and start the customer's time to look at the goods."""
        done = self.filtered(lambda work: work.handed_over_at and not work.delivered_at)
        for work in done:
            days = work.channel_id.acceptance_days
            work.write({"delivered_at": at, "auto_accept_at": fields.Datetime.add(at, days=days)})
        return done._changed()

    def _set_accepted(self, at, by):
        """Record the acceptance by ``customer``, ``auto`` or ``agent``."""
        done = self.filtered(lambda work: work.delivered_at and not work.accepted_at)
        for work in done:
            work.write({"accepted_at": max(at, work.delivered_at), "accepted_by": by})
        return done._changed()

    def _changed(self):
        self.order_id._oms_touch()
        return self

    # HOOK

    def _register_parcels(self, parcels):
        """Parcels of a handed-over fulfilment; the tracking addon makes shipments of them.

        :param list parcels: as in :meth:`ship`; empty means one parcel with everything, unless
            parcels are known already
        :return: list of ``{id, name, resi, link}``
        """
        return []

    def _as_dict(self):
        """The fulfilment as the snapshot shows it; times in UTC."""
        self.ensure_one()
        times = (
            "ship_by",
            "picked_at",
            "packed_at",
            "handed_over_at",
            "delivered_at",
            "accepted_at",
        )
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "warehouse": self.warehouse_id.code,
            **{name: fields.Datetime.to_string(self[name]) or None for name in times},
        }
