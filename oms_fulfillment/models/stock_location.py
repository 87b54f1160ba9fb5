from odoo import api, fields, models, tools


class StockLocation(models.Model):
    _inherit = "stock.location"

    oms_not_for_sale = fields.Boolean(
        string="Not for Sale",
        help="Quarantine, damaged, samples: goods here and below are neither promised nor reserved "
        "for orders.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("oms_not_for_sale") or vals.get("location_id") for vals in vals_list):
            self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if {"oms_not_for_sale", "location_id"} & set(vals):
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    @tools.ormcache()
    def _oms_not_for_sale_ids(self):
        """Ids of the locations whose goods are not for sale, those below them included."""
        if not self.env["oms.channel"]._is_active():
            return ()
        # sudo: read for everybody who reserves.
        places = self.sudo().with_context(active_test=False)
        closed = places.search([("oms_not_for_sale", "=", True)])
        return tuple(places.search([("id", "child_of", closed.ids)]).ids) if closed else ()
