from odoo import models


class Once:
    """What confirming a batch of orders asks again and again; compared by identity, since it
    travels in the context."""

    def __init__(self, orders):
        fresh = orders.filtered(lambda order: not order.stock_reference_ids)
        self.fresh = frozenset(fresh.ids)
        self.transfers = set()
        self.rules = {}
        self.origins = {}
        # sudo: who confirms an order need not see how its products are replenished.
        orderpoints = orders.env["stock.warehouse.orderpoint"].sudo()
        domain = [("product_id", "in", orders.order_line.product_id.ids), ("trigger", "=", "auto")]
        self.replenished = frozenset(orderpoints.search(domain).product_id.ids)


class SaleOrder(models.Model):
    """Confirming many orders at once, without asking the same for each."""

    _inherit = "sale.order"

    def _oms_confirm_together(self):
        """Confirm these orders as ``action_confirm`` does; the result is the same."""
        once = Once(self)
        self.with_context(tracking_disable=True, oms_once=once).action_confirm()
        self.env["stock.picking"]._oms_log_origins(once.origins)


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def message_post_with_source(self, source_ref, **kwargs):
        """Override: "created from S00012" is logged on all transfers of a batch together."""
        once = self.env.context.get("oms_once")
        if not isinstance(once, Once) or source_ref != "mail.message_origin_link":
            return super().message_post_with_source(source_ref, **kwargs)
        for picking in self:
            once.origins.setdefault(picking.id, []).append(kwargs["render_values"]["origin"].id)
        return self.env["mail.message"]

    def _oms_log_origins(self, origins):
        """Log on each transfer which order it was created from.

        :param dict origins: ``{transfer id: [order ids]}``
        """
        render = self.env["ir.qweb"]._render
        orders = self.env["sale.order"]
        pickings = self.browse(origins)
        for place in range(max(map(len, origins.values()), default=0)):
            bodies = {
                picking.id: render(
                    "mail.message_origin_link",
                    {"self": picking, "origin": orders.browse(origins[picking.id][place])},
                )
                for picking in pickings
                if len(origins[picking.id]) > place
            }
            self.browse(bodies)._message_log_batch(bodies)


class StockMove(models.Model):
    _inherit = "stock.move"

    def _search_picking_for_assignation(self):
        """Override: an order that had nothing to ship until now has no transfer to join."""
        once = self.env.context.get("oms_once")
        if not isinstance(once, Once) or self.sale_line_id.order_id.id not in once.fresh:
            return super()._search_picking_for_assignation()
        order = self.sale_line_id.order_id
        by_reference = ("reference_ids", "=", self.reference_ids.ids)
        key = (order.id, self.location_id.id, self.location_dest_id.id, self.picking_type_id.id)
        if (
            key in once.transfers
            or by_reference not in self._search_picking_for_assignation_domain()
        ):
            return super()._search_picking_for_assignation()
        once.transfers.add(key)
        return self.env["stock.picking"]

    def _trigger_scheduler(self):
        """Override: products without an automatic reordering rule have nothing to trigger."""
        once = self.env.context.get("oms_once")
        if not isinstance(once, Once):
            return super()._trigger_scheduler()
        moves = self.filtered(lambda move: move.product_id.id in once.replenished)
        return super(StockMove, moves)._trigger_scheduler() if moves else None


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _search_rule_for_warehouses(
        self, route_ids, packaging_uom_id, product_id, warehouse_ids, domain
    ):
        """Override: the rules for a product are the same for all orders of a batch."""
        once = self.env.context.get("oms_once")
        if not isinstance(once, Once):
            return super()._search_rule_for_warehouses(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )
        records = (route_ids, packaging_uom_id, product_id, warehouse_ids)
        key = (*(tuple(found.ids) if found else () for found in records), str(domain))
        if key not in once.rules:
            once.rules[key] = super()._search_rule_for_warehouses(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )
        return once.rules[key]
