from odoo import api, fields, models

from odoo.addons.oms_fulfillment.exceptions import OmsRefusal

from ..engine import holiday as engine


class OmsHoliday(models.Model):
    """Holidays taken from the Python package ``holidays``; what people typed in stays as it is."""

    _inherit = "oms.holiday"

    loaded = fields.Boolean(readonly=True, help="Renewed when holidays are loaded again.")
    estimated = fields.Boolean(
        readonly=True, help="No decree has fixed this day yet: load the holidays again later."
    )

    @api.model
    def action_load(self):
        """Button: take this year's and next year's holidays of our countries from the package.

        May be repeated: days that a decree has moved meanwhile are moved, days that somebody typed
        in are left alone.

        :raise OmsRefusal: ``no_package``, ``no_calendar``
        """
        self.check_access("create")
        if not engine.available():
            raise OmsRefusal(
                "no_package",
                self.env._("The Python package holidays is not installed."),
                next_step=self.env._(
                    "Install the packages of requirements.txt and restart Odoo, or add the days "
                    "by hand."
                ),
            )
        this_year = fields.Date.context_today(self).year
        countries = self._countries().filtered(lambda country: engine.knows(country.code))
        if not countries:
            raise OmsRefusal(
                "no_calendar",
                self.env._("The package knows no holidays of the company's country."),
                next_step=self.env._("Set the country of the company, or add the days by hand."),
            )
        added = self.browse()
        for country in countries:
            added |= self._load(country, (this_year, this_year + 1))
        return self._notify_loaded(added)

    @api.model
    def _countries(self):
        """Where our couriers deliver: the countries of the companies, and Indonesia."""
        indonesia = self.env.ref("base.id", raise_if_not_found=False)
        countries = self.env.companies.partner_id.country_id
        return countries | indonesia if indonesia else countries

    @api.model
    def _load(self, country, years):
        """Bring the loaded days of these years in line with the package; return the new ones."""
        days = {day.date: day for day in engine.days(country.code, years)}
        known = self.search(
            [
                ("country_id", "=", country.id),
                ("date", ">=", f"{min(years)}-01-01"),
                ("date", "<", f"{max(years) + 1}-01-01"),
            ]
        )
        outdated = known.filtered(
            lambda day: day.loaded
            and (day.date not in days or day.estimated != days[day.date].estimated)
        )
        kept = set((known - outdated).mapped("date"))
        outdated.unlink()
        missing = [days[date] for date in sorted(days.keys() - kept)]
        added = self.create([self._prepare_vals(country, day) for day in missing])
        added._translate(country, years)
        return added

    @api.model
    def _prepare_vals(self, country, day):
        return {
            "country_id": country.id,
            "date": day.date,
            "name": day.name,
            "joint_leave": day.joint_leave,
            "estimated": day.estimated,
            "loaded": True,
        }

    def _translate(self, country, years):
        """Write the package's own names in the other languages of this database."""
        for code, _name in self.env["res.lang"].get_installed():
            names = {day.date: day.name for day in engine.days(country.code, years, code)}
            for day in self.with_context(lang=code):
                if names[day.date] != day.name:
                    day.name = names[day.date]

    @api.model
    def _notify_loaded(self, added):
        estimated = len(added.filtered("estimated"))
        message = self.env._("%(count)s days added.", count=len(added))
        if estimated:
            message += " " + self.env._(
                "%(count)s of them are estimated: load again when the decree is out.",
                count=estimated,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if estimated else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
