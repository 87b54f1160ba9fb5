import random

from odoo.tests import BaseCase

from odoo.addons.oms_reports.engine import stock
from odoo.addons.oms_reports.engine.forecast import METHODS, TRIALS, WARM_UP, forecast


class TestForecastEngine(BaseCase):
    """Forecasts that are compared with the naive one, and classes of goods."""

    def test_nothing_and_nothing_sold(self):
        self.assertIsNone(forecast([]))
        found = forecast([0.0] * 20)
        self.assertEqual((found.value, found.wape), (0.0, None))

    def test_steady_demand_is_known(self):
        found = forecast([10.0] * 30)
        self.assertAlmostEqual(found.value, 10.0)
        self.assertEqual((found.wape, found.naive_wape, found.bias), (0.0, 0.0, 0.0))

    def test_the_error_is_that_of_what_was_said_each_week(self):
        """Whoever had asked every week would have been wrong by exactly this much."""
        chance = random.Random(7)
        for length in (7, 12, 30, 78, 104):
            series = [float(chance.randint(0, 40)) for _week in range(length)]
            found = forecast(series)
            weeks = range(max(length - TRIALS, WARM_UP), length)
            errors = [forecast(series[:week]).value - series[week] for week in weeks]
            demand = sum(series[week] for week in weeks)
            self.assertAlmostEqual(found.wape, sum(map(abs, errors)) / demand)
            self.assertAlmostEqual(found.bias, sum(errors) / demand)
            self.assertGreaterEqual(found.value, 0.0)
            self.assertIn(found.method, METHODS)

    def test_noise_is_smoothed(self):
        chance = random.Random(3)
        series = [100 + chance.choice((-30.0, 30.0)) for _week in range(60)]
        found = forecast(series)
        self.assertNotEqual(found.method, "naive")
        self.assertLess(found.wape, 0.8 * found.naive_wape)

    def test_season_of_last_year(self):
        year = [100.0] * 52
        for week in (10, 11, 12, 13, 14):
            year[week] = 400.0
        series = (year * 3)[: 52 * 2 + 13]
        found = forecast(series)
        self.assertEqual(found.method, "seasonal")
        self.assertAlmostEqual(found.value, 400.0)

    def test_abc(self):
        self.assertEqual(stock.abc({}), {})
        # The item that reaches 80 % is still A, and equal values stand by their keys.
        self.assertEqual(
            stock.abc({5: 50, 4: 35, 3: 10, 2: 5, 1: 0}), {5: "A", 4: "A", 3: "B", 2: "C", 1: "C"}
        )
        self.assertEqual(stock.abc({1: 10, 2: 10}), {1: "A", 2: "A"})

    def test_cover(self):
        # 3 units now; yesterday 5 came to an empty shelf; a unit is asked for each day.
        found = stock.cover(3, 2, [-2, 5, -1, 0], [1, 1, 1, 1])
        self.assertEqual((found.daily, found.days, found.out), (1.0, 2.0, 1))
        # On the day without stock a unit was ordered all the same: nothing is lost.
        self.assertEqual(found.lost, 0.0)
        missed = stock.cover(4, 4, [4, 0, 0], [2, 0, 1])
        self.assertEqual((missed.out, missed.lost), (2, 3.0))
        # Before it was first offered, nothing was missed.
        self.assertEqual(stock.cover(4, 4, [4, 0, 0], [2, 0, 0]).out, 0)
        self.assertIsNone(stock.cover(5, 5, [0], [0]).days)
        self.assertIsNone(stock.cover(0, 0, [0], [0]).turnover)

    def test_reorder(self):
        self.assertEqual(stock.reorder(2.0, 0.0, 7, 10), 32)
        self.assertEqual(stock.reorder(2.0, 0.0, 7, 100), 0)
        self.assertEqual(stock.reorder(0.0, 1.0, 4, 0), 4)
