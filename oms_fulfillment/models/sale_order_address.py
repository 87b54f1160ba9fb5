from odoo import models

from ..adapters import indonesia


class SaleOrder(models.Model):
    """What is wrong with an address, in words."""

    _inherit = "sale.order"

    def _oms_region_sentence(self, finding):
        """Return the sentence that staff read.

        :param finding: an ``adapters.indonesia.Finding``, or a mapping with ``code`` and texts
        """
        values = finding.values
        if finding.code == "city_unknown":
            return self.env._("No city or regency is called %(city)s.", **values)
        if finding.code == "city_elsewhere":
            return self.env._(
                "%(city)s is not in %(province)s but in %(found)s.",
                **values,
            )
        if finding.code == "district_unknown":
            return self.env._("%(city)s has no district %(district)s.", **values)
        if finding.code == "village_unknown":
            return self.env._("The district %(district)s has no village %(village)s.", **values)
        return self.env._("The postcode %(postal_code)s is not one of %(city)s.", **values)

    def _oms_regions_known(self):
        """Whether Indonesian addresses can be checked here."""
        return indonesia.available()
