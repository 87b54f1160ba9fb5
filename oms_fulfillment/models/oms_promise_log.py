from odoo import api, fields, models
from odoo.tools import SQL


class OmsPromiseLog(models.Model):
    """One change of what a customer was promised. No promise changes without such a row."""

    _name = "oms.promise.log"
    _description = "Change of a Promise"
    _order = "at desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", required=True, index=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="order_id.company_id")
    at = fields.Datetime(required=True, readonly=True)
    before = fields.Datetime(readonly=True)
    after = fields.Datetime(readonly=True)
    later = fields.Boolean(readonly=True, help="The customer gets the goods later than promised.")
    cause = fields.Char(readonly=True, help="What brings the goods that the order waits for.")
    user_id = fields.Many2one("res.users", readonly=True)

    @api.model
    def _insert(self, rows):
        """Insert ``(order, at, before, after, later, cause, user)`` rows in one statement."""
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                "INSERT INTO oms_promise_log"
                " (order_id, at, before, after, later, cause, user_id) VALUES %s",
                SQL(", ").join(SQL("%s", tuple(row)) for row in rows),
            )
        )
        orders = self.env["sale.order"].browse(row[0] for row in rows)
        orders.invalidate_recordset(["oms_promise_log_ids"])
