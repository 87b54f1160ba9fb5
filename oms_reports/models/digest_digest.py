from odoo import fields, models

from ..engine import kpi as engine


class DigestDigest(models.Model):
    """Key figures in Odoo's digest mail. Who may not read a figure gets the mail without it."""

    _inherit = "digest.digest"

    kpi_oms_orders = fields.Boolean("Orders of Channels")
    kpi_oms_orders_value = fields.Integer(
        compute="_compute_kpi_oms_orders_value", export_string_translation=False
    )
    kpi_oms_shipped_on_time = fields.Boolean("Shipped by Their Time (%)")
    kpi_oms_shipped_on_time_value = fields.Float(
        compute="_compute_kpi_oms_shipped_on_time_value", export_string_translation=False
    )
    kpi_oms_contribution = fields.Boolean("Contribution of Orders")
    kpi_oms_contribution_value = fields.Monetary(
        compute="_compute_kpi_oms_contribution_value", export_string_translation=False
    )
    kpi_oms_violations = fields.Boolean("Integrity: Violations")
    kpi_oms_violations_value = fields.Integer(
        compute="_compute_kpi_oms_violations_value", export_string_translation=False
    )

    def _compute_kpi_oms_orders_value(self):
        self._calculate_company_based_kpi(
            "oms.report.order",
            "kpi_oms_orders_value",
            date_field="date_order",
            additional_domain=[("sold", "=", 1)],
            sum_field="orders",
        )

    def _compute_kpi_oms_shipped_on_time_value(self):
        """The ship-by compliance of the period, as the key figure ``ship_by`` has it."""
        start, end, companies = self._get_kpi_compute_parameters()
        rows = self.env["oms.report.order"]._read_group(
            [
                ("company_id", "in", companies.ids),
                ("ship_due", "=", 1),
                ("ship_by", ">=", start),
                ("ship_by", "<", end),
            ],
            ["company_id"],
            ["shipped_on_time:sum", "ship_due:sum"],
        )
        shares = {company: engine.ratio(part, whole, "percent") for company, part, whole in rows}
        for digest in self:
            company = digest.company_id or self.env.company
            digest.kpi_oms_shipped_on_time_value = shares.get(company) or 0.0

    def _compute_kpi_oms_contribution_value(self):
        """What orders contributed by the accounting dates of the period."""
        start, end, companies = self._get_kpi_compute_parameters()
        rows = self.env["oms.pnl.line"]._read_group(
            [
                ("company_id", "in", companies.ids),
                ("channel_id", "!=", False),
                ("date", ">", fields.Date.to_date(start)),
                ("date", "<=", fields.Date.to_date(end)),
            ],
            ["company_id"],
            ["contribution:sum"],
        )
        amounts = dict(rows)
        for digest in self:
            company = digest.company_id or self.env.company
            digest.kpi_oms_contribution_value = amounts.get(company, 0.0)

    def _compute_kpi_oms_violations_value(self):
        """What the latest proof before the end of the period found."""
        end = self._get_kpi_compute_parameters()[1]
        for digest in self:
            company = digest.company_id or self.env.company
            proof = self.env["oms.proof.result"].search(
                [("company_id", "in", (False, company.id)), ("at", "<", end)], limit=1
            )
            digest.kpi_oms_violations_value = proof.violation_count

    def _compute_kpis_actions(self, company, user):
        return super()._compute_kpis_actions(company, user) | {
            "kpi_oms_orders": "oms_reports.action_oms_kpi",
            "kpi_oms_shipped_on_time": "oms_reports.action_oms_kpi",
            "kpi_oms_contribution": "oms_reports.action_oms_order_pnl",
            "kpi_oms_violations": "oms_fulfillment.action_oms_proof",
        }
