from odoo import api, models
from odoo.tools import SQL


class OmsProof(models.AbstractModel):
    """The proof of returns: nothing comes back that did not leave, and nothing is refunded that
    did not come back."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_refunded_units", "_check_returned_units"]

    def _check_refunded_units(self):
        """Refunded units came back and were accepted by inspection, or a manager said why not."""
        query = SQL(
            """
            SELECT case_.id, SUM(line.accepted), SUM(line.refund_quantity)
              FROM oms_return_line line
              JOIN oms_return case_ ON case_.id = line.return_id
             WHERE case_.company_id = ANY(%s) AND case_.kind = 'customer'
               AND line.refund_quantity > line.accepted + 0.000001
               AND COALESCE(line.override_reason, '') = ''
          GROUP BY case_.id
            """,
            self.env.companies.ids,
        )
        return self._money_violations(
            "refunded_units", "oms.return", query, self.env._("accepted and refunded units differ.")
        )

    def _check_returned_units(self):
        """What is in returns left the warehouse, and what customers return arrived."""
        query = SQL(
            """
            WITH back AS (
                SELECT line.sale_line_id,
                       SUM(CASE WHEN case_.received_at IS NULL OR case_.kind = 'rts'
                                  OR case_.goods_stay
                                THEN line.quantity
                                ELSE line.received - COALESCE(line.absent, 0) END) AS units,
                       SUM(CASE WHEN case_.kind = 'rts' THEN 0
                                WHEN case_.received_at IS NULL OR case_.goods_stay
                                THEN line.quantity
                                ELSE line.received - COALESCE(line.absent, 0)
                           END) AS customer_units
                  FROM oms_return_line line
                  JOIN oms_return case_ ON case_.id = line.return_id
                 WHERE case_.company_id = ANY(%s)
                   AND case_.state NOT IN ('declined', 'cancelled')
              GROUP BY line.sale_line_id
            ), gone AS (
                SELECT move.sale_line_id,
                       SUM(move.quantity * unit.factor / line_unit.factor) AS units,
                       SUM(move.quantity * unit.factor / line_unit.factor)
                           FILTER (WHERE work.delivered_at IS NOT NULL) AS delivered
                  FROM stock_move move
                  JOIN back ON back.sale_line_id = move.sale_line_id
                  JOIN sale_order_line line ON line.id = move.sale_line_id
                  JOIN uom_uom unit ON unit.id = move.product_uom
                  JOIN uom_uom line_unit ON line_unit.id = line.product_uom_id
                  JOIN stock_location place ON place.id = move.location_dest_id
             LEFT JOIN oms_fulfillment work ON work.picking_id = move.picking_id
                 WHERE move.state = 'done' AND place.usage = 'customer'
                   AND move.product_id = line.product_id
              GROUP BY move.sale_line_id
            )
            SELECT back.sale_line_id,
                   CASE WHEN back.units > COALESCE(gone.units, 0) + 0.000001
                        THEN gone.units ELSE gone.delivered END,
                   CASE WHEN back.units > COALESCE(gone.units, 0) + 0.000001
                        THEN back.units ELSE back.customer_units END
              FROM back
              JOIN sale_order_line line ON line.id = back.sale_line_id
         LEFT JOIN gone ON gone.sale_line_id = back.sale_line_id
             WHERE line.oms_parts IS NULL
               AND (back.units > COALESCE(gone.units, 0) + 0.000001
                    OR back.customer_units > COALESCE(gone.delivered, 0) + 0.000001)
            """,
            self.env.companies.ids,
        )
        return self._returned_violations(query) + self._returned_violations(
            self._returned_kits_query()
        )

    def _returned_violations(self, query):
        return self._money_violations(
            "returned_units",
            "sale.order.line",
            query,
            self.env._("more units in returns than were delivered."),
        )

    def _returned_kits_query(self):
        """The same for kits: as many came back as their scarcest component allows."""
        return SQL(
            """
            WITH back AS (
                SELECT line.sale_line_id,
                       SUM(CASE WHEN case_.received_at IS NULL OR case_.kind = 'rts'
                                  OR case_.goods_stay
                                THEN line.quantity
                                ELSE line.received - COALESCE(line.absent, 0) END) AS units
                  FROM oms_return_line line
                  JOIN oms_return case_ ON case_.id = line.return_id
                 WHERE case_.company_id = ANY(%s)
                   AND case_.state NOT IN ('declined', 'cancelled')
              GROUP BY line.sale_line_id
            ), need AS (
                SELECT back.sale_line_id, back.units, part.key::int AS product_id,
                       part.value::float AS need
                  FROM back
                  JOIN sale_order_line line ON line.id = back.sale_line_id
            CROSS JOIN LATERAL jsonb_each_text(line.oms_parts) AS part
                 WHERE line.oms_parts IS NOT NULL
            ), gone AS (
                SELECT need.sale_line_id, need.units,
                       (SELECT COALESCE(SUM(move.quantity * unit.factor / own.factor), 0)
                          FROM stock_move move
                          JOIN product_product product ON product.id = move.product_id
                          JOIN product_template template ON template.id = product.product_tmpl_id
                          JOIN uom_uom unit ON unit.id = move.product_uom
                          JOIN uom_uom own ON own.id = template.uom_id
                          JOIN stock_location place ON place.id = move.location_dest_id
                         WHERE move.sale_line_id = need.sale_line_id
                           AND move.product_id = need.product_id
                           AND move.state = 'done' AND place.usage = 'customer') / need AS gone
                  FROM need
            )
            SELECT sale_line_id, MIN(gone), units
              FROM gone
          GROUP BY sale_line_id, units
            HAVING units > MIN(gone) + 0.000001
            """,
            self.env.companies.ids,
        )
