from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_dashboard_tour import DashboardTourCase


@tagged("post_install", "-at_install")
class TestAnalysisTour(DashboardTourCase):
    """A click on a computed figure says from what, and opens the rows of each part."""

    def test_tour(self):
        order = self._confirmed()
        order.date_order = fields.Datetime.now() - timedelta(days=9)
        self._document([(self.product, self.income, 7000)])
        self._settle()
        self.env.flush_all()
        self.start_tour("/odoo/oms-analysis", "oms_analysis", login="owner")

    def test_start(self):
        """Without an order the page says how to get the first one."""
        self.env["sale.order"].search([]).write({"oms_channel_id": False})
        self.env.flush_all()
        self.start_tour("/odoo/oms-analysis", "oms_analysis_start", login="owner")
