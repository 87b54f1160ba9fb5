from odoo import fields, models


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

    oms_address_held = fields.Boolean(compute="_compute_oms_address_held")

    def _compute_oms_address_held(self):
        holds = self._oms_managed()._oms_active_holds()
        wrong = holds.filtered(lambda hold: hold.code_id.code == "address_invalid").order_id
        for order in self:
            order.oms_address_held = order in wrong

    def action_oms_fix_address(self):
        """Open the address of this order for repair."""
        self.ensure_one()
        self.check_access("write")
        address = {key: value for key, value in self._oms_address().items() if value}
        return self.env["oms.address.fix"]._for_address(address, order_id=self.id)._open()
