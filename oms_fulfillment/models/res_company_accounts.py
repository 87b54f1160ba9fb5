from odoo import Command, models

# Accounts that the chart of accounts of Indonesia lacks, or has under these codes. On other charts
# the next free code after the accounts of the same type is taken.
INDONESIAN_CODES = {
    "clearing": "11210020",
    "cod": "11210025",
    "dispute": "11210028",
    "dispute_loss": "53000020",
    "downpayment": "28110010",
    "shipping": "41000020",
    "discount": "42000070",
    "loss": "51000030",
    "fees": "53000010",
    "store_credit": "28110025",
}
TYPES = {
    "clearing": "asset_current",
    "cod": "asset_current",
    "dispute": "asset_current",
    "dispute_loss": "expense",
    "downpayment": "liability_current",
    "shipping": "income",
    "discount": "income",
    "loss": "expense_direct_cost",
    "fees": "expense",
    "store_credit": "liability_current",
}


class ResCompany(models.Model):
    """Accounts that the set-up assistant finds or makes."""

    _inherit = "res.company"

    def _oms_account(self, purpose, name):
        """Return the chart's account for a purpose, else a new one.

        The Indonesian chart has some of them under known codes.
        """
        self.ensure_one()
        code = self._oms_code(purpose)
        if code:
            known = self.env["account.account"].search(
                [("code", "=", code), ("company_ids", "in", self.ids)], limit=1
            )
            if known.account_type == TYPES[purpose]:
                return known
        return self._oms_new_account(purpose, name)

    def _oms_code(self, purpose):
        return INDONESIAN_CODES.get(purpose) if self.chart_template == "id" else None

    def _oms_new_account(self, purpose, name, account_type=None, **vals):
        """Create an account under the first free code of its kind."""
        account_type = account_type or TYPES[purpose]
        Account = self.env["account.account"]
        start = self._oms_code(purpose)
        if not start:
            last = Account.search(
                [("account_type", "=", account_type), ("company_ids", "in", self.ids)]
            ).sorted("code")[-1:]
            start = last.code or "999000"
        return Account.create(
            {
                "code": Account._search_new_account_code(start, set()),
                "name": name,
                "account_type": account_type,
                "company_ids": [Command.set(self.ids)],
                **vals,
            }
        )
