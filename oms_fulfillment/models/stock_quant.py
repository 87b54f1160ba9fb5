from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _update_available_quantity(
        self, product_id, location_id, quantity=False, reserved_quantity=False, **kwargs
    ):
        """Let only one transaction at a time change what is in stock in one place.

        Odoo goes round a quant that another transaction holds and books on a second one, which
        has nothing reserved: a reservation that should end there never ends, and later takes the
        goods from somebody else. Goods of managed orders wait for their turn instead.
        """
        if not location_id.should_bypass_reservation() and self.env["oms.channel"]._is_active():
            self = self.with_context(oms_quant_release=max(0.0, -(reserved_quantity or 0.0)))
        return super()._update_available_quantity(
            product_id, location_id, quantity, reserved_quantity, **kwargs
        )

    def _get_gather_domain(
        self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False
    ):
        """Goods that are not for sale are taken only by who names their very place."""
        domain = super()._get_gather_domain(
            product_id, location_id, lot_id, package_id, owner_id, strict
        )
        if strict or not self.env["oms.channel"]._is_active():
            return domain
        closed = self.env["stock.location"]._oms_not_for_sale_ids()
        if not closed or location_id.id in closed:
            return domain
        return Domain(domain) & Domain("location_id", "not in", closed)

    def try_lock_for_update(self, *, allow_referencing=False, limit=None):
        release = self.env.context.get("oms_quant_release")
        if release is None or limit != 1 or not self:
            return super().try_lock_for_update(allow_referencing=allow_referencing, limit=limit)
        quant = next((quant for quant in self if quant.reserved_quantity >= release), self[0])
        self.env.cr.execute(
            SQL("SELECT FROM stock_quant WHERE id = %s FOR NO KEY UPDATE", quant.id),
            log_exceptions=False,
        )
        return quant
