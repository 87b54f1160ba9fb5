from odoo import api, fields, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _oms_unreserve(self, units):
        """Let go of ``units`` of the product that this line has reserved."""
        if self.product_id.uom_id.compare(units, self.quantity_product_uom) >= 0:
            self.unlink()
            return
        uom = self.product_id.uom_id
        self.quantity -= uom._compute_quantity(units, self.product_uom_id, round=False)


class StockQuant(models.Model):
    """What a short pick says about a place.

    ``key`` is (product, location, lot, package, owner), ``moves`` are those that came up short.
    """

    _inherit = "stock.quant"

    @api.model
    def _oms_short_subtract(self, key, units, moves):
        """These units are gone."""
        self._oms_take_out(key, units, key[0].property_stock_inventory)

    @api.model
    def _oms_short_damage(self, key, units, moves):
        """These units are there and nobody can sell them: they leave the stock, not the house."""
        self._oms_take_out(key, units, key[1].warehouse_id._oms_get_damage_location())

    @api.model
    def _oms_short_zero(self, key, units, moves):
        """Nothing is left in the place but what somebody holds: ``moves``, short as they are, found
        the rest of theirs, and what others picked lies in their totes.

        Reservations of others that nobody picked yet are freed: they look for other units.
        """
        reserved = self.env["stock.move.line"].search(
            [
                *self._oms_key_domain(key),
                ("state", "not in", ("draft", "done", "cancel")),
                ("quantity", ">", 0),
            ]
        )
        in_totes = reserved.filtered(
            lambda line: line.picked or line.move_id in moves or line.move_id._oms_is_picked()
        )
        others = reserved - in_totes
        moves = others.move_id
        others.unlink()
        moves._recompute_state()
        moves.sale_line_id.order_id._oms_touch()
        quants = self.search(self._oms_key_domain(key))
        surplus = sum(quants.mapped("quantity")) - sum(in_totes.mapped("quantity_product_uom"))
        if key[0].uom_id.compare(surplus, 0.0) > 0:
            self._oms_take_out(key, surplus, key[0].property_stock_inventory)

    @api.model
    def _oms_key_domain(self, key):
        names = ("product_id", "location_id", "lot_id", "package_id", "owner_id")
        return [(name, "=", record.id) for name, record in zip(names, key, strict=True)]

    @api.model
    def _oms_take_out(self, key, units, destination):
        """Book ``units`` out of the place to ``destination``, as an inventory count does."""
        product, location, lot, package, owner = key
        quant = self.new(
            {
                "product_id": product.id,
                "location_id": location.id,
                "lot_id": lot.id,
                "package_id": package.id,
                "owner_id": owner.id,
            }
        )
        values = quant._get_inventory_move_values(units, location, destination, package_id=package)
        values["company_id"] = location.company_id.id or self.env.company.id
        values["is_inventory"] = destination.usage == "inventory"
        move = self.env["stock.move"].create(values)
        move._action_done()
        return move


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    oms_damage_location_id = fields.Many2one(
        "stock.location",
        string="Damage Location",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="Where damaged goods wait to be scrapped or sent back. It lies beside the stock, not "
        "in it, so nothing there can be promised to anybody.",
    )

    def _oms_get_damage_location(self):
        """Return the location for damaged goods; it is created when it is needed first."""
        self.ensure_one()
        if not self.oms_damage_location_id:
            # sudo: the set-up of the warehouse, whoever is the first to report damage.
            warehouse = self.sudo()
            staff = self.company_id._oms_in_language(self)
            warehouse.oms_damage_location_id = warehouse.env["stock.location"].create(
                {
                    "name": staff.env._("Damaged"),
                    "usage": "internal",
                    "location_id": warehouse.view_location_id.id,
                    "company_id": warehouse.company_id.id,
                }
            )
        return self.oms_damage_location_id
