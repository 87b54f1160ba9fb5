import base64
from dataclasses import asdict

from odoo import fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..connectors.base import LABEL, TRACK, WEBHOOK
from ..connectors.errors import CourierError
from ..connectors.values import Booking, Fact
from ..engine.polling import is_silent, next_poll

CANCEL_AGAIN = 2 * 3600


class OmsCourierJob(models.Model):
    """What is sent for each kind of call, and what is made of the answer.

    ``_prepare_<kind>`` reads everything from the database and returns a function that calls the
    courier and returns JSON; ``_apply_<kind>`` takes that JSON.
    """

    _inherit = "oms.courier.job"

    # BOOK

    def _prepare_book(self, unsure):
        parcel = self.shipment_id
        parcel._ensure_bookable()
        wire = parcel._prepare_wire(self.reference)
        connector = self.account_id._connector()
        connector.areas = known = self.env["oms.courier.area"]._known(self.account_id, wire)
        before = dict(known)

        def call():
            booking = None
            if unsure:
                try:
                    booking = connector.recover(wire)
                except CourierError as error:
                    error.doubt = True
                    raise
            booking = booking or connector.book(wire)
            areas = {key: area for key, area in connector.areas.items() if before.get(key) != area}
            return {"booking": asdict(booking), "areas": areas, "cod": wire.cod}

        return call

    def _apply_book(self, answer):
        booking = Booking(**answer["booking"])
        self.env["oms.courier.area"]._keep(self.account_id, answer.get("areas") or {})
        self._set_done()
        self.shipment_id._booked(booking)
        if self.account_id._can(TRACK):
            self._enqueue("track", self.shipment_id)
        if self.account_id._can(LABEL):
            self._enqueue("label", self.shipment_id)
        self.env["oms.webhook.message"]._look_again(
            self.account_id, [booking.provider_ref, self.reference]
        )

    # CANCEL

    def _prepare_cancel(self, unsure):
        connector = self.account_id._connector()
        booking = self.shipment_id._as_booking()
        reason = self.env._("Cancelled by the seller")
        return lambda: {"done": connector.cancel(booking, reason)}

    def _apply_cancel(self, answer):
        if answer["done"]:
            self._set_done(answer=False)
            self.shipment_id._booking_undone()
            return
        refusal = OmsRefusal(
            "cancel_pending",
            self.env._("%(account)s has not decided yet.", account=self.account_id.name),
            next_step=self.env._("It is asked again by itself."),
        )
        self.write({"state": "waiting", "answer": False, "tries": 0})
        self._set_failed(refusal, CANCEL_AGAIN, unsure=False, stop=False)

    # TRACK

    def _prepare_track(self, unsure):
        connector = self.account_id._connector()
        booking = self.shipment_id._as_booking()

        def call():
            journey = connector.track(booking)
            return {"facts": [asdict(fact) for fact in journey.facts]}

        return call

    def _apply_track(self, answer):
        facts = [Fact(**fact) for fact in answer["facts"]]
        self.account_id._take_facts(facts, "poll", self.shipment_id)
        self._set_done(tries=0, answer=False)
        self._poll_again()

    def _poll_again(self):
        """Ask again when it is time, or say why nobody will."""
        parcel, now = self.shipment_id, fields.Datetime.now()
        news = max(filter(None, (parcel.last_event_at, parcel.booked_at or self.create_date)))
        after = next_poll(parcel.status, now, min(news, now), self.account_id._can(WEBHOOK))
        if after:
            self.write({"state": "waiting", "next_try": after})
        elif is_silent(now, news):
            refusal = OmsRefusal(
                "silent",
                self.env._(
                    "The courier has said nothing about %(parcel)s since %(date)s.",
                    parcel=parcel.name,
                    date=fields.Date.to_string(news),
                ),
                next_step=self.env._("Ask the courier, and record what is true."),
            )
            self._set_failed(refusal, 0, unsure=False, stop=True)

    # LABEL

    def _prepare_label(self, unsure):
        connector = self.account_id._connector()
        booking = self.shipment_id._as_booking()
        return lambda: {"pdf": base64.b64encode(connector.label(booking)).decode()}

    def _apply_label(self, answer):
        self.shipment_id.label_pdf = answer["pdf"]
        self._set_done(answer=False)
