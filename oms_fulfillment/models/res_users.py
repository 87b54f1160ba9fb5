from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    oms_badge = fields.Char(
        string="Supervisor Badge",
        groups="oms_fulfillment.group_oms_manager",
        copy=False,
        help="A code that only this supervisor has, printed on their badge; scanned at a packing "
        "station it allows an override there. At least 8 characters.",
    )

    _oms_badge_uniq = models.UniqueIndex(
        "(oms_badge) WHERE oms_badge IS NOT NULL",
        lambda env, diag: env._("Another supervisor has this badge."),
    )
    _oms_badge_long = models.Constraint(
        "CHECK(oms_badge IS NULL OR length(oms_badge) >= 8)",
        lambda env, diag: env._("A badge has at least 8 characters, so that nobody guesses it."),
    )
