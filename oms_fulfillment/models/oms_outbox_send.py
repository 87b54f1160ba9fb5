import json
import logging
import time
from datetime import timedelta

import requests

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import signature

_logger = logging.getLogger(__name__)

BATCH = 100
FIRST_WAIT = 60  # seconds; doubles with each try
LONGEST_WAIT = 6 * 3600
# The answers after which trying the same again is pointless until a person looks.
GONE = 410
ANSWER_SHOWN = 120


def wait_after(attempts, retry_after=None):
    """Seconds until the next try, after ``attempts`` that failed.

    >>> [wait_after(number) for number in (1, 2, 3, 20)]
    [60, 120, 240, 21600]
    >>> wait_after(1, "300")
    300
    """
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
    if retry_after and retry_after.isascii() and retry_after.isdigit():
        wait = min(max(wait, int(retry_after)), LONGEST_WAIT)
    return wait


class OmsOutbox(models.Model):
    """Calling the channel: one event per call, signed, in order within each order."""

    _inherit = "oms.outbox"

    # CRON

    @api.model
    def _cron_push(self):
        """Call every channel that wants to be called, until nothing is due or time is out.

        Each event is committed before the next one is sent. A crash between the call and the
        commit sends the event again, with the same ``X-OMS-Event``: at least once, never lost.
        """
        cron = self.env["ir.cron"]
        channels = self.env["oms.channel"].search(
            [("outbox_mode", "=", "push"), ("outbox_paused", "=", False)]
        )
        for channel in channels:
            with requests.Session() as session:
                while due := self._due(channel):
                    for message in due:
                        listening = message._push(session)
                        if not cron._commit_progress(1, remaining=0):
                            self.env["oms.rpc"]._run_again()
                            return
                        if not listening:
                            break
                    if not listening:
                        # Nobody there at the moment: its other events keep their tries.
                        break

    @api.model
    def _due(self, channel):
        """The first untold event of each stream, if its time has come. Later ones wait for it."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT message.id FROM oms_outbox message
                 WHERE message.channel_id = %(channel)s
                   AND message.state IN ('pending', 'failed')
                   AND message.next_try <= (clock_timestamp() AT TIME ZONE 'UTC')
                   AND NOT EXISTS (
                       SELECT 1 FROM oms_outbox earlier
                        WHERE earlier.channel_id = message.channel_id
                          AND earlier.stream = message.stream
                          AND earlier.sequence < message.sequence
                          AND earlier.state NOT IN ('sent', 'skipped'))
                 ORDER BY message.id
                   FOR NO KEY UPDATE OF message SKIP LOCKED
                 LIMIT %(limit)s
                """,
                channel=channel.id,
                limit=BATCH,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _trigger_push(self):
        self.env["oms.rpc"]._wake("oms_fulfillment.cron_push_outbox")

    @api.model
    def _add(self, events, told=None):
        """Override: what a channel wants to be called about is sent right after the commit."""
        added = super()._add(events, told)
        if added:
            channels = self.env["oms.channel"].browse({event.channel_id for event in events})
            if any(channel.outbox_mode == "push" for channel in channels):
                self._trigger_push()
        return added

    # SEND

    def _push(self, session):
        """Send one event and record what came of it; return whether the channel listens."""
        self.ensure_one()
        error, status, retry_after = self._call(session)
        gone = status == GONE
        now = fields.Datetime.now()
        vals = {"attempts": self.attempts + 1}
        if not error:
            self.write({**vals, "state": "sent", "sent_at": now, "last_error": False})
            return True
        dead = gone or self.attempts + 1 >= self.channel_id.outbox_max_attempts
        wait = timedelta(seconds=wait_after(self.attempts + 1, retry_after))
        self.write(
            {
                **vals,
                "state": "dead" if dead else "failed",
                "next_try": now + wait,
                "last_error": error,
            }
        )
        if gone:
            self.channel_id.outbox_paused = error
        _logger.info("%s: %s was not told: %s", self.channel_id.code, self.display_name, error)
        # A refusal of this one event says nothing about the next order's.
        return 400 <= status < 500 and status not in (408, GONE, 425, 429)

    def _call(self, session):
        """Return ``(error, HTTP status or 0, retry_after)``; no error means that it was taken."""
        channel = self.channel_id
        body = json.dumps(self._as_dict(), ensure_ascii=False).encode()
        timestamp = int(time.time())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "OMS-Outbox/1",
            "X-OMS-Event": str(self.id),
            "X-OMS-Timestamp": str(timestamp),
            "X-OMS-Signature": signature.sign(channel.outbox_secret or "", body, timestamp),
        }
        try:
            answer = session.post(
                channel.outbox_url,
                data=body,
                headers=headers,
                timeout=channel.outbox_timeout,
                allow_redirects=False,
                stream=True,
            )
        except requests.Timeout:
            seconds = channel.outbox_timeout
            return self.env._("no answer in %(seconds)s s", seconds=seconds), 0, None
        except (requests.RequestException, UnicodeError) as error:
            kind = type(error).__name__
            return self.env._("not reached (%(error)s)", error=kind), 0, None
        with answer:
            if 200 <= answer.status_code < 300:
                return None, answer.status_code, None
            reason = f"HTTP {answer.status_code} {answer.reason or ''}".strip()
            return reason[:ANSWER_SHOWN], answer.status_code, answer.headers.get("Retry-After")

    # ACTIONS

    def action_replay(self):
        """Tell the selected events again, from now on with all tries."""
        self.check_access("write")
        # sudo: the check above is the right that replaying asks for.
        waiting = self.sudo().filtered(lambda message: message.state in ("failed", "dead"))
        waiting.write({"state": "pending", "attempts": 0, "next_try": fields.Datetime.now()})
        if waiting:
            self._trigger_push()
        return True

    def action_skip(self):
        """Leave the selected events out: those after them go on."""
        self.check_access("write")
        # sudo: as above.
        waiting = self.sudo().filtered(
            lambda message: message.state in ("pending", "failed", "dead")
        )
        waiting.write({"state": "skipped"})
        if waiting:
            self._trigger_push()
        return True

    def action_view_order(self):
        self.ensure_one()
        return self.order_id._get_records_action()
