from odoo import fields, models


class OmsReminderLine(models.Model):
    """One instalment in a reminder. The database refuses to remind of it twice at one level."""

    _name = "oms.reminder.line"
    _description = "Overdue Instalment in a Reminder"
    _order = "due, id"

    reminder_id = fields.Many2one(
        "oms.reminder", required=True, readonly=True, index=True, ondelete="cascade"
    )
    item_id = fields.Many2one(
        "account.move.line", string="Instalment", required=True, readonly=True, ondelete="cascade"
    )
    order_id = fields.Many2one("sale.order", required=True, readonly=True, index=True)
    level_id = fields.Many2one("oms.reminder.level", required=True, readonly=True, index=True)
    company_id = fields.Many2one(related="reminder_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="reminder_id.currency_id")
    due = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True)

    _once = models.Constraint(
        "UNIQUE(item_id, level_id)",
        lambda env, diag: env._("The customer was reminded of this at this level already."),
    )
