from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "sale_ok"} & set(vals):
            self._oms_touch_unconfirmed()
        return result

    def _oms_touch_unconfirmed(self):
        """Orders that wait for a product to be sold again, or not any more, are checked again."""
        if self and self.env["oms.channel"]._is_active():
            # sudo: who edits a product need not see its orders; they are only checked again.
            self.env["sale.order"].sudo().search(
                [
                    ("oms_channel_id", "!=", False),
                    ("state", "in", ("draft", "sent")),
                    ("order_line", "any", [("product_id", "in", self.ids)]),
                ]
            )._oms_touch()


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if {"active", "sale_ok"} & set(vals):
            self.with_context(active_test=False).product_variant_ids._oms_touch_unconfirmed()
        return result
