from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import holiday as engine


@tagged("post_install", "-at_install")
class TestHoliday(TransactionCase):
    """Holidays from the package, beside those that people typed in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Holiday = cls.env["oms.holiday"]
        cls.indonesia = cls.env.ref("base.id")
        cls.env.company.country_id = cls.indonesia

    def days(self, year):
        return self.Holiday.search(
            [
                ("country_id", "=", self.indonesia.id),
                ("date", ">=", f"{year}-01-01"),
                ("date", "<=", f"{year}-12-31"),
            ],
            order="date",
        )

    def load(self, today="2026-11-26"):
        with freeze_time(today):
            return self.Holiday.action_load()

    def test_what_is_shipped_is_what_the_package_says(self):
        """The decree of 2026: 17 holidays and 8 days of joint leave."""
        shipped = {day.date: day.joint_leave for day in self.days(2026)}
        known = {day.date: day.joint_leave for day in engine.days("ID", (2026,))}
        self.assertEqual(shipped, known)
        self.assertEqual(sorted(shipped.values()), [False] * 17 + [True] * 8)

    def test_load_twice(self):
        self.days(2027).unlink()
        answer = self.load()
        loaded = self.days(2027)
        self.assertTrue(loaded and all(loaded.mapped("loaded")))
        self.assertIn(str(len(loaded)), answer["params"]["message"])
        self.assertIn(date(2027, 8, 17), loaded.mapped("date"))
        self.assertIn("0 ", self.load()["params"]["message"])
        self.assertEqual(self.days(2027), loaded)
        self.assertIn(date(2027, 8, 17), self.Holiday._days("ID", False))

    def test_a_decree_moves_days_and_leaves_what_was_typed_in(self):
        self.days(2027).unlink()
        typed = self.Holiday.create({"date": "2027-08-17", "name": "Ours", "joint_leave": True})
        first = [engine.Day(date(2027, 3, 10), "Feast", estimated=True)]
        first.append(engine.Day(date(2027, 8, 17), "Independence"))
        with patch.object(engine, "days", lambda *_args: first):
            message = self.load()["params"]
        self.assertEqual(message["type"], "warning")
        second = [engine.Day(date(2027, 3, 11), "Feast"), first[1]]
        with patch.object(engine, "days", lambda *_args: second):
            self.load()
        self.assertEqual(self.days(2027).mapped("name"), ["Feast", "Ours"])
        self.assertEqual(self.days(2027)[0].date, date(2027, 3, 11))
        self.assertFalse(self.days(2027)[0].estimated)
        self.assertTrue(typed.joint_leave)

    def test_without_the_package(self):
        with patch.object(engine, "library", None), self.assertRaises(OmsRefusal) as refused:
            self.load()
        self.assertEqual(refused.exception.code, "no_package")
        self.assertIn("requirements.txt", str(refused.exception))

    def test_who_may(self):
        desk = new_test_user(self.env, "holiday_desk", "oms_fulfillment.group_oms_courier")
        with self.assertRaises(AccessError):
            self.Holiday.with_user(desk).action_load()
