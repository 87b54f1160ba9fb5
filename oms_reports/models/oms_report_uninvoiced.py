from odoo import api, fields, models
from odoo.tools import SQL


class OmsReportUninvoiced(models.Model):
    """Goods that left for customers and are not invoiced, one row per stock move, at its cost.

    Of each order line the delivered less the invoiced units count: of a line of which a half is
    invoiced every move with a half of its value; what came back with minus. A draft is no invoice.
    """

    _name = "oms.report.uninvoiced"
    _inherit = "oms.report.amounts"
    _description = "Sent, not Invoiced"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    stage_id = fields.Many2one("oms.stage", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    date = fields.Datetime(string="Moved", readonly=True)
    quantity = fields.Float(
        string="Units Moved",
        readonly=True,
        digits="Product Unit",
        help="Units of the product that left, below zero those that came back.",
    )
    value = fields.Monetary(readonly=True, help="What they cost when they moved.")
    open_percent = fields.Float(
        string="Not Invoiced %",
        readonly=True,
        aggregator=None,
        help="(Delivered − invoiced) ÷ delivered units of the order line × 100.",
    )
    amount = fields.Monetary(
        string="Not Invoiced", readonly=True, help="The part of the cost that is not invoiced."
    )

    _depends = {
        "account.move": ["move_type", "state"],
        "account.move.line": ["move_id", "product_uom_id", "quantity", "sale_line_ids"],
        "product.template": ["uom_id"],
        "sale.order": ["company_id", "oms_channel_id", "oms_stage_id"],
        "sale.order.line": ["order_id", "product_uom_id", "qty_delivered", "qty_invoiced"],
        "stock.location": ["usage"],
        "stock.move": [
            "date",
            "location_dest_id",
            "location_id",
            "product_id",
            "product_uom",
            "quantity",
            "sale_line_id",
            "state",
            "value",
        ],
        "uom.uom": ["factor"],
    }

    @property
    def _table_query(self):
        """Lines that may be ahead of their invoices are few and come first, their moves and
        invoices one by one: PostgreSQL would read all of them."""
        return SQL(
            """
              WITH ahead AS MATERIALIZED (
                   SELECT line.id, line.order_id, line.product_uom_id, line.qty_delivered
                     FROM sale_order_line line
                    WHERE line.qty_delivered > 0
                      AND (line.qty_invoiced < line.qty_delivered OR line.id IN (
                           SELECT link.order_line_id
                             FROM account_move draft
                             JOIN account_move_line item ON item.move_id = draft.id
                             JOIN sale_order_line_invoice_rel link
                                  ON link.invoice_line_id = item.id
                            WHERE draft.state = 'draft' AND draft.move_type = 'out_invoice')))
            SELECT move.id, ahead.order_id, sale.oms_stage_id AS stage_id, sale.company_id,
                   company.currency_id, sale.oms_channel_id AS channel_id, move.product_id,
                   move.date,
                   side.sign * move.quantity * used.factor / own.factor AS quantity,
                   side.sign * move.value AS value,
                   100.0 * rest.share AS open_percent,
                   ROUND((side.sign * move.value * rest.share)::numeric, currency.decimal_places)
                       AS amount
              FROM ahead
              JOIN sale_order sale ON sale.id = ahead.order_id
              JOIN res_company company ON company.id = sale.company_id
              JOIN res_currency currency ON currency.id = company.currency_id
        CROSS JOIN LATERAL (
                   SELECT 1 - COALESCE(SUM(item.quantity * billed.factor / sold.factor), 0)
                              / ahead.qty_delivered AS share
                     FROM sale_order_line_invoice_rel link
                     JOIN account_move_line item ON item.id = link.invoice_line_id
                     JOIN account_move entry ON entry.id = item.move_id
                          AND entry.state = 'posted' AND entry.move_type = 'out_invoice'
                     JOIN uom_uom sold ON sold.id = ahead.product_uom_id
                     JOIN uom_uom billed
                          ON billed.id = COALESCE(item.product_uom_id, ahead.product_uom_id)
                    WHERE link.order_line_id = ahead.id
              ) rest
        CROSS JOIN LATERAL (
                   SELECT * FROM stock_move
                    WHERE sale_line_id = ahead.id AND state = 'done' OFFSET 0
              ) move
              JOIN stock_location source ON source.id = move.location_id
              JOIN stock_location target ON target.id = move.location_dest_id
              JOIN product_product product ON product.id = move.product_id
              JOIN product_template template ON template.id = product.product_tmpl_id
              JOIN uom_uom own ON own.id = template.uom_id
              JOIN uom_uom used ON used.id = move.product_uom
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN target.usage = 'customer' THEN 1 ELSE -1 END AS sign
              ) side
             WHERE (source.usage = 'customer') <> (target.usage = 'customer')
               AND rest.share > 0.000001
            """
        )

    @api.readonly
    def action_open_record(self):
        """Open the order."""
        self.ensure_one()
        return self.order_id._get_records_action()
