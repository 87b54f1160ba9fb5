from odoo import fields, models


class OmsHoldRelease(models.TransientModel):
    _name = "oms.hold.release"
    _description = "Release or Reject Holds"

    hold_ids = fields.Many2many("oms.hold", string="Holds", required=True)
    left_out = fields.Integer(readonly=True, help="Holds that others decide about.")
    reason = fields.Char(required=True)

    def action_release(self):
        """Release the holds with the reason given."""
        return self.hold_ids.release(self.reason) and {"type": "ir.actions.act_window_close"}

    def action_reject(self):
        """Reject the orders behind the holds."""
        return self.hold_ids.reject(self.reason) and {"type": "ir.actions.act_window_close"}
