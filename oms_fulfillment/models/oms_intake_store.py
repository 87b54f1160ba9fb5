from collections import namedtuple
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from ..adapters.payload import FIRST_SECOND, rank_of, read_envelope
from ..exceptions import OmsRefusal
from .oms_intake import OPEN_STATES

Known = namedtuple(
    "Known",
    "id external_id revision digest state conflict_of_id phase status",
    defaults=(None, None),
)


@dataclass
class Plan:
    """Where one message goes: ``row`` is known already, or a new row is inserted."""

    envelope: object
    revision: int = 0
    row: Known | None = None
    conflict_of_id: int | None = None
    replaces: bool = False
    overtaken: bool = False
    file_row: str | None = None

    @property
    def key(self):
        envelope = self.envelope
        return envelope.external_id, self.revision, envelope.digest, self.conflict_of_id

    @property
    def answer(self):
        """``(id, known)`` of the message to answer for: what was overtaken changes nothing."""
        if self.overtaken:
            return self.conflict_of_id, True
        return self.row.id, self.row.state is not None and not self.replaces

    @property
    def state(self):
        """The state of a new row. What was overtaken while it was under way waits for nobody."""
        if self.overtaken:
            return "superseded"
        return "quarantined" if self.envelope.issue or self.conflict_of_id else "received"


class OmsIntake(models.Model):
    """Receiving: every message gets its row before anything else happens to it."""

    _inherit = "oms.intake"

    @api.model
    def _receive(self, channel, payloads, source="rpc", import_id=False, file_rows=()):
        """Store and process messages.

        :param channel: one ``oms.channel``
        :param list payloads: canonical orders as they came, trusted in nothing
        :param list file_rows: for files: which rows each payload was read from, as text
        :return: ``[(intake, known)]`` in the order of ``payloads``; ``known`` is whether the
            message had been received before
        """
        envelopes = [read_envelope(payload) for payload in payloads]
        rows = list(file_rows) or [None] * len(envelopes)
        results = [None] * len(envelopes)
        twins = {}
        for wave in self._waves(envelopes, twins):
            plans = self._store(
                channel,
                [envelopes[index] for index in wave],
                [rows[index] for index in wave],
                {"source": source, "import_id": import_id or None},
            )
            intakes = self.browse(plan.answer[0] for plan in plans)
            # what a person set aside comes back by their hand only
            intakes.filtered(lambda intake: intake.state != "superseded")._process()
            for index, plan, intake in zip(wave, plans, intakes, strict=True):
                results[index] = (intake, plan.answer[1])
        for index, first in twins.items():
            results[index] = (results[first][0], True)
        return results

    @api.model
    def _waves(self, envelopes, twins):
        """Split indexes so that no wave holds two messages of one order: the second must see
        what the first did. Equal messages are left to their first twin.
        """
        waves = []
        depth = {}
        first = {}
        for index, envelope in enumerate(envelopes):
            identity = (envelope.external_id, envelope.revision, envelope.digest)
            if identity in first:
                twins[index] = first[identity]
                continue
            first[identity] = index
            level = depth.get(envelope.external_id, 0) if envelope.external_id else 0
            if envelope.external_id:
                depth[envelope.external_id] = level + 1
            if level == len(waves):
                waves.append([])
            waves[level].append(index)
        return waves

    @api.model
    def _store(self, channel, envelopes, file_rows, origin):
        """Give every envelope its row; return one :class:`Plan` per envelope, ``row`` filled.

        ``row.state`` is ``None`` for rows that are new.
        """
        known = self._read_known(channel, envelopes)
        plans = [self._plan(known, envelope, origin["source"]) for envelope in envelopes]
        for plan, file_row in zip(plans, file_rows, strict=True):
            plan.file_row = file_row
        self._replace_payloads([plan for plan in plans if plan.replaces])
        self._insert(channel, [plan for plan in plans if plan.row is None], origin)
        repeated = [plan.row.id for plan in plans if plan.row.state is not None]
        if repeated:
            self._execute(
                SQL("UPDATE oms_intake SET attempts = attempts + 1 WHERE id = ANY(%s)", repeated)
            )
            self.browse(repeated).invalidate_recordset(["attempts"])
        return plans

    def _read_known(self, channel, envelopes):
        """Return the rows of these orders, in one query."""
        self.flush_model()
        names = [envelope.external_id for envelope in envelopes if envelope.external_id]
        hashes = [envelope.digest for envelope in envelopes if not envelope.external_id]
        columns = SQL(
            """
            SELECT id, external_id, revision, payload_hash, state, conflict_of_id,
                   CASE WHEN revision < %(seconds)s THEN NULL
                        WHEN payload ? 'oms_unstorable' THEN 'unknown'
                        ELSE payload #>> '{extra,phase}' END,
                   CASE WHEN revision >= %(seconds)s THEN payload ->> 'status' END
              FROM oms_intake
            """,
            seconds=FIRST_SECOND,
        )
        # Each part as its unique index says it: else the one for searching in texts is taken.
        rows = self.env.execute_query(
            SQL(
                """
                %(columns)s WHERE channel_id = %(channel)s AND external_id = ANY(%(names)s)
                              AND conflict_of_id IS NULL
                 UNION ALL
                %(columns)s WHERE channel_id = %(channel)s AND external_id = ANY(%(names)s)
                              AND conflict_of_id IS NOT NULL
                 UNION ALL
                %(columns)s WHERE channel_id = %(channel)s AND external_id IS NULL
                              AND payload_hash = ANY(%(hashes)s)
                """,
                columns=columns,
                channel=channel.id,
                names=names,
                hashes=hashes,
            )
        )
        known = {}
        for row in map(Known._make, rows):
            known.setdefault(row.external_id or row.digest, []).append(row)
        return known

    def _plan(self, known, envelope, source):
        rows = known.get(envelope.external_id or envelope.digest, [])
        if not envelope.external_id:
            return Plan(envelope, 0, rows[0] if rows else None)
        main = {row.revision: row for row in rows if not row.conflict_of_id}
        if envelope.revision is None:
            return self._plan_without_revision(envelope, main, source)
        row = main.get(envelope.revision)
        if row is None or row.digest == envelope.digest:
            return Plan(envelope, envelope.revision, row)
        kept = next(
            (
                other
                for other in rows
                if other.conflict_of_id == row.id and other.digest == envelope.digest
            ),
            None,
        )
        ranks = envelope.rank, rank_of(row.revision, row.phase, row.status)
        if None not in ranks:
            return self._plan_same_second(envelope, row, kept, ranks)
        if row.state not in ("accepted", "updated"):
            return Plan(envelope, envelope.revision, row, replaces=True)
        return Plan(envelope, envelope.revision, kept, conflict_of_id=row.id)

    def _plan_same_second(self, envelope, row, kept, ranks):
        """Two messages of the second in which the channel changed the order twice.

        The one that is further on wins, in whatever order they arrive; where both are equally far,
        the one that came later. The other one is kept beside it. One that was seen before is a
        repetition.
        """
        if not kept and ranks[0] >= ranks[1]:
            return Plan(envelope, envelope.revision, row, replaces=True)
        return Plan(envelope, envelope.revision, kept, conflict_of_id=row.id, overtaken=True)

    def _plan_without_revision(self, envelope, main, source):
        """The next revision, unless nothing changed.

        A file that is imported after a newer one of the same period brings back old contents:
        what a file said before is no news.
        """
        latest = main[max(main)] if main else None
        candidates = main.values() if source == "file" else filter(None, [latest])
        same = next((row for row in candidates if row.digest == envelope.digest), None)
        if same:
            return Plan(envelope, same.revision, same)
        return Plan(envelope, latest.revision + 1 if latest else 1)

    def _insert(self, channel, plans, origin):
        """Insert new rows in one statement; sorted, so concurrent batches can't deadlock."""
        if not plans:
            return
        plans = sorted(plans, key=lambda plan: (plan.key[0] or "", plan.key[1], plan.key[2]))
        errors = [self._storage_errors(plan) for plan in plans]
        columns = {
            "names": [plan.envelope.external_id for plan in plans],
            "revisions": [plan.revision for plan in plans],
            "hashes": [plan.envelope.digest for plan in plans],
            "payloads": [plan.envelope.text for plan in plans],
            "conflicts": [plan.conflict_of_id for plan in plans],
            "file_rows": [plan.file_row for plan in plans],
            "errors": [self._json_text(detail) for detail in errors],
            "codes": [detail[0]["code"] if detail else None for detail in errors],
            "states": [plan.state for plan in plans],
        }
        query = SQL(
            """
            INSERT INTO oms_intake (channel_id, company_id, source, import_id, state, attention,
                                    attempts, external_id, revision, payload_hash, payload,
                                    conflict_of_id, file_row, errors, error_code,
                                    tries, next_try, received_at,
                                    create_uid, create_date, write_uid, write_date)
            SELECT %(channel)s, %(company)s, %(source)s, %(import_id)s::int,
                   v.state, v.code IS NOT NULL, 1, v.name, v.revision, v.hash, v.payload::jsonb,
                   v.conflict, v.file_row, v.errors::jsonb, v.code,
                   0, clock.at, clock.at, %(uid)s, clock.at, %(uid)s, clock.at
              FROM unnest(%(names)s::text[], %(revisions)s::int[], %(hashes)s::text[],
                          %(payloads)s::text[], %(conflicts)s::int[], %(file_rows)s::text[],
                          %(errors)s::text[], %(codes)s::text[], %(states)s::text[])
                   AS v(name, revision, hash, payload, conflict, file_row, errors, code, state),
                   (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') AS at) clock
                ON CONFLICT DO NOTHING
         RETURNING id, external_id, revision, payload_hash, conflict_of_id
            """,
            channel=channel.id,
            company=channel.company_id.id,
            uid=self.env.uid,
            **origin,
            **columns,
        )
        self._execute(query)
        inserted = {tuple(row[1:]): row[0] for row in self.env.cr.fetchall()}
        for plan in plans:
            if plan.key not in inserted:
                # Somebody else stored it a moment ago: the request is tried again and sees it.
                raise ConcurrencyError("oms.intake: the same message arrives twice at once")
            name, revision, digest, conflict = plan.key
            plan.row = Known(inserted[plan.key], name, revision, digest, None, conflict)

    def _storage_errors(self, plan):
        """What is wrong before anybody looked into the payload: a list of details or ``None``."""
        if plan.envelope.issue:
            issue = plan.envelope.issue
            step = self.env._("Only its beginning was kept. Send it again in a form that fits.")
            return self.env["oms.rpc"]._issue_details([issue], step)
        if plan.conflict_of_id and not plan.overtaken:
            refusal = OmsRefusal(
                "revision_conflict",
                self.env._(
                    "Revision %(revision)s of %(order)s was already processed with other contents.",
                    revision=plan.revision,
                    order=plan.envelope.external_id,
                ),
                field="revision",
                next_step=self.env._("Send the change under a higher revision."),
            )
            return [refusal.as_error()]
        return None

    def _replace_payloads(self, plans):
        """A new payload takes the place of one that nobody acted on, or that it overtakes within
        one second; the old one is kept, and the order that it was applied to."""
        if not plans:
            return
        replaced = [plan.row.id for plan in plans]
        # The column list is what the old message was; the rest is about this copy.
        self._execute(
            SQL(
                """
                INSERT INTO oms_intake (channel_id, company_id, source, import_id, external_id,
                                        revision, payload, payload_received, payload_hash, errors,
                                        error_code, warnings, attempts, file_row, received_at,
                                        processed_at, conflict_of_id, order_id, state, attention,
                                        create_uid, create_date, write_uid, write_date)
                SELECT channel_id, company_id, source, import_id, external_id,
                       revision, payload, payload_received, payload_hash, errors,
                       error_code, warnings, attempts, file_row, received_at,
                       processed_at, id,
                       CASE WHEN state IN ('accepted', 'updated') THEN order_id END,
                       'superseded', FALSE,
                       create_uid, create_date, %s, now() AT TIME ZONE 'UTC'
                  FROM oms_intake WHERE id = ANY(%s) ORDER BY id
                    ON CONFLICT DO NOTHING
                """,
                self.env.uid,
                replaced,
            )
        )
        for plan in plans:
            errors = self._storage_errors(plan)
            self._execute(
                SQL(
                    """
                    UPDATE oms_intake
                       SET payload = %s::jsonb, payload_hash = %s, payload_received = NULL,
                           errors = %s::jsonb, error_code = %s, warnings = NULL, state = %s,
                           attention = %s, edited_by_id = NULL, edited_at = NULL,
                           tries = 0, next_try = now() AT TIME ZONE 'UTC'
                     WHERE id = %s
                    """,
                    plan.envelope.text,
                    plan.envelope.digest,
                    self._json_text(errors),
                    errors[0]["code"] if errors else None,
                    "quarantined" if errors else "received",
                    bool(errors),
                    plan.row.id,
                )
            )
        self.browse(replaced).invalidate_recordset()

    def _execute(self, query):
        """Run a statement that may lose a race: the retry is no error worth a line in the log."""
        self.env.cr.execute(query, log_exceptions=False)

    def _open(self):
        """The rows that processing may act on."""
        return self.filtered(
            lambda intake: intake.state in (*OPEN_STATES, "superseded")
            and not intake.conflict_of_id
        )
