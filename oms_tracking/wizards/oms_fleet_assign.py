from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal


class OmsFleetAssign(models.TransientModel):
    """Give parcels to one of our drivers."""

    _name = "oms.fleet.assign"
    _description = "Give Parcels to a Driver"

    shipment_ids = fields.Many2many("oms.shipment", string="Parcels", required=True)
    driver_id = fields.Many2one("res.partner", required=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    vehicle = fields.Char(string="Vehicle Plate")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "oms.shipment":
            values["shipment_ids"] = [fields.Command.set(self.env.context.get("active_ids") or [])]
        return values

    def action_assign(self):
        """Put the parcels on the driver's round of that day, and open it."""
        self.ensure_one()
        ended = self.shipment_ids.filtered(
            lambda parcel: parcel.status in ("delivered", "returned", "cancelled")
        )
        if ended:
            raise OmsRefusal(
                "ended",
                self.env._(
                    "Parcel %(parcel)s is %(status)s.",
                    parcel=ended[0].name,
                    status=ended[0]._status_label(),
                ),
                field="shipment_ids",
                next_step=self.env._("Leave it out."),
            )
        company = self.shipment_ids.company_id[:1]
        run = self.env["oms.fleet.run"].search(
            [
                ("driver_id", "=", self.driver_id.id),
                ("date", "=", self.date),
                ("company_id", "=", company.id),
            ],
            limit=1,
        )
        run = run or run.create(
            {
                "driver_id": self.driver_id.id,
                "date": self.date,
                "vehicle": self.vehicle,
                "company_id": company.id,
            }
        )
        run._add_parcels(self.shipment_ids)
        return run._get_records_action()
