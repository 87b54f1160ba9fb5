from odoo import models

from ..exceptions import OmsRefusal


class SaleOrderLine(models.Model):
    """Shipping, fees, discounts and services are billed once, in full: what changes afterwards
    would never be billed or credited."""

    _inherit = "sale.order.line"

    def _oms_before_quantity(self, quantity):
        self._oms_refuse_billed(quantity)
        return super()._oms_before_quantity(quantity)

    def _oms_refuse_billed(self, quantity):
        """A line without goods keeps its quantity once it was invoiced.

        :raise OmsRefusal: ``already_billed``
        """
        lines = (self._oms_billed_here() - self._oms_goods()).filtered(
            lambda line: line.product_uom_id.compare(quantity, line.product_uom_qty)
        )
        # sudo: whether an invoice exists decides, not whether the caller may read it.
        invoiced = lines.sudo()._oms_invoiced() if lines else {}
        for line in lines:
            if line.id in invoiced and invoiced[line.id].invoiced:
                raise OmsRefusal(
                    "already_billed",
                    self.env._(
                        "%(product)s of %(order)s has been invoiced; the quantity can't be "
                        "%(quantity)s.",
                        product=line.product_id.display_name,
                        order=line.order_id.name,
                        quantity=f"{quantity:g}",
                    ),
                    field="product_uom_qty",
                    next_step=self.env._(
                        "Add a line for what comes on top, or credit the invoice for what is less."
                    ),
                )
