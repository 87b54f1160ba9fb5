import logging
import os
import random

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from .proof_walk import ProofWalks
from .proof_world import ProofWorld

_logger = logging.getLogger(__name__)

# The same walks every time; OMS_WALKS=100 takes that many random ones.
WALKS = int(os.environ.get("OMS_WALKS") or 0)
STEPS = 100 if WALKS else 30
# Half an hour before the year ends in Jakarta.
BEGIN = "2026-12-31 16:30:00"


class ProofWalkCase(TransactionCase):
    """Whatever happens in two companies, in whatever order: units, money and ledger agree."""

    currencies = ()
    rounding = 1.0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.env.ref("base.IDR").rounding = cls.rounding
        with freeze_time(BEGIN):
            cls.worlds = [cls._world(name) for name in cls.currencies]

    @classmethod
    def _world(cls, name):
        currency = cls.env.ref(f"base.{name}")
        currency.active = True
        return ProofWorld(cls, f"PT {name}", currency)


class RandomWalks:
    def test_random_walks(self):
        steps, figures = [], []

        @settings(
            max_examples=WALKS or 1,
            deadline=None,
            derandomize=not WALKS,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.integers(0, 2**32))
        def walk(seed):
            rng = random.Random(f"{type(self).__name__} {seed}")
            numbers = [rng.getrandbits(32) for _step in range(STEPS)]
            with freeze_time(BEGIN) as clock:
                walks = ProofWalks(self, self.worlds, clock)
                walks.run(numbers)
            steps.append(walks.steps)
            figures.append(walks.figures)

        walk()
        self.assertGreater(min(figures), 100)
        _logger.info("%s steps, %s figures", sum(steps), sum(figures))


@tagged("post_install", "-at_install")
class TestRupiahAndDollars(RandomWalks, ProofWalkCase):
    currencies = ("IDR", "USD")


@tagged("post_install", "-at_install")
class TestRupiahCentsAndYen(RandomWalks, ProofWalkCase):
    currencies = ("IDR", "JPY")
    rounding = 0.01
