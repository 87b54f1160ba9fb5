import hashlib
import json
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal
from odoo.addons.oms_fulfillment.models.oms_rpc import RETRYABLE

_logger = logging.getLogger(__name__)

CRON = "oms_tracking.cron_webhook_queue"
BATCH = 50
LEASE = 120
MAX_TRIES = 6
CONFLICTS = 5
STATES = [
    ("received", "Received"),
    ("done", "Done"),
    ("ping", "Test call"),
    ("unmatched", "About no parcel of ours"),
    ("failed", "Needs a person"),
]


class OmsWebhookMessage(models.Model):
    """A call of a courier's server, as it came: stored before it is answered, read afterwards.

    The same body is one message however often it comes. A sender that gives no times sends equal
    bodies for different scans, so a repeat of such a message asks the courier again; that does no
    harm when it was a replay.
    """

    _name = "oms.webhook.message"
    _description = "Call of a Courier"
    _order = "id DESC"
    _rec_name = "received_at"

    account_id = fields.Many2one(
        "oms.courier.account", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="received")
    body = fields.Text(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    repeats = fields.Integer(readonly=True, help="How often the same call came again.")
    hint = fields.Boolean(
        readonly=True, help="It only says that something changed; the courier is asked what."
    )
    subject = fields.Char(readonly=True, help="The booking that it is about, as it names it.")
    received_at = fields.Datetime(required=True, readonly=True)
    last_at = fields.Datetime(string="Last Came At", readonly=True)
    processed_at = fields.Datetime(readonly=True)
    tries = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    error = fields.Char(string="Reason", readonly=True)
    shipment_ids = fields.Many2many("oms.shipment", string="Parcels", readonly=True)

    _digest_uniq = models.Constraint(
        "UNIQUE(account_id, digest)", lambda env, diag: env._("This call is stored already.")
    )
    _queue_idx = models.Index("(next_try, id) WHERE state = 'received'")
    _subject_idx = models.Index("(account_id, subject) WHERE state = 'unmatched'")
    _recent_idx = models.Index("(account_id, received_at)")

    # IN

    @api.model
    def _store(self, account_id, company_id, body):
        """Keep a verified call; one statement, so that the sender waits for nothing else."""
        digest = hashlib.sha256(body).hexdigest()
        text = body.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
        ((message_id,),) = self.env.execute_query(
            SQL(
                """
                INSERT INTO oms_webhook_message AS message
                       (account_id, company_id, state, body, digest, repeats, tries, received_at,
                        last_at, next_try, create_uid, create_date, write_uid, write_date)
                SELECT %(account)s, %(company)s, 'received', %(body)s, %(digest)s, 0, 0, clock.at,
                       clock.at, clock.at, %(uid)s, clock.at, %(uid)s, clock.at
                  FROM (SELECT now() AT TIME ZONE 'UTC' AS at) clock
                    ON CONFLICT (account_id, digest) DO UPDATE
                   SET repeats = message.repeats + 1,
                       last_at = EXCLUDED.last_at,
                       tries = 0,
                       next_try = EXCLUDED.next_try,
                       state = CASE WHEN message.hint OR message.state IN ('unmatched', 'failed')
                                    THEN 'received' ELSE message.state END
             RETURNING id
                """,
                account=account_id,
                company=company_id,
                body=text,
                digest=digest,
                uid=self.env.uid,
            )
        )
        self.env["oms.rpc"]._wake(CRON)
        return message_id

    # CRON

    @api.model
    def _cron_process(self):
        """Work the queue off until it is empty or time is out."""
        cron = self.env["ir.cron"]
        while claimed := self._claim():
            cron._commit_progress()
            for number, message in enumerate(claimed, 1):
                message._work_off()
                if not cron._commit_progress(1, remaining=0):
                    claimed[number:]._give_back()
                    self.env["oms.rpc"]._run_again()
                    return
        cron._commit_progress(remaining=0)

    @api.model
    def _claim(self):
        """Lease messages that are due: a worker that dies gives them back after a while."""
        self.flush_model()
        for _conflict in range(CONFLICTS):
            try:
                self.env.cr.execute(
                    SQL(
                        """
                        UPDATE oms_webhook_message message
                           SET tries = message.tries + 1,
                               next_try = (clock_timestamp() AT TIME ZONE 'UTC')
                                   + make_interval(secs => %s * message.tries + %s)
                          FROM (SELECT id FROM oms_webhook_message
                                 WHERE state = 'received'
                                   AND next_try <= (clock_timestamp() AT TIME ZONE 'UTC')
                                 ORDER BY next_try, id
                                   FOR NO KEY UPDATE SKIP LOCKED
                                 LIMIT %s) due
                         WHERE message.id = due.id
                     RETURNING message.id
                        """,
                        LEASE,
                        LEASE,
                        BATCH,
                    ),
                    log_exceptions=False,
                )
            except RETRYABLE:
                self.env.cr.rollback()
                continue
            claimed = self.browse(sorted(row[0] for row in self.env.cr.fetchall()))
            claimed.invalidate_recordset()
            return claimed
        return self.browse()

    def _give_back(self):
        """Time was out before it was their turn: whoever runs next need not wait for the lease."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE oms_webhook_message
                   SET tries = GREATEST(tries - 1, 0),
                       next_try = (clock_timestamp() AT TIME ZONE 'UTC')
                 WHERE id IN (SELECT id FROM oms_webhook_message
                               WHERE id = ANY(%s) AND state = 'received'
                                 FOR NO KEY UPDATE SKIP LOCKED)
                """,
                self.ids,
            )
        )
        self.invalidate_recordset(["tries", "next_try"], flush=False)

    def _work_off(self):
        for _conflict in range(CONFLICTS):
            try:
                with self.env.cr.savepoint(flush=False):
                    self._process()
                    self.env["sale.order"]._oms_refresh_touched()
                    self.env.flush_all()
                return
            except RETRYABLE as error:
                self.env.cr.rollback()
                self.env.transaction.clear()
                _logger.info("webhook message %s, once more: %r", self.id, error)
            except (UserError, ValueError, TypeError, LookupError) as error:
                self.env.transaction.clear()
                _logger.info("webhook message %s stopped: %r", self.id, error)
                self._set_failed(str(error))
                return

    def _process(self):
        """Read the message and hand its facts on."""
        self.ensure_one()
        if self.tries > MAX_TRIES:
            self._set_failed(self.env._("The server stopped while it read this message."))
            return
        account = self.account_id
        facts = account._webhook_facts(self._data())
        telling = [fact for fact in facts if fact.kind != "ping"]
        parcels, errors = account._take_facts(telling, "webhook")
        named = next((f.provider_ref or f.reference or f.resi for f in telling), False)
        self.write(
            {
                "state": self._outcome(telling, parcels, errors),
                "hint": bool(telling) and all(f.kind in ("look", "number") for f in telling),
                "subject": named,
                "shipment_ids": [fields.Command.set(parcels.ids)],
                "processed_at": fields.Datetime.now(),
                "error": " ".join(errors)[:1000] or False,
            }
        )

    def _outcome(self, telling, parcels, errors):
        if not telling:
            return "ping"
        if errors:
            return "failed"
        return "done" if parcels else "unmatched"

    def _data(self):
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def _set_failed(self, reason):
        now = fields.Datetime.now()
        self.write({"state": "failed", "error": reason[:1000], "processed_at": now})

    # AGAIN

    @api.model
    def _look_again(self, account, subjects):
        """Read messages again that came before we knew the booking they are about."""
        early = self.search(
            [
                ("account_id", "=", account.id),
                ("state", "=", "unmatched"),
                ("subject", "in", [subject for subject in subjects if subject]),
            ]
        )
        early._requeue()

    def _requeue(self):
        if self:
            self.write({"state": "received", "tries": 0, "next_try": fields.Datetime.now()})
            self.env["oms.rpc"]._wake(CRON)

    def action_replay(self):
        """Button: read the selected messages again; what is known already changes nothing."""
        if not self.env.user.has_group("oms_fulfillment.group_oms_courier"):
            raise OmsRefusal(
                "access",
                self.env._("%(user)s may not replay messages.", user=self.env.user.name),
                next_step=self.env._("Ask for the role OMS: Courier desk."),
            )
        self.check_access("read")
        # sudo: the role was checked just now; messages are written by the queue only.
        self.sudo()._requeue()
        return True
