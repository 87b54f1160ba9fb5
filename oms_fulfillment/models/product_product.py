from odoo import api, models
from odoo.tools import SQL


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "sale_ok"} & set(vals):
            self._oms_touch_unconfirmed()
        return result

    def _oms_touch_unconfirmed(self):
        """Orders that wait for a product to be sold again, or not any more, are checked again."""
        if self and self.env["oms.channel"]._is_active():
            # sudo: who edits a product need not see its orders; they are only checked again.
            self.env["sale.order"].sudo().search(
                [
                    ("oms_channel_id", "!=", False),
                    ("state", "in", ("draft", "sent")),
                    ("order_line", "any", [("product_id", "in", self.ids)]),
                ]
            )._oms_touch()

    @api.model
    def oms_available(self, product_ids, warehouse_ids=None, date=None):
        """Units that may still be promised: on hand - reserved (+ receipts until ``date``).

        The one availability function of the system: the channel feed, the order form and the
        reports read it. A single query whatever the number of products.

        :param list product_ids: database ids
        :param list warehouse_ids: database ids; default: the warehouses of the user's companies
        :param date: naive UTC; with it, planned receipts until then count, and demand that waits
            for stock is taken off
        :return: ``{product_id: {warehouse_id: units}}`` in the product's own unit; zero included
        """
        warehouses = self.env["stock.warehouse"].search(
            [("id", "in", warehouse_ids)]
            if warehouse_ids is not None
            else [("company_id", "in", self.env.companies.ids)]
        )
        result = {product_id: dict.fromkeys(warehouses.ids, 0.0) for product_id in product_ids}
        self.env.flush_all()
        for product_id, warehouse_id, units in self.env.execute_query(
            self._oms_available_query(product_ids, warehouses.ids, date)
        ):
            result[product_id][warehouse_id] = units
        return result

    @api.model
    def _oms_available_query(self, product_ids, warehouse_ids, date):
        """Rows ``(product, warehouse, units)``. Only goods under the stock location count: what
        waits for inspection lies beside it."""
        return SQL(
            """
            SELECT flow.product_id, flow.warehouse_id, SUM(flow.units)
              FROM (
                    SELECT quant.product_id, warehouse.id AS warehouse_id,
                           quant.quantity - quant.reserved_quantity AS units
                      FROM stock_quant quant
                      JOIN stock_location place ON place.id = quant.location_id
                      JOIN stock_warehouse warehouse ON warehouse.id = ANY(%(warehouses)s)
                      JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
                     WHERE quant.product_id = ANY(%(products)s)
                       AND place.usage = 'internal'
                       AND place.parent_path LIKE stock.parent_path || '%%'
                 UNION ALL
                    SELECT move.product_id, place.warehouse_id, move.product_qty
                      FROM stock_move move
                      JOIN stock_location source ON source.id = move.location_id
                      JOIN stock_location place ON place.id = move.location_dest_id
                     WHERE %(date)s::timestamp IS NOT NULL
                       AND move.product_id = ANY(%(products)s)
                       AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
                       AND move.date <= %(date)s::timestamp
                       AND source.usage NOT IN ('internal', 'customer')
                       AND place.usage = 'internal'
                       AND place.warehouse_id = ANY(%(warehouses)s)
                 UNION ALL
                    SELECT move.product_id, place.warehouse_id,
                           -(move.product_qty - COALESCE(move.quantity, 0))
                      FROM stock_move move
                      JOIN stock_location place ON place.id = move.location_id
                      JOIN stock_location dest ON dest.id = move.location_dest_id
                     WHERE %(date)s::timestamp IS NOT NULL
                       AND move.product_id = ANY(%(products)s)
                       AND move.state IN ('waiting', 'confirmed', 'partially_available')
                       AND place.usage = 'internal' AND dest.usage NOT IN ('internal')
                       AND place.warehouse_id = ANY(%(warehouses)s)
                   ) AS flow
          GROUP BY flow.product_id, flow.warehouse_id
            """,
            products=list(product_ids),
            warehouses=list(warehouse_ids),
            date=date,
        )


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "sale_ok"} & set(vals):
            self.with_context(active_test=False).product_variant_ids._oms_touch_unconfirmed()
        return result
