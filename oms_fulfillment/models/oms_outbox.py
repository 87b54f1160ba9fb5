from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..exceptions import OmsRefusal

EVENTS = [
    ("confirmed", "Confirmed"),
    ("held", "On Hold"),
    ("released", "Hold Ended"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("cancelled", "Cancelled"),
    ("returned", "Returned"),
    ("refunded", "Refunded"),
    ("stock_changed", "Stock Changed"),
]
STATES = [
    ("pending", "Waiting"),
    ("sent", "Told"),
    ("failed", "Will Be Tried Again"),
    ("dead", "Given Up"),
    ("skipped", "Left Out"),
]
MAX_LIMIT = 5000
TRIES = 5

# One thing that happened. ``key`` names the fact that it was derived from: a fact is told once.
Event = namedtuple("Event", "stream order_id channel_id company_id key event at data")


class Keys(list):
    """The keys of a stream's events in order; ``last`` is the number of the latest one."""

    last = 0


class OmsOutbox(models.Model):
    """What happened to the orders of a channel, in order per order, until the channel knows."""

    _name = "oms.outbox"
    _description = "Message to a Channel"
    _order = "id desc"
    _rec_name = "event"
    _check_company_auto = True

    channel_id = fields.Many2one(
        "oms.channel", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    stream = fields.Char(
        required=True, readonly=True, help="What is told in order: one order, or one product."
    )
    key = fields.Char(required=True, readonly=True, help="The fact that is told, once.")
    sequence = fields.Integer(readonly=True, help="1, 2, 3... within the order.")
    position = fields.Integer(
        readonly=True, help="1, 2, 3... within the channel, given when it is first read."
    )
    event = fields.Selection(EVENTS, required=True, readonly=True)
    data = fields.Json(readonly=True)
    happened_at = fields.Datetime(readonly=True)
    created_at = fields.Datetime(readonly=True)
    state = fields.Selection(STATES, required=True, default="pending", readonly=True)
    attempts = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(readonly=True)
    last_error = fields.Char(readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE(channel_id, stream, key)", lambda env, diag: env._("Told already.")
    )
    _sequence_uniq = models.Constraint(
        "UNIQUE(channel_id, stream, sequence)", lambda env, diag: env._("Told already.")
    )
    _position_uniq = models.UniqueIndex("(channel_id, position) WHERE position IS NOT NULL")
    _unnumbered_idx = models.Index("(channel_id, id) WHERE position IS NULL")
    _open_idx = models.Index(
        "(channel_id, stream, sequence) WHERE state NOT IN ('sent', 'skipped')"
    )

    @api.depends("event", "order_id", "sequence")
    def _compute_display_name(self):
        labels = dict(self._fields["event"]._description_selection(self.env))
        for message in self:
            about = message.order_id.name or (message.data or {}).get("sku") or ""
            message.display_name = f"{about} {labels[message.event]}".strip()

    # WRITE: called by the one place that derives events from facts

    @api.model
    def _told(self, streams):
        """Return ``{(channel id, stream): [keys in order]}`` of what was written before."""
        rows = self.env.execute_query(
            SQL(
                "SELECT channel_id, stream, key, sequence, earlier_keys FROM oms_outbox"
                " WHERE stream = ANY(%s) AND channel_id = ANY(%s) ORDER BY sequence",
                [stream for _channel, stream in streams],
                list({channel for channel, _stream in streams}),
            )
        )
        told = {}
        for channel, stream, key, number, earlier in rows:
            keys = told.setdefault((channel, stream), Keys())
            keys += [*(earlier or ()), key]
            keys.last = number
        return told

    @api.model
    def _add(self, events, told=None):
        """Write what is new among ``events`` (:class:`Event`), numbered within their streams.

        In REPEATABLE READ a rival that wrote to the same stream makes the transaction try again;
        in the allocator's READ COMMITTED the loop sees what the rival wrote.
        """
        for _attempt in range(TRIES):
            if told is None:
                told = self._told({(event.channel_id, event.stream) for event in events})
            rows, count = [], {}
            for event in events:
                known = told.get((event.channel_id, event.stream)) or Keys()
                if event.key not in known:
                    number = count.get(event.stream, known.last) + 1
                    count[event.stream] = number
                    rows.append((event, number))
            if not rows or self._insert(rows) == len(rows):
                return len(rows)
            told = None
        raise ConcurrencyError("oms.outbox: somebody else tells the same at once")

    def _insert(self, rows):
        """One statement; sorted, so that concurrent batches can't deadlock."""
        rows = sorted(rows, key=lambda row: (row[0].stream, row[1]))
        columns = SQL(
            "stream, order_id, channel_id, company_id, key, sequence, event, data, happened_at,"
            " state, attempts, created_at, next_try"
        )
        selected = SQL(
            "v.stream, v.order_id::int, v.channel_id, v.company_id, v.key, v.sequence, v.event,"
            " v.data, v.happened_at::timestamp, v.state, v.attempts, clock.at, clock.at"
        )
        values = SQL(", ").join(
            SQL(
                "(%s, %s::int, %s, %s, %s, %s, %s, %s::jsonb, %s::timestamp, 'pending', 0)",
                *event[:5],
                number,
                event.event,
                self.env["oms.intake"]._json_text(event.data),
                event.at,
            )
            for event, number in rows
        )
        query = SQL(
            "INSERT INTO oms_outbox (%s) SELECT %s FROM (VALUES %s) AS v (stream, order_id,"
            " channel_id, company_id, key, sequence, event, data, happened_at, state, attempts),"
            " (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') AS at) clock"
            " ON CONFLICT DO NOTHING",
            columns,
            selected,
            values,
        )
        self.env.cr.execute(query, log_exceptions=False)
        return self.env.cr.rowcount

    # READ BY RPC

    @api.model
    def fetch_events(self, channel, after=0, limit=500):
        """What happened after a cursor, in order; nothing is ever skipped.

        A message gets its position when it is first read, so that one whose transaction commits
        late comes after those that were read before it, never between them.

        :param str channel: code of the channel
        :param int after: the last position that the reader has; 0 begins with the first message
        :param int limit: at most 5000
        :return: ``{"events": [...], "cursor": position to go on from, "more": bool}``; an event is
            ``{position, event, channel, external_id, order, sequence, at, data}``
        :raise OmsRefusal: ``access``, ``unknown_channel``, ``bad_value``
        """
        channel = self._outbox_channel(channel)
        after = self._whole_number(after, "after")
        limit = min(self._whole_number(limit, "limit") or 1, MAX_LIMIT)
        messages = channel.env["oms.outbox"]
        messages._number(channel)
        found = messages.search(
            [("channel_id", "=", channel.id), ("position", ">", after)],
            order="position",
            limit=limit + 1,
        )
        read = found[:limit]
        return {
            "events": [message._as_dict() for message in read],
            "cursor": read[-1:].position or after,
            "more": len(found) > limit,
        }

    @api.model
    def ack(self, channel, upto):
        """Say that everything up to a position has arrived; repeating it changes nothing.

        :return: ``{"acknowledged": newly told messages, "open": messages still to be told}``
        :raise OmsRefusal: ``access``, ``unknown_channel``, ``bad_value``, ``unknown_position``
        """
        channel = self._outbox_channel(channel)
        upto = self._whole_number(upto, "upto")
        if upto > channel.outbox_position:
            raise OmsRefusal(
                "unknown_position",
                self.env._(
                    "%(channel)s has read up to position %(last)s, not %(upto)s.",
                    channel=channel.name,
                    last=channel.outbox_position,
                    upto=upto,
                ),
                field="upto",
                next_step=self.env._("Acknowledge the cursor of your last fetch."),
            )
        messages = channel.env["oms.outbox"]
        read = messages.search(
            [
                ("channel_id", "=", channel.id),
                ("position", "<=", upto),
                ("state", "in", ("pending", "failed", "dead")),
            ]
        )
        read.write({"state": "sent", "sent_at": fields.Datetime.now(), "last_error": False})
        left = messages.search_count(
            [("channel_id", "=", channel.id), ("state", "in", ("pending", "failed", "dead"))]
        )
        return {"acknowledged": len(read), "open": left}

    @api.model
    def _outbox_channel(self, code):
        channels = self.env["oms.channel"]
        channels._check_integration_access()
        # sudo: the role was checked, and the channel is one of the caller's companies.
        return channels._get_by_code(code).sudo()

    def _whole_number(self, value, field):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            raise OmsRefusal(
                "bad_value",
                self.env._("%(value)s is no whole number.", value=str(value)[:40]),
                field=field,
                next_step=self.env._("Send a number from 0 on."),
            )
        return value

    @api.model
    def _number(self, channel):
        """Give positions to what committed since somebody last read.

        The channel's counter is the lock: a second reader at the same moment waits, and its
        transaction is tried again with what the first one numbered in sight.
        """
        self.flush_model()
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    "SELECT id FROM oms_outbox WHERE channel_id = %s AND position IS NULL"
                    " ORDER BY id",
                    channel.id,
                )
            )
        ]
        if not ids:
            return
        channel.flush_recordset(["outbox_position"])
        self.env.cr.execute(
            SQL(
                "UPDATE oms_channel SET outbox_position = COALESCE(outbox_position, 0) + %s"
                " WHERE id = %s RETURNING outbox_position",
                len(ids),
                channel.id,
            ),
            log_exceptions=False,
        )
        first = self.env.cr.fetchone()[0] - len(ids)
        self.env.cr.execute(
            SQL(
                "UPDATE oms_outbox SET position = %s + v.place"
                " FROM unnest(%s) WITH ORDINALITY AS v(id, place) WHERE oms_outbox.id = v.id",
                first,
                ids,
            )
        )
        channel.invalidate_recordset(["outbox_position"])
        self.browse(ids).invalidate_recordset(["position"])

    def _as_dict(self):
        """The message as a channel reads it; times in UTC."""
        self.ensure_one()
        return {
            "position": self.position or None,
            "event": self.event,
            "channel": self.channel_id.code,
            "external_id": self.order_id.oms_external_id or None,
            "order": self.order_id.name or None,
            "sequence": self.sequence,
            "at": (self.happened_at or self.created_at).isoformat() + "Z",
            "data": self.data or {},
        }
