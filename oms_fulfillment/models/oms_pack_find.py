from odoo import api, models

from ..exceptions import OmsRefusal

LIMIT = 12


class OmsPackSession(models.Model):
    """What a code means when no parcel is open: an order, a transfer, a tote, a batch, a resi, or
    a product of which a single-unit order waits."""

    _inherit = "oms.pack.session"

    @api.model
    def _find_work(self, code):
        """Return the transfers to pack that ``code`` names: one opens, several are a choice.

        :raise OmsRefusal: ``unknown_code``, or why what was found is not to be packed
        """
        for find in (
            self._find_by_transfer,
            self._find_by_order,
            self._find_by_package,
            self._find_by_batch,
            self._find_by_resi,
            self._find_by_product,
        ):
            found = find(code)
            if found:
                return self._ready_among(found, code)
        raise OmsRefusal(
            "unknown_code",
            self.env._("%(code)s is no order, transfer, tote or resi.", code=code[:60]),
            next_step=self.env._("Scan the picking list, the order number or the tote."),
        )

    @api.model
    def _company_domain(self):
        return [("company_id", "in", self.env.companies.ids)]

    @api.model
    def _find_by_transfer(self, code):
        return self.env["stock.picking"].search([("name", "=", code), *self._company_domain()])

    @api.model
    def _find_by_order(self, code):
        orders = self.env["oms.rpc"]._find_orders([code])
        # sudo: reading which transfers an order has; opening one asks for the user's rights.
        return orders.sudo().picking_ids.sudo(False)

    @api.model
    def _find_by_package(self, code):
        """A tote: the package that the picker put the goods into."""
        lines = self.env["stock.move.line"].search(
            [
                "|",
                ("package_id.name", "=", code),
                ("result_package_id.name", "=", code),
                ("state", "not in", ("done", "cancel")),
                *self._company_domain(),
            ]
        )
        return lines.picking_id

    @api.model
    def _find_by_batch(self, code):
        batch = self.env["stock.picking.batch"].search(
            [("name", "=", code), *self._company_domain()], limit=1
        )
        return batch.picking_ids

    @api.model
    def _find_by_resi(self, code):
        """The courier's number on a label that exists already: the tracking addon knows them."""
        return self.env["stock.picking"]

    @api.model
    def _find_by_product(self, code):
        """Single-unit orders need no picking list: the unit itself opens the most urgent one."""
        product = self._product_of(code)
        if not product:
            return self.env["stock.picking"]
        lines = self.env["stock.move.line"].search(
            [
                ("product_id", "=", product.id),
                ("state", "=", "assigned"),
                ("quantity", "=", 1.0),
                ("picking_id.oms_fulfillment_ids.state", "=", "ready"),
                ("picking_id.oms_fulfillment_ids.packed_at", "=", False),
                ("picking_id.oms_fulfillment_ids.lead_id", "=", False),
                *self._company_domain(),
            ],
            limit=200,
        )
        taken = self.search(
            [("picking_id", "in", lines.picking_id.ids), ("state", "=", "open")]
        ).picking_id
        single = (lines.picking_id - taken).filtered(
            lambda picking: sum(picking.move_ids.mapped("product_uom_qty")) == 1.0
            and not picking.oms_fulfillment_ids.follower_ids
            and not picking.oms_fulfillment_ids.on_hold
        )
        if not single:
            raise OmsRefusal(
                "no_single",
                self.env._(
                    "%(product)s: no order of one unit waits for it.", product=product.display_name
                ),
                next_step=self.env._("Scan the order first, then its units."),
            )
        return single.sorted(lambda picking: picking.oms_fulfillment_ids.ship_by or picking.date)[
            :1
        ]

    # WHICH OF THEM

    @api.model
    def _ready_among(self, pickings, code):
        """Of the transfers of one order, return those that are to be packed now.

        :raise OmsRefusal: why none is
        """
        outgoing = pickings.filtered(lambda picking: not picking.return_id)
        orders = outgoing.sudo().sale_id
        if not orders.filtered("oms_channel_id"):
            raise OmsRefusal(
                "not_managed",
                self.env._("%(code)s belongs to no order of a channel.", code=code[:60]),
                next_step=self.env._("Process it under Inventory."),
            )
        # A picking list names the first transfer; what is packed may be one further on.
        family = outgoing | orders.picking_ids.sudo(False)
        targets = family.filtered(
            lambda picking: picking.picking_type_id
            == picking.picking_type_id.warehouse_id._oms_pack_type()
            and picking.sudo().sale_id.oms_channel_id
        )
        targets = outgoing & targets or targets
        packable = targets.filtered(self._is_packable)
        if packable:
            return packable[:LIMIT]
        self._refuse_to_open(targets or family, orders)

    @api.model
    def _is_packable(self, picking):
        work = picking.sudo().oms_fulfillment_ids
        return (
            picking.state in ("assigned", "confirmed", "waiting")
            and any(picking.move_ids.mapped("quantity"))
            and not work.packed_at
            and not work.provider_id
        )

    @api.model
    def _refuse_to_open(self, pickings, orders):
        """Say why none of these transfers is to be packed."""
        order = orders[:1]
        if order.state == "cancel" or all(one.state == "cancel" for one in pickings):
            raise OmsRefusal(
                "cancelled",
                self.env._("%(order)s is cancelled.", order=order.name),
                next_step=self.env._("Put the goods back on their shelf."),
            )
        picking = pickings.filtered(lambda one: one.state != "cancel")[-1:]
        work = picking.sudo().oms_fulfillment_ids
        if work.packed_at or picking.state == "done" and work:
            raise OmsRefusal(
                "already_packed",
                self.env._(
                    "%(name)s was packed by %(user)s.",
                    name=work.name,
                    user=work.packed_by_id.name or "?",
                ),
                next_step=self.env._("Hand it over, or scan another order."),
            )
        if work.provider_id:
            raise OmsRefusal(
                "packed_by_3pl",
                self.env._(
                    "%(name)s is packed by %(provider)s.",
                    name=work.name,
                    provider=work.provider_id.name,
                ),
                next_step=self.env._("Nothing is to be done here."),
            )
        order._oms_guard("ship", picking.move_ids.sale_line_id)
        first = (pickings | order.picking_ids.sudo(False)).filtered(
            lambda one: one.state == "assigned"
        )[:1]
        if first:
            raise OmsRefusal(
                "not_picked",
                self.env._("The goods of %(order)s are still on the shelf.", order=order.name),
                next_step=self.env._("Pick %(transfer)s first.", transfer=first.name),
            )
        raise OmsRefusal(
            "nothing_reserved",
            self.env._("Nothing is reserved for %(name)s.", name=picking.name or order.name),
            next_step=self.env._("Wait for stock, or receive it; then pick."),
        )

    @api.model
    def _open(self, picking, station):
        """Open the transfer for this station; a hold or a cancelled order refuses."""
        work = picking.sudo().oms_fulfillment_ids
        lead = work.lead_id or work
        session = self._start(lead.picking_id.sudo(False) or picking, station)
        session._ensure_packable()
        if work and not work.picked_at:
            work._set_picked(session.started_at)
        return session
