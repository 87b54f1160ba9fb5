from odoo import api, fields, models


class SaleOrder(models.Model):
    """Lines of confirmed orders that were sold before the goods are there."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        confirmed = orders._oms_managed().filtered(lambda order: order.state == "sale")
        confirmed.order_line._oms_take_preorders()
        return orders

    def write(self, vals):
        if vals.get("state") == "sale":
            fresh = self._oms_managed().filtered(lambda order: order.state != "sale")
            result = super().write(vals)
            fresh.order_line._oms_take_preorders()
            return result
        return super().write(vals)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    oms_preorder_id = fields.Many2one(
        "oms.preorder",
        string="Pre-order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(
            lambda line: line.state == "sale" and line.order_id.oms_channel_id
        )._oms_take_preorders()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if "product_uom_qty" in vals and self.env["oms.preorder"]._on_sale():
            self.filtered(
                lambda line: line.state == "sale" and line.order_id.oms_channel_id
            )._oms_take_preorders()
        return result

    def _oms_take_preorders(self):
        """Put these lines of confirmed orders on the pre-orders that hold now.

        :raise OmsRefusal: ``preorder_full``
        """
        Preorder = self.env["oms.preorder"]
        if not self or not Preorder._on_sale():
            return
        for line in self.filtered(lambda line: not line.oms_preorder_id):
            order = line.order_id
            found, _date = Preorder._find(
                order.company_id.id, line.product_id.id, order.oms_channel_id.id
            )
            if found:
                line.oms_preorder_id = found
        # sudo: who sells need not see the pre-orders.
        taken = self.sudo().oms_preorder_id
        if taken:
            taken._lock()
            taken._check_cap()

    def _oms_not_before(self):
        release = self.sudo().oms_preorder_id.release_date
        if not release and self.state != "sale":
            release = self.product_id._oms_not_before(self.order_id.oms_channel_id)
        return release or super()._oms_not_before()
