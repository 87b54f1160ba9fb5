from odoo import fields, models


class OmsReminderLevel(models.Model):
    """One step of the reminders: how late, and in what tone."""

    _name = "oms.reminder.level"
    _description = "Level of Reminders"
    _order = "days, id"

    name = fields.Char(required=True, translate=True)
    days = fields.Integer(
        string="Days Overdue", required=True, help="Sent this many days after the due date."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: for all companies."
    )
    subject = fields.Char(required=True, translate=True)
    text = fields.Text(
        required=True,
        translate=True,
        help="Stands above the list of what is overdue, in the customer's language.",
    )

    _days_positive = models.Constraint(
        "CHECK(days >= 0)",
        lambda env, diag: env._("A reminder is sent on the due date or after it."),
    )
    _days_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), days) WHERE active",
        lambda env, diag: env._("There is a reminder for this number of days already."),
    )


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    send_reminders = fields.Boolean(
        help="Customers are reminded by mail of invoices that are overdue, once per level, until "
        "they pay, contest it or the order is held."
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    oms_no_reminders = fields.Boolean(
        string="No Reminders", help="This customer is reminded by a person, never by mail."
    )
