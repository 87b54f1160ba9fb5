from odoo import fields, models

DISPOSITIONS = [
    ("restock", "To stock"),
    ("grade_b", "Grade B"),
    ("quarantine", "Quarantine"),
    ("repair", "To repair"),
    ("vendor", "Back to the vendor"),
    ("scrap", "Write off"),
    ("missing", "Not in the parcel"),
    ("wrong_item", "Another item"),
    ("send_back", "Back to the customer"),
]


class OmsReturnFinding(models.Model):
    """What an inspector found about some units of a return line, and where they go."""

    _name = "oms.return.finding"
    _description = "Finding of an Inspection"
    _order = "return_line_id, id"

    return_line_id = fields.Many2one(
        "oms.return.line", required=True, ondelete="cascade", index=True
    )
    return_id = fields.Many2one(
        related="return_line_id.return_id", store=True, index=True, string="Return"
    )
    company_id = fields.Many2one(related="return_line_id.company_id", store=True, index=True)
    state = fields.Selection(related="return_id.state")
    product_id = fields.Many2one(related="return_line_id.product_id")
    disposition = fields.Selection(DISPOSITIONS, string="Goes To", required=True, default="restock")
    quantity = fields.Float(digits="Product Unit", required=True, default=1.0)
    refused = fields.Float(
        string="Not Accepted",
        digits="Product Unit",
        help="Units for which the customer gets no refund: worn, broken by the customer, used.",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Lot/Serial",
        index="btree_not_null",
        domain="[('product_id', '=', product_id)]",
    )
    note = fields.Char(string="What Was Found")

    _amounts = models.Constraint(
        "CHECK(quantity > 0 AND refused >= 0 AND refused <= quantity)",
        lambda env, diag: env._("A finding is about some units; no more of them are refused."),
    )
