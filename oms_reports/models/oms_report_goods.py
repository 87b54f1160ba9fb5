from odoo import api, fields, models
from odoo.tools import SQL


class OmsReportGoods(models.Model):
    """Order lines of goods, one row each: what was ordered, left, came and came back.

    Quantities are in the product's own unit. Kits are left out where units are compared with
    transfers, because their transfers move components.
    """

    _name = "oms.report.goods"
    _inherit = "oms.report.fact"
    _description = "Goods in Figures"
    _auto = False
    _order = "date_order desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", string="Product Category", readonly=True)
    date_order = fields.Datetime(string="Ordered", readonly=True)
    delivered_at = fields.Datetime(string="Delivered", readonly=True)
    return_until = fields.Datetime(
        readonly=True, help="Delivery and the days in which the channel's buyers may return."
    )
    lines = fields.Integer(string="Order Lines", readonly=True, help="1 for each order line.")
    sold = fields.Integer(readonly=True, help="1 if the order was not cancelled.")
    value = fields.Monetary(
        readonly=True,
        help="The order line without taxes, in the company's currency at the rate of the order "
        "date; nothing for cancelled orders.",
    )
    demand = fields.Float(
        readonly=True, help="Units ordered, of orders that were not cancelled by the buyer."
    )
    ordered = fields.Float(string="Units Ordered", readonly=True, help="Units ordered.")
    cancelled = fields.Float(
        string="Units Cancelled", readonly=True, help="Units that are not sent any more."
    )
    fill_due = fields.Float(
        string="Due at First Pass",
        readonly=True,
        help="Units ordered, of orders of which something has left.",
    )
    first_pass = fields.Float(
        readonly=True, help="Units that left with a first transfer, not with a back order."
    )
    delivered = fields.Float(
        string="Units Delivered", readonly=True, help="Units that reached the customer."
    )
    returned = fields.Float(
        string="Units Returned",
        readonly=True,
        help="Units received back from the customer, of those that were delivered.",
    )
    window_open = fields.Integer(
        string="Return Window Open",
        readonly=True,
        help="1 if the goods may still come back, or are on their way back: their share is not "
        "final.",
    )
    sent_lines = fields.Integer(
        string="Lines Sent", readonly=True, help="1 if something of the line left."
    )
    sent_right = fields.Integer(
        readonly=True,
        help="1 if something of the line left and no return says wrong item, missing parts or sent "
        "twice.",
    )

    _depends = {
        "sale.order": [
            "company_id",
            "currency_rate",
            "date_order",
            "oms_cancel_fault",
            "oms_channel_id",
            "oms_stage_id",
            "partner_id",
            "state",
            "warehouse_id",
        ],
        "oms.stage": ["code"],
        "sale.order.line": [
            "oms_kind",
            "oms_parts",
            "oms_qty_cancelled",
            "order_id",
            "price_subtotal",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
        ],
        "oms.channel": ["return_days"],
        "oms.fulfillment": ["delivered_at", "handed_over_at", "order_id", "picking_id", "state"],
        "oms.return": ["is_open", "kind", "received_at", "reason_id", "state"],
        "oms.return.line": ["reason_id", "received", "return_id", "sale_line_id"],
        "oms.return.reason": ["code"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "type", "uom_id"],
        "res.company": ["currency_id"],
        "stock.location": ["usage"],
        "stock.move": ["location_dest_id", "picking_id", "quantity", "sale_line_id", "state"],
        "stock.picking": ["backorder_id"],
        "uom.uom": ["factor"],
    }

    @api.model
    def _view(self):
        return SQL("%s %s", self._select(), self._from())

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT line.id,
                   line.order_id,
                   sale.company_id,
                   company.currency_id,
                   sale.oms_channel_id AS channel_id,
                   sale.warehouse_id,
                   sale.partner_id,
                   line.product_id,
                   template.categ_id,
                   sale.date_order,
                   last.delivered_at,
                   last.delivered_at + channel.return_days * INTERVAL '1 day' AS return_until,
                   1 AS lines,
                   (sale.state <> 'cancel' AND stage.code IS DISTINCT FROM 'cancelled')::int
                       AS sold,
                   CASE WHEN sale.state = 'cancel' THEN 0 ELSE ROUND(
                       line.price_subtotal / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric,
                       currency.decimal_places) END AS value,
                   CASE WHEN sale.state = 'cancel' AND sale.oms_cancel_fault = 'buyer' THEN 0
                        ELSE line.product_uom_qty * unit.ratio END AS demand,
                   line.product_uom_qty * unit.ratio AS ordered,
                   line.oms_qty_cancelled * unit.ratio AS cancelled,
                   CASE WHEN work.began AND line.oms_parts IS NULL
                        THEN line.product_uom_qty * unit.ratio END AS fill_due,
                   CASE WHEN work.began AND line.oms_parts IS NULL
                        THEN COALESCE(moved.first_pass, 0) END AS first_pass,
                   CASE WHEN last.delivered_at IS NOT NULL AND line.oms_parts IS NULL
                        THEN COALESCE(moved.shipped, 0) END AS delivered,
                   CASE WHEN last.delivered_at IS NOT NULL AND line.oms_parts IS NULL
                        THEN COALESCE(back.received, 0) * unit.ratio END AS returned,
                   CASE WHEN last.delivered_at IS NOT NULL THEN
                       (last.delivered_at + channel.return_days * INTERVAL '1 day'
                        > NOW() AT TIME ZONE 'UTC' OR COALESCE(back.under_way, FALSE))::int
                   END AS window_open,
                   CASE WHEN moved.shipped > 0 THEN 1 END AS sent_lines,
                   CASE WHEN moved.shipped > 0
                        THEN (NOT COALESCE(back.wrong, FALSE))::int END AS sent_right
            """
        )

    @api.model
    def _from(self):
        """An order is delivered with its last parcel: none is on the road, or came later.

        It is found as a row and not as a maximum: PostgreSQL looks for the days of a period in the
        rows of a table, but not among results. Records that are always there are joined by LEFT
        JOIN as well: it leaves these out where a query has no use for them. The last parcel stands
        first: the best order is found of the first eight only (``join_collapse_limit``).
        """
        return SQL(
            """
              FROM sale_order sale
         LEFT JOIN (
                   SELECT parcel.order_id, parcel.delivered_at
                     FROM oms_fulfillment parcel
                    WHERE parcel.state <> 'cancelled'
                      AND parcel.delivered_at IS NOT NULL
                      AND NOT EXISTS (
                          SELECT FROM oms_fulfillment other
                           WHERE other.order_id = parcel.order_id
                             AND other.state <> 'cancelled'
                             AND (other.delivered_at IS NULL OR (other.delivered_at, other.id)
                                  > (parcel.delivered_at, parcel.id)))
              ) last ON last.order_id = sale.id
         LEFT JOIN LATERAL (
                   SELECT BOOL_OR(handed_over_at IS NOT NULL) AS began
                     FROM oms_fulfillment
                    WHERE order_id = sale.id AND state <> 'cancelled'
              ) work ON TRUE
              JOIN sale_order_line line ON line.order_id = sale.id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN uom_uom own ON own.id = template.uom_id
         LEFT JOIN uom_uom used ON used.id = line.product_uom_id
         LEFT JOIN oms_channel channel ON channel.id = sale.oms_channel_id
         LEFT JOIN res_company company ON company.id = sale.company_id
         LEFT JOIN res_currency currency ON currency.id = company.currency_id
         LEFT JOIN oms_stage stage ON stage.id = sale.oms_stage_id
        CROSS JOIN LATERAL (
                   SELECT (used.factor / NULLIF(own.factor, 0))::float8 AS ratio
              ) unit
         LEFT JOIN LATERAL (
                   SELECT SUM(part.units) AS shipped,
                          SUM(part.units) FILTER (WHERE picking.backorder_id IS NULL) AS first_pass
                     FROM stock_move move
                     JOIN stock_location place
                          ON place.id = move.location_dest_id AND place.usage = 'customer'
                     JOIN uom_uom moved_in ON moved_in.id = move.product_uom
                LEFT JOIN stock_picking picking ON picking.id = move.picking_id
               CROSS JOIN LATERAL (
                          SELECT (move.quantity * moved_in.factor / NULLIF(own.factor, 0))::float8
                                     AS units
                     ) part
                    WHERE move.sale_line_id = line.id AND move.state = 'done'
              ) moved ON TRUE
         LEFT JOIN LATERAL (
                   SELECT SUM(item.received) FILTER (WHERE case_.kind = 'customer')::float8
                              AS received,
                          BOOL_OR(case_.kind = 'customer' AND case_.is_open
                                  AND case_.received_at IS NULL) AS under_way,
                          BOOL_OR(reason.code IN %(wrong)s) AS wrong
                     FROM oms_return_line item
                     JOIN oms_return case_ ON case_.id = item.return_id
                     JOIN oms_return_reason reason
                          ON reason.id = COALESCE(item.reason_id, case_.reason_id)
                    WHERE item.sale_line_id = line.id
                      AND case_.state NOT IN ('declined', 'cancelled')
              ) back ON TRUE
             WHERE sale.oms_channel_id IS NOT NULL
               AND template.type = 'consu'
               AND line.display_type IS NULL
               AND (line.oms_kind IS NULL OR line.oms_kind = 'goods')
            """,
            wrong=("wrong_item", "missing_parts", "duplicate_shipment"),
        )
