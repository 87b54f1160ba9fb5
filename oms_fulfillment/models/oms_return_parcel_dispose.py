from odoo import models

from ..exceptions import OmsRefusal


class OmsReturnParcel(models.Model):
    """What becomes of goods that nobody can say of which order they are."""

    _inherit = "oms.return.parcel"

    def _send_back(self, units, reason):
        """Send units back to whoever sent them."""
        self.ensure_one()
        place = self.warehouse_id._oms_get_unclaimed_location()
        customers = self.env.ref("stock.stock_location_customers").sudo()
        self._dispose("sent_back", units, place, customers)
        self.sudo().message_post(
            body=self.env._(
                "Sent back: %(goods)s. %(reason)s", goods=self._goods_text(units), reason=reason
            )
        )

    def _take_into_stock(self, units, values, reason):
        """Take units into stock that nobody claims.

        :param dict values: ``{line: worth of one unit in the company's currency}``; where the
            product is valued at its standard price, that price holds
        :raise OmsRefusal: ``no_gain_account``
        """
        self.ensure_one()
        place = self.warehouse_id._oms_get_unclaimed_location()
        for line in units:
            self._ensure_gain_account(place, line.product_id)
        self._dispose("stocked", units, place, self.warehouse_id.lot_stock_id, values)
        self.sudo().message_post(
            body=self.env._(
                "Taken into stock: %(goods)s. %(reason)s",
                goods=self._goods_text(units),
                reason=reason,
            )
        )

    def _dispose(self, name, units, source, target, values=None):
        if not units:
            raise OmsRefusal(
                "nothing_came",
                self.env._("No goods of %(parcel)s were named.", parcel=self.name),
                field="lines",
                next_step=self.env._("Say how many units of what."),
            )
        # sudo: callers checked the role; the goods and their list change together.
        for line, quantity in units.items():
            line.sudo()._use(name, quantity)
        self.sudo()._move_goods(list(units.items()), source, target, values)

    def _ensure_gain_account(self, place, product):
        product = product.with_company(self.company_id)
        if product.valuation != "real_time" or place.sudo().valuation_account_id:
            return
        raise OmsRefusal(
            "no_gain_account",
            self.env._(
                "%(product)s is valued at once, and the location %(location)s has no account for "
                "the gain.",
                product=product.display_name,
                location=place.display_name,
            ),
            field="value",
            next_step=self.env._("Set the stock valuation account of that location."),
        )

    def _goods_text(self, units):
        return ", ".join(
            f"{quantity:g} × {line.product_id.display_name}" for line, quantity in units.items()
        )
