from odoo import fields, models


class StockWarehouse(models.Model):
    """Where goods lie that came back and belong to no order yet.

    A transit location without a company: what is there is counted, by lot, and is in no company's
    stock value. From there it goes on as any other return, once somebody knows whose it is.
    """

    _inherit = "stock.warehouse"

    oms_unclaimed_location_id = fields.Many2one(
        "stock.location",
        string="Goods without a Return",
        domain="[('usage', '=', 'transit'), ('company_id', '=', False)]",
        help="Its stock valuation account gets the value of what is taken into stock unidentified.",
    )

    def _oms_get_unclaimed_location(self):
        """Return that location; it is created when it is needed first."""
        self.ensure_one()
        if not self.oms_unclaimed_location_id:
            # sudo: the set-up of the warehouse, whoever is the first to take a parcel in.
            staff = self.company_id._oms_in_language(self)
            self.sudo().oms_unclaimed_location_id = (
                self.env["stock.location"]
                .sudo()
                .create(
                    {
                        "name": staff.env._(
                            "Goods without a Return (%(warehouse)s)", warehouse=self.code
                        ),
                        "usage": "transit",
                        "company_id": False,
                    }
                )
            )
        return self.oms_unclaimed_location_id


class StockPicking(models.Model):
    _inherit = "stock.picking"

    oms_return_parcel_id = fields.Many2one(
        "oms.return.parcel",
        string="Return Parcel",
        index="btree_not_null",
        copy=False,
        readonly=True,
    )


class StockMove(models.Model):
    _inherit = "stock.move"

    def _should_create_account_move(self):
        """Override: goods that turn out to be of an order are a return like any other; only what
        stays unidentified and is taken into stock has an entry of its own."""
        if (
            self.origin_returned_move_id
            and self.location_id.usage == "transit"
            and not self.location_id.company_id
            and self.picking_id.oms_return_id
        ):
            return False
        return super()._should_create_account_move()
