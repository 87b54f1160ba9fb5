import os

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

from .common_accounting import OmsAccountingCase
from .conservation import ConservationWalk

# The same walks every time; OMS_WALKS=500 takes that many random ones.
WALKS = int(os.environ.get("OMS_WALKS") or 0)


@tagged("post_install", "-at_install")
class TestConservation(OmsAccountingCase):
    """Whatever happens, in whatever order: no unit and no rupiah gets lost."""

    def test_random_walks(self):
        run_state_machine_as_test(
            lambda: ConservationWalk(self),
            settings=settings(
                max_examples=WALKS or 12,
                stateful_step_count=30,
                deadline=None,
                derandomize=not WALKS,
                database=None,
                print_blob=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
