from odoo import models
from odoo.tools import SQL

from .sale_order_return import Returned


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_returned(self):
        """Return ``{line id: Returned}`` in one query; lines without a return are missing."""
        if not self.ids:
            return {}
        self.env["oms.return"].flush_model(["state", "kind", "received_at", "is_open"])
        self.env["oms.return.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.sale_line_id,
                       SUM(CASE WHEN case_.received_at IS NULL THEN line.quantity
                                WHEN case_.goods_stay THEN line.quantity
                                ELSE line.received - COALESCE(line.absent, 0) END)
                           FILTER (WHERE case_.kind = 'customer'),
                       SUM(line.received) FILTER (WHERE case_.kind = 'customer'),
                       SUM(line.accepted) FILTER (WHERE case_.kind = 'customer'),
                       SUM(line.refund_quantity),
                       SUM(line.quantity) FILTER (WHERE case_.kind = 'rts'),
                       SUM(line.quantity) FILTER (
                           WHERE case_.kind = 'rts' AND case_.state IN ('resolved', 'closed')),
                       SUM(line.refund_quantity) FILTER (WHERE case_.kind = 'rts'),
                       SUM(line.quantity) FILTER (WHERE case_.is_open)
                  FROM oms_return_line line
                  JOIN oms_return case_ ON case_.id = line.return_id
                 WHERE line.sale_line_id = ANY(%s)
                   AND case_.state NOT IN ('declined', 'cancelled')
              GROUP BY line.sale_line_id
                """,
                list(self.ids),
            )
        )
        return {
            line_id: Returned(*(float(value or 0.0) for value in values))
            for line_id, *values in rows
        }
