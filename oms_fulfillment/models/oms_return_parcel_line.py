from odoo import api, fields, models

from ..exceptions import OmsRefusal


class OmsReturnParcelLine(models.Model):
    """Goods that came and were not announced: each unit stays on the list until somebody said
    what became of it."""

    _name = "oms.return.parcel.line"
    _description = "Goods without a Return"
    _order = "parcel_id desc, id"
    _rec_name = "product_id"

    parcel_id = fields.Many2one(
        "oms.return.parcel",
        string="Return Parcel",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="parcel_id.company_id", store=True, index=True)
    arrived_at = fields.Datetime(related="parcel_id.arrived_at", string="Here Since")
    resi = fields.Char(related="parcel_id.resi")
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, index=True, ondelete="restrict"
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    lot_id = fields.Many2one("stock.lot", string="Lot/Serial", readonly=True, ondelete="restrict")
    quantity = fields.Float(string="Came", digits="Product Unit", required=True, readonly=True)
    identified = fields.Float(
        digits="Product Unit", readonly=True, help="Of these, in the return of an order."
    )
    sent_back = fields.Float(digits="Product Unit", readonly=True)
    stocked = fields.Float(string="Taken into Stock", digits="Product Unit", readonly=True)
    units_left = fields.Float(
        string="Whose?", digits="Product Unit", compute="_compute_units_left", store=True
    )
    note = fields.Char(string="What Was Found", readonly=True)

    _amounts = models.Constraint(
        "CHECK(quantity > 0 AND COALESCE(identified, 0) >= 0 AND COALESCE(sent_back, 0) >= 0"
        " AND COALESCE(stocked, 0) >= 0 AND COALESCE(identified, 0) + COALESCE(sent_back, 0)"
        " + COALESCE(stocked, 0) <= quantity + 0.000001)",
        lambda env, diag: env._("No more can leave than came."),
    )
    _left_idx = models.Index("(company_id, parcel_id) WHERE units_left > 0")

    @api.depends("quantity", "identified", "sent_back", "stocked")
    def _compute_units_left(self):
        for line in self:
            gone = line.identified + line.sent_back + line.stocked
            line.units_left = line.uom_id.round(line.quantity - gone)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise OmsRefusal(
            "kept",
            self.env._("What came in is never deleted."),
            next_step=self.env._("Say whose it is, send it back, or take it into stock."),
        )

    def _ensure_left(self, units):
        """Refuse to dispose of more than is there.

        :raise OmsRefusal: ``bad_quantity``, ``over_left``
        """
        self.ensure_one()
        if self.uom_id.compare(units, 0.0) <= 0 or self.uom_id.compare(units, self.units_left) > 0:
            raise OmsRefusal(
                "over_left",
                self.env._(
                    "%(units)s of %(product)s were asked for, %(left)s of %(parcel)s are left.",
                    units=f"{units:g}",
                    product=self.product_id.display_name,
                    left=f"{self.units_left:g}",
                    parcel=self.parcel_id.name,
                ),
                field="quantity",
                next_step=self.env._("Name units that are still without a return."),
            )

    def _use(self, name, units):
        """Count units as gone: ``identified``, ``sent_back`` or ``stocked``."""
        self._ensure_left(units)
        self[name] += units

    def action_open_parcel(self):
        self.ensure_one()
        return self.parcel_id._get_records_action()
