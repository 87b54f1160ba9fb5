from odoo import api, models
from odoo.tools import SQL

from ..engine.availability import Stock


class ProductProduct(models.Model):
    """The one place that says how many units may still be promised."""

    _inherit = "product.product"

    @api.model
    def oms_available(self, product_ids, warehouse_ids=None, date=None, channel=None, partner=None):
        """Units that may still be promised: on hand - reserved - safety stock - what is set aside
        for others; with a date also + receipts until then - demand that waits for stock.

        The one availability function of the system: the order form, order entry, the channels'
        feed, sourcing and the reports read it. One query, whatever the number of products; a second
        one where stock is kept for somebody.

        :param list product_ids: database ids
        :param list warehouse_ids: database ids; default: the warehouses of the user's companies
        :param date: naive UTC; with it, planned receipts until then count that no order has, and
            demand that waits for stock is taken off
        :param int channel: database id of the channel that asks; default: none, then only safety
            stock for any channel counts, and everything that is set aside is somebody else's
        :param int partner: database id of the customer who asks: what is kept for customers with
            one of their tags is theirs, too
        :return: ``{product_id: {warehouse_id: units}}`` in the product's own unit; never below
            zero, zero included
        """
        stock = self._oms_stock(product_ids, warehouse_ids, date, channel, partner)
        return {
            product_id: {place: known.available for place, known in places.items()}
            for product_id, places in stock.items()
        }

    @api.model
    def _oms_stock(self, product_ids, warehouse_ids=None, date=None, channel=None, partner=None):
        """Return ``{product_id: {warehouse_id: engine.availability.Stock}}``."""
        warehouses = self.env["stock.warehouse"].search(
            [("id", "in", list(warehouse_ids))]
            if warehouse_ids is not None
            else [("company_id", "in", self.env.companies.ids)]
        )
        result = {product_id: {} for product_id in product_ids}
        paths = {}
        self.env.flush_all()
        for product_id, place, path, *figures in self.env.execute_query(
            self._oms_stock_query(product_ids, warehouses.ids, date)
        ):
            result[product_id][place] = Stock(*figures)
            paths[product_id] = path
        for places in result.values():
            for place in warehouses.ids:
                if place not in places:
                    places[place] = Stock()
        self._oms_keep_back(result, paths, warehouses, channel)
        self._oms_set_aside(result, paths, warehouses, date)
        holders = self.env["oms.stock.share"]._holders(
            channel, self.env["res.partner"].browse(partner or ())
        )
        for known in (known for places in result.values() for known in places.values()):
            if known.pool:
                known.set_aside = known.pool.set_aside(holders)
        return result

    @api.model
    def _oms_keep_back(self, stock, paths, warehouses, channel):
        """Fill in the safety stock. A product without a row has nothing to keep back."""
        rules = self.env["oms.safety.stock"]._rules()
        rules = {place.id: rules.get(place.company_id.id) for place in warehouses}
        if not any(rules.values()):
            return
        split = {path: self._oms_split_path(path) for path in set(paths.values())}
        for product_id, path in paths.items():
            for place, known in stock[product_id].items():
                rule = rules[place] and rules[place].find(product_id, split[path], channel, place)
                if rule:
                    known.safety = rule.of(known.on_hand)

    @staticmethod
    def _oms_split_path(path):
        """Ids of the categories in a ``parent_path``, the root first."""
        return tuple(map(int, path.split("/")[:-1])) if path else ()

    @api.model
    def _oms_stock_query(self, product_ids, warehouse_ids, date):
        """Rows ``(product, warehouse, path of categories, on hand, reserved, incoming, waiting)``.

        Goods count that lie under the stock location: what waits for inspection lies beside it.
        What comes counts once, at the first step into the warehouse, and only where no order has
        it made to order. What waits is demand on the stock location.
        """
        return SQL(
            """
            WITH place AS (%(places)s), flow AS (
                SELECT quant.product_id, place.warehouse_id, quant.quantity AS on_hand,
                       quant.reserved_quantity AS reserved, 0.0 AS incoming, 0.0 AS waiting
                  FROM stock_quant quant
                  JOIN place ON place.id = quant.location_id
                 WHERE quant.product_id = ANY(%(products)s)
                %(moves)s
            )
            SELECT flow.product_id, flow.warehouse_id, category.parent_path,
                   SUM(on_hand), SUM(reserved), SUM(incoming), SUM(waiting)
              FROM flow
              JOIN product_product product ON product.id = flow.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN product_category category ON category.id = template.categ_id
          GROUP BY flow.product_id, flow.warehouse_id, category.parent_path
            """,
            places=self._oms_places_query(warehouse_ids),
            products=list(product_ids),
            moves=self._oms_stock_moves_query(product_ids, date) if date else SQL(),
        )

    @api.model
    def _oms_places_query(self, warehouse_ids):
        """Rows ``(id, warehouse_id)`` of the places whose goods count."""
        return SQL(
            """
            SELECT location.id, warehouse.id AS warehouse_id
              FROM stock_warehouse warehouse
              JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
              JOIN stock_location location
                ON location.parent_path LIKE stock.parent_path || '%%'
             WHERE warehouse.id = ANY(%(warehouses)s)
               AND location.usage = 'internal'
               AND location.id <> ALL(%(closed)s)
            """,
            warehouses=list(warehouse_ids),
            closed=list(self.env["stock.location"]._oms_not_for_sale_ids()),
        )

    @api.model
    def _oms_stock_moves_query(self, product_ids, date):
        return SQL(
            """
             UNION ALL
                SELECT product_id, warehouse_id, 0.0, 0.0, units, 0.0
                  FROM (%(incoming)s) AS receipt
                 WHERE date <= %(date)s
             UNION ALL
                SELECT product_id, warehouse_id, 0.0, 0.0, 0.0, units
                  FROM (%(waiting)s) AS demand
            """,
            incoming=self._oms_incoming_query(product_ids),
            waiting=self._oms_waiting_query(product_ids),
            date=date,
        )

    @api.model
    def _oms_waiting_query(self, product_ids):
        """Rows ``(product_id, warehouse_id, sale_line_id, units)`` that wait for stock in a
        ``place``; units in the product's own unit."""
        return SQL(
            """
            SELECT move.product_id, place.warehouse_id, move.sale_line_id,
                   move.product_qty * (1.0 - COALESCE(move.quantity, 0)
                                             / NULLIF(move.product_uom_qty, 0)) AS units
              FROM stock_move move
              JOIN place ON place.id = move.location_id
             WHERE move.product_id = ANY(%(products)s)
               AND move.state IN ('waiting', 'confirmed', 'partially_available')
               AND move.procure_method = 'make_to_stock'
               AND move.product_uom_qty > 0
               AND NOT EXISTS (SELECT 1 FROM place inside
                                WHERE inside.id = move.location_dest_id
                                  AND inside.warehouse_id = place.warehouse_id)
               AND NOT EXISTS (SELECT 1 FROM stock_move_move_rel rel
                                WHERE rel.move_dest_id = move.id)
            """,
            products=list(product_ids),
        )

    @api.model
    def _oms_incoming_query(self, product_ids, warehouse_ids=None):
        """Rows ``(move_id, product_id, warehouse_id, date, units)`` of what is on its way into
        the warehouses and belongs to no order yet; units in the product's own unit."""
        return SQL(
            """
            SELECT move.id AS move_id, move.product_id, dest.warehouse_id, move.date,
                   move.product_qty AS units
              FROM stock_move move
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location dest ON dest.id = move.location_dest_id
              JOIN stock_warehouse warehouse ON warehouse.id = dest.warehouse_id
              JOIN stock_location stock ON stock.id = warehouse.lot_stock_id
             WHERE move.product_id = ANY(%(products)s)
               AND move.state IN ('waiting', 'confirmed', 'partially_available', 'assigned')
               AND dest.usage = 'internal'
               AND source.usage <> 'customer'
               AND source.parent_path NOT LIKE stock.parent_path || '%%'
               %(warehouses)s
               AND NOT EXISTS (SELECT 1
                                 FROM stock_move_move_rel rel
                                 JOIN stock_move before ON before.id = rel.move_orig_id
                                 JOIN stock_location via ON via.id = before.location_dest_id
                                WHERE rel.move_dest_id = move.id
                                  AND before.state NOT IN ('done', 'cancel')
                                  AND via.warehouse_id = dest.warehouse_id)
               AND NOT EXISTS (SELECT 1
                                 FROM stock_move_move_rel rel
                                 JOIN stock_move after ON after.id = rel.move_dest_id
                                WHERE rel.move_orig_id = move.id
                                  AND after.state NOT IN ('done', 'cancel')
                                  AND after.sale_line_id IS NOT NULL)
            """,
            products=list(product_ids),
            warehouses=SQL("AND dest.warehouse_id = ANY(%s)", list(warehouse_ids))
            if warehouse_ids is not None
            else SQL("AND warehouse.id IN (SELECT warehouse_id FROM place)"),
        )

    def _oms_not_before(self, channel):
        """Goods of this product may not leave before, for a channel; extended by pre-orders."""
        return None
