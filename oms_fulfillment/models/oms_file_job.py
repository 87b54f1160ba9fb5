import base64
import logging

from odoo import api, fields, models
from odoo.tools import split_every

from ..adapters.messages import Sentence, WorkbookError, _lt
from .oms_rpc import RETRYABLE

_logger = logging.getLogger(__name__)

ZONES = [
    ("Asia/Jakarta", "WIB (Asia/Jakarta)"),
    ("Asia/Makassar", "WITA (Asia/Makassar)"),
    ("Asia/Jayapura", "WIT (Asia/Jayapura)"),
    ("UTC", "UTC"),
]
# How often a chunk that met other writers is tried before the job lets go of it.
CONFLICTS = 5
NO_COLUMNS = _lt(
    "%(file)s has headings whose meaning is not known any more. Add a column mapping to the "
    "channel, then try again."
)
STOPPED = _lt(
    "%(file)s stopped on a fault that is in the server's log. Try again, or ask your administrator."
)


class OmsFileJob(models.AbstractModel):
    """A file of a channel: kept as it came, and read in the background, a chunk and a commit at a
    time.

    What inherits has a ``template_id``, and says with ``_open()`` what is in the file, with
    ``_take_in(entries, chunk)`` what becomes of it.
    """

    _name = "oms.file.job"
    _description = "File Read in the Background"

    # How many entries are taken in at once.
    _chunk = 200
    # The job that goes on with the files that wait.
    _cron = None

    name = fields.Char(string="File Name", required=True, readonly=True)
    channel_id = fields.Many2one(
        "oms.channel", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    content = fields.Binary(attachment=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    zone = fields.Selection(ZONES, string="Times in the File", default="Asia/Jakarta")
    format_code = fields.Char(string="Format", readonly=True)
    state = fields.Selection(
        [("waiting", "Importing"), ("done", "Imported"), ("failed", "Stopped")],
        required=True,
        readonly=True,
        default="waiting",
    )
    error = fields.Char(readonly=True)
    total_count = fields.Integer(string="Entries in the File", readonly=True)
    position = fields.Integer(string="Entries Done", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    duplicate_count = fields.Integer(string="Already Known", readonly=True)

    # WHAT THE KINDS OF FILES SAY

    def _open(self):
        """Return the entries of the content: they know their number, and can start anywhere
        (``starting(position)``); ``None`` where nobody knows its headings.

        :raise WorkbookError: the file can't be read
        """
        raise NotImplementedError

    def _take_in(self, entries, chunk):
        """Store what a chunk of the entries says."""
        raise NotImplementedError

    def _finish(self, entries):
        self.state = "done"

    # RUNNING

    def action_again(self):
        """Button: go on with files that stopped, once the cause is mended."""
        self.check_access("read")
        # sudo: who may read an import may import; nothing but importing writes its record.
        stopped = self.sudo().filtered(lambda record: record.state == "failed")
        stopped.write({"state": "waiting", "error": False})
        self._wake()
        return True

    def _wake(self):
        self.env["oms.rpc"]._wake(self._cron)

    def _run(self, report=None):
        """Take in what is left of the file; everything that was done is remembered.

        :param report: called after each chunk with the number of entries done in it and left;
            returns the seconds that are left, commits by itself
        """
        self.ensure_one()
        try:
            entries = self._open()
            if entries is None:
                raise WorkbookError(NO_COLUMNS, file=self.name)
            self.total_count = len(entries)
            for chunk in split_every(self._chunk, entries.starting(self.position)):
                self._take_in(entries, chunk)
                self.position += len(chunk)
                left = self.total_count - self.position
                if report and report(len(chunk), left) <= 0 and left:
                    return
                # what is done is not needed in memory any more
                self.env.invalidate_all()
        except WorkbookError as error:
            self._stop(error.sentence)
        else:
            self._finish(entries)

    def _stop(self, sentence):
        """Let go of the file; it is read by people later: in the company's language, whoever runs
        this."""
        language = self.company_id.partner_id.lang or self.env.lang
        rpc = self.env["oms.rpc"].with_context(lang=language)
        self.write({"state": "failed", "error": rpc._say(sentence)})

    def _opened_with(self, reader):
        """Return what ``reader(name, content, zone, mappings)`` makes of the file."""
        self.ensure_one()
        templates = self.template_id or self.template_id.search(
            [("channel_id", "=", self.channel_id.id)]
        )
        mappings = [template._form() for template in templates]
        content = base64.b64decode(self.with_context(bin_size=False).content or b"")
        return reader(self.name, content, self.zone, mappings)

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
            except Exception:
                # one file must not stop those behind it
                _logger.exception("Import of file %s (%s, %s)", self.name, self._name, self.id)
                self.env.cr.rollback()
                self._stop(Sentence(STOPPED, {"file": self.name}))
                self.env["ir.cron"]._commit_progress()
                break
            else:
                break
        return self.state != "waiting"

    def _report(self, done, left):
        self.env.flush_all()
        return self.env["ir.cron"]._commit_progress(done, remaining=left)
