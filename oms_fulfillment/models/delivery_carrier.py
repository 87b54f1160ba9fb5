from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    oms_cut_off = fields.Float(
        string="Collected Until",
        help="When the courier's van leaves, by the clock of the company. What is packed later "
        "goes along the next day. 0: no fixed time.",
    )

    _oms_cut_off_day = models.Constraint(
        "CHECK(oms_cut_off IS NULL OR (oms_cut_off >= 0 AND oms_cut_off < 24))",
        lambda env, diag: env._("A time of the day lies between 00:00 and 24:00."),
    )

    def _oms_next_cut_off(self, company, now=None):
        """When the courier comes next, as naive UTC; ``None`` without a fixed time."""
        self.ensure_one()
        if not self.oms_cut_off:
            return None
        zone = ZoneInfo(company.partner_id.tz or "UTC")
        now = now or fields.Datetime.now()
        local = now.replace(tzinfo=timezone.utc).astimezone(zone)
        day = datetime(local.year, local.month, local.day, tzinfo=zone)
        at = day + timedelta(hours=self.oms_cut_off)
        if at <= local:
            at += timedelta(days=1)
        return at.astimezone(timezone.utc).replace(tzinfo=None, second=0, microsecond=0)
