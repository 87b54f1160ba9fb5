from odoo import api, fields, models, tools


class OmsRejectReason(models.Model):
    """Why a 3PL does not do the work, and what to do about it."""

    _name = "oms.reject.reason"
    _inherit = ["oms.cached"]
    _description = "Reason of a 3PL"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    next_step = fields.Char(translate=True, help="What clears it, in one sentence.")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another reason already has this code.")
    )

    @api.model
    @tools.ormcache("code")
    def _id_of(self, code):
        """Return the id of the reason with this code, in upper or lower case; ``False`` if none."""
        if not isinstance(code, str):
            return False
        domain = [("code", "=", code.strip().lower()), ("active", "in", (True, False))]
        return self.sudo().search(domain, limit=1).id
