from odoo import fields, models


class OmsStageLog(models.Model):
    """One change of stage of one order. Lead times and the status bar read these rows."""

    _name = "oms.stage.log"
    _description = "Order Stage Change"
    _order = "at desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id")
    from_stage_id = fields.Many2one("oms.stage", ondelete="restrict")
    to_stage_id = fields.Many2one("oms.stage", required=True, ondelete="restrict")
    at = fields.Datetime(required=True, default=fields.Datetime.now)
    cause = fields.Char(help="The next blocker at that moment, by its code.")
    user_id = fields.Many2one("res.users")

    _order_at_idx = models.Index("(order_id, at)")
