from odoo import api, fields, models

from ..engine.message import clean_resi
from ..engine.resi import is_plausible


class OmsShipment(models.Model):
    """What a number looks like. A hint for whoever typed it, never a refusal."""

    _inherit = "oms.shipment"

    courier_hint = fields.Char(compute="_compute_courier_hint")

    @api.depends("resi", "courier_id")
    def _compute_courier_hint(self):
        for parcel in self:
            parcel.courier_hint = parcel._courier_hint()

    def _courier_hint(self):
        """Return a sentence where the number looks misread or like another courier's."""
        number = clean_resi(self.resi or "")
        if not number or self.status != "label_created":
            return False
        if not is_plausible(number):
            return self.env._(
                "The check digit of %(resi)s is wrong: was it read correctly?", resi=number
            )
        # sudo: a list of couriers; whoever sees the parcel may see what its number looks like.
        likely = self.env["oms.courier"].sudo()._suggest(number)
        if not likely or self.courier_id in likely:
            return False
        if self.courier_id and not self.courier_id.resi_pattern:
            return False
        return self.env._(
            "%(resi)s looks like a number of %(couriers)s.",
            resi=number,
            couriers=", ".join(likely[:3].mapped("name")),
        )
