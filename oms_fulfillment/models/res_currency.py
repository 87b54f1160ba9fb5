from bisect import bisect_right

from odoo import fields, models

from .product_pricelist import PriceRules


class ResCurrency(models.Model):
    _inherit = "res.currency"

    def _get_rates(self, company, date):
        """Override: the checks of a batch look rates up once, whatever the days of its orders."""
        known = self.env.context.get("oms_price_rules")
        if not isinstance(known, PriceRules):
            return super()._get_rates(company, date)
        day = fields.Date.to_date(date)
        missing = self.filtered(
            lambda currency: (currency.id, company.root_id.id) not in known.rates
        )
        if missing:
            missing._oms_load_rates(known, company.root_id)
        return {
            currency.id: _rate_of(known.rates[currency.id, company.root_id.id], day)
            for currency in self
        }

    def _oms_load_rates(self, known, company):
        """Look up the rates of these currencies: the company's own, and those of all companies."""
        for currency in self:
            known.rates[currency.id, company.id] = {True: ([], []), False: ([], [])}
        for rate in self.env["res.currency.rate"].search_fetch(
            [("currency_id", "in", self.ids), ("company_id", "in", (False, company.id))],
            ["currency_id", "company_id", "name", "rate"],
            order="name",
        ):
            days, rates = known.rates[rate.currency_id.id, company.id][bool(rate.company_id)]
            days.append(rate.name)
            rates.append(rate.rate)


def _rate_of(known, day):
    """Return the rate of a day as Odoo chooses it: the latest one, else the first that is known;
    the company's own before those of all companies."""
    series = (known[True], known[False])
    for days, rates in series:
        if place := bisect_right(days, day):
            return rates[place - 1]
    return next((rates[0] for _days, rates in series if rates), 1.0)
