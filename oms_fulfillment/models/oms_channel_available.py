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
            units in the product's own unit, ``available`` never below zero
        :raise OmsRefusal: ``unknown_channel``, ``access``, ``bad_time``
        """
        self._check_integration_access()
        # sudo: an integration reads no stock; the channel's company and warehouse limit the answer.
        channel = self._get_by_code(channel).sudo()
        moment = self.env["oms.rpc"]._parse_time(date, "date")
        Product = channel.env["product.product"].with_company(channel.company_id)
        domain = [("type", "=", "consu"), ("sale_ok", "=", True)]
        domain += [("company_id", "in", (False, channel.company_id.id))]
        if skus is not None:
            domain.append(("default_code", "in", list(skus)))
        products = Product.search(domain)
        warehouses = channel.warehouse_id or channel.env["stock.warehouse"].search(
            [("company_id", "=", channel.company_id.id)]
        )
        units = Product.oms_available(products.ids, warehouses.ids, moment)
        by_sku = {product.default_code: product for product in products}
        if skus is None:
            skus = [product.default_code for product in products if product.default_code]
        return self.env["oms.rpc"]._run_items(
            [{"sku": sku} for sku in skus],
            lambda item: channel._available_item(item["sku"], by_sku, units, warehouses),
        )

    def _available_item(self, sku, by_sku, units, warehouses):
        product = by_sku.get(sku)
        if not product:
            raise OmsRefusal(
                "unknown_sku",
                self.env._("No product for sale has the reference %(sku)s.", sku=str(sku)[:64]),
                field="sku",
                next_step=self.env._("Check the internal reference of the product."),
            )
        per_warehouse = {
            warehouse.code: max(units[product.id][warehouse.id], 0.0) for warehouse in warehouses
        }
        return {
            "id": product.id,
            "name": product.display_name,
            "sku": sku,
            "available": sum(per_warehouse.values()),
            "warehouses": per_warehouse,
        }
