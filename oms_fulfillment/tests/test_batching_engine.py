import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine.batching import Job, make_batches, zone_of

JOBS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5), st.integers(1, 6)), max_size=25)


class TestBatchingEngine(unittest.TestCase):
    @given(JOBS, st.integers(0, 5), st.integers(0, 10))
    def test_every_job_once_and_no_batch_too_big(self, drawn, max_jobs, max_lines):
        jobs = {
            number: Job(number, (group,), due, "", lines)
            for number, (group, due, lines) in enumerate(drawn)
        }
        batches = make_batches(jobs.values(), max_jobs, max_lines)
        self.assertEqual(sorted(i for _group, ids in batches for i in ids), sorted(jobs))
        for group, ids in batches:
            self.assertEqual({jobs[i].group for i in ids}, {group})
            self.assertTrue(not max_jobs or len(ids) <= max_jobs)
            lines = sum(jobs[i].lines for i in ids)
            self.assertTrue(not max_lines or lines <= max_lines or len(ids) == 1)
        # nobody with an earlier deadline is in a later batch of the same group
        for group in {group for group, _ids in batches}:
            dues = [jobs[i].due for key, ids in batches if key == group for i in ids]
            self.assertEqual(dues, sorted(dues))

    def test_zone(self):
        self.assertEqual(zone_of("WH/Stock/A/A-03", "WH/Stock"), "A")
        self.assertEqual(zone_of("WH/Stock", "WH/Stock"), "")
