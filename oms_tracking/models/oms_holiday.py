from odoo import api, fields, models, tools


class OmsHoliday(models.Model):
    """A day on which couriers don't deliver, in a country."""

    _name = "oms.holiday"
    _inherit = ["oms.cached"]
    _description = "Holiday of Couriers"
    _order = "date DESC"

    date = fields.Date(required=True)
    name = fields.Char(required=True, translate=True)
    country_id = fields.Many2one(
        "res.country",
        required=True,
        default=lambda self: self.env.ref("base.id", raise_if_not_found=False),
    )
    joint_leave = fields.Boolean(help="Cuti bersama: offices are closed, many couriers work.")

    _date_uniq = models.Constraint(
        "UNIQUE(country_id, date)", lambda env, diag: env._("This day is a holiday already.")
    )

    @api.model
    @tools.ormcache("country_code", "joint_leave")
    def _days(self, country_code, joint_leave):
        """Return the holidays of a country as dates; with the days of joint leave or without."""
        # sudo: holidays are no secret.
        days = self.sudo().search([("country_id.code", "=", country_code)])
        if not joint_leave:
            days = days.filtered(lambda day: not day.joint_leave)
        return frozenset(days.mapped("date"))
