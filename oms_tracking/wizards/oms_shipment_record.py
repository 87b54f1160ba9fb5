from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..models.selection import STATUSES


class OmsShipmentRecord(models.TransientModel):
    """What our own staff saw happen to parcels: the own fleet has no API."""

    _name = "oms.shipment.record"
    _description = "Record a Tracking Event"

    shipment_ids = fields.Many2many("oms.shipment", string="Parcels", required=True)
    status = fields.Selection(
        [status for status in STATUSES if status[0] != "unknown"], string="What", required=True
    )
    occurred_at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    place = fields.Char(string="Where")
    text = fields.Char(string="Note")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "oms.shipment":
            values["shipment_ids"] = [fields.Command.set(self.env.context.get("active_ids") or [])]
        return values

    def action_record(self):
        self.ensure_one()
        if self.occurred_at > fields.Datetime.add(fields.Datetime.now(), minutes=5):
            raise OmsRefusal(
                "future",
                self.env._("That has not happened yet."),
                field="occurred_at",
                next_step=self.env._("Correct the time."),
            )
        self.shipment_ids._record_own_event(
            self.status, self.occurred_at, self.place or "", self.text or ""
        )
        return {"type": "ir.actions.act_window_close"}
