import logging
import os
import random

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged

from .proof_walk import ProofWalks
from .proof_world import ProofWorld

_logger = logging.getLogger(__name__)

# The same walk every time; OMS_WALKS=100 takes that many random ones, OMS_SEED=7 that one again,
# OMS_STEPS=60 makes them so long.
WALKS = int(os.environ.get("OMS_WALKS") or 0)
SEED = int(os.environ.get("OMS_SEED") or 0)
STEPS = int(os.environ.get("OMS_STEPS") or (100 if WALKS else 30))
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
        for _walk in range(WALKS or 1):
            self._walk(random.SystemRandom().getrandbits(32) if WALKS else SEED)

    def _walk(self, seed):
        rng = random.Random(f"{type(self).__name__} {seed}")
        numbers = [rng.getrandbits(32) for _step in range(STEPS)]
        with freeze_time(BEGIN) as clock:
            walks = ProofWalks(self, self.worlds, clock)
            try:
                walks.run(numbers)
            except Exception as error:
                error.add_note(f"OMS_SEED={seed} OMS_STEPS={STEPS} walks it again")
                raise
        self.assertGreater(walks.seen["figures"], 100)
        seen = ", ".join(f"{number} {name}" for name, number in walks.seen.items())
        _logger.info("walk %s: %s", seed, seen)


@tagged("post_install", "-at_install")
class TestRupiahAndDollars(RandomWalks, ProofWalkCase):
    currencies = ("IDR", "USD")


@tagged("post_install", "-at_install")
class TestRupiahCentsAndYen(RandomWalks, ProofWalkCase):
    currencies = ("IDR", "JPY")
    rounding = 0.01
