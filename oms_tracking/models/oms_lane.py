from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import eta

HISTORY_DAYS = 90
LEVELS = [
    ("lane", "Province to city"),
    ("province", "Province to province"),
    ("service", "Service"),
]


class OmsLane(models.Model):
    """How long a courier takes on a lane, measured each night from what was delivered."""

    _name = "oms.lane"
    _description = "Lane of a Courier"
    _order = "courier_id, service_key, level, origin, destination"
    _rec_name = "destination"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    courier_id = fields.Many2one("oms.courier", required=True, readonly=True, ondelete="cascade")
    service_key = fields.Char(string="Service", readonly=True)
    level = fields.Selection(LEVELS, required=True, readonly=True)
    origin = fields.Char(readonly=True)
    destination = fields.Char(readonly=True)
    deliveries = fields.Integer(readonly=True, aggregator="sum")
    low_days = fields.Float(string="P20 (days)", readonly=True, aggregator="avg")
    middle_days = fields.Float(string="Median (days)", readonly=True, aggregator="avg")
    high_days = fields.Float(string="P80 (days)", readonly=True, aggregator="avg")
    late_days = fields.Float(string="P95 (days)", readonly=True, aggregator="avg")
    measured_at = fields.Datetime(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(company_id, courier_id, service_key, level, origin, destination)",
        lambda env, diag: env._("This lane was measured already."),
    )

    @api.model
    def _keys(self, facts):
        """Return ``{level: (service, origin, destination)}`` that a parcel belongs to.

        :param dict facts: ``service``, ``origin``, ``province`` and ``city``, folded
        """
        service, origin, province = facts["service"], facts["origin"], facts["province"]
        keys = {"service": (service, "", "")}
        if origin and province:
            keys["province"] = (service, origin, province)
        if origin and facts["city"]:
            keys["lane"] = (service, origin, facts["city"])
        return keys

    @api.model
    def _find(self, company, courier, keys):
        """Return ``{key tuple with level: eta.Lane}`` of many keys, in one query."""
        lanes = self.search_fetch(
            [
                ("company_id", "=", company.id),
                ("courier_id", "=", courier.id),
                ("service_key", "in", list({key[1] for key in keys})),
                ("destination", "in", list({key[3] for key in keys})),
            ],
            ["service_key", "level", "origin", "destination", "deliveries", "low_days"],
        )
        return {
            (lane.level, lane.service_key, lane.origin, lane.destination): eta.Lane(
                lane.deliveries, lane.low_days, lane.middle_days, lane.high_days, lane.late_days
            )
            for lane in lanes
        }

    # MEASURE

    @api.model
    def _cron_measure(self):
        """Each night: forget the old figures and measure the last 90 days again."""
        for company in self.env["res.company"].search([("id", "!=", False)]):
            self._measure(company)

    @api.model
    def _measure(self, company):
        since = fields.Datetime.now() - timedelta(days=HISTORY_DAYS)
        rows = self.env.execute_query(
            SQL(
                "SELECT courier_id, lane_facts, started_on, delivered_on FROM oms_shipment "
                "WHERE company_id = %s AND delivered_at >= %s AND status = 'delivered' "
                "AND kind = 'out' "
                "AND courier_id IS NOT NULL AND started_on IS NOT NULL "
                "AND delivered_on IS NOT NULL AND lane_facts IS NOT NULL",
                company.id,
                since,
            )
        )
        calendars, samples = {}, {}
        for courier_id, facts, started_on, delivered_on in rows:
            if courier_id not in calendars:
                calendars[courier_id] = self.env["oms.courier"].browse(courier_id)._calendar()
            days = calendars[courier_id].count(started_on, delivered_on)
            for level, key in self._keys(facts).items():
                samples.setdefault((courier_id, level, *key), []).append(days)
        self.search([("company_id", "=", company.id)]).unlink()
        self.create([self._prepare_vals(company, *item) for item in samples.items()])

    @api.model
    def _prepare_vals(self, company, key, days):
        courier_id, level, service, origin, destination = key
        lane = eta.measure(days)
        return {
            "company_id": company.id,
            "courier_id": courier_id,
            "level": level,
            "service_key": service,
            "origin": origin,
            "destination": destination,
            "deliveries": lane.n,
            "low_days": lane.low,
            "middle_days": lane.middle,
            "high_days": lane.high,
            "late_days": lane.late,
            "measured_at": fields.Datetime.now(),
        }
