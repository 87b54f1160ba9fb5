import pytz

from odoo import api, fields, models
from odoo.tools import format_date

from ..engine import eta
from ..engine.zone import local_day, zone_of

SOURCES = [
    ("lane", "This lane's history"),
    ("province", "The province's history"),
    ("service", "The service's history"),
    ("carrier", "The courier's promise"),
]


class OmsShipment(models.Model):
    """When a parcel comes: promised once, and never changed to look better."""

    _inherit = "oms.shipment"

    lane_facts = fields.Json(
        readonly=True, copy=False, help="Service, origin and destination, as lanes are measured."
    )
    destination = fields.Char(
        readonly=True, copy=False, help="City and province at the time of the hand-over."
    )
    destination_province = fields.Char(string="Province", readonly=True, copy=False)
    customer_tz = fields.Char(string="Customer's Clock", readonly=True, copy=False)
    started_on = fields.Date(
        string="Counted From",
        readonly=True,
        copy=False,
        help="The courier's first working day after the hand-over and its cut-off.",
    )
    delivered_on = fields.Date(readonly=True, copy=False, help="On the customer's clock.")
    promised_from = fields.Date(readonly=True, copy=False)
    promised_to = fields.Date(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Frozen when the parcel was booked or handed over.",
    )
    promise_source = fields.Selection(SOURCES, string="Promise From", readonly=True, copy=False)
    promise_count = fields.Integer(
        string="Deliveries Behind It", readonly=True, copy=False, aggregator=False
    )
    window = fields.Char(string="Expected", compute="_compute_window")

    @api.depends("status", "status_since", "promised_from", "promised_to")
    @api.depends_context("lang")
    def _compute_window(self):
        for parcel in self:
            parcel.window = parcel._window_text()

    # FREEZE

    @api.model_create_multi
    def create(self, vals_list):
        parcels = super().create(vals_list)
        parcels.filtered("shipped_at")._freeze_promise()
        return parcels

    def write(self, vals):
        result = super().write(vals)
        if vals.get("shipped_at"):
            self._freeze_promise()
        if "delivered_at" in vals:
            moment = vals["delivered_at"]
            for parcel in self:
                parcel.delivered_on = parcel._local_day(moment) if moment else False
        return result

    def _freeze_promise(self, at=None):
        """Promise a window to the customer; a parcel that has one keeps it.

        What the way is measured by (where from, where to, counted from which day) is that of the
        hand-over, also where the promise was made before, when the parcel was booked.

        :param at: when the courier gets the parcel (naive UTC); default its hand-over, or now
        """
        # sudo: follows from the hand-over or booking, which the user was allowed to do.
        parcels = self.sudo()
        for courier, group in parcels.grouped("courier_id").items():
            calendar = courier._calendar()
            facts = {parcel: parcel._lane_facts_now() for parcel in group}
            lanes = group._lanes(courier, facts)
            for parcel in group:
                vals = parcel._prepare_transit_vals(facts[parcel], calendar, at)
                if not parcel.promised_to and parcel.kind == "out":
                    start = vals["started_on"]
                    vals |= parcel._prepare_promise_vals(facts[parcel], lanes, calendar, start)
                parcel.write(vals)

    def _lanes(self, courier, facts):
        """Return ``{(company id, level, service, origin, destination): eta.Lane}``."""
        found = {}
        if courier:
            for company, group in self.grouped("company_id").items():
                keys = {
                    (level, *key)
                    for parcel in group
                    for level, key in self.env["oms.lane"]._keys(facts[parcel]).items()
                }
                lanes = self.env["oms.lane"].sudo()._find(company, courier, keys)
                found.update({(company.id, *key): lane for key, lane in lanes.items()})
        return found

    def _prepare_transit_vals(self, facts, calendar, at):
        moment = at or self.shipped_at or fields.Datetime.now()
        local = pytz.utc.localize(moment).astimezone(self.courier_id._timezone())
        start = eta.transit_start(
            local.date(), local.hour + local.minute / 60, self.courier_id.cutoff_hour, calendar
        )
        address = self.order_id._oms_address()
        return {
            "lane_facts": facts,
            "destination": address["city"],
            "destination_province": address["province"],
            "customer_tz": self._customer_zone(),
            "started_on": start,
        }

    def _prepare_promise_vals(self, facts, lanes, calendar, start):
        known = {
            level: lanes.get((self.company_id.id, level, *key))
            for level, key in self.env["oms.lane"]._keys(facts).items()
        }
        guess = eta.estimate(known, self._promised_days())
        if not guess:
            return {}
        first, last = eta.window(start, guess, calendar)
        return {
            "promised_from": first,
            "promised_to": last,
            "promise_source": guess.level,
            "promise_count": guess.n,
        }

    def _lane_facts_now(self):
        address = self.order_id._oms_address()
        place = self.fulfillment_id.warehouse_id.partner_id or self.company_id.partner_id
        return {
            "service": self._fold(self.service),
            "origin": self._fold(place.state_id.name or place.city),
            "province": self._fold(address["province"]),
            "city": self._fold(address["city"]),
        }

    @api.model
    def _fold(self, text):
        return " ".join((text or "").casefold().split())

    def _promised_days(self):
        """Return the courier's own promise in working days, ``None`` without one."""
        carrier = self.fulfillment_id.carrier_id
        if not carrier.oms_days_max:
            return None
        return (min(carrier.oms_days_min, carrier.oms_days_max), carrier.oms_days_max)

    # CLOCK

    def _customer_zone(self):
        """The clock of the place where the parcel goes; the company's where it is not known."""
        if self.customer_tz:
            return self.customer_tz
        address = self.order_id._oms_address()
        return zone_of(address["province"], address["country"]) or self._company_zone()

    def _local_day(self, moment):
        return local_day(fields.Datetime.to_datetime(moment), self._customer_zone())

    # WINDOW

    def _window(self):
        """Return the first and last day that can still be told, or ``None``."""
        today = self._local_day(fields.Datetime.now())
        promised = (self.promised_from, self.promised_to) if self.promised_to else None
        since = self._local_day(self.status_since) if self.status_since else None
        return eta.window_now(promised, self.status, since, today, self.courier_id._calendar())

    def _window_text(self):
        """ "Thu 26 - Sat 28 Nov", in the reader's language."""
        window = self._window()
        if not window:
            return False
        first, last = window
        if first == last:
            return format_date(self.env, last, date_format="EEE d MMM")
        same_month = (first.year, first.month) == (last.year, last.month)
        start = format_date(self.env, first, date_format="EEE d" if same_month else "EEE d MMM")
        return f"{start} - {format_date(self.env, last, date_format='EEE d MMM')}"

    def _is_late(self):
        return bool(
            self.promised_to
            and self.status not in ("delivered", "returned", "cancelled")
            and self._local_day(fields.Datetime.now()) > self.promised_to
        )
