from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

KINDS = [
    ("lost", "Lost"),
    ("damaged", "Damaged"),
    ("weight", "Weight billed too high"),
    ("cod", "COD not paid out"),
    ("late", "Too late"),
]
STATES = [
    ("draft", "To file"),
    ("filed", "Filed"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("paid", "Paid"),
    ("dropped", "Dropped"),
]
TRANSITIONS = {
    "draft": ("filed", "dropped"),
    "filed": ("accepted", "rejected", "dropped"),
    "accepted": ("paid", "dropped"),
    "rejected": ("filed", "dropped"),
}
OPEN = ("draft", "filed", "accepted")
# Couriers take claims for so many days; what is later is refused by them.
FILE_WITHIN_DAYS = 7


class OmsClaim(models.Model):
    """Money that a courier owes us for what it did to a parcel."""

    _name = "oms.claim"
    _description = "Claim on a Courier"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "due, id"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    shipment_id = fields.Many2one(
        "oms.shipment",
        string="Parcel",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(related="shipment_id.company_id", store=True, index=True)
    courier_id = fields.Many2one(related="shipment_id.courier_id", store=True, index=True)
    order_id = fields.Many2one(related="shipment_id.order_id")
    currency_id = fields.Many2one(related="shipment_id.currency_id")
    kind = fields.Selection(KINDS, required=True, tracking=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", copy=False, tracking=True, index=True
    )
    is_open = fields.Boolean(compute="_compute_is_open", store=True)
    amount = fields.Monetary(string="Claimed", tracking=True)
    recovered_amount = fields.Monetary(string="Recovered", tracking=True, copy=False)
    reason = fields.Char(string="What Happened")
    evidence_ids = fields.Many2many(
        "ir.attachment", help="Photos, packing records, the courier's answers."
    )
    reference = fields.Char(string="Courier's Ticket", copy=False)
    outcome = fields.Char(help="What the courier answered.", copy=False)
    owner_id = fields.Many2one("res.users", index="btree_not_null", tracking=True)
    due = fields.Date(help="Until when it must be filed or answered.", tracking=True)
    filed_at = fields.Datetime(readonly=True, copy=False)
    closed_at = fields.Datetime(readonly=True, copy=False)

    _amounts_positive = models.Constraint(
        "CHECK(amount >= 0 AND recovered_amount >= 0)",
        lambda env, diag: env._("Amounts of a claim can't be negative."),
    )
    _open_uniq = models.UniqueIndex(
        "(shipment_id, kind) WHERE state IN ('draft', 'filed', 'accepted')",
        lambda env, diag: env._("This parcel has an open claim of this kind already."),
    )

    @api.depends("state")
    def _compute_is_open(self):
        for claim in self:
            claim.is_open = claim.state in OPEN

    @api.model_create_multi
    def create(self, vals_list):
        today = fields.Date.context_today(self)
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("oms.claim") or "/"
            parcel = self.env["oms.shipment"].browse(vals.get("shipment_id"))
            vals.setdefault("due", today + timedelta(days=FILE_WITHIN_DAYS))
            vals.setdefault("owner_id", parcel.courier_id.desk_user_id.id or self.env.uid)
        # One open claim of a kind: the database must know which of the others are closed.
        self.flush_model(["state"])
        return super().create(vals_list)

    # STEPS

    def action_file(self):
        """Button: the courier has the claim. The parcel leaves the queue of exceptions."""
        for claim in self:
            if not claim.amount:
                raise OmsRefusal(
                    "no_amount",
                    self.env._("Claim %(claim)s claims nothing.", claim=claim.name),
                    field="amount",
                    next_step=self.env._("Enter the amount that the courier owes."),
                )
        self._set_state("filed", filed_at=fields.Datetime.now())
        self.shipment_id.action_settle_exception()
        return True

    def action_accept(self):
        self._set_state("accepted")
        return True

    def action_reject(self):
        self._set_state("rejected", closed_at=fields.Datetime.now())
        return True

    def action_pay(self):
        """Button: the money is here; without another amount, all that was claimed."""
        for claim in self:
            claim.recovered_amount = claim.recovered_amount or claim.amount
        self._set_state("paid", closed_at=fields.Datetime.now())
        return True

    def action_drop(self):
        self._set_state("dropped", closed_at=fields.Datetime.now())
        return True

    def _set_state(self, state, **vals):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for claim in self:
            if state not in TRANSITIONS.get(claim.state, ()):
                raise OmsRefusal(
                    "bad_step",
                    self.env._(
                        "Claim %(claim)s is %(state)s and can't become %(wanted)s.",
                        claim=claim.name,
                        state=labels[claim.state],
                        wanted=labels[state],
                    ),
                    next_step=self.env._("Make a new claim for what is still owed."),
                )
        self.write({"state": state, **vals})
