from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors import values
from ..connectors.base import BOOK
from ..engine.message import clean_resi

BOOKING_STATES = [
    ("waiting", "Being booked"),
    ("booked", "Booked"),
    ("stopped", "Not booked"),
    ("cancelling", "Being cancelled"),
    ("not_cancelled", "Not cancelled"),
]


class OmsShipment(models.Model):
    """A parcel that is booked with its courier's server."""

    _inherit = "oms.shipment"

    account_id = fields.Many2one(
        "oms.courier.account",
        string="Booked Through",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    job_ids = fields.One2many("oms.courier.job", "shipment_id", string="Calls to the Courier")
    booking_state = fields.Selection(
        BOOKING_STATES,
        string="Booking",
        compute="_compute_booking_state",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
    )
    booking_error = fields.Char(compute="_compute_booking_error", compute_sudo=True)
    booked_at = fields.Datetime(readonly=True, copy=False)
    provider_ref = fields.Char(string="Booking Number", readonly=True, copy=False)
    tracking_ref = fields.Char(readonly=True, copy=False)

    _provider_ref_idx = models.Index("(account_id, provider_ref) WHERE provider_ref IS NOT NULL")

    @api.depends("job_ids.kind", "job_ids.state")
    def _compute_booking_state(self):
        for parcel in self:
            book, cancel = parcel._booking_jobs()
            parcel.booking_state = {
                "waiting": "waiting",
                "answered": "waiting",
                "stopped": "stopped",
                "done": "booked",
            }.get(book.state, False)
            if parcel.booking_state == "booked" and cancel:
                parcel.booking_state = (
                    "not_cancelled" if cancel.state == "stopped" else "cancelling"
                )

    @api.depends("job_ids.error", "job_ids.state", "job_ids.kind")
    def _compute_booking_error(self):
        for parcel in self:
            told = parcel.job_ids.filtered(lambda job: job.error and job.state != "undone")
            stopped = told.filtered(lambda job: job.state == "stopped")
            parcel.booking_error = (stopped or told)[:1].error

    def _booking_jobs(self):
        """Return the booking that stands and the open cancellation of it, each may be empty."""
        book = self.job_ids.filtered(lambda job: job.kind == "book" and job.state != "undone")[:1]
        cancel = self.job_ids.filtered(
            lambda job: job.kind == "cancel"
            and job.state not in ("done", "undone")
            and job.reference == book.reference
        )[:1]
        return book, cancel

    def write(self, vals):
        """The cash to collect is part of the booking: it changes with a new booking only."""
        if "cod_amount" in vals:
            self._ensure_cod_free(vals["cod_amount"])
        return super().write(vals)

    def _ensure_cod_free(self, amount):
        for parcel in self.filtered(lambda p: p.booking_state in ("waiting", "booked")):
            if parcel.currency_id.compare_amounts(parcel.cod_amount, amount):
                raise OmsRefusal(
                    "booked",
                    self.env._(
                        "The courier was told to collect %(cod)s for %(parcel)s.",
                        cod=parcel.currency_id.format(parcel.cod_amount),
                        parcel=parcel.name,
                    ),
                    field="cod_amount",
                    next_step=self.env._("Cancel the booking, change the amount, book again."),
                )

    # ACTIONS

    def action_book(self):
        """Button: book these parcels, or try again."""
        self.check_access("write")
        for parcel in self:
            if not parcel.account_id:
                parcel.account_id = parcel._carrier().oms_account_id
            if not parcel.account_id:
                raise OmsRefusal(
                    "no_account",
                    self.env._("%(parcel)s has no courier account.", parcel=parcel.name),
                    field="account_id",
                    next_step=self.env._("Choose one on the parcel or on the delivery method."),
                )
            parcel._ensure_bookable()
        self._request_booking()
        return True

    def action_cancel_booking(self):
        """Button: take the booking back; the parcel can be booked anew."""
        self.check_access("write")
        self._request_cancel()
        return True

    def action_retry_calls(self):
        """Button: ask the courier again what it refused or did not answer."""
        self.check_access("write")
        self.job_ids.filtered(lambda job: job.state in ("waiting", "stopped")).action_retry()
        return True

    # REQUESTS, answered after the commit

    def _status_reached(self, status):
        """Override: nobody needs the booking of a void parcel."""
        result = super()._status_reached(status)
        if status == "cancelled":
            # sudo: a consequence of the recorded fact.
            self.sudo()._request_cancel()
        return result

    def _request_booking(self):
        """Have these parcels booked; those that are booked already stay as they are."""
        todo = self.filtered(
            lambda parcel: parcel.account_id
            and parcel.account_id._can(BOOK)
            and parcel.status != "cancelled"
            and parcel.booking_state in (False, "stopped")
        )
        self.env["oms.courier.job"]._enqueue("book", todo)
        return todo

    def _request_cancel(self):
        booked = self.filtered(lambda p: p.booking_state in ("booked", "not_cancelled"))
        self.env["oms.courier.job"]._enqueue("cancel", booked)
        return booked

    def _ensure_bookable(self):
        """:raise OmsRefusal: ``cancelled``, ``has_resi``"""
        if self.status == "cancelled":
            raise OmsRefusal(
                "cancelled",
                self.env._("%(parcel)s is void.", parcel=self.name),
                next_step=self.env._("Book the parcel that took its place."),
            )
        if self.resi and not self.provider_ref and not self._booking_jobs()[0]:
            raise OmsRefusal(
                "has_resi",
                self.env._(
                    "%(parcel)s has the resi %(resi)s already.", parcel=self.name, resi=self.resi
                ),
                field="resi",
                next_step=self.env._("Remove the number if the parcel is to be booked."),
            )

    def _call_reference(self, kind):
        """Under which number a call is known. A booking that follows a cancelled one is new."""
        if kind != "book":
            return self._booking_jobs()[0].reference
        standing = self._booking_jobs()[0]
        if standing:
            return standing.reference
        earlier = len(self.job_ids.filtered(lambda job: job.kind == "book"))
        suffix = f"-{earlier + 1}" if earlier else ""
        return f"{self.account_id.reference_prefix}{self.id}{suffix}"

    # ANSWERS

    def _as_booking(self):
        return values.Booking(
            self.provider_ref or "",
            resi=self.resi or "",
            tracking_ref=self.tracking_ref or "",
        )

    def _booked(self, booking):
        """The courier took the parcel."""
        cost = booking.cost
        self.write(
            {
                "provider_ref": booking.provider_ref,
                "tracking_ref": booking.tracking_ref or False,
                "sort_code": booking.sort_code or self.sort_code,
                "booked_at": fields.Datetime.now(),
                "cost_estimated": 0.0
                if cost is None
                else self.account_id._from_wire(cost, self.currency_id),
            }
        )
        if self.status == "cancelled":
            # Voided while the courier was asked.
            self._request_cancel()
            return
        self._freeze_promise()
        self._number_told(booking.resi, booking.sort_code)
        if self.kind == "out":
            self.fulfillment_id.picking_id._oms_carrier_cost(self)

    def _booking_undone(self):
        """The courier gave the booking back; its number is nobody's now."""
        jobs = self.job_ids.filtered(lambda j: j.state != "undone" and j.kind != "cancel")
        jobs.write({"state": "undone"})
        vals = {
            "provider_ref": False,
            "tracking_ref": False,
            "sort_code": False,
            "booked_at": False,
            "label_pdf": False,
        }
        if self.status != "cancelled":
            vals["resi"] = False
        self.write(vals)

    def _number_told(self, resi, sort_code="", trusted=True):
        """The provider names the parcel's number, again or another one.

        :param bool trusted: we asked just now; otherwise the message may be an old one, and a
            number that the parcel had before does not come back
        """
        number = clean_resi(resi or "")
        if sort_code and sort_code != self.sort_code:
            self.sort_code = sort_code
        if not number or number == self.resi:
            return
        if not trusted and number in self.resi_ids.mapped("number"):
            return
        self.resi = number
