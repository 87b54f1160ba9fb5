from odoo import fields, models

from ..exceptions import OmsRefusal


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

    def _oms_check_returned_lots(self):
        """Refuse a lot or serial number that was never shipped to this customer.

        :raise OmsRefusal: ``wrong_lot``
        """
        for item in self.filtered("return_id").move_line_ids.filtered("lot_id"):
            shipped = item.move_id.origin_returned_move_id.move_line_ids.lot_id
            if not item.picking_id.oms_return_id or not item.quantity or item.lot_id in shipped:
                continue
            raise OmsRefusal(
                "wrong_lot",
                self.env._(
                    "%(lot)s of %(product)s was not shipped with %(order)s.",
                    lot=item.lot_id.name,
                    product=item.product_id.display_name,
                    order=item.picking_id.oms_return_id.order_id.name,
                ),
                field="lot",
                next_step=self.env._(
                    "Shipped were: %(lots)s. Receive nothing of it and count it as another item.",
                    lots=", ".join(shipped.mapped("name")),
                ),
            )

    def _action_done(self):
        # sudo: as below.
        self.sudo().filtered("oms_return_id")._oms_check_returned_lots()
        result = super()._action_done()
        # sudo: whoever receives goods may have no rights on returns.
        self.sudo().filtered("return_id").oms_return_id._goods_came_back()
        return result
