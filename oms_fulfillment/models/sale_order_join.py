from odoo import models


class SaleOrder(models.Model):
    """Orders that Odoo itself takes (its web shop, a salesperson's quotation) join the channel of
    their sales team when they are confirmed or paid for. Carts and quotations stay what they are.
    """

    _inherit = "sale.order"

    def _oms_default_channels(self):
        """Return ``{order: channel}`` for the orders that belong to no channel yet but should.

        Override it to choose by something else than the sales team.
        """
        free = self.filtered(lambda order: not order.oms_channel_id and order.team_id)
        if not free or not self.env["oms.channel"]._is_active():
            return {}
        # sudo: a visitor of the web shop reads no channels; only the team of the order decides.
        channels = (
            self.env["oms.channel"]
            .sudo()
            .search([("takes_team_orders", "=", True), ("team_id", "in", free.team_id.ids)])
        )
        by_team = {(channel.team_id, channel.company_id): channel for channel in channels}
        found = {order: by_team.get((order.team_id, order.company_id)) for order in free}
        return {order: channel for order, channel in found.items() if channel}

    def _oms_join_channel(self):
        """Hand the orders over to the channel of their team; return the ones that joined."""
        joined = self.browse()
        for order, channel in self._oms_default_channels().items():
            order._oms_classify_lines()
            order.oms_channel_id = channel
            joined |= order
        return joined

    def _oms_classify_lines(self):
        """Tell delivery and discount lines from goods."""
        for line in self.order_line:
            if line.is_delivery:
                line.oms_kind = "shipping"
            elif line.product_id.type == "service" and line.price_unit < 0:
                line.oms_kind = "discount"

    def _oms_take_payment(self, transaction):
        """Note how an order is paid for by an online transaction.

        :param transaction: one ``payment.transaction``, pending, authorized or done
        """
        self.ensure_one()
        if transaction.provider_id.custom_mode == "cash_on_delivery":
            self.write({"oms_payment_policy": "cod", "oms_cod_amount": self.amount_total})
        elif transaction.state in ("authorized", "done"):
            vals = {"oms_payment_ref": transaction.reference}
            if not self.oms_paid_at and self._is_confirmation_amount_reached():
                vals["oms_paid_at"] = transaction.last_state_change
            self.write(vals)

    def _oms_stopped_orders(self):
        """The managed orders that a hold keeps from being confirmed."""
        waiting = self._oms_managed().filtered(lambda order: order.state in ("draft", "sent"))
        waiting._oms_verify()
        held = set(waiting._oms_active_holds("confirm").order_id.ids)
        return waiting.filtered(lambda order: order.id in held)

    def action_confirm(self):
        self._oms_join_channel()
        return super().action_confirm()

    def _validate_order(self):
        """The customer did their part. What a hold stops waits as a sent quotation, and goes on
        when the hold is released."""
        self._oms_join_channel()
        stopped = self._oms_stopped_orders()
        stopped.filtered(lambda order: order.state == "draft").action_quotation_sent()
        orders = self - stopped
        return super(SaleOrder, orders)._validate_order() if orders else None

    def _oms_step_prepayment(self):
        """What was paid online is booked by Odoo's own transaction."""
        online = self.filtered(
            lambda order: any(tx.state in ("authorized", "done") for tx in order.transaction_ids)
        )
        return super(SaleOrder, self - online)._oms_step_prepayment()
