from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.matching import Candidate


class OmsShipmentResi(models.Model):
    """A number that a parcel has or had. Events keep coming under old numbers."""

    _name = "oms.shipment.resi"
    _description = "Resi of a Parcel"
    _order = "since DESC, id DESC"
    _rec_name = "number"

    shipment_id = fields.Many2one(
        "oms.shipment", string="Parcel", required=True, index=True, ondelete="cascade"
    )
    courier_id = fields.Many2one("oms.courier", required=True, ondelete="restrict")
    number = fields.Char(string="Resi", required=True)
    since = fields.Datetime(required=True)
    until = fields.Datetime(help="When another number took its place.")

    # the number first: couriers remit by numbers alone
    _number_idx = models.Index("(number, courier_id)")

    @api.model
    def _candidates(self, courier_ids, numbers):
        """Return ``{(courier id, number): [(company id, Candidate)]}`` of all parcels that have or
        had one of these numbers, as :func:`engine.matching.choose` weighs them; one query."""
        self.flush_model()
        self.env["oms.shipment"].flush_model(["company_id", "rested_at"])
        rows = self.env.execute_query(
            SQL(
                "SELECT number.courier_id, number.number, number.since, parcel.id, "
                "parcel.company_id, parcel.rested_at "
                "FROM oms_shipment_resi number "
                "JOIN oms_shipment parcel ON parcel.id = number.shipment_id "
                "WHERE number.courier_id = ANY(%s) AND number.number = ANY(%s)",
                list(courier_ids),
                list(numbers),
            )
        )
        found = {}
        for courier_id, number, since, parcel_id, company_id, rested_at in rows:
            candidate = Candidate(parcel_id, since, rested_at)
            found.setdefault((courier_id, number), []).append((company_id, candidate))
        return found
