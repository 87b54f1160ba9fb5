from odoo import models

from ..engine.stage import EPSILON


class SaleOrder(models.Model):
    """Sentences about goods that don't simply lie on a shelf: what a vendor sends to the customer,
    and kits."""

    _inherit = "sale.order"

    def _oms_blocker_sentence(self, code, hold, tracking):
        if code == "to_pick":
            # sudo: whoever reads the order may know who sends its goods.
            ready = self.sudo().oms_fulfillment_ids.filtered(lambda work: work.state == "ready")
            vendors = ready.picking_id.filtered(
                lambda picking: picking.picking_type_id.code == "dropship"
            )
            if vendors and vendors == ready.picking_id:
                return self.env._(
                    "%(vendor)s sends the goods to the customer (%(transfer)s).",
                    vendor=vendors[0].partner_id.name or self.env._("The vendor"),
                    transfer=vendors[0].name,
                )
        return super()._oms_blocker_sentence(code, hold, tracking)

    def _oms_short_sentence(self):
        return self._oms_vendor_sentence() or super()._oms_short_sentence()

    def _oms_vendor_sentence(self):
        """Where the order waits for a purchase without a transfer, say for which one."""
        awaited = self.order_line._oms_awaited()
        if not awaited:
            return None
        # sudo: whoever reads the order may know what it waits for.
        bought = self.order_line.browse(awaited).sudo()["purchase_line_ids"]
        asked = bought.filtered(lambda line: line.order_id.state in ("draft", "sent", "to approve"))
        gone = bought.filtered(lambda line: line.order_id.state == "cancel")
        if asked:
            return self.env._(
                "Waiting for %(vendor)s: the purchase %(purchase)s is not confirmed yet.",
                vendor=asked[0].order_id.partner_id.name,
                purchase=asked[0].order_id.name,
            )
        units = self.order_line.browse(awaited)._oms_buckets().values()
        if gone and any(known.unallocated > EPSILON for known in units):
            return self.env._(
                "The purchase %(purchase)s from %(vendor)s was cancelled. "
                "Buy the goods again, or cancel the units.",
                vendor=gone[0].order_id.partner_id.name,
                purchase=gone[0].order_id.name,
            )
        return None


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_short_name(self):
        """What is short of this line: its SKU, and of a kit also the component."""
        product = self.product_id
        name = product.default_code or product.display_name
        # sudo: whoever reads the order may know which of its goods are short.
        waiting = self.sudo().move_ids.filtered(
            lambda move: move.product_id != product
            and move.state in ("waiting", "confirmed", "partially_available")
        )
        if not waiting:
            return name
        part = waiting[0].product_id
        return f"{name} ({part.default_code or part.display_name})"
