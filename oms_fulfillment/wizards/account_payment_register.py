from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payment_vals_from_wizard(self, batch_result):
        vals = super()._create_payment_vals_from_wizard(batch_result)
        return self._oms_with_order(vals, batch_result)

    def _create_payment_vals_from_batch(self, batch_result):
        vals = super()._create_payment_vals_from_batch(batch_result)
        return self._oms_with_order(vals, batch_result)

    def _oms_with_order(self, vals, batch_result):
        """A payment for the invoices of one managed order belongs to that order."""
        orders = batch_result["lines"].move_id.oms_order_id
        if len(orders) == 1 and all(move.oms_order_id for move in batch_result["lines"].move_id):
            vals["oms_order_id"] = orders.id
        return vals
