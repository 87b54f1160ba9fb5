from odoo import fields, models

from ..engine.stage import EPSILON
from ..exceptions import OmsRefusal


class SaleOrder(models.Model):
    """What a customer chose who was told of a delay, carried out."""

    _inherit = "sale.order"

    oms_delay_notice_ids = fields.One2many(
        "oms.delay.notice",
        "order_id",
        string="Delays Told",
        groups="oms_fulfillment.group_oms_user",
    )

    def _oms_renew_promises(self, units, uid):
        result = super()._oms_renew_promises(units, uid)
        self.env["oms.delay.notice"]._tell(self.filtered(lambda order: order.state == "sale"))
        return result

    def _oms_short_units(self):
        """Return ``{line: units that are not reserved}``."""
        buckets = self.order_line._oms_buckets()
        return {
            line: buckets[line.id].unallocated
            for line in self.order_line
            if line.id in buckets and buckets[line.id].unallocated > EPSILON
        }

    def _oms_carry_out(self, choice, product_id=None):
        self.ensure_one()
        # sudo: the customer's page checked its token, and offers only what is possible.
        order = self.sudo()
        before = order.order_line
        getattr(order, f"_oms_choose_{choice}")(product_id)
        labels = dict(
            self.env["oms.delay.notice"]._fields["choice"]._description_selection(self.env)
        )
        order.message_post(
            body=self.env._("The customer chose: %(choice)s.", choice=labels[choice]),
            author_id=order.partner_id.id,
        )
        order._oms_touch()
        return order.order_line - before

    def _oms_choose_wait(self, product_id):
        self.oms_wait_accepted_at = fields.Datetime.now()

    def _oms_choose_ship(self, product_id):
        """What is reserved goes now; the rest follows on a transfer of its own."""
        self.picking_ids._oms_split_short()
        self.oms_wait_accepted_at = fields.Datetime.now()

    def _oms_choose_cancel(self, product_id):
        """Give up what is short; what was paid for it goes back."""
        self._oms_cancel_units(self._oms_short_units(), "late")
        self._oms_after_choice()

    def _oms_choose_substitute(self, product_id):
        """Another product instead of what is short, at the price of the order."""
        products = self._oms_substitutes()
        chosen = products.filtered(lambda product: str(product.id) == str(product_id or ""))
        if not chosen and len(products) == 1:
            chosen = products
        if len(chosen) != 1:
            raise OmsRefusal(
                "bad_value",
                self.env._("Which product you want instead is not known."),
                next_step=self.env._("Choose one of the products in the list."),
            )
        short = {
            line: units
            for line, units in self._oms_short_units().items()
            if chosen in line.product_id.product_tmpl_id.oms_substitute_ids
        }
        locked = self.locked
        if locked:
            self.action_unlock()
        for line, units in short.items():
            self.env["sale.order.line"].create(line._oms_prepare_substitute(chosen, units))
        if locked:
            self.action_lock()
        self._oms_cancel_units(short, "late")
        self._oms_after_choice()

    def _oms_after_choice(self):
        """Settle what the choice did to the money, as for any cancellation."""
        self._oms_touch()
        self._oms_refresh_touched()
        self._oms_advance()
        self._oms_run_step("_oms_step_refund")

    def _oms_substitutes(self):
        """Products that could be sent instead of something that is short: enough is there."""
        self.ensure_one()
        # sudo: what is offered to the customer is a list of names.
        order = self.sudo()
        wanted = {}
        for line, units in order._oms_short_units().items():
            for product in line.product_id.product_tmpl_id.oms_substitute_ids:
                if product.sale_ok and product.active and product != line.product_id:
                    units = line.product_uom_id._compute_quantity(units, product.uom_id)
                    wanted[product] = wanted.get(product, 0.0) + units
        products = self.env["product.product"].sudo().concat(*wanted)
        if not products:
            return products
        free = products.oms_available(
            products.ids,
            order.warehouse_id.ids,
            channel=order.oms_channel_id.id,
            partner=order.partner_id.id,
        )
        return products.filtered(
            lambda product: sum(free[product.id].values()) >= wanted[product] - EPSILON
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _oms_prepare_substitute(self, product, units):
        """Values of the line that brings ``product`` instead of ``units`` of this one."""
        self.ensure_one()
        return {
            "order_id": self.order_id.id,
            "product_id": product.id,
            "product_uom_qty": units,
            "product_uom_id": self.product_uom_id.id,
            "price_unit": self.price_unit,
            "technical_price_unit": self.technical_price_unit,
            "discount": self.discount,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "oms_kind": self.oms_kind,
        }


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _oms_split_short(self):
        """Put what is not reserved on a transfer of its own, so that the rest can leave.

        :return: the new transfers
        """
        later = self.browse()
        for picking in self:
            waiting = picking.move_ids.filtered(
                lambda move: move.state in ("confirmed", "partially_available")
                and not move.move_orig_ids
            )
            partly = waiting.filtered("quantity")
            reserved = picking.move_ids.filtered(lambda move: move.state == "assigned")
            if not waiting or not (partly or reserved):
                continue
            rest = waiting - partly
            for move in partly:
                rest |= move._oms_split_short()
            later |= picking._create_backorder(rest)
        return later


class StockMove(models.Model):
    _inherit = "stock.move"

    def _oms_split_short(self):
        """Leave on this move what it has reserved; return a move for the rest."""
        self.ensure_one()
        missing = self.product_uom._compute_quantity(
            self.product_uom_qty - self.quantity, self.product_id.uom_id, round=False
        )
        rest = self.create(self._split(missing))
        rest._action_confirm(merge=False)
        self._recompute_state()
        return rest
