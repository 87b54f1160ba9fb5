from odoo import models


class SaleOrderLine(models.Model):
    """The number beside a line of a quotation is the one that the channel offers."""

    _inherit = "sale.order.line"

    def _compute_qty_at_date(self):
        result = super()._compute_qty_at_date()
        if self.env["oms.channel"]._is_active():
            self.filtered(
                lambda line: line.state in ("draft", "sent")
                and line.order_id.oms_channel_id
                and line.product_id
                and line.display_qty_widget
            )._oms_show_available()
        return result

    def _oms_show_available(self):
        """What is free, and what will be on the planned day; less what the lines above take."""
        # sudo: whoever sells may see the number, as the channel does.
        Product = self.env["product.product"].sudo()
        taken = {}
        for (channel, partner, place, day), lines in self.grouped(
            lambda line: (
                line.order_id.oms_channel_id,
                line.order_id._oms_class_partner()._origin,
                line.warehouse_id,
                line.scheduled_date,
            )
        ).items():
            ids, who = lines.product_id.ids, {"channel": channel.id, "partner": partner.id}
            now = Product.oms_available(ids, place.ids, **who)
            later = Product.oms_available(ids, place.ids, day or None, **who)
            for line in lines:
                product, unit = line.product_id, line.product_uom_id
                key = line.order_id, place, product
                before = taken.get(key, 0.0)
                for field, units in (
                    ("free_qty_today", now),
                    ("virtual_available_at_date", later),
                ):
                    known = units[product.id].get(place.id, 0.0) - before
                    line[field] = product.uom_id._compute_quantity(known, unit)
                taken[key] = before + unit._compute_quantity(line.product_uom_qty, product.uom_id)
