from odoo import api, models

from ..exceptions import OmsRefusal


class OmsChannel(models.Model):
    _inherit = "oms.channel"

    @api.model
    def available(self, channel, skus=None, date=None):
        """What a channel may offer.

        :param str channel: channel code
        :param list skus: SKUs (internal references); ``None`` means every saleable product
        :param str date: ISO 8601 with offset; with it, planned receipts until then count
        :return: per SKU ``{status, id, name, sku, available, warehouses: {code: units}, errors}``;
            units in the product's own unit, safety stock and what is set aside for others taken
            off, ``available`` never below zero
        :raise OmsRefusal: ``unknown_channel``, ``access``, ``bad_time``, ``bad_value``
        """
        self._check_integration_access()
        # sudo: an integration reads no stock; the channel's company and warehouse limit the answer.
        channel = self._get_by_code(channel).sudo()
        moment = self.env["oms.rpc"]._parse_time(date, "date")
        products = channel._available_products(skus)
        units = channel._available_units(products, moment)
        by_sku = {product.default_code: product for product in products}
        if skus is None:
            skus = [product.default_code for product in products if product.default_code]
        codes = {place.id: place.code for place in channel._available_warehouses()}
        return [channel._available_item(sku, by_sku, units, codes) for sku in skus]

    def _available_products(self, skus=None):
        """The goods that this channel may offer."""
        self.ensure_one()
        if skus is not None and not isinstance(skus, list | tuple):
            raise OmsRefusal(
                "bad_value",
                self.env._("%(skus)s is no list of SKUs.", skus=str(skus)[:64]),
                field="skus",
                next_step=self.env._("Send a list, or nothing for every product."),
            )
        domain = [("type", "=", "consu"), ("sale_ok", "=", True)]
        domain += [("company_id", "in", (False, self.company_id.id))]
        if skus is not None:
            domain.append(("default_code", "in", [sku for sku in skus if isinstance(sku, str)]))
        return self.env["product.product"].with_company(self.company_id).search(domain, order="id")

    def _available_warehouses(self):
        """The warehouses whose goods this channel sells."""
        self.ensure_one()
        return self.warehouse_id or self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _available_units(self, products, moment=None, partner=None):
        """Return ``{product id: {warehouse id: units}}`` for this channel."""
        return products.oms_available(
            products.ids, self._available_warehouses().ids, moment, self.id, partner
        )

    def _unknown_sku(self, sku):
        return OmsRefusal(
            "unknown_sku",
            self.env._("No product for sale has the reference %(sku)s.", sku=str(sku)[:64]),
            field="sku",
            next_step=self.env._("Check the internal reference of the product."),
        )

    def _available_item(self, sku, by_sku, units, codes):
        product = by_sku.get(sku) if isinstance(sku, str) and sku else None
        if not product:
            return {
                "status": "error",
                "id": False,
                "name": False,
                "errors": [self._unknown_sku(sku).as_error()],
            }
        known = units[product.id]
        return {
            "status": "ok",
            "id": product.id,
            "name": product.display_name,
            "errors": [],
            "sku": sku,
            "available": round(sum(known.values()), 6),
            "warehouses": {codes[place]: number for place, number in known.items()},
        }
