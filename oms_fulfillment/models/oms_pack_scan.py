from odoo import fields, models
from odoo.exceptions import UserError

KINDS = [
    ("open", "Opened"),
    ("take_over", "Taken over"),
    ("unit", "Unit"),
    ("carton", "Carton closed"),
    ("weight", "Weight"),
    ("undo", "Undo"),
    ("override", "Override"),
    ("short", "Short"),
    ("done", "Done"),
    ("leave", "Put aside"),
    ("other", "Other"),
]
# Refusals that mean: the wrong thing was about to go into the parcel.
MISTAKES = (
    "not_in_order",
    "surplus",
    "unknown_code",
    "serial_twice",
    "lot_not_here",
    "weight_off",
)


class OmsPackScan(models.Model):
    """One scan at a packing station. The log is only appended to; it is the session."""

    _name = "oms.pack.scan"
    _description = "Packing Scan"
    _order = "id DESC"
    _rec_name = "code"

    session_id = fields.Many2one(
        "oms.pack.session", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Packer", readonly=True)
    station = fields.Char(readonly=True)
    key = fields.Char(
        required=True,
        readonly=True,
        help="Made by the station for each scan, so that one sent twice is counted once.",
    )
    code = fields.Char(string="Scanned", readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True, default="other")
    accepted = fields.Boolean(readonly=True)
    refusal = fields.Char(readonly=True, help="Code of the reason why it was refused.")
    message = fields.Char(readonly=True)
    next_step = fields.Char(readonly=True, help="What the packer was told to do instead.")
    mistakes = fields.Integer(
        string="Wrong Scans", readonly=True, help="1: the wrong thing was about to be packed."
    )
    product_id = fields.Many2one("product.product", readonly=True)
    lot_id = fields.Many2one("stock.lot", string="Lot/Serial", readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    carton = fields.Integer(readonly=True, default=1)
    waived = fields.Boolean(string="By Override", readonly=True)
    supervisor_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Char(readonly=True)
    scanned_at = fields.Datetime(
        readonly=True, help="By the station's clock; it may have reached us later."
    )

    _key_uniq = models.Constraint(
        "UNIQUE(key)", lambda env, diag: env._("This scan was recorded before.")
    )
    _day_idx = models.Index("(company_id, create_date)")

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(
            self.env._(
                "Scans are facts and can't be changed (%(scans)s). "
                "Scan UNDO at the packing station to take the last one back.",
                scans=", ".join(filter(None, self[:3].mapped("code"))),
            )
        )
