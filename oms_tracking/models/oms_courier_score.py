from odoo import api, fields, models, tools

from .oms_shipment_eta import SOURCES
from .selection import STATUSES


class OmsCourierScore(models.Model):
    """How couriers do: one row per parcel that left. Rates are averages of 0 and 100, and empty
    where a parcel says nothing about them, so each rate has the denominator of its definition."""

    _name = "oms.courier.score"
    _description = "Courier Scorecard"
    _auto = False
    _order = "shipped_at DESC, id DESC"
    _rec_name = "shipment_id"

    shipment_id = fields.Many2one("oms.shipment", string="Parcel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    courier_id = fields.Many2one("oms.courier", readonly=True)
    service = fields.Char(readonly=True)
    destination = fields.Char(string="City", readonly=True)
    destination_province = fields.Char(string="Province", readonly=True)
    payment = fields.Selection([("cod", "COD"), ("prepaid", "Prepaid")], readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    promise_source = fields.Selection(SOURCES, string="Promise From", readonly=True)
    shipped_at = fields.Datetime(string="Handed Over At", readonly=True)
    delivered_on = fields.Date(readonly=True)
    parcels = fields.Integer(readonly=True, aggregator="sum")
    transit_days = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Calendar days from the first counted day to the delivery; average of delivered "
        "parcels.",
    )
    on_time = fields.Float(
        string="On Time (%)",
        readonly=True,
        aggregator="avg",
        help="Delivered by the last day of the promised window / delivered parcels that had a "
        "promise. Grouped by where the promise came from, it is the calibration: windows "
        "that end at the 80th percentile should hold for about 80 %.",
    )
    first_attempt = fields.Float(
        string="First Attempt (%)",
        readonly=True,
        aggregator="avg",
        help="Delivered at the first attempt / parcels with at least one attempt.",
    )
    returned = fields.Float(
        string="Returned to Sender (%)",
        readonly=True,
        aggregator="avg",
        help="Returned without having been delivered / (delivered + returned). Parcels under way "
        "don't count.",
    )
    lost = fields.Float(
        string="Lost or Damaged (%)",
        readonly=True,
        aggregator="avg",
        help="Lost or damaged / parcels that left.",
    )
    claimed = fields.Float(readonly=True, aggregator="sum", help="Claimed of the courier.")
    recovered = fields.Float(readonly=True, aggregator="sum", help="Paid by the courier.")
    declared_kg = fields.Float(
        string="Declared (kg)",
        readonly=True,
        aggregator="sum",
        help="Greater of declared and volumetric weight, of parcels that were billed.",
    )
    billed_kg = fields.Float(
        string="Billed (kg)",
        readonly=True,
        aggregator="sum",
        help="Corrected, else billed weight.",
    )
    excess_kg = fields.Float(
        string="Billed - Declared (kg)", readonly=True, aggregator="sum", help="Of billed parcels."
    )
    cost = fields.Float(
        readonly=True,
        aggregator="sum",
        help="Corrected, else billed, else estimated cost, in the currency of the orders.",
    )
    cost_each = fields.Float(
        string="Cost per Parcel",
        readonly=True,
        aggregator="avg",
        help="Average of parcels whose cost is known; by province and city it is the cost per "
        "lane.",
    )

    @api.model
    def _select(self):
        return """
            SELECT parcel.id, parcel.id AS shipment_id, parcel.company_id, parcel.courier_id,
                   parcel.service, parcel.destination, parcel.destination_province,
                   CASE WHEN parcel.cod_amount > 0 THEN 'cod' ELSE 'prepaid' END AS payment,
                   parcel.status, parcel.promise_source, parcel.shipped_at, parcel.delivered_on,
                   1 AS parcels,
                   (parcel.delivered_on - parcel.started_on)::float8 AS transit_days,
                   100.0::float8 * answer.on_time AS on_time,
                   100.0::float8 * answer.first_attempt AS first_attempt,
                   100.0::float8 * answer.returned AS returned,
                   100.0::float8 * answer.lost AS lost,
                   claim.claimed, claim.recovered,
                   CASE WHEN measure.billed IS NOT NULL THEN measure.declared END AS declared_kg,
                   measure.billed AS billed_kg,
                   measure.billed - measure.declared AS excess_kg,
                   measure.cost AS cost, measure.cost AS cost_each
              FROM oms_shipment parcel
         LEFT JOIN oms_courier courier ON courier.id = parcel.courier_id
        CROSS JOIN LATERAL (
                   -- 1, 0, or nothing where the parcel says nothing about it
                   SELECT (parcel.delivered_on <= parcel.promised_to)::int AS on_time,
                          CASE WHEN parcel.attempts >= 1 THEN
                               (parcel.attempts = 1 AND parcel.delivered_at IS NOT NULL)::int
                          END AS first_attempt,
                          CASE WHEN parcel.delivered_at IS NOT NULL OR parcel.status = 'returned'
                               THEN (parcel.delivered_at IS NULL)::int END AS returned,
                          (parcel.status IN ('lost', 'damaged'))::int AS lost) answer
        CROSS JOIN LATERAL (
                   SELECT GREATEST(parcel.weight_kg::float8,
                                   parcel.length_cm * parcel.width_cm * parcel.height_cm
                                   / NULLIF(courier.volumetric_divisor, 0)) AS declared,
                          COALESCE(NULLIF(parcel.corrected_kg, 0),
                                   NULLIF(parcel.billed_kg, 0))::float8 AS billed,
                          COALESCE(NULLIF(parcel.cost_corrected, 0), NULLIF(parcel.cost_billed, 0),
                                   NULLIF(parcel.cost_estimated, 0))::float8 AS cost) measure
         LEFT JOIN (SELECT shipment_id, SUM(amount)::float8 AS claimed,
                           SUM(recovered_amount)::float8 AS recovered
                      FROM oms_claim WHERE state <> 'dropped' GROUP BY shipment_id) claim
                ON claim.shipment_id = parcel.id
             WHERE parcel.shipped_at IS NOT NULL AND parcel.kind = 'out'
               AND parcel.status <> 'cancelled'
        """

    def init(self):
        tools.drop_view_if_exists(self.env.cr, self._table)
        self.env.cr.execute(f"CREATE VIEW {self._table} AS ({self._select()})")

    def action_open_parcel(self):
        self.ensure_one()
        return self.shipment_id._action_view()
