from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import OmsReportsCase


class DashboardTourCase(OmsReportsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        new_test_user(
            cls.env,
            "owner",
            "oms_fulfillment.group_oms_manager",
            company_id=cls.env.company.id,
            company_ids=[(6, 0, cls.env.company.ids)],
        )


@tagged("post_install", "-at_install")
class TestDashboardTour(DashboardTourCase):
    """A click on a figure opens its rows."""

    def test_tour(self):
        order = self._confirmed()
        order.oms_stage_since = fields.Datetime.subtract(fields.Datetime.now(), days=30)
        self._document([(self.product, self.income, 7000)])
        self._settle()
        self.env.flush_all()
        self.start_tour("/odoo/oms-dashboard", "oms_dashboard", login="owner")

    def test_welcome(self):
        self.patch(type(self.env["oms.channel"]), "_is_active", lambda _self: False)
        self.start_tour("/odoo/oms-dashboard", "oms_dashboard_welcome", login="owner")


@tagged("post_install", "-at_install")
class TestDashboardPhone(DashboardTourCase):
    """The page fits a telephone."""

    browser_size = "360x740"
    touch_enabled = True

    def test_no_sideways_scrolling(self):
        self._confirmed()
        self._document([(self.product, self.income, 123456789)])
        self._settle()
        self.env.flush_all()
        self.browser_js(
            "/odoo/oms-dashboard",
            """
            const content = document.querySelector(".o_oms_dashboard .o_content");
            const wide = [...content.querySelectorAll(".card")].filter(
                (card) => card.getBoundingClientRect().right > window.innerWidth + 1
            );
            if (wide.length || content.scrollWidth > content.clientWidth + 1) {
                throw new Error("wider than the screen: " + wide.map((el) => el.className));
            }
            console.log("test successful");
            """,
            "!!document.querySelector('.o_oms_chart canvas')",
            login="owner",
        )
