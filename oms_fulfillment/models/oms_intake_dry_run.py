from odoo import api, models

from ..adapters.payload import read_envelope
from .oms_intake_process import Job

SETTLED = ("accepted", "updated", "superseded")


class OmsIntake(models.Model):
    """The answer without the deed: for previews and for integrators who are testing."""

    _inherit = "oms.intake"

    @api.model
    def _try_out(self, channel, payloads, source="rpc"):
        """Say what :meth:`_receive` would answer, without writing anything.

        :return: list of :class:`Job`; ``state`` is ``accepted``, ``updated``, ``duplicate``
            or ``quarantined``
        """
        intakes = self._channel_env(channel)["oms.intake"]
        envelopes = [read_envelope(payload) for payload in payloads]
        known = intakes._read_known(channel, envelopes)
        jobs = []
        for payload, envelope in zip(payloads, envelopes, strict=True):
            plan = intakes._plan(known, envelope, source)
            replaced = intakes.browse(plan.row.id) if plan.replaces else None
            job = Job(payload, plan.revision, replaced, source)
            errors = intakes._storage_errors(plan)
            if errors:
                job.state, job.errors = "quarantined", errors
            elif plan.overtaken or plan.row and not plan.replaces and plan.row.state in SETTLED:
                job.state = "duplicate"
            jobs.append(job)
        intakes._examine(channel.with_env(intakes.env), [job for job in jobs if not job.state])
        for job in jobs:
            job.state = job.state or ("updated" if job.sale else "accepted")
        return jobs
