from odoo import fields, models


class StockReturnPicking(models.TransientModel):
    _inherit = "stock.return.picking"

    oms_return_id = fields.Many2one("oms.return")

    def _prepare_picking_default_values_based_on(self, picking):
        """Goods of a managed return go to the inspection, not to the shelf."""
        vals = super()._prepare_picking_default_values_based_on(picking)
        if self.oms_return_id:
            warehouse = picking.picking_type_id.warehouse_id
            vals["oms_return_id"] = self.oms_return_id.id
            vals["location_dest_id"] = warehouse._oms_get_return_location().id
        return vals
