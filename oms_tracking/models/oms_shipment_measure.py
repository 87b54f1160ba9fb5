from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

NUMBERS = (
    "weight_kg",
    "billed_kg",
    "corrected_kg",
    "length_cm",
    "width_cm",
    "height_cm",
    "cost_estimated",
    "cost_billed",
    "cost_corrected",
)


class OmsShipment(models.Model):
    """What a parcel weighs and costs, each as we said it, as the courier bills it, and as both
    agreed in the end; and the proof that it arrived."""

    _inherit = "oms.shipment"

    length_cm = fields.Float(string="Length (cm)")
    width_cm = fields.Float(string="Width (cm)")
    height_cm = fields.Float(string="Height (cm)")
    volumetric_kg = fields.Float(
        string="Volumetric Weight (kg)",
        compute="_compute_volumetric_kg",
        digits="Stock Weight",
        help="Length x width x height / the courier's divisor (cm³ per kg).",
    )
    chargeable_kg = fields.Float(
        string="Chargeable Weight (kg)",
        compute="_compute_volumetric_kg",
        digits="Stock Weight",
        help="The greater of declared and volumetric weight.",
    )
    billed_kg = fields.Float(
        string="Billed Weight (kg)", digits="Stock Weight", copy=False, help="0: not billed yet."
    )
    corrected_kg = fields.Float(
        string="Corrected Weight (kg)",
        digits="Stock Weight",
        copy=False,
        help="What the courier accepted after a dispute. 0: no correction.",
    )
    cost_estimated = fields.Monetary(
        string="Estimated Cost", copy=False, help="The courier's price when the parcel was booked."
    )
    cost_billed = fields.Monetary(string="Billed Cost", copy=False)
    cost_corrected = fields.Monetary(
        string="Corrected Cost", copy=False, help="After a dispute. 0: no correction."
    )
    cost_final = fields.Monetary(
        string="Cost",
        compute="_compute_cost_final",
        help="Corrected, else billed, else estimated cost.",
    )
    weight_excess_kg = fields.Float(
        string="Billed Too Much (kg)",
        compute="_compute_weight_excess",
        digits="Stock Weight",
        help="Billed (or corrected) weight above the chargeable one, beyond the courier's "
        "tolerance.",
    )
    pod_receiver = fields.Char(string="Received By", copy=False)
    pod_place = fields.Char(string="Received Where", copy=False)
    pod_photo = fields.Image(
        string="Photo of the Delivery", max_width=1280, max_height=1280, copy=False
    )
    pod_signature = fields.Image(string="Signature", max_width=800, max_height=400, copy=False)

    _measures_positive = models.Constraint(
        "CHECK(LEAST(length_cm, width_cm, height_cm, billed_kg, corrected_kg,"
        " cost_estimated, cost_billed, cost_corrected) >= 0)",
        lambda env, diag: env._("Measures, weights and costs of a parcel can't be negative."),
    )

    @api.depends("length_cm", "width_cm", "height_cm", "weight_kg", "courier_id.volumetric_divisor")
    def _compute_volumetric_kg(self):
        for parcel in self:
            volume = parcel.length_cm * parcel.width_cm * parcel.height_cm
            divisor = parcel.courier_id.volumetric_divisor
            parcel.volumetric_kg = volume / divisor if divisor else 0.0
            parcel.chargeable_kg = max(parcel.weight_kg, parcel.volumetric_kg)

    @api.depends("cost_estimated", "cost_billed", "cost_corrected")
    def _compute_cost_final(self):
        for parcel in self:
            parcel.cost_final = parcel.cost_corrected or parcel.cost_billed or parcel.cost_estimated

    @api.depends("billed_kg", "corrected_kg", "chargeable_kg", "courier_id.weight_tolerance")
    def _compute_weight_excess(self):
        for parcel in self:
            billed = parcel.corrected_kg or parcel.billed_kg
            excess = billed - parcel.chargeable_kg if parcel.chargeable_kg else 0.0
            beyond = excess - parcel.courier_id.weight_tolerance > 1e-6
            parcel.weight_excess_kg = excess if beyond else 0.0

    # RPC

    @api.model
    def set_facts(self, items):
        """Record what was measured, billed or proved: everything may come again, the last counts.

        :param list items: ``{parcel, weight_kg, length_cm, width_cm, height_cm, billed_kg,
            corrected_kg, cost_estimated, cost_billed, cost_corrected, receiver, place, photo,
            signature}``; ``parcel`` is its name or id; weights in kg, lengths in cm, costs in the
            order's currency; ``photo`` and ``signature`` are base64 of a PNG or JPEG; what is
            left out stays as it is
        :return: per item ``{status, id, name, chargeable_kg, weight_excess_kg, errors}``;
            ``status`` is ``recorded``
        """
        self._check_desk_access()
        return self.env["oms.rpc"]._run_items(items, self._set_facts_item)

    def _set_facts_item(self, item):
        parcel = self._find_parcel(item)
        vals = {name: self._parse_measure(item[name], name) for name in NUMBERS if name in item}
        vals.update(
            {
                f"pod_{name}": item[name] or False
                for name in ("receiver", "place", "photo", "signature")
                if name in item
            }
        )
        parcel.write(vals)
        return {
            "status": "recorded",
            "id": parcel.id,
            "name": parcel.name,
            "chargeable_kg": parcel.chargeable_kg,
            "weight_excess_kg": parcel.weight_excess_kg,
        }

    def _parse_measure(self, value, name):
        number = float(value or 0.0)
        if not 0 <= number < 1e12:
            raise OmsRefusal(
                "bad_value",
                self.env._("%(value)s is no %(field)s.", value=str(value)[:40], field=name),
                field=name,
                next_step=self.env._("Send a number that is 0 or greater."),
            )
        return number
