from bisect import bisect_left, bisect_right

from odoo import models


class PriceRules:
    """The price rules that matter to a batch of products, looked up once per pricelist and period,
    and the rates of currencies; compared by identity, since it travels in the context."""

    def __init__(self, products):
        self.products = products
        self.borders = {}
        self.rules = {}
        self.rates = {}


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _get_applicable_rules(self, products, date, **kwargs):
        """Override: the checks of a batch of orders ask for all of their products at once."""
        known = self.env.context.get("oms_price_rules")
        if not isinstance(known, PriceRules) or not self or kwargs or products - known.products:
            return super()._get_applicable_rules(products, date, **kwargs)
        key = (self.id, *self._oms_period(known, date))
        if key not in known.rules:
            known.rules[key] = super()._get_applicable_rules(known.products, date)
        return known.rules[key]

    def _oms_period(self, known, date):
        """Return what is the same for all times between which no rule begins or ends."""
        if self.id not in known.borders:
            dated = self.env["product.pricelist.item"].search(
                [
                    ("pricelist_id", "=", self.id),
                    "|",
                    ("date_start", "!=", False),
                    ("date_end", "!=", False),
                ]
            )
            times = {*dated.mapped("date_start"), *dated.mapped("date_end")}
            known.borders[self.id] = sorted(times - {False})
        borders = known.borders[self.id]
        return bisect_left(borders, date), bisect_right(borders, date)
