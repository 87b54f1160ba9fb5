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
