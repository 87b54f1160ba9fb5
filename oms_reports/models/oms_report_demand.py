from odoo import api, fields, models
from odoo.tools import SQL


class OmsReportDemand(models.Model):
    """What the stock was asked for, one row per order line and product: a kit is its components.

    They are those with which the goods of the line were asked for; where that has not happened
    yet, those of the bill of material of today, as ``sale.order.line._oms_parts`` has it. Units
    are in the product's own unit.
    """

    _name = "oms.report.demand"
    _description = "Demand of Goods"
    _auto = False
    _order = "date_order desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    kit_id = fields.Many2one(
        "product.product",
        string="Sold in the Kit",
        readonly=True,
        help="The product that was sold, where it is a kit of which this is a component.",
    )
    date_order = fields.Datetime(string="Ordered", readonly=True)
    demand = fields.Float(
        readonly=True, help="Units ordered, of orders that were not cancelled by the buyer."
    )

    _depends = {
        "sale.order": [
            "company_id",
            "date_order",
            "oms_cancel_fault",
            "oms_channel_id",
            "state",
            "warehouse_id",
        ],
        "sale.order.line": [
            "oms_kind",
            "oms_parts",
            "order_id",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
        ],
        "product.product": ["product_tmpl_id"],
        "product.template": ["type", "uom_id"],
        "stock.move": ["product_id", "sale_line_id"],
        "uom.uom": ["factor"],
    }

    @property
    def _table_query(self):
        """Each kind of lines by itself, so that lines without kits are read as they are."""
        today = self._kits_of_today()
        itself = SQL("SELECT 0 AS number, line.product_id, NULL::int AS kit_id, unit.ratio AS need")
        known = SQL(
            """
            SELECT part.number, part.key::int AS product_id, line.product_id AS kit_id,
                   part.value::float8 AS need
              FROM jsonb_each_text(line.oms_parts) WITH ORDINALITY AS part(key, value, number)
            """
        )
        if not today:
            return SQL(
                "%s UNION ALL %s",
                self._rows(itself, SQL("line.oms_parts IS NULL")),
                self._rows(known, SQL("line.oms_parts IS NOT NULL")),
            )
        asked = SQL(
            """
            SELECT part.number, part.product_id, part.kit_id, part.need * unit.ratio AS need
              FROM (VALUES %s) AS part(company_id, kit_id, number, product_id, need)
             WHERE part.company_id = sale.company_id AND part.kit_id = line.product_id
            """,
            SQL(", ").join(SQL("%s", row) for row in today),
        )
        # What moves as itself was no kit when it was asked for.
        split = SQL(
            """
            (sale.company_id, line.product_id) IN %s AND NOT EXISTS (
                SELECT FROM stock_move move
                 WHERE move.sale_line_id = line.id AND move.product_id = line.product_id)
            """,
            tuple({row[:2] for row in today}),
        )
        return SQL(
            "%s UNION ALL %s UNION ALL %s",
            self._rows(itself, SQL("line.oms_parts IS NULL AND NOT (%s)", split)),
            self._rows(known, SQL("line.oms_parts IS NOT NULL")),
            self._rows(asked, SQL("line.oms_parts IS NULL AND %s", split)),
        )

    @api.model
    def _rows(self, parts, which):
        """Return the query of the products that some lines take from stock.

        :param SQL parts: products of one line, each with its units in one unit of the line
        """
        return SQL(
            """
            SELECT line.id::bigint * 4096 + part.number AS id,
                   line.order_id,
                   sale.company_id,
                   sale.oms_channel_id AS channel_id,
                   sale.warehouse_id,
                   part.product_id,
                   part.kit_id,
                   sale.date_order,
                   CASE WHEN sale.state = 'cancel' AND sale.oms_cancel_fault = 'buyer' THEN 0
                        ELSE line.product_uom_qty * part.need END AS demand
              FROM sale_order sale
              JOIN sale_order_line line ON line.order_id = sale.id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
         LEFT JOIN uom_uom own ON own.id = template.uom_id
         LEFT JOIN uom_uom used ON used.id = line.product_uom_id
        CROSS JOIN LATERAL (
                   SELECT (used.factor / NULLIF(own.factor, 0))::float8 AS ratio
              ) unit
        CROSS JOIN LATERAL (%(parts)s) part
             WHERE sale.oms_channel_id IS NOT NULL
               AND template.type = 'consu'
               AND line.display_type IS NULL
               AND (line.oms_kind IS NULL OR line.oms_kind = 'goods')
               AND %(which)s
            """,
            parts=parts,
            which=which,
        )

    @api.model
    def _kits_of_today(self):
        """Return ``[(company id, kit id, number, component id, its units in one kit)]`` of the kits
        on lines whose goods nobody asked for yet."""
        if "mrp.bom" not in self.env:
            return []
        # sudo: what a kit is made up of is no secret; the rows are limited by the rules.
        products = self.env["product.product"].sudo().with_context(active_test=False)
        kits = products._search([("is_kits", "=", True)])
        found = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT line.company_id, line.product_id
                  FROM sale_order_line line
                 WHERE line.oms_parts IS NULL AND line.product_id IN %s
                """,
                kits.subselect(),
            )
        )
        rows = []
        for company in self.env.companies:
            own = products.browse(product for owner, product in found if owner == company.id)
            for kit, parts in own._oms_kit_parts(company).items():
                rows += [
                    (company.id, kit.id, number, part.id, need)
                    for number, (part, need) in enumerate(parts.items(), 1)
                ]
        return rows

    @api.readonly
    def action_open_record(self):
        """Open the order."""
        self.ensure_one()
        return self.order_id._get_records_action()
