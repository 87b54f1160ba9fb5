from odoo import api, fields, models

from ..connectors.base import area_key


class OmsCourierArea(models.Model):
    """Numbers that a provider has for districts: asked once, then remembered."""

    _name = "oms.courier.area"
    _description = "District at a Courier"
    _rec_name = "key"

    account_id = fields.Many2one(
        "oms.courier.account", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True)
    key = fields.Char(string="District", required=True, readonly=True)
    area = fields.Char(string="Courier's Number", required=True)

    _key_uniq = models.Constraint(
        "UNIQUE(account_id, key)", lambda env, diag: env._("This district is known already.")
    )

    @api.model
    def _known(self, account, wire):
        """Return ``{key: number}`` of the two places of a parcel."""
        keys = [area_key(place) for place in (wire.origin, wire.destination)]
        known = self.search([("account_id", "=", account.id), ("key", "in", keys)])
        return {row.key: row.area for row in known}

    @api.model
    def _keep(self, account, areas):
        known = self.search([("account_id", "=", account.id), ("key", "in", list(areas))])
        for row in known:
            row.area = areas[row.key]
        new = set(areas) - set(known.mapped("key"))
        self.create([{"account_id": account.id, "key": key, "area": areas[key]} for key in new])
