from odoo import fields, models
from odoo.tools import SQL

RECENT_DAYS = 1


class OmsCourierAccount(models.Model):
    """Whether a courier's server is heard and answers: what waits, what fails, since when."""

    _inherit = "oms.courier.account"

    message_last_at = fields.Datetime(string="Last Call", compute="_compute_health")
    message_backlog = fields.Integer(string="Calls Waiting", compute="_compute_health")
    message_lag = fields.Integer(string="Oldest Waits (minutes)", compute="_compute_health")
    message_count = fields.Integer(string="Calls in 24 h", compute="_compute_health")
    message_error_rate = fields.Float(string="Of These Failed (%)", compute="_compute_health")
    job_backlog = fields.Integer(string="Our Calls Waiting", compute="_compute_health")
    job_stopped = fields.Integer(string="Need a Person", compute="_compute_health")

    def _compute_health(self):
        health = self._health()
        now = fields.Datetime.now()
        for account in self:
            known = health.get(account.id, {})
            oldest, recent = known.get("oldest"), known.get("recent") or 0
            account.message_last_at = known.get("last")
            account.message_backlog = known.get("backlog") or 0
            account.message_lag = int((now - oldest).total_seconds() // 60) if oldest else 0
            account.message_count = recent
            account.message_error_rate = (
                100.0 * (known.get("failed") or 0) / recent if recent else 0
            )
            account.job_backlog = known.get("due") or 0
            account.job_stopped = known.get("stopped") or 0

    def _health(self):
        """Return ``{account id: {last, backlog, oldest, recent, failed, due, stopped}}``; reads
        what waits, and one day."""
        self.env["oms.webhook.message"].flush_model()
        self.env["oms.courier.job"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT account.id, newest.received_at AS last, waits.*, day.*, calls.*
                  FROM oms_courier_account account
                  LEFT JOIN LATERAL (
                       SELECT last_at AS received_at FROM oms_webhook_message
                        WHERE account_id = account.id
                        ORDER BY received_at DESC LIMIT 1) newest ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT count(*) AS backlog, min(last_at) AS oldest
                         FROM oms_webhook_message
                        WHERE account_id = account.id AND state = 'received') waits ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT count(*) AS recent,
                              count(*) FILTER (WHERE state = 'failed') AS failed
                         FROM oms_webhook_message
                        WHERE account_id = account.id
                          AND received_at > (now() AT TIME ZONE 'UTC')
                              - make_interval(days => %s)) day ON TRUE
                  LEFT JOIN LATERAL (
                       SELECT count(*) FILTER (
                                  WHERE state IN ('waiting', 'answered')
                                    AND next_try <= now() AT TIME ZONE 'UTC') AS due,
                              count(*) FILTER (WHERE state = 'stopped') AS stopped
                         FROM oms_courier_job
                        WHERE account_id = account.id
                          AND state IN ('waiting', 'answered', 'stopped')) calls ON TRUE
                 WHERE account.id = ANY(%s)
                """,
                RECENT_DAYS,
                self.ids,
            )
        )
        return {row["id"]: row for row in rows}
