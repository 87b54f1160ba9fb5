from datetime import date, datetime

from odoo.tests import BaseCase

from odoo.addons.oms_reports.engine.period import Period, bounds, month, month_to_date, months


class TestPeriod(BaseCase):
    """Half-open months and days of the company's clock."""

    def test_months_cross_the_year(self):
        self.assertEqual(month(date(2026, 12, 31)), Period(date(2026, 12, 1), date(2027, 1, 1)))
        self.assertEqual(month(date(2026, 1, 15), -1), Period(date(2025, 12, 1), date(2026, 1, 1)))
        year = months(date(2026, 3, 10), 12)
        self.assertEqual((year[0].since, year[-1].until), (date(2025, 4, 1), date(2026, 4, 1)))
        for before, after in zip(year, year[1:], strict=False):
            self.assertEqual(before.until, after.since)

    def test_same_days_of_a_shorter_month_end_with_it(self):
        self.assertEqual(
            month_to_date(date(2026, 3, 31), -1), Period(date(2026, 2, 1), date(2026, 3, 1))
        )
        self.assertEqual(
            month_to_date(date(2026, 3, 10), -1), Period(date(2026, 2, 1), date(2026, 2, 11))
        )

    def test_a_day_in_jakarta_begins_at_17_utc(self):
        self.assertEqual(
            bounds(date(2026, 7, 2), "Asia/Jakarta"),
            (datetime(2026, 7, 1, 17), datetime(2026, 7, 2, 17)),
        )
