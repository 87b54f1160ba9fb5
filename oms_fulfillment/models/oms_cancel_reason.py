from odoo import api, fields, models, tools

FAULTS = [
    ("buyer", "Buyer"),
    ("seller", "Us"),
    ("channel", "Channel"),
    ("courier", "Courier"),
    ("none", "Nobody"),
]


class OmsCancelReason(models.Model):
    """Why orders, or units of them, are not shipped, and whose fault that is."""

    _name = "oms.cancel.reason"
    _inherit = ["oms.cached"]
    _description = "Cancel Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    fault = fields.Selection(FAULTS, required=True, default="none")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another cancel reason already has this code.")
    )

    @api.model
    @tools.ormcache("code")
    def _id_of(self, code):
        """Return the id of the reason with this code, ``False`` when it is only a text."""
        if not isinstance(code, str):
            return False
        domain = [("code", "=", code.strip()), ("active", "in", (True, False))]
        return self.sudo().search(domain, limit=1).id
