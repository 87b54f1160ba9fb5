from odoo import api, fields, models
from odoo.tools import SQL


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

    @api.model
    def _insert(self, rows):
        """Insert ``(order, from stage, to stage, at, cause, user)`` rows in one statement.

        A leaf table without rules of its own: the ORM would read every user and stage first.
        """
        if not rows:
            return
        values = SQL(", ").join(
            SQL("(%s, %s, %s, %s, %s, %s)", order, source or None, target, at, cause, user)
            for order, source, target, at, cause, user in rows
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO oms_stage_log"
                " (order_id, from_stage_id, to_stage_id, at, cause, user_id) VALUES %s",
                values,
            )
        )
        orders = self.env["sale.order"].browse(row[0] for row in rows)
        orders.invalidate_recordset(["oms_stage_log_ids"])
