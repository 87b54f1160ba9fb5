from odoo import models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # What was matched after the day of an ageing: nothing, for the ageing of today.
    _oms_max_date_idx = models.Index("(max_date)")
