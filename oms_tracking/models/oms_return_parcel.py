from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.message import clean_resi
from .oms_shipment_booking import BOOKING_STATES
from .selection import STATUSES


class OmsReturnParcel(models.Model):
    """The way back of a return parcel: booked, labelled and tracked like any other parcel."""

    _inherit = "oms.return.parcel"

    courier_id = fields.Many2one("oms.courier", index="btree_not_null", ondelete="restrict")
    shipment_ids = fields.One2many("oms.shipment", "return_parcel_id", string="Tracked Parcels")
    shipment_id = fields.Many2one(
        "oms.shipment", string="Tracked Parcel", compute="_compute_shipment", compute_sudo=True
    )
    tracking_status = fields.Selection(
        STATUSES, string="Where It Is", compute="_compute_shipment", compute_sudo=True
    )
    booking_state = fields.Selection(
        BOOKING_STATES, string="Booking", compute="_compute_shipment", compute_sudo=True
    )
    booking_error = fields.Char(compute="_compute_shipment", compute_sudo=True)

    @api.depends("shipment_ids.status", "shipment_ids.booking_state")
    def _compute_shipment(self):
        for parcel in self:
            shipment = parcel._alive()[:1]
            parcel.shipment_id = shipment
            parcel.tracking_status = shipment.status
            parcel.booking_state = shipment.booking_state
            parcel.booking_error = shipment.booking_error

    def _alive(self):
        return self.shipment_ids.filtered(lambda one: one.status != "cancelled").sorted("id")

    def write(self, vals):
        """A number that is typed here is the number of the parcel that is tracked."""
        result = super().write(vals)
        if {"resi", "courier_id"} & set(vals):
            # sudo: the tracked parcel follows from this one, which the user was allowed to write.
            self.sudo()._sync_shipment()
        return result

    def _sync_shipment(self):
        for parcel in self.filtered("return_ids"):
            shipment = parcel._alive()[:1]
            number = clean_resi(parcel.resi or "") or False
            if not shipment:
                if number and parcel._guess_courier():
                    parcel._make_shipment(resi=number)
                continue
            vals = {}
            if shipment.resi != number:
                vals["resi"] = number
            if parcel.courier_id and shipment.courier_id != parcel.courier_id:
                vals["courier_id"] = parcel.courier_id.id
            if vals:
                shipment.write(vals)

    def _guess_courier(self):
        """The courier, where it is known or the number fits one alone."""
        if not self.courier_id:
            fitting = self.env["oms.courier"]._suggest(self.resi)
            if len(fitting) == 1:
                self.courier_id = fitting
        return self.courier_id

    def _make_shipment(self, **vals):
        """Make the parcel that is tracked, if there is none under way."""
        self.ensure_one()
        # sudo: whoever decides about the return, or is its customer, has its parcel tracked.
        parcel = self.sudo()
        shipment = parcel._alive()[:1]
        return shipment or parcel.env["oms.shipment"].create(parcel._prepare_shipment(**vals))

    def _prepare_shipment(self, **vals):
        work = self._work()
        carrier = work._way_back_carrier()
        courier = self.courier_id or carrier.oms_courier_id
        mine = carrier.oms_courier_id == courier
        return {
            "kind": "return",
            "return_parcel_id": self.id,
            "fulfillment_id": work.id,
            "courier_id": courier.id,
            "service": carrier.oms_service if mine else False,
            "account_id": carrier.oms_account_id.id if mine else False,
            "line_ids": [fields.Command.create(line) for line in self._prepare_contents()],
            **vals,
        }

    def _work(self):
        """The fulfilment with which the goods left: the parcel of the way back hangs on it.

        :raise OmsRefusal: ``nothing_left``
        """
        lines = self.return_ids.line_ids.sale_line_id
        works = lines.move_ids.picking_id.oms_fulfillment_ids.filtered("handed_over_at")
        work = (works or self.return_ids.order_id.oms_fulfillment_ids).sorted("id")[:1]
        if not work:
            raise OmsRefusal(
                "nothing_left",
                self.env._("No goods of %(name)s left a warehouse.", name=self.name),
                field="return",
                next_step=self.env._("Look at the deliveries of the order."),
            )
        return work.lead_id or work

    def _prepare_contents(self):
        return [
            {
                "sale_line_id": line.sale_line_id.id,
                "product_id": product.id,
                "quantity": line.quantity * need,
            }
            for line in self.return_ids.line_ids
            for product, need in line.sale_line_id._oms_parts().items()
            if line.quantity * need > 0
        ]

    def _refill(self):
        """What is announced later travels in the same parcel."""
        for parcel in self:
            shipment = parcel._alive()[:1]
            if shipment and not shipment.shipped_at:
                shipment.line_ids.unlink()
                shipment.line_ids = [
                    fields.Command.create(line) for line in parcel._prepare_contents()
                ]

    # ANNOUNCE

    def _number(self):
        return (*super()._number(), self.courier_id)

    def _announce_number(self, values):
        """Override of ``oms_fulfillment``: the courier is one that we know, and tracked. A number
        whose courier nobody knows is kept, and found by the scan."""
        self.ensure_one()
        courier = self.env["oms.courier"]
        if values.get("courier"):
            courier = courier._get_by_code(values["courier"])
        vals = super()._announce_number({**values, "courier": courier.name})
        if courier:
            self.sudo().courier_id = courier
        return vals

    @api.model
    def book(self, items):
        """Book the way back with the courier's server: from the customer to the warehouse.

        :param list items: ``{parcel | returns, courier}``; ``returns`` as ``announce`` takes them
        :return: per item ``{status, id, name, state, resi, returns, booking, errors}``; ``status``
            is ``requested`` (the number follows after the commit), or ``duplicate``
        """
        self.env["oms.return"]._ensure_role(
            "group_oms_integration", "group_oms_agent", "group_oms_courier"
        )

        def handle(item):
            Return = self.env["oms.return"]
            if item.get("returns"):
                cases = Return.browse()
                for reference in item["returns"]:
                    cases |= Return._find_case({"return": reference})
                parcel = cases._put_in_parcel()
            else:
                parcel = self._find_parcel(item)
            if item.get("courier"):
                parcel.sudo().courier_id = self.env["oms.courier"]._get_by_code(item["courier"])
            done = parcel._do_book()
            answer = parcel.sudo()._answer("requested" if done else "duplicate")
            return {**answer, "booking": parcel.sudo().booking_state or None}

        return self.env["oms.rpc"]._run_items(items, handle)

    def _do_book(self):
        """Have the parcel booked; return the parcels for which that is new.

        :raise OmsRefusal: ``not_approved``, ``no_account``, ``has_resi``
        """
        self.ensure_one()
        for case in self.sudo().return_ids:
            if case.state == "requested":
                raise OmsRefusal(
                    "not_approved",
                    self.env._("The return %(name)s is not approved yet.", name=case.name),
                    field="return",
                    next_step=self.env._("Approve it, then book its way back."),
                )
        shipment = self._make_shipment()
        if shipment.booking_state in ("waiting", "booked"):
            return shipment.browse()
        if not shipment.account_id:
            raise OmsRefusal(
                "no_account",
                self.env._("%(parcel)s has no courier account.", parcel=self.name),
                field="courier",
                next_step=self.env._(
                    "Set the delivery method of returns on the warehouse, or type in the resi."
                ),
            )
        shipment._ensure_bookable()
        return shipment._request_booking()

    # ACTIONS

    def action_book(self):
        """Button: book the way back; the number follows."""
        self.env["oms.return"]._ensure_role("group_oms_agent", "group_oms_courier")
        self.check_access("write")
        for parcel in self:
            parcel._do_book()
        return True

    def action_print_label(self):
        """Button: the label of the way back."""
        self.env["oms.return"]._ensure_role(
            "group_oms_agent", "group_oms_courier", "group_oms_warehouse"
        )
        self.check_access("write")
        shipment = self._make_shipment()
        report = self.env.ref("oms_tracking.action_report_label")
        return report.report_action(shipment.ids, config=False)

    def action_view_shipments(self):
        self.ensure_one()
        return self.shipment_ids._action_view()

    # FOR THE CUSTOMER

    def _page_values(self):
        """The way back as the customer sees it: plain values."""
        self.ensure_one()
        shipment = self._alive()[:1]
        return {
            "name": self.name,
            "courier": shipment.courier_id.name or "",
            "resi": shipment.resi or "",
            "courier_url": shipment.courier_url or "",
            "title": shipment._page_title(shipment.status) if shipment.shipped_at else "",
            "label": self._has_label(),
            "events": shipment._page_events() if shipment.shipped_at else [],
        }

    def _has_label(self):
        """Whether there is a label to give to the customer: of a number that a courier knows."""
        shipment = self.sudo()._alive()[:1]
        return bool(shipment.resi and shipment.booked_at and not shipment.shipped_at)

    def _label_content(self):
        """Return the label as PDF."""
        # sudo: callers checked that it is the customer's own return.
        report = self.env["ir.actions.report"].sudo()
        shipment = self.sudo()._alive()[:1]
        return report._render_qweb_pdf("oms_tracking.report_label", shipment.ids)[0]

    # SCAN

    @api.model
    def _parcels_of_number(self, number, company):
        """Override: numbers that the parcel had before are its numbers, too."""
        found = super()._parcels_of_number(number, company)
        if found:
            return found
        rows = self._resi_rows(number)
        return rows.shipment_id.return_parcel_id

    @api.model
    def _orders_of_number(self, code, company):
        """Override: goods come back under the number with which they left, or its way back's."""
        orders = super()._orders_of_number(code, company)
        number = self._clean_number(code)
        return orders | self._resi_rows(number).shipment_id._orders()

    @api.model
    def _resi_rows(self, number):
        # sudo: callers checked the role; the companies are in the domain.
        return (
            self.env["oms.shipment.resi"]
            .sudo()
            .search(
                [
                    ("number", "=", clean_resi(number)),
                    ("shipment_id.company_id", "in", self.env.companies.ids),
                ],
                limit=20,
            )
        )
