from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _oms_in_language(self, records):
        """Return ``records`` in the company's language: for texts that are kept for its staff.

        Programs and scheduled jobs that cause them speak English, or nothing.
        """
        # sudo: the language of the company is no secret.
        return records.with_context(lang=self.sudo().partner_id.lang or self.env.lang)

    def _oms_local_date(self, moment):
        """Return the calendar date at a naive UTC time in the zone of the company's contact."""
        zone = self.partner_id.tz or "UTC"
        return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()

    def _oms_day_start(self, day):
        """Return the naive UTC time at which a calendar date begins in the zone of the company."""
        zone = ZoneInfo(self.partner_id.tz or "UTC")
        start = datetime(day.year, day.month, day.day, tzinfo=zone)
        return start.astimezone(timezone.utc).replace(tzinfo=None)
