from odoo import api, models

from .oms_rpc import RETRYABLE

# How often a chunk that met other writers is tried before the job lets go of it.
CONFLICTS = 5


class OmsFileJob(models.AbstractModel):
    """A file that is read in the background, a chunk and a commit at a time.

    What inherits has a ``state`` that is ``waiting`` until the file is through, and
    ``_run(report)``, which goes on where it stopped and calls ``report(done, left)`` after each
    chunk.
    """

    _name = "oms.file.job"
    _description = "File Read in the Background"

    @api.model
    def _cron_import(self):
        """Go on with the files that wait, the oldest first, each from where it stopped."""
        for record in self.search([("state", "=", "waiting")], order="id"):
            if not record._work_off():
                return

    def _work_off(self):
        """Import what is left, committing chunk by chunk; return whether the file is through."""
        for _conflict in range(CONFLICTS):
            try:
                self._run(self._report)
            except RETRYABLE:
                # somebody else wrote the same records: what was committed stays, go on from there
                self.env.cr.rollback()
            else:
                break
        return self.state != "waiting"

    def _report(self, done, left):
        self.env.flush_all()
        return self.env["ir.cron"]._commit_progress(done, remaining=left)
