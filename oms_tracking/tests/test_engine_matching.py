from datetime import timedelta

from odoo.tests import BaseCase, tagged

from ..engine.matching import Candidate, choose
from .common import START


def days(number):
    return START + timedelta(days=number)


@tagged("post_install", "-at_install", "oms_engine")
class TestMatching(BaseCase):
    def test_one_candidate_even_when_learnt_later(self):
        self.assertEqual(choose([Candidate(1, days(30))], days(0)), 1)

    def test_nobody(self):
        self.assertIsNone(choose([], days(0)))

    def test_a_recycled_number_belongs_to_the_newer_parcel(self):
        old, new = Candidate(1, days(0), days(3)), Candidate(2, days(60))
        self.assertEqual(choose([new, old], days(61)), 2)
        self.assertEqual(choose([new, old], days(59)), 2)

    def test_a_late_repeat_belongs_to_the_old_parcel(self):
        old, new = Candidate(1, days(0), days(3)), Candidate(2, days(60))
        self.assertEqual(choose([old, new], days(3)), 1)

    def test_a_number_that_rested_long_ago_is_a_new_one(self):
        self.assertIsNone(choose([Candidate(1, days(0), days(3))], days(120)))
