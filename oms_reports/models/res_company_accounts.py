from odoo import models

# What an account was made for -> tag of the financial statements and the order P&L.
TAGS = {
    "shipping": "shipping",
    "discount": "discount",
    "loss": "writeoff",
    "fees": "channel_fee",
}


class ResCompany(models.Model):
    _inherit = "res.company"

    def _oms_new_account(self, purpose, name, account_type=None, **vals):
        """Override of ``oms_fulfillment``: what the set-up assistant makes is on its line of the
        statements from the start."""
        account = super()._oms_new_account(purpose, name, account_type, **vals)
        if purpose in TAGS:
            account.tag_ids += self.env.ref(f"oms_reports.account_tag_{TAGS[purpose]}")
        return account
