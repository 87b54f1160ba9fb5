from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

FINAL_STAGES = ("done", "cancelled")
# Stages in which a promise to the customer is still to be kept.
PROMISED_STAGES = ("placement", "processing", "inventory_check", "fulfillment", "tracking")


class OmsReportStage(models.Model):
    """Open orders by stage, channel and warehouse. Final stages are left out, they only grow."""

    _name = "oms.report.stage"
    _inherit = "oms.report.priced"
    _description = "Open Orders by Stage"
    _auto = False
    _order = "stage_id, channel_id, id"
    _rec_name = "stage_id"

    stage_id = fields.Many2one("oms.stage", readonly=True)
    channel_id = fields.Many2one("oms.channel", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    order_count = fields.Integer(
        string="Orders", readonly=True, help="Number of orders that are in this stage now."
    )
    value = fields.Monetary(
        readonly=True,
        help="Sum of the orders' totals with taxes, in the company's currency at the rate of the "
        "order date.",
    )
    oldest_since = fields.Datetime(
        readonly=True,
        aggregator="min",
        help="When the order that has been in this stage for longest entered it.",
    )
    oldest_hours = fields.Float(
        string="Oldest (hours)",
        readonly=True,
        aggregator="max",
        help="Hours since the oldest order entered this stage: now - in stage since.",
    )
    late_count = fields.Integer(
        string="Past Target",
        readonly=True,
        help="Orders that have been in the stage for longer than the stage's target (hours).",
    )
    held_count = fields.Integer(
        string="On Hold", readonly=True, help="Orders that an active hold stops."
    )
    promise_late_count = fields.Integer(
        string="Promise Missed",
        readonly=True,
        help="Orders not delivered yet although the promised time has passed.",
    )

    _depends = {
        "sale.order": [
            "amount_total",
            "company_id",
            "currency_rate",
            "oms_attention",
            "oms_channel_id",
            "oms_promise_current",
            "oms_stage_id",
            "oms_stage_since",
            "warehouse_id",
        ],
        "oms.stage": ["code", "sla_hours"],
        "res.company": ["currency_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(sale.id) AS id,
                   sale.oms_stage_id AS stage_id,
                   sale.oms_channel_id AS channel_id,
                   sale.warehouse_id,
                   sale.company_id AS company_id,
                   company.currency_id AS currency_id,
                   COUNT(*) AS order_count,
                   SUM(sale.amount_total / COALESCE(NULLIF(sale.currency_rate, 0), 1)) AS value,
                   MIN(sale.oms_stage_since) AS oldest_since,
                   EXTRACT(EPOCH FROM %(now)s - MIN(sale.oms_stage_since)) / 3600 AS oldest_hours,
                   COUNT(*) FILTER (
                       WHERE stage.sla_hours > 0
                         AND sale.oms_stage_since < %(now)s - stage.sla_hours * INTERVAL '1 hour'
                   ) AS late_count,
                   COUNT(*) FILTER (WHERE sale.oms_attention = 'held') AS held_count,
                   COUNT(*) FILTER (
                       WHERE stage.code IN %(promised)s AND sale.oms_promise_current < %(now)s
                   ) AS promise_late_count
              FROM sale_order sale
              JOIN oms_stage stage ON stage.id = sale.oms_stage_id
              JOIN res_company company ON company.id = sale.company_id
             WHERE sale.oms_channel_id IS NOT NULL
               AND stage.code NOT IN %(final)s
          GROUP BY sale.oms_stage_id, sale.oms_channel_id, sale.warehouse_id, sale.company_id,
                   company.currency_id
            """,
            now=fields.Datetime.now(),
            promised=PROMISED_STAGES,
            final=FINAL_STAGES,
        )

    # DRILL-DOWN: the domain on sale.order whose rows add up to a figure of this report

    @api.model
    def _orders_domain(self, figure, stages, companies, now):
        """Return the domain of the orders that ``figure`` of this report counts.

        :param figure: name of a counting field of this model
        :param stages: the ``oms.stage`` records that are summed
        :param now: the time at which the figure was computed
        """
        to_text = fields.Datetime.to_string
        domain = (
            Domain("oms_channel_id", "!=", False)
            & Domain("company_id", "in", companies.ids)
            & Domain("oms_stage_id", "in", stages.ids)
        )
        if figure == "late_count":
            domain &= Domain.OR(
                Domain("oms_stage_id", "=", stage.id)
                & Domain("oms_stage_since", "<", to_text(now - timedelta(hours=stage.sla_hours)))
                for stage in stages
                if stage.sla_hours > 0
            )
        elif figure == "held_count":
            domain &= Domain("oms_attention", "=", "held")
        elif figure == "promise_late_count":
            domain &= Domain("oms_promise_current", "<", to_text(now))
            domain &= Domain("oms_stage_id.code", "in", PROMISED_STAGES)
        return domain

    @api.readonly
    def action_open_orders(self):
        """Open the orders of one row."""
        self.ensure_one()
        domain = self._orders_domain(
            "order_count", self.stage_id, self.company_id, fields.Datetime.now()
        )
        domain &= Domain("oms_channel_id", "=", self.channel_id.id)
        domain &= Domain("warehouse_id", "=", self.warehouse_id.id)
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_orders")
        return {
            **action,
            "name": f"{self.stage_id.name}: {self.channel_id.name}",
            "domain": list(domain),
            "context": {"create": False},
        }
