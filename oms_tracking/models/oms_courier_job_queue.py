import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal
from odoo.addons.oms_fulfillment.models.oms_rpc import RETRYABLE

from ..connectors import door
from ..connectors.errors import CourierError, Permanent, UnknownOutcome
from .oms_courier_job import CRON_2

_logger = logging.getLogger(__name__)

# Longer than the half dozen calls of one booking can last: who finds a lease at its end finds a
# dead worker.
LEASE = 15 * door.TOTAL_SECONDS
FIRST_WAIT = 30
LONGEST_WAIT = 6 * 3600
# An order that a provider is still making may be missing when it is asked too early.
SETTLE = 60
MAX_TRIES = 10
CONFLICTS = 5


def wait_after(tries, retry_after=None):
    """Seconds until the next try.

    >>> [wait_after(number) for number in (1, 2, 3, 20)]
    [30, 60, 120, 21600]
    >>> wait_after(1, 300)
    300
    """
    wait = FIRST_WAIT * 2 ** min(max(tries - 1, 0), 20)
    return min(max(wait, retry_after or 0), LONGEST_WAIT)


class OmsCourierJob(models.Model):
    """The queue: each call is made once, whatever dies in between.

    A worker *leases* one job: it counts the try, marks the outcome as unsure, puts the next try
    off, and commits that. Only then it calls, with no lock and no transaction open. The answer is
    committed before anything is made of it. So a worker that dies leaves either a job that was
    never sent, or one that is marked unsure and asks the provider for its reference first, or an
    answer that only has to be applied.
    """

    _inherit = "oms.courier.job"

    # CRON

    @api.model
    def _cron_work(self):
        """Work the queue off until nothing is due or time is out. Several workers may run."""
        cron = self.env["ir.cron"]
        count = 0
        while leased := self._lease():
            job, unsure = leased
            count += 1
            if count == 2:
                self.env["oms.rpc"]._wake(CRON_2)
            cron._commit_progress()
            job._work_off(unsure)
            if not cron._commit_progress(1, remaining=0):
                self.env["oms.rpc"]._run_again()
                break
        cron._commit_progress(remaining=0)

    @api.model
    def _lease(self):
        """Take the next job that is due, if any; return it and whether it was unsure before."""
        query = SQL(
            """
            UPDATE oms_courier_job job
               SET tries = COALESCE(job.tries, 0) + 1,
                   unsure = job.state = 'waiting',
                   asked_at = clock_timestamp() AT TIME ZONE 'UTC',
                   next_try = (clock_timestamp() AT TIME ZONE 'UTC') + make_interval(secs => %s)
              FROM (SELECT job.id, COALESCE(job.unsure, FALSE) AS unsure
                      FROM oms_courier_job job
                      JOIN oms_courier_account account ON account.id = job.account_id
                     WHERE job.state IN ('waiting', 'answered')
                       AND job.next_try <= (clock_timestamp() AT TIME ZONE 'UTC')
                       AND account.active
                       AND (account.quiet_until IS NULL
                            OR account.quiet_until <= (clock_timestamp() AT TIME ZONE 'UTC'))
                     ORDER BY job.next_try, job.id
                       FOR NO KEY UPDATE OF job SKIP LOCKED
                     LIMIT 1) due
             WHERE job.id = due.id
         RETURNING job.id, due.unsure
            """,
            LEASE,
        )
        self.flush_model()
        for _conflict in range(CONFLICTS):
            try:
                self.env.cr.execute(query, log_exceptions=False)
            except RETRYABLE:
                self.env.cr.rollback()
                continue
            row = self.env.cr.fetchone()
            if not row:
                return None
            job = self.browse(row[0])
            job.invalidate_recordset()
            return job, row[1]
        return None

    # ONE JOB

    def _work_off(self, unsure):
        """Call the courier for a leased job, keep the answer, then apply it."""
        self.ensure_one()
        self = self.with_company(self.account_id.company_id)
        if self.state == "waiting" and not self._call(unsure):
            return
        self._apply_answer()

    def _call(self, unsure):
        """Ask the courier; return whether there is an answer to apply."""
        try:
            call = getattr(self, f"_prepare_{self.kind}")(unsure)
        except CourierError as error:
            self._failed(error, unsure)
            return False
        except OmsRefusal as refusal:
            self._set_failed(refusal, 0, unsure, stop=True)
            return False
        # From here on no transaction is open: the courier may take its time.
        self.env["ir.cron"]._commit_progress()
        try:
            answer = call()
        except CourierError as error:
            self._keep(self._failed, error, error.doubt)
            return False
        self._keep(self.write, {"state": "answered", "answer": answer, "unsure": False})
        return True

    def _keep(self, write, *args):
        """Commit what came of a call, also where another transaction is in the way."""
        for _conflict in range(CONFLICTS):
            try:
                write(*args)
                self.env.flush_all()
                self.env["ir.cron"]._commit_progress()
                return
            except RETRYABLE:
                self.env.cr.rollback()
                self.env.transaction.clear()

    def _failed(self, error, unsure):
        """Keep why it failed, when it is tried again, and whether the outcome is in doubt."""
        account = self.account_id
        retry_after = account._note_failure(error)
        lost = isinstance(error, UnknownOutcome)
        stop = isinstance(error, Permanent) or self.tries >= MAX_TRIES
        wait = wait_after(self.tries, retry_after)
        if lost:
            wait = max(wait, SETTLE)
        refusal = account._refusal(error)
        _logger.info("%s of %s: %s", self.kind, self.reference, error.code)
        self._set_failed(refusal, wait, unsure or lost, stop)

    def _apply_answer(self):
        """Make of the answer what it is for. Conflicts are tried again; the courier is not."""
        for _conflict in range(CONFLICTS):
            try:
                with self.env.cr.savepoint(flush=False):
                    getattr(self, f"_apply_{self.kind}")(self.answer or {})
                    self.env["sale.order"]._oms_refresh_touched()
                    self.env.flush_all()
                return
            except RETRYABLE as error:
                self.env.cr.rollback()
                self.env.transaction.clear()
                _logger.info("%s of %s, once more: %r", self.kind, self.reference, error)
            except (UserError, ValueError) as error:
                self.env.transaction.clear()
                refusal = error if isinstance(error, OmsRefusal) else None
                refusal = refusal or OmsRefusal(
                    "not_applied",
                    str(error)[:300],
                    next_step=self.env._("Remove the cause, then try again."),
                )
                self._set_failed(refusal, 0, unsure=False, stop=True)
                return
