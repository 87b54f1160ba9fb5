import logging

from odoo import api, fields, models
from odoo.tools import SQL

from ..adapters.payload import read_envelope
from ..exceptions import OmsRefusal
from .oms_rpc import RETRYABLE

_logger = logging.getLogger(__name__)

BATCH = 50
FEW = 5
MAX_TRIES = 6
CONFLICTS = 5
# Seconds until a message is tried again: a batch that a dying server had, or one that failed.
FIRST_WAIT = 60
LONGEST_WAIT = 6 * 3600


def wait_after(tries):
    """Seconds until the next try.

    >>> [wait_after(number) for number in (0, 1, 2, 3, 20)]
    [60, 60, 120, 240, 21600]
    """
    return min(FIRST_WAIT * 2 ** min(max(tries - 1, 0), 20), LONGEST_WAIT)


class OmsIntake(models.Model):
    """The queue: messages that are stored become orders, whatever happens to the server.

    A worker first *leases* a batch: it counts the try and puts the next one off, and commits
    that. Then it makes the orders and commits them. When the server dies in between, the lease
    runs out and somebody else takes the messages, a few at a time and then one by one: a message
    that kills its worker ends up alone, and is given up after some tries.
    """

    _inherit = "oms.intake"

    tries = fields.Integer(readonly=True, help="How often the queue has tried to process it.")
    next_try = fields.Datetime(readonly=True)

    _queue_idx = models.Index("(next_try, id) WHERE state IN ('received', 'failed')")
    _waiting_idx = models.Index("(channel_id, external_id, revision) WHERE state = 'received'")

    # IN

    @api.model
    def _accept(self, channel, payloads, source, originals=()):
        """Store messages for the queue; nothing else. See :meth:`_receive` for the rest.

        :param list originals: what each payload was read from, where that is something else
        :return: ``[(intake, known)]`` in the order of ``payloads``
        """
        envelopes = [read_envelope(payload) for payload in payloads]
        results = [None] * len(envelopes)
        twins = {}
        stored = {}
        again = self.browse()
        for wave in self._waves(envelopes, twins):
            plans = self._store(
                channel,
                [envelopes[index] for index in wave],
                [None] * len(wave),
                {"source": source, "import_id": None},
            )
            for index, plan in zip(wave, plans, strict=True):
                answered, known = plan.answer
                results[index] = (self.browse(answered), known)
                if plan.row.state is None or plan.replaces:
                    stored[index] = plan.row.id
                elif plan.row.state in ("failed", "dead", "quarantined"):
                    again |= self.browse(plan.row.id)
        for index, first in twins.items():
            results[index] = (results[first][0], True)
        again._requeue()
        self.env["oms.rpc"]._wake("oms_fulfillment.cron_intake_queue")
        # one recordset: what is read of them comes in one query
        intakes = self.browse(intake.id for intake, _known in results)
        results = list(zip(intakes, (known for _intake, known in results), strict=True))
        self._keep_originals(stored, payloads, originals)
        return results

    def _keep_originals(self, stored, payloads, originals):
        """Keep what a message was before it was read as an order: nothing of it is lost.

        :param dict stored: ``{place in the call: id}`` of messages that are new
        """
        kept = {
            stored[index]: read_envelope(original).text
            for index, (payload, original) in enumerate(zip(payloads, originals, strict=False))
            if index in stored and original is not payload
        }
        if kept:
            self._execute(
                SQL(
                    "UPDATE oms_intake SET payload_received = v.text::jsonb"
                    " FROM unnest(%s, %s::text[]) AS v(id, text) WHERE oms_intake.id = v.id",
                    list(kept),
                    list(kept.values()),
                )
            )
            self.browse(kept).invalidate_recordset(["payload_received"])

    def _requeue(self):
        """Have the queue try these again, from the beginning."""
        rows = self.filtered(
            lambda row: row.state in ("failed", "dead", "quarantined")
            and not row.conflict_of_id
            and not self._is_unstorable(row.payload)
        )
        rows.write({"state": "received", "tries": 0, "next_try": fields.Datetime.now()})

    # CRON

    @api.model
    def _cron_process(self, batch=BATCH):
        """Work the queue off until it is empty or time is out. Several workers may run at once."""
        cron = self.env["ir.cron"]
        while claimed := self._claim(batch):
            if len(claimed) == batch:
                self.env["oms.rpc"]._wake("oms_fulfillment.cron_intake_queue_2")
            cron._commit_progress()
            self._work_off(claimed)
            if not cron._commit_progress(len(claimed), remaining=0):
                self.env["oms.rpc"]._run_again()
                break
        cron._commit_progress(remaining=0)

    @api.model
    def _claim(self, limit):
        """Lease messages that are due, and return them. A revision waits for the older ones.

        What was tried before goes with few others, then alone: one bad message keeps no others
        from being made.
        """
        shares = ((SQL("tries = 0"), limit), (SQL("tries = 1"), FEW), (SQL("tries > 1"), 1))
        for condition, count in shares:
            for _conflict in range(CONFLICTS):
                try:
                    claimed = self._lease(condition, count)
                except RETRYABLE:
                    self.env.cr.rollback()
                    continue
                if claimed:
                    return claimed
                break
        return self.browse()

    def _lease(self, condition, limit):
        query = SQL(
            """
            UPDATE oms_intake
               SET tries = COALESCE(oms_intake.tries, 0) + 1,
                   next_try = (clock_timestamp() AT TIME ZONE 'UTC') + make_interval(
                       secs => LEAST(%(first)s * 2 ^ COALESCE(oms_intake.tries, 0), %(longest)s))
              FROM (SELECT message.id FROM oms_intake message
                     WHERE message.state IN ('received', 'failed')
                       AND message.%(condition)s
                       AND message.next_try <= (clock_timestamp() AT TIME ZONE 'UTC')
                       AND message.conflict_of_id IS NULL
                       AND NOT EXISTS (
                           SELECT 1 FROM oms_intake older
                            WHERE older.channel_id = message.channel_id
                              AND older.external_id = message.external_id
                              AND older.revision < message.revision
                              AND older.state = 'received'
                              AND older.conflict_of_id IS NULL)
                     ORDER BY message.next_try, message.id
                       FOR NO KEY UPDATE OF message SKIP LOCKED
                     LIMIT %(limit)s) due
             WHERE oms_intake.id = due.id
         RETURNING oms_intake.id
            """,
            condition=condition,
            limit=limit,
            first=FIRST_WAIT,
            longest=LONGEST_WAIT,
        )
        self.env.cr.execute(query, log_exceptions=False)
        claimed = self.browse(sorted(row[0] for row in self.env.cr.fetchall()))
        claimed.invalidate_recordset(["tries", "next_try"])
        return claimed

    def _work_off(self, claimed):
        """Make the orders of leased messages; what fails as a whole is tried one by one."""
        for _conflict in range(CONFLICTS):
            try:
                claimed._process_claimed()
                # the stages and the allocation, which a commit would run unguarded
                self.env.cr.flush()
                return
            except RETRYABLE as error:
                self.env.cr.rollback()
                _logger.info("oms.intake: %s messages, once more: %r", len(claimed), error)
            except Exception as error:  # whatever it is, the message must stay with its reason
                self.env.cr.rollback()
                if len(claimed) == 1:
                    claimed._stopped(error)
                    return
                break
        else:
            # Too many rivals at the moment: they stay leased and come again.
            return
        for intake in claimed:
            self._work_off(intake)
            self.env["ir.cron"]._commit_progress()

    def _process_claimed(self):
        self.env.cr.execute(
            SQL(
                "SELECT id FROM oms_intake WHERE id = ANY(%s) AND state IN ('received', 'failed')"
                " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
                self.ids,
            ),
            log_exceptions=False,
        )
        mine = self.browse(row[0] for row in self.env.cr.fetchall())
        killed = mine.filtered(lambda row: row.state == "received" and row.tries > MAX_TRIES)
        for intake in killed:
            intake._give_up()
        (mine - killed)._process()

    def _give_up(self):
        refusal = OmsRefusal(
            "stopped",
            self.env._(
                "The server stopped %(count)s times while it processed this message.",
                count=self.tries - 1,
            ),
            next_step=self.env._("Look into the server's log, then replay it."),
        )
        self.write({"state": "dead", "errors": [refusal.as_error()]})

    def _stopped(self, error):
        """An error outside of what processing guards itself, such as one in a later step."""
        _logger.info("oms.intake %s stopped: %r", self.id, error)
        message = self.env._(
            "It stopped at an unexpected %(kind)s: %(error)s.",
            kind=type(error).__name__,
            error=str(error)[:200],
        )
        step = self.env._("Remove the cause, then replay it.")
        refusal = OmsRefusal("failed", message, next_step=step)
        self.write({"state": "failed", "errors": [refusal.as_error()], **self._prepare_retry()})

    def _prepare_retry(self):
        """When a message that failed is tried again, or that it is given up."""
        tries = max(self.tries, 1)
        return {
            "state": "dead" if tries >= MAX_TRIES else "failed",
            "tries": tries,
            "next_try": fields.Datetime.add(fields.Datetime.now(), seconds=wait_after(tries)),
        }
