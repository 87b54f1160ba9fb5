from odoo import api, models
from odoo.tools import SQL

from ..engine.share import pool_of


class ProductProduct(models.Model):
    """What is kept for whom, and what their open orders have used of it."""

    _inherit = "product.product"

    @api.model
    def _oms_set_aside(self, stock, paths, warehouses, date):
        """Fill in the shares of ``{product_id: {warehouse_id: Stock}}``, and what follows.

        One query where there is a share for one of these products, none without.
        """
        shares = self.env["oms.stock.share"]._shares()
        shares = {place.id: shares.get(place.company_id.id) for place in warehouses}
        if not any(shares.values()):
            return
        shared = {}
        for product_id, places in stock.items():
            path = self._oms_category_path(product_id, paths)
            for place, known in places.items():
                if shares[place]:
                    known.shares = shares[place].find(product_id, path, place)
                    if known.shares:
                        shared[product_id, place] = known
        if not shared:
            return
        for product_id, place, *who, units in self.env.execute_query(
            self._oms_used_query(
                list({product_id for product_id, _place in shared}), warehouses.ids, date
            )
        ):
            known = shared.get((product_id, place))
            if known:
                holders = self.env["oms.stock.share"]._holders_of_row(*who)
                known.used.append((holders, units))
        for known in shared.values():
            known.pool = pool_of(known)

    @api.model
    def _oms_category_path(self, product_id, paths):
        """Ids of the product's categories; of one that was never in stock, read from it."""
        if product_id not in paths:
            # sudo: who asks for a number need not see the category.
            category = self.browse(product_id).sudo().categ_id
            paths = {product_id: category.parent_path}
        return self._oms_split_path(paths[product_id])

    @api.model
    def _oms_used_query(self, product_ids, warehouse_ids, date):
        """Rows ``(product, warehouse, channel, customer tags, units)`` of what sale orders have;
        with a date also of what they wait for."""
        return SQL(
            """
            WITH place AS (%(places)s), demand AS (
                SELECT line.product_id, place.warehouse_id, move.sale_line_id,
                       line.quantity_product_uom AS units
                  FROM stock_move_line line
                  JOIN place ON place.id = line.location_id
                  JOIN stock_move move ON move.id = line.move_id
                 WHERE line.product_id = ANY(%(products)s)
                   AND line.state NOT IN ('draft', 'done', 'cancel')
                   AND move.sale_line_id IS NOT NULL
                %(waiting)s
            ), owned AS (
                SELECT demand.product_id, demand.warehouse_id, demand.units, sale_order.id
                  FROM demand
                  JOIN sale_order_line ON sale_order_line.id = demand.sale_line_id
                  JOIN sale_order ON sale_order.id = sale_order_line.order_id
            ), owner AS (
                SELECT sale_order.id, %(holders)s
                  FROM sale_order WHERE sale_order.id IN (SELECT id FROM owned)
            )
            SELECT owned.product_id, owned.warehouse_id, owner.channel, owner.tags,
                   SUM(owned.units)::float
              FROM owned JOIN owner ON owner.id = owned.id
          GROUP BY owned.product_id, owned.warehouse_id, owner.channel, owner.tags
            """,
            places=self._oms_places_query(warehouse_ids),
            products=list(product_ids),
            holders=self.env["oms.stock.share"]._holders_sql(),
            waiting=SQL(
                "UNION ALL SELECT product_id, warehouse_id, sale_line_id, units"
                "  FROM (%s) AS waiting WHERE sale_line_id IS NOT NULL",
                self._oms_waiting_query(product_ids),
            )
            if date
            else SQL(),
        )
