from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import OmsReportsCase


@tagged("post_install", "-at_install")
class TestDashboard(OmsReportsCase):
    """The one method behind the first page."""

    def test_proof_light(self):
        self.assertIsNone(self._data()["proof"])
        result = self.env["oms.proof.result"].prove()
        proof = self._data()["proof"]
        self.assertEqual((proof["id"], proof["violation_count"]), (result.id, 0))

    def test_every_figure_has_its_formula(self):
        formulas = self._data()["help"]
        for name in (
            "order_count",
            "value",
            "oldest_hours",
            "late_count",
            "held_count",
            "promise_late_count",
            "amount",
            "kind",
        ):
            self.assertTrue(formulas[name], name)

    def test_placed_are_the_orders_that_customers_placed(self):
        """As in the key figures: what replaces a return, or was taken in exchange, is no order."""
        orders = [self._sold(self.on_acceptance) for _n in range(4)]
        case = self.env["oms.return"].create(
            {
                "order_id": orders[0].id,
                "reason_id": self.env["oms.return.reason"].search([], limit=1).id,
            }
        )
        orders[1].oms_replaces_id = case
        orders[2].oms_exchange_id = case
        orders[3]._oms_cancel_units(dict.fromkeys(orders[3].order_line), "late")
        self._settle()
        self.assertEqual(orders[3].oms_stage_code, "cancelled")
        yesterday = fields.Datetime.now() - timedelta(days=1)
        for order in orders:
            order.date_order = yesterday
        placed = self._data()["placed"]["yesterday"]
        self.assertEqual(placed["count"], 1)
        self.assertEqual(self.env["sale.order"].search(placed["domain"]), orders[0])
        figures = self.env["oms.kpi"].get_figures(placed["day"], placed["day"], codes=["orders"])
        self.assertEqual(figures["figures"][0]["value"], 1)

    def test_without_a_channel_it_teaches(self):
        self.patch(type(self.env["oms.channel"]), "_is_active", lambda _self: False)
        data = self._data()
        self.assertFalse(data["has_channel"])
        self.assertTrue(data["can"]["configure"])

    def test_cost_does_not_grow_with_the_orders(self):
        self._confirmed()
        self._document([(self.product, self.income, 7000)])
        self._data()
        self.env.flush_all()
        before = self._queries()
        for _index in range(5):
            self._confirmed([(self.product, 1)])
            self._sold(self.marketplace)
            self._document([(self.product, self.income, 7000)])
        self._settle()
        self.assertLessEqual(self._queries(), before)
        self.assertLessEqual(before, 30)

    def _queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        count = self.env.cr.sql_log_count
        self._data()
        return self.env.cr.sql_log_count - count
