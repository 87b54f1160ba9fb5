from odoo.tests import tagged

from .test_dashboard_tour import DashboardTourCase

# No card and no choice is wider than a telephone; what is wide scrolls in its own frame.
FITS = """
    const content = document.querySelector(".o_oms_kpi .o_content");
    const wide = [...content.querySelectorAll(".card, label")].filter(
        (el) => el.getBoundingClientRect().right > window.innerWidth + 1
    );
    if (wide.length || content.scrollWidth > content.clientWidth + 1) {
        throw new Error("wider than the screen: " + wide.map((el) => el.className));
    }
    console.log("test successful");
"""


@tagged("post_install", "-at_install")
class TestKpiTour(DashboardTourCase):
    """A click on a key figure opens its rows."""

    def test_tour(self):
        self._confirmed()
        self._sold(self.cod)
        self.env.flush_all()
        self.start_tour("/odoo/oms-kpi", "oms_kpi", login="owner")


@tagged("post_install", "-at_install")
class TestKpiPhone(DashboardTourCase):
    """The page fits a telephone."""

    browser_size = "360x740"
    touch_enabled = True

    def test_no_sideways_scrolling(self):
        self._confirmed()
        self.env.flush_all()
        self.browser_js(
            "/odoo/oms-kpi", FITS, "!!document.querySelector('.o_oms_kpi_card')", login="owner"
        )
