from odoo import fields, models

from ..engine.matching import Candidate
from ..engine.status import FINAL


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

    _number_idx = models.Index("(courier_id, number)")

    def _as_candidate(self):
        """The parcel as :func:`engine.matching.choose` weighs it."""
        parcel = self.shipment_id
        return Candidate(
            parcel.id, self.since, parcel.status_since if parcel.status in FINAL else None
        )
