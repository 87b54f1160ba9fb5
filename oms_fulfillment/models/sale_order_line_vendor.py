from odoo import models
from odoo.tools import SQL


class SaleOrderLine(models.Model):
    """Goods that a vendor sends to the customer: until the purchase is confirmed there is no
    transfer, and the order waits for the vendor as others wait for stock."""

    _inherit = "sale.order.line"

    def _oms_awaited(self):
        """Return ``{line id: {product id: units}}`` on purchases without a transfer; units in the
        line's unit, of components in their product's own.

        A purchase that was cancelled before the vendor agreed leaves the customer waiting, so it
        counts, too. What was cancelled later was cancelled with its transfer.
        """
        if not self.ids or "purchase_line_ids" not in self._fields:
            return {}
        self.env["purchase.order"].flush_model(["state"])
        self.env["purchase.order.line"].flush_model()
        awaited = {}
        for line_id, product_id, units in self.env.execute_query(self._oms_awaited_query()):
            awaited.setdefault(line_id, {})[product_id] = float(units)
        return awaited

    def _oms_awaited_query(self):
        return SQL(
            """
            SELECT line.id, bought.product_id,
                   SUM(bought.product_qty * bought_uom.factor / unit.factor)
              FROM purchase_order_line bought
              JOIN purchase_order purchase ON purchase.id = bought.order_id
              JOIN sale_order_line line ON line.id = bought.sale_line_id
              JOIN product_product product ON product.id = bought.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom bought_uom ON bought_uom.id = bought.product_uom_id
              JOIN uom_uom unit ON unit.id = CASE WHEN bought.product_id = line.product_id
                                                  THEN line.product_uom_id
                                                  ELSE template.uom_id END
             WHERE line.id = ANY(%s)
               AND template.type = 'consu'
               AND purchase.state IN ('draft', 'sent', 'to approve', 'cancel')
          GROUP BY line.id, bought.product_id
            """,
            list(self.ids),
        )

    def _oms_ask_vendor_less(self, units):
        """Take ``{product: units of the product}`` off purchases that are not confirmed yet."""
        if "purchase_line_ids" not in self._fields:
            return
        left = dict(units)
        # sudo: who may cancel units need not be allowed to edit purchases.
        for bought in self.sudo()["purchase_line_ids"]:
            product = bought.product_id
            if bought.order_id.state not in ("draft", "sent") or not left.get(product):
                continue
            wanted = product.uom_id._compute_quantity(left[product], bought.product_uom_id)
            take = min(wanted, bought.product_qty)
            bought.product_qty -= take
            left[product] -= bought.product_uom_id._compute_quantity(take, product.uom_id)
