from odoo import models

from ..engine.stage import EPSILON


class SaleOrder(models.Model):
    """Sentences about goods that don't simply lie on a shelf: what a vendor sends to the customer,
    and kits."""

    _inherit = "sale.order"

    def _oms_vendor_work(self):
        """The fulfilments to be picked, where a vendor sends all of them."""
        # sudo: whoever reads the order may know who sends its goods.
        ready = self.sudo().oms_fulfillment_ids.filtered(lambda work: work.state == "ready")
        theirs = ready.filtered(lambda work: work.picking_id.picking_type_id.code == "dropship")
        return theirs if theirs == ready else theirs.browse()

    def _oms_blocker_sentence(self, code, hold, tracking):
        work = self._oms_vendor_work() if code == "to_pick" else None
        if not work:
            return super()._oms_blocker_sentence(code, hold, tracking)
        return self.env._(
            "%(vendor)s sends the goods to the customer (%(transfer)s).",
            vendor=work[0].picking_id.partner_id.name or self.env._("The vendor"),
            transfer=work[0].picking_id.name,
        )

    def _oms_call_to_pick(self):
        work = self._oms_vendor_work()
        if not work:
            return super()._oms_call_to_pick()
        return self._oms_call("oms.fulfillment", "ship", None, [[{"fulfillment": work[0].name}]])

    def _oms_call_stock_short(self):
        asked = self._oms_bought("draft", "sent", "to approve")
        if asked:
            return self._oms_call("purchase.order", "button_confirm", asked[0].order_id)
        return super()._oms_call_stock_short()

    def _oms_short_sentence(self):
        return self._oms_vendor_sentence() or super()._oms_short_sentence()

    def _oms_bought(self, *states):
        """The purchases in these states, without a transfer, that the order waits for."""
        awaited = self.order_line.browse(self.order_line._oms_awaited())
        if not awaited:
            return awaited
        # sudo: whoever reads the order may know what it waits for.
        bought = awaited.sudo()["purchase_line_ids"]
        return bought.filtered(lambda line: line.order_id.state in states)

    def _oms_vendor_sentence(self):
        """Where the order waits for a purchase without a transfer, say for which one."""
        asked = self._oms_bought("draft", "sent", "to approve")
        if asked:
            return self.env._(
                "Waiting for %(vendor)s: the purchase %(purchase)s is not confirmed yet.",
                vendor=asked[0].order_id.partner_id.name,
                purchase=asked[0].order_id.name,
            )
        gone = self._oms_bought("cancel")
        units = gone["sale_line_id"]._oms_buckets().values() if gone else ()
        if any(known.unallocated > EPSILON for known in units):
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
