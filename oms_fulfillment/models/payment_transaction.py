from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        """Orders join their channel as soon as somebody pays, or promises to; those that a hold
        stops wait as sent quotations instead of failing the payment."""
        if self.env["oms.channel"]._is_active():
            for transaction in self.filtered(
                lambda tx: tx.state in ("pending", "authorized", "done")
                and tx.operation != "validation"
            ):
                orders = transaction.sale_order_ids
                orders._oms_join_channel()
                for order in orders._oms_managed():
                    order._oms_take_payment(transaction)
                drafts = orders._oms_stopped_orders().filtered(lambda so: so.state == "draft")
                drafts.with_context(tracking_disable=True).action_quotation_sent()
        return super()._post_process()

    def _check_amount_and_confirm_order(self):
        stopped = self.filtered(lambda tx: tx.sale_order_ids._oms_stopped_orders())
        return super(PaymentTransaction, self - stopped)._check_amount_and_confirm_order()

    def _create_payment(self, **extra_create_values):
        """The payment of one managed order belongs to it; it is its prepayment."""
        order = self.sale_order_ids._oms_managed()
        if len(order) == 1 and len(self.sale_order_ids) == 1:
            extra_create_values["oms_order_id"] = order.id
            paid_before = order._oms_payments("prepayment")
            if order.oms_payment_policy in ("prepaid", "escrow") and not paid_before:
                extra_create_values["oms_role"] = "prepayment"
        payment = super()._create_payment(**extra_create_values)
        order._oms_touch()
        return payment
