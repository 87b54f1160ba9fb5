from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.message import clean_resi

EPSILON = 1e-6


class OmsFulfillment(models.Model):
    """A fulfilment that left is one or more parcels."""

    _inherit = "oms.fulfillment"

    shipment_ids = fields.One2many("oms.shipment", "fulfillment_id", string="Parcels")
    shipment_count = fields.Integer(string="Parcel Count", compute="_compute_shipment_count")

    @api.depends("shipment_ids")
    def _compute_shipment_count(self):
        for work in self:
            work.shipment_count = len(work.shipment_ids)

    def action_view_shipments(self):
        self.ensure_one()
        return self.shipment_ids._action_view()

    # REGISTER

    def _register_parcels(self, parcels):
        """Override of ``oms_fulfillment``: make shipments of what was handed over.

        A number that this fulfilment has already is answered, not doubled. Several calls may add
        parcels until everything that left is in one.
        """
        self.ensure_one()
        if self.lead_id:
            return self.lead_id._register_parcels([])
        # sudo: whoever ships may register the parcels; rights were checked with the shipping.
        work = self.sudo()
        alive = work._outbound_parcels()
        if not parcels and alive:
            work._leave_planned()
            return [parcel._as_rpc() for parcel in alive]
        given = parcels or [{}]
        result = work.env["oms.shipment"]
        spare = work._planned_parcels().filtered(lambda parcel: not parcel.resi)
        room = work._unpacked_units(alive - spare)
        for parcel in given:
            known = work._known_parcel(parcel)
            if known:
                result |= known
                continue
            lines = work._prepare_contents(parcel.get("lines"), room, whole=len(given) == 1)
            vals = work._prepare_parcel_vals(parcel, lines)
            planned, spare = spare[:1], spare[1:]
            if planned:
                planned._fill(vals)
            result |= planned or result.create(vals)
        # A label that nobody named stuck on nothing.
        spare._record_own_event("cancelled", text=self.env._("Not used at the hand-over"))
        work._leave_planned()
        return [parcel._as_rpc() for parcel in result]

    def _delivered_by_hand(self, at):
        """Override of ``oms_fulfillment``: the customer's page must say the same."""
        # sudo: whoever may report the delivery may record it on the parcels.
        works = self.sudo() | self.sudo().lead_id
        parcels = works._outbound_parcels().filtered(lambda parcel: not parcel.delivered_at)
        if parcels:
            parcels._record_own_event("delivered", at, "", "")
        return super()._delivered_by_hand(at)

    def _outbox_parcels(self):
        """Override of ``oms_fulfillment``: the channel hears of the parcels with their numbers."""
        told = super()._outbox_parcels()
        # sudo: events are derived from facts, whoever caused them.
        for work in self.sudo():
            parcels = (work.lead_id or work)._left_parcels()
            if parcels:
                told[work.id] = [
                    {
                        "courier": parcel.courier_id.code or None,
                        "service": parcel.service or None,
                        "resi": parcel.resi or None,
                        "link": parcel._tracking_link(work.order_id),
                    }
                    for parcel in parcels.sorted("id")
                ]
        return told

    def _outbound_parcels(self):
        return self.shipment_ids.filtered(
            lambda parcel: parcel.status != "cancelled" and parcel.kind == "out"
        )

    def _left_parcels(self):
        return self._outbound_parcels().filtered("shipped_at")

    def _known_parcel(self, parcel):
        resi = parcel.get("resi")
        if not resi:
            return None
        return self._outbound_parcels().filtered(lambda p: p.resi == clean_resi(resi))[:1]

    def _prepare_parcel_vals(self, parcel, lines):
        courier = self.carrier_id.oms_courier_id
        if parcel.get("courier"):
            courier = self.env["oms.courier"]._get_by_code(parcel["courier"])
        return {
            "fulfillment_id": self.id,
            "courier_id": courier.id,
            "service": str(parcel.get("service") or "")[:80] or False,
            "resi": parcel.get("resi") or False,
            "weight_kg": self._parse_weight(parcel.get("weight_kg")),
            "cod_amount": self._cod_left(),
            "shipped_at": self.handed_over_at,
            "line_ids": [fields.Command.create(line) for line in lines],
        }

    def _parse_weight(self, value):
        weight = float(value or 0.0)
        if not 0 <= weight < 1e5:
            raise OmsRefusal(
                "bad_value",
                self.env._(
                    "%(weight)s is no weight in kg for a parcel of %(name)s.",
                    weight=str(value)[:40],
                    name=self.name,
                ),
                field="weight_kg",
                next_step=self.env._("Send the weight in kg, such as 1.25, or leave it out."),
            )
        return weight

    def _cod_left(self):
        """The cash that no parcel asks for yet: an order's first parcel asks for all of it, and a
        shared one for the cash of all its orders."""
        orders = (self | self.follower_ids).order_id
        return sum(order._oms_cod_not_asked() for order in orders)

    # CONTENTS, in each product's own unit

    def _shipped_units(self):
        """Return ``{(sale line, product): units}`` that leave with the transfer, and with those of
        the fulfilments that travel in its parcel."""
        units = {}
        for move in (self | self.follower_ids).picking_id.move_ids:
            line = move.sale_line_id
            if line and move.state not in ("draft", "cancel") and move.quantity:
                quantity = move.product_uom._compute_quantity(
                    move.quantity, move.product_id.uom_id, round=False
                )
                key = (line, move.product_id)
                units[key] = units.get(key, 0.0) + quantity
        return units

    def _unpacked_units(self, parcels=None):
        """Return ``{(sale line, product): units}`` that left and are in no parcel.

        :param parcels: count only what these hold; default all that are not cancelled
        """
        units = self._shipped_units()
        if parcels is None:
            parcels = self._outbound_parcels()
        for content in parcels.line_ids:
            key = (content.sale_line_id, content.product_id)
            units[key] = units.get(key, 0.0) - content.quantity
        return units

    def _prepare_contents(self, lines, room, whole):
        """Return vals of the parcel's lines and take them from ``room``.

        :param lines: ``[{sku, quantity}]``; empty means everything when it is the only parcel,
            and contents that nobody told otherwise
        :param dict room: ``{(sale line, product): units}`` still without a parcel
        :raise OmsRefusal: ``more_than_shipped``
        """
        if not lines:
            taken = dict(room) if whole else {}
        else:
            taken = {}
            for line in lines:
                self._take(room, taken, line["sku"], float(line["quantity"]))
        for key in taken if not lines else ():
            room[key] = 0.0
        return [
            {"sale_line_id": line.id, "product_id": product.id, "quantity": units}
            for (line, product), units in taken.items()
            if units > EPSILON
        ]

    def _take(self, room, taken, sku, quantity):
        left = quantity
        for (line, product), units in room.items():
            if sku not in (product.default_code, product.barcode) or units <= EPSILON:
                continue
            part = min(units, left)
            room[line, product] -= part
            taken[line, product] = taken.get((line, product), 0.0) + part
            left -= part
        if left > EPSILON:
            raise OmsRefusal(
                "more_than_shipped",
                self.env._(
                    "The parcels of %(name)s hold %(left)s units of %(sku)s more than shipped.",
                    name=self.name,
                    left=f"{left:g}",
                    sku=sku,
                ),
                field="parcels",
                next_step=self.env._("Send the contents as they were packed."),
            )

    # DELIVERED

    def _deliver_by_parcels(self):
        """Record the delivery of fulfilments whose parcels have all arrived; return those."""
        done = self.browse()
        for work in self.filtered(lambda work: work.handed_over_at and not work.delivered_at):
            parcels = work._outbound_parcels()
            if not parcels or any(parcel.status != "delivered" for parcel in parcels):
                continue
            if work._has_unpacked_units(parcels):
                continue
            done |= work._set_delivered(max(parcels.mapped("delivered_at")))
        return done

    def _has_unpacked_units(self, parcels):
        """Whether units left that are in no parcel; unknown contents count as complete."""
        if any(not parcel.line_ids for parcel in parcels):
            return False
        return any(units > EPSILON for units in self._unpacked_units().values())
