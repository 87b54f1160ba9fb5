from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal

MAX_NUMBERS = 10_000
SHOWN = 500


class OmsChannel(models.Model):
    """Whether a channel's orders arrive: what waits, what is missing, and since when."""

    _inherit = "oms.channel"

    intake_last_at = fields.Datetime(
        string="Last Message", compute="_compute_intake_health", compute_sudo=True
    )
    intake_queue_count = fields.Integer(
        string="In the Queue", compute="_compute_intake_health", compute_sudo=True
    )
    intake_lag = fields.Integer(
        string="Oldest Waits (minutes)", compute="_compute_intake_health", compute_sudo=True
    )
    intake_open_count = fields.Integer(
        string="Need a Person", compute="_compute_intake_health", compute_sudo=True
    )
    intake_dead_count = fields.Integer(
        string="Gave Up", compute="_compute_intake_health", compute_sudo=True
    )
    intake_missing_count = fields.Integer(
        string="Announced, Not Here", compute="_compute_intake_health", compute_sudo=True
    )
    reconciled_at = fields.Datetime(string="Last Compared", readonly=True, copy=False)
    reconciled_result = fields.Char(string="Result of Comparing", readonly=True, copy=False)

    def _compute_intake_health(self):
        health = self._intake_health()
        now = fields.Datetime.now()
        for channel in self:
            known = health.get(channel.id, {})
            oldest = known.get("oldest")
            channel.intake_last_at = known.get("last")
            channel.intake_queue_count = known.get("queue", 0)
            channel.intake_open_count = known.get("open", 0)
            channel.intake_dead_count = known.get("dead", 0)
            channel.intake_missing_count = known.get("missing", 0)
            channel.intake_lag = int((now - oldest).total_seconds() // 60) if oldest else 0

    def _intake_health(self):
        """Return ``{channel id: {last, queue, oldest, open, dead, missing}}``; reads only what
        waits, and the newest row."""
        self.env["oms.intake"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT channel.id, newest.received_at AS last, waits.*
                  FROM oms_channel channel
                  LEFT JOIN LATERAL (
                       SELECT received_at FROM oms_intake WHERE channel_id = channel.id
                        ORDER BY id DESC LIMIT 1) newest ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT count(*) FILTER (WHERE state = 'received') AS queue,
                              min(received_at) FILTER (WHERE state = 'received') AS oldest,
                              count(*) FILTER (WHERE attention) AS open,
                              count(*) FILTER (WHERE state = 'dead') AS dead,
                              count(*) FILTER (WHERE state = 'missing') AS missing
                         FROM oms_intake
                        WHERE channel_id = channel.id
                          AND (state = 'received' OR attention)) waits ON TRUE
                 WHERE channel.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return {row["id"]: row for row in rows}

    def action_view_intake(self):
        """The messages of this channel that wait for somebody."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("oms_fulfillment.action_oms_intake")
        return {
            **action,
            "domain": [("channel_id", "=", self.id)],
            "context": {"search_default_attention": 1},
        }

    # RECONCILE

    @api.model
    def reconcile(self, channel, external_ids=None, count=None, date=None):
        """Compare what the channel says that it sent with what is here.

        With ``external_ids`` each number that never came is put into the inbox, until its order
        arrives; with ``count`` and ``date`` only the numbers of orders are compared.

        :param str channel: code of the channel
        :param list external_ids: the channel's order numbers, at most 10000
        :param int count: how many orders the channel placed on ``date``
        :param str date: a day on the company's clock, ``YYYY-MM-DD``
        :return: ``{"said", "here", "missing": [numbers], "waiting": [{external_id, state,
            reason}], "difference"}``; ``waiting`` arrived but is no order yet
        :raise OmsRefusal: ``access``, ``unknown_channel``, ``bad_value``, ``too_many``
        """
        channel = self._intake_channel(channel)
        if external_ids is not None:
            result = channel._reconcile_numbers(external_ids)
        else:
            result = channel._reconcile_count(count, date)
        missing = result["difference"]
        channel.write(
            {
                "reconciled_at": fields.Datetime.now(),
                "reconciled_result": self.env._(
                    "The channel says %(said)s, here are %(here)s: %(missing)s missing, "
                    "%(waiting)s waiting.",
                    said=result["said"],
                    here=result["here"],
                    missing=missing,
                    waiting=len(result["waiting"]),
                ),
            }
        )
        return result

    def _reconcile_numbers(self, external_ids):
        numbers = self._check_numbers(external_ids)
        orders = self.env["sale.order"].search_fetch(
            [("oms_channel_id", "=", self.id), ("oms_external_id", "in", numbers)],
            ["oms_external_id"],
        )
        here = set(orders.mapped("oms_external_id"))
        messages = self.env["oms.intake"].search(
            [
                ("channel_id", "=", self.id),
                ("external_id", "in", [number for number in numbers if number not in here]),
                ("state", "!=", "missing"),
                ("conflict_of_id", "=", False),
            ],
            order="revision",
        )
        waiting = {message.external_id: message for message in messages}
        missing = [number for number in numbers if number not in here and number not in waiting]
        self.env["oms.intake"]._announce(self, missing)
        return {
            "said": len(numbers),
            "here": len(here),
            "missing": missing,
            "waiting": [
                {"external_id": number, "state": row.state, "reason": row.reason or None}
                for number, row in waiting.items()
            ],
            "difference": len(missing),
        }

    def _check_numbers(self, external_ids):
        if not isinstance(external_ids, list | tuple):
            raise OmsRefusal(
                "bad_value",
                self.env._("Order numbers are sent as a list."),
                field="external_ids",
                next_step=self.env._("Send a list of texts."),
            )
        if len(external_ids) > MAX_NUMBERS:
            raise OmsRefusal(
                "too_many",
                self.env._("%(count)s items are too many for one call.", count=len(external_ids)),
                field="external_ids",
                next_step=self.env._("Send at most %(limit)s at a time.", limit=MAX_NUMBERS),
            )
        numbers = {}
        for place, number in enumerate(external_ids):
            if not isinstance(number, str) or not 0 < len(number.strip()) <= 128 or "\0" in number:
                raise OmsRefusal(
                    "bad_value",
                    self.env._("%(value)s is no order number.", value=str(number)[:40]),
                    field=f"external_ids[{place}]",
                    next_step=self.env._("Send the channel's number as a text."),
                )
            numbers[number.strip()] = True
        return list(numbers)

    def _reconcile_count(self, count, day):
        said = self.env["oms.outbox"]._whole_number(count, "count")
        try:
            start = datetime.combine(date.fromisoformat(str(day)), time())
        except ValueError as error:
            raise OmsRefusal(
                "bad_value",
                self.env._("%(value)s is no day.", value=str(day)[:40]),
                field="date",
                next_step=self.env._("Send a date as YYYY-MM-DD."),
            ) from error
        zone = ZoneInfo(self.company_id.partner_id.tz or "Asia/Jakarta")
        first, last = (
            moment.replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
            for moment in (start, start + timedelta(days=1))
        )
        here = self.env["sale.order"].search_count(
            [
                ("oms_channel_id", "=", self.id),
                ("date_order", ">=", first),
                ("date_order", "<", last),
            ]
        )
        messages = self.env["oms.intake"].search(
            [
                ("channel_id", "=", self.id),
                ("order_id", "=", False),
                ("received_at", ">=", first),
                ("state", "in", ("received", "quarantined", "failed", "dead")),
            ],
            limit=SHOWN,
        )
        waiting = [
            {"external_id": row.external_id, "state": row.state, "reason": row.reason or None}
            for row in messages
        ]
        return {
            "said": said,
            "here": here,
            "missing": [],
            "waiting": waiting,
            "difference": max(said - here - len(waiting), 0),
        }


class OmsIntake(models.Model):
    _inherit = "oms.intake"

    @api.model
    def _announce(self, channel, numbers):
        """Put numbers of orders that never came into the inbox, as revision 0 of their orders.

        The order itself, when it comes, sets the announcement aside.
        """
        refusal = OmsRefusal(
            "missing",
            self.env._(
                "%(channel)s says that it sent this order; it never came.", channel=channel.name
            ),
            field="external_id",
            next_step=self.env._("Have the channel send it again."),
        )
        if not numbers:
            return
        self._execute(
            SQL(
                """
                INSERT INTO oms_intake (channel_id, company_id, source, state, attention, attempts,
                                        external_id, revision, payload, payload_hash, errors,
                                        error_code, tries, received_at,
                                        create_uid, create_date, write_uid, write_date)
                SELECT %(channel)s, %(company)s, 'rpc', 'missing', TRUE, 0, number, 0,
                       jsonb_build_object('external_id', number), 'announced',
                       %(errors)s::jsonb, 'missing', 0, clock.at,
                       %(uid)s, clock.at, %(uid)s, clock.at
                  FROM unnest(%(numbers)s) AS number,
                       (SELECT date_trunc('second', now() AT TIME ZONE 'UTC') AS at) clock
                    ON CONFLICT DO NOTHING
                """,
                channel=channel.id,
                company=channel.company_id.id,
                errors=self._json_text([refusal.as_error()]),
                uid=self.env.uid,
                numbers=sorted(numbers),
            )
        )
