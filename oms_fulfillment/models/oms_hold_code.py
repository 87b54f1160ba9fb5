from odoo import api, fields, models, tools


class OmsHoldCode(models.Model):
    _name = "oms.hold.code"
    _description = "Hold Code"
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    blocks_confirm = fields.Boolean(string="Blocks Confirmation")
    blocks_reserve = fields.Boolean(string="Blocks Reservation")
    blocks_ship = fields.Boolean(string="Blocks Shipping")
    blocks_invoice = fields.Boolean(string="Blocks Invoicing")
    group_id = fields.Many2one(
        "res.groups",
        string="Released By",
        help="Only members may release or reject. Empty: every order agent.",
    )
    next_step = fields.Char(translate=True, help="What clears the hold, in one sentence.")
    customer_text = fields.Char(translate=True, help="Shown to the customer while the hold lasts.")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another hold already has this code.")
    )

    @api.model
    @tools.ormcache("code")
    def _id_of(self, code):
        return self.sudo().with_context(active_test=False).search([("code", "=", code)], limit=1).id

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
