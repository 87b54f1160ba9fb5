from odoo import api, fields, models, tools

BLOCKS = ("blocks_confirm", "blocks_reserve", "blocks_ship", "blocks_invoice")


class OmsHoldCode(models.Model):
    """A kind of hold: what it blocks, who releases it, and what comes after it."""

    _name = "oms.hold.code"
    _inherit = ["oms.cached"]
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
    due_hours = fields.Integer(
        string="Due Within (hours)", help="When a hold of this kind should be dealt with; 0: never."
    )
    by_phone = fields.Boolean(
        string="Cleared by Telephone", help="Such holds are on the list of calls to make."
    )
    next_code_id = fields.Many2one(
        "oms.hold.code",
        string="Then",
        ondelete="restrict",
        help="Raised when a person releases this one: two people decide, one after the other.",
    )
    next_step = fields.Char(translate=True, help="What clears the hold, in one sentence.")
    customer_text = fields.Char(translate=True, help="Shown to the customer while the hold lasts.")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another hold already has this code.")
    )
    _due_positive = models.Constraint(
        "CHECK(due_hours >= 0)", lambda env, diag: env._("Hours can't be negative.")
    )

    @api.model
    @tools.ormcache("code")
    def _id_of(self, code):
        return self.sudo().with_context(active_test=False).search([("code", "=", code)], limit=1).id

    def write(self, vals):
        """What a kind of hold blocks holds for the active ones as well."""
        result = super().write(vals)
        blocks = {name: vals[name] for name in BLOCKS if name in vals}
        if blocks:
            # sudo: whoever may set up holds decides for all of them.
            active = self.env["oms.hold"].sudo()
            active.search(
                [
                    ("code_id", "in", self.ids),
                    ("state", "=", "active"),
                    ("raised_by", "=", "rule"),
                ]
            ).write(blocks)
        return result

    def _queue(self):
        """The group whose queue these holds wait in."""
        return self.group_id or self.env.ref("oms_fulfillment.group_oms_agent")
