from odoo import api, fields, models
from odoo.tools import SQL

from .oms_report_stage import FINAL_STAGES


class OmsReportStay(models.Model):
    """How long orders stayed in each stage: one row each time that an order entered one."""

    _name = "oms.report.stay"
    _inherit = "oms.report.fact"
    _description = "Stage Times"
    _auto = False
    _order = "entered_at desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    stage_id = fields.Many2one("oms.stage", readonly=True)
    stage_code = fields.Char(readonly=True)
    entered_at = fields.Datetime(readonly=True)
    left_at = fields.Datetime(readonly=True)
    hours = fields.Float(
        string="Hours in Stage (mean)",
        readonly=True,
        aggregator="avg",
        help="From entering the stage to leaving it; empty while the order is still there.",
    )
    hours_median = fields.Float(
        string="Hours in Stage (median)",
        readonly=True,
        aggregator="avg",
        help="Half of the stays that have ended were shorter.",
    )
    hours_p90 = fields.Float(
        string="Hours in Stage (P90)",
        readonly=True,
        aggregator="avg",
        help="Nine of ten stays that have ended were shorter.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_days = fields.Monetary(
        string="Amount × Days",
        readonly=True,
        help="Value of the order without taxes × days in the stage, until now while it is there.",
    )
    waiting = fields.Integer(
        string="Still There", readonly=True, help="1 while the order is still in the stage."
    )

    _depends = {
        "oms.stage.log": ["at", "order_id", "to_stage_id"],
        "oms.stage": ["code"],
        "res.company": ["currency_id"],
        "sale.order": [
            "amount_untaxed",
            "company_id",
            "currency_rate",
            "oms_channel_id",
            "warehouse_id",
        ],
    }

    @api.model
    def _view(self):
        return SQL(
            """
            SELECT log.id,
                   log.order_id,
                   sale.company_id,
                   sale.oms_channel_id AS channel_id,
                   sale.warehouse_id,
                   log.to_stage_id AS stage_id,
                   stage.code AS stage_code,
                   log.at AS entered_at,
                   next.at AS left_at,
                   company.currency_id,
                   ROUND(sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)::numeric
                         * EXTRACT(EPOCH FROM COALESCE(next.at, NOW() AT TIME ZONE 'UTC') - log.at)
                         / 86400, 2) AS amount_days,
                   hour.count AS hours,
                   hour.count AS hours_median,
                   hour.count AS hours_p90,
                   (next.at IS NULL)::int AS waiting
              FROM oms_stage_log log
              JOIN oms_stage stage ON stage.id = log.to_stage_id
              JOIN sale_order sale ON sale.id = log.order_id
              JOIN res_company company ON company.id = sale.company_id
         LEFT JOIN LATERAL (
                   SELECT later.at
                     FROM oms_stage_log later
                    WHERE later.order_id = log.order_id AND (later.at, later.id) > (log.at, log.id)
                 ORDER BY later.at, later.id
                    LIMIT 1
              ) next ON TRUE
        CROSS JOIN LATERAL (
                   SELECT EXTRACT(EPOCH FROM next.at - log.at)::float8 / 3600 AS count
              ) hour
             WHERE sale.oms_channel_id IS NOT NULL AND stage.code NOT IN %s
            """,
            FINAL_STAGES,
        )

    def _read_group_select(self, aggregate_spec, query):
        """Median and P90 of a group are those of its rows, not averages of averages."""
        part = {"hours_median:avg": 0.5, "hours_p90:avg": 0.9}.get(aggregate_spec)
        if not part:
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "PERCENTILE_CONT(%s) WITHIN GROUP (ORDER BY %s)",
            part,
            self._field_to_sql(self._table, "hours", query),
        )
