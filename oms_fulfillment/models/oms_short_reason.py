from odoo import api, fields, models, tools

from ..exceptions import OmsRefusal

EFFECTS = [
    ("zero", "The place is empty: count it to zero"),
    ("subtract", "Only these units are gone: take them off"),
    ("damage", "They are there but can't be sold: to the damage location"),
]
THEN = [
    ("resource", "Send them from another warehouse"),
    ("backorder", "Wait for them here"),
    ("cancel", "Cancel them"),
]


class OmsShortReason(models.Model):
    """Why reserved units could not be picked, and what that says about the stock."""

    _name = "oms.short.reason"
    _inherit = ["oms.cached"]
    _description = "Short Pick Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    effect = fields.Selection(
        EFFECTS,
        string="What Happens to the Stock",
        required=True,
        default="subtract",
        help="Counting to zero keeps what others have in their totes already.",
    )
    then = fields.Selection(
        THEN,
        string="And the Order",
        required=True,
        default="resource",
        help="Where the person who reports it does not choose.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another reason already has this code.")
    )

    @api.model
    def _get_by_code(self, code):
        """Return the active reason with this code.

        :raise OmsRefusal: ``unknown_reason``
        """
        reason = self.browse(self._ids_by_code().get(code) if isinstance(code, str) else None)
        if not reason:
            raise OmsRefusal(
                "unknown_reason",
                self.env._("There is no short pick reason %(code)s.", code=str(code)[:64]),
                field="reason",
                next_step=self.env._(
                    "Use one of: %(codes)s.", codes=", ".join(sorted(self._ids_by_code()))
                ),
            )
        return reason

    @api.model
    @tools.ormcache()
    def _ids_by_code(self):
        # sudo: a list of codes; whoever reports a short pick may know it.
        return {reason.code: reason.id for reason in self.sudo().search([])}
