from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    oms_return_id = fields.Many2one(
        "oms.return", string="Return", index="btree_not_null", copy=False, readonly=True
    )

    def _create_backorder_picking(self):
        """What is still on its way back belongs to the same return."""
        backorder = super()._create_backorder_picking()
        if self.oms_return_id:
            backorder.write(
                {"oms_return_id": self.oms_return_id.id, "return_id": self.return_id.id}
            )
        return backorder

    def _action_done(self):
        result = super()._action_done()
        # sudo: whoever receives goods may have no rights on returns.
        self.sudo().filtered("return_id").oms_return_id._goods_came_back()
        return result
