from odoo import models

from ..adapters.indonesia import Finding as Region


class SaleOrder(models.Model):
    """The sentences of the checks: in the company's language, whoever caused them."""

    _inherit = "sale.order"

    def _oms_finding_sentence(self, finding):
        """What staff read on the hold."""
        self = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
        say = getattr(self, f"_oms_say_{finding.reason}", None)
        if say is None:
            return self._oms_region_sentence(Region(finding.reason, finding.values))
        return say(finding.values)

    def _oms_say_not_saleable(self, values):
        return self.env._("%(sku)s can't be sold any more.", sku=values["sku"])

    def _oms_say_quantity_not_positive(self, values):
        return self.env._(
            "%(sku)s is ordered with a quantity of %(quantity)s.",
            sku=values["sku"],
            quantity=self._oms_units(values["quantity"]),
        )

    def _oms_say_quantity_over_limit(self, values):
        return self.env._(
            "%(quantity)s of %(sku)s is more than the limit of %(limit)s.",
            quantity=self._oms_units(values["quantity"]),
            sku=values["sku"],
            limit=self._oms_units(values["limit"]),
        )

    def _oms_say_price_negative(self, values):
        return self.env._(
            "%(sku)s has the negative price %(price)s.",
            sku=values["sku"],
            price=self.currency_id.format(values["price"]),
        )

    def _oms_say_price_differs(self, values):
        return self.env._(
            "%(sku)s costs %(price)s on the order and %(expected)s in the pricelist.",
            sku=values["sku"],
            price=self.currency_id.format(values["price"]),
            expected=self.currency_id.format(values["expected"]),
        )

    def _oms_say_discount_over_limit(self, values):
        return self.env._(
            "%(sku)s has a discount of %(discount)s%%, the limit is %(limit)s%%.",
            sku=values["sku"],
            discount=self._oms_units(values["discount"]),
            limit=self._oms_units(values["limit"]),
        )

    def _oms_say_margin_below_limit(self, values):
        return self.env._(
            "The goods cost %(cost)s and bring %(revenue)s: less than a margin of %(limit)s%%.",
            cost=self.currency_id.format(values["cost"]),
            revenue=self.currency_id.format(values["revenue"]),
            limit=self._oms_units(values["limit"]),
        )

    def _oms_say_address_incomplete(self, values):
        labels = {
            "name": self.env._("recipient's name"),
            "street": self.env._("street"),
            "city": self.env._("city"),
            "country": self.env._("country"),
            "phone": self.env._("telephone number"),
            "province": self.env._("province"),
            "postal_code": self.env._("postal code"),
        }
        names = ", ".join(labels[name] for name in values["missing"].split(", "))
        return self.env._("The address has no %(missing)s.", missing=names)

    def _oms_say_not_covered(self, values):
        return self.env._("%(carrier)s does not go to this address.", carrier=values["carrier"])

    def _oms_say_not_paid(self, values):
        return self.env._(
            "The buyer has not paid %(total)s yet.", total=self.currency_id.format(values["total"])
        )

    def _oms_say_cod_differs(self, values):
        return self.env._(
            "The courier is to collect %(cod)s, the order is worth %(total)s.",
            cod=self.currency_id.format(values["cod"]),
            total=self.currency_id.format(values["total"]),
        )

    def _oms_say_total_differs(self, values):
        return self.env._(
            "The channel says %(channel)s, the order adds up to %(own)s.",
            channel=self.currency_id.format(values["channel"]),
            own=self.currency_id.format(values["own"]),
        )

    def _oms_say_over_credit_limit(self, values):
        currency = self.company_id.currency_id
        return self.env._(
            "%(customer)s would owe %(exposure)s, open orders included; the limit is %(limit)s.",
            customer=self.partner_id.commercial_partner_id.display_name,
            exposure=currency.format(values["exposure"]),
            limit=currency.format(values["limit"]),
        )

    def _oms_say_looks_like(self, values):
        return self.env._(
            "The same buyer ordered the same goods a short time ago: %(orders)s.",
            orders=values["orders"],
        )

    def _oms_say_cod_over_limit(self, values):
        return self.env._(
            "%(cod)s is more cash than the %(limit)s that we let couriers collect.",
            cod=self.currency_id.format(values["cod"]),
            limit=self.currency_id.format(values["limit"]),
        )

    def _oms_say_cod_refused_before(self, values):
        return self.env._(
            "This buyer refused %(refused)s COD parcels before.", refused=values["refused"]
        )

    def _oms_say_cod_to_confirm(self, values):
        return self.env._(
            "The customer is to confirm that %(cod)s will be paid at the door.",
            cod=self.currency_id.format(values["cod"]),
        )

    def _oms_say_blacklisted(self, values):
        if values["why"]:
            return self.env._("The buyer is on the blacklist: %(why)s.", why=values["why"])
        return self.env._("The buyer is on the blacklist.")

    def _oms_say_date_passed(self, values):
        return self.env._("The delivery was wanted for %(date)s, which is over.", **values)

    def _oms_say_requested_later(self, values):
        return self.env._("The delivery is wanted for %(date)s; it is too early to ship.", **values)
