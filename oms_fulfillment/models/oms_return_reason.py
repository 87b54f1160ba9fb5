from odoo import api, fields, models, tools

FAULTS = [
    ("merchant", "Us"),
    ("carrier", "The courier"),
    ("supplier", "The supplier"),
    ("customer", "The customer"),
]


class OmsReturnReason(models.Model):
    _name = "oms.return.reason"
    _inherit = ["oms.cached"]
    _description = "Return Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="How other systems name this reason.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    fault = fields.Selection(
        FAULTS,
        string="At Fault",
        required=True,
        default="merchant",
        help="Decides whether shipping is given back when everything returns: it is, unless the "
        "customer is at fault.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another return reason already has this code.")
    )

    @api.model
    @tools.ormcache("code")
    def _id_of(self, code):
        return self.sudo().search([("code", "=", code)], limit=1).id
