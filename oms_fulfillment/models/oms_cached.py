from odoo import api, models


class OmsCached(models.AbstractModel):
    """Records that are looked up so often that the answers are cached: a change clears them."""

    _name = "oms.cached"
    _description = "Looked Up From a Cache"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
