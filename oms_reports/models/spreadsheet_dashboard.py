from werkzeug.exceptions import Forbidden

from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal


class SpreadsheetDashboard(models.Model):
    _inherit = "spreadsheet.dashboard"

    oms_private = fields.Boolean(
        string="Never Public",
        readonly=True,
        help="Whoever has a public link reads it without logging in; there is none for this "
        "dashboard, because it shows the books.",
    )
    oms_currencies_differ = fields.Boolean(
        string="Currencies Differ",
        compute="_compute_oms_currencies_differ",
        help="A dashboard of order management of companies with different currencies: amounts "
        "without a common sum are empty.",
    )

    @api.depends("dashboard_group_id")
    @api.depends_context("allowed_company_ids")
    def _compute_oms_currencies_differ(self):
        ours = self.env.ref("oms_reports.dashboard_group_oms", raise_if_not_found=False)
        several = len(self.env.companies.currency_id) > 1
        for dashboard in self:
            # sudo: a fact of the dashboard, whoever asks.
            group = dashboard.sudo().dashboard_group_id
            dashboard.oms_currencies_differ = several and group == ours


class SpreadsheetDashboardShare(models.Model):
    """A public link is a frozen copy that anybody may read: no such copy of the books."""

    _inherit = "spreadsheet.dashboard.share"

    @api.model_create_multi
    def create(self, vals_list):
        shares = super().create(vals_list)
        shares._oms_refuse_private()
        return shares

    def write(self, vals):
        result = super().write(vals)
        self._oms_refuse_private()
        return result

    def _oms_refuse_private(self):
        for dashboard in self.dashboard_id:
            # sudo: a fact of the dashboard, whoever asks.
            if dashboard.sudo().oms_private:
                raise OmsRefusal(
                    "dashboard_private",
                    self.env._(
                        "%(dashboard)s shows the books and can't be shared by a public link: "
                        "whoever has the link reads it without logging in.",
                        dashboard=dashboard.sudo().name,
                    ),
                    next_step=self.env._(
                        "Give the reader the role OMS: Finance, or send reports by e-mail to "
                        "users of the books (Reports > Reports by E-mail)."
                    ),
                )

    def _check_dashboard_access(self, access_token):
        """Links that are older than the mark are closed, too."""
        result = super()._check_dashboard_access(access_token)
        # sudo: the caller is a visitor.
        if self.sudo().dashboard_id.oms_private:
            raise Forbidden()
        return result
