import re
from urllib.parse import quote

import pytz

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine.eta import Calendar
from ..engine.message import clean_resi, courier_key
from ..engine.resi import fitting


class OmsCourier(models.Model):
    _name = "oms.courier"
    _description = "Courier"
    _order = "sequence, name, id"

    name = fields.Char(required=True)
    code = fields.Char(required=True, help="How other systems name this courier, e.g. JNE.")
    aliases = fields.Char(
        help="Other spellings, separated by commas. Case, spaces and signs make no difference."
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    cod = fields.Boolean(string="Cash on Delivery", help="Collects cash from the customer.")
    resi_pattern = fields.Char(
        help="Regular expression that suggests this courier for a number. It never refuses one: "
        "couriers change their formats without notice.",
    )
    tracking_url = fields.Char(
        string="Tracking Page", help="The courier's own page; %s stands for the resi."
    )
    tz = fields.Selection(
        _tz_get,
        string="Clock",
        required=True,
        default="Asia/Jakarta",
        help="Time zone of events that the courier sends without one.",
    )
    cutoff_hour = fields.Float(
        string="Cut-off", default=16.0, help="What is handed over later counts from the next day."
    )
    works_saturday = fields.Boolean(string="Saturdays", default=True)
    works_sunday = fields.Boolean(string="Sundays")
    works_holiday = fields.Boolean(string="National Holidays")
    works_joint_leave = fields.Boolean(string="Days of Joint Leave", default=True)
    no_scan_hours = fields.Integer(
        string="No Scan After (h)",
        default=24,
        help="Hours after the hand-over in which the first scan must come. 0: not watched.",
    )
    stuck_hours = fields.Integer(
        string="Stuck After (h)",
        default=72,
        help="Hours without any news of a parcel under way. 0: not watched.",
    )
    desk_user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        help="Who takes care of this courier's exceptions and claims.",
    )
    volumetric_divisor = fields.Float(
        string="cm³ per kg", default=6000, help="For the volumetric weight; 0: it doesn't count."
    )
    weight_tolerance = fields.Float(
        string="Tolerance (kg)",
        default=0.3,
        help="A billed weight that is greater by no more than this is no dispute.",
    )
    mask_phone = fields.Boolean(
        help="Labels show the first and last four digits of the phone only."
    )
    label_cashless = fields.Boolean(
        string="Print CASHLESS", help="The drop-off counter takes no cash: labels say CASHLESS."
    )
    carrier_ids = fields.One2many("delivery.carrier", "oms_courier_id", string="Delivery Methods")
    status_ids = fields.One2many("oms.courier.status", "courier_id", string="Status Codes")

    _code_uniq = models.Constraint(
        "UNIQUE(code)", lambda env, diag: env._("Another courier already has this code.")
    )

    @api.constrains("resi_pattern")
    def _check_resi_pattern(self):
        for courier in self.filtered("resi_pattern"):
            try:
                re.compile(courier.resi_pattern)
            except re.error as error:
                raise ValidationError(
                    self.env._(
                        "The resi pattern of %(courier)s is no regular expression: %(error)s. "
                        "Mend it, or leave it empty.",
                        courier=courier.name,
                        error=error,
                    )
                ) from error

    @api.constrains("tracking_url")
    def _check_tracking_url(self):
        for courier in self.filtered("tracking_url"):
            url = courier.tracking_url
            if "%s" not in url or not url.startswith(("https://", "http://")):
                raise ValidationError(
                    self.env._(
                        "The tracking page of %(courier)s is no web address for a resi: %(url)s. "
                        "Write %%s where the resi belongs: https://courier.example/track/%%s.",
                        courier=courier.name,
                        url=url,
                    )
                )

    # HELPERS

    @api.model
    def _by_key(self):
        """Return ``{folded code, alias or name: courier}``, archived couriers included."""
        # sudo: reading a list of couriers; the callers checked what the user may do with it.
        couriers = self.sudo().search([("active", "in", (True, False))], order="active, id DESC")
        known = {}
        for courier in couriers:
            for alias in (courier.name, *(courier.aliases or "").split(",")):
                known[courier_key(alias)] = courier
        for courier in couriers:
            known[courier_key(courier.code)] = courier
        known.pop("", None)
        return known

    @api.model
    def _get_by_code(self, code):
        """Return the courier with this code or alias.

        :raise OmsRefusal: ``unknown_courier``
        """
        courier = self._by_key().get(courier_key(code)) if isinstance(code, str) else None
        if not courier:
            raise OmsRefusal(
                "unknown_courier",
                self.env._("No courier is called %(courier)s.", courier=str(code)[:80]),
                field="courier",
                next_step=self.env._(
                    "Use a code or alias from OMS > Configuration > Couriers, or add one there."
                ),
            )
        return courier

    @api.model
    def _suggest(self, resi):
        """Return the couriers whose pattern fits ``resi``; several when formats collide."""
        couriers = self.search([("resi_pattern", "!=", False)])
        patterns = {courier: (courier.resi_pattern, courier.sequence) for courier in couriers}
        return self.concat(*fitting(clean_resi(resi or ""), patterns))

    def _tracking_link(self, resi):
        """Return the courier's own page for ``resi``, or ``False``."""
        if not self.tracking_url or not resi:
            return False
        return self.tracking_url.replace("%s", quote(resi, safe=""))

    def _calendar(self):
        """Return the :class:`engine.eta.Calendar` of this courier; without one, six days a week."""
        weekdays = {0, 1, 2, 3, 4}
        if not self or self.works_saturday:
            weekdays.add(5)
        if self.works_sunday:
            weekdays.add(6)
        holidays = frozenset()
        if not self.works_holiday:
            holidays = self.env["oms.holiday"]._days("ID", not self.works_joint_leave)
        return Calendar(frozenset(weekdays), holidays)

    def _timezone(self):
        return pytz.timezone(self.tz or "Asia/Jakarta")
