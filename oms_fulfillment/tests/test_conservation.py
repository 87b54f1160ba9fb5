import os

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common_accounting import OmsAccountingCase
from .conservation import ConservationWalk

# The same walks every time; OMS_WALKS=500 takes that many random ones.
WALKS = int(os.environ.get("OMS_WALKS") or 0)


@tagged("post_install", "-at_install")
class TestConservation(OmsAccountingCase):
    """Whatever happens, in whatever order: no unit and no rupiah gets lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["stock.warehouse"].create({"name": "Second", "code": "WH2"})

    def test_random_walks(self):
        @settings(
            max_examples=WALKS or 10,
            deadline=None,
            derandomize=not WALKS,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(st.integers(0, 2**32), min_size=20, max_size=40))
        def walk(numbers):
            ConservationWalk(self).run(numbers)

        walk()
