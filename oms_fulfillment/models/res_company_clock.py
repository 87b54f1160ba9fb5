from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _oms_local_date(self, moment):
        """Return the calendar date at a naive UTC time in the zone of the company's contact."""
        zone = self.partner_id.tz or "UTC"
        return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone)).date()
