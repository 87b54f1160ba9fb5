from odoo import models

# Where the Indonesian chart's types would put an account on the wrong line: code prefix -> tag.
# Its purchases and changes of stock are plain expenses, and so are interest and income tax.
INDONESIAN_TAGS = {
    "42000060": "refund",
    "42000070": "discount",
    "42500010": "cost_of_sales",
    "51000020": "cost_of_sales",
    "65110070": "income_tax",
    "65110090": "courier",
    "91": "other_expense",
    "99900001": "other_expense",
    "99900002": "other_income",
    "99900003": "other_expense",
}


class ResCompany(models.Model):
    _inherit = "res.company"

    def _oms_tag_accounts(self):
        """Tag the accounts of companies on the Indonesian chart for the financial statements.

        An account that has one of the tags keeps what it has. Other charts go by their types until
        somebody tags their accounts.

        :return: the accounts that were tagged
        """
        tags = {
            name: self.env.ref(f"oms_reports.account_tag_{name}")
            for name in set(INDONESIAN_TAGS.values())
        }
        ours = self.env["account.account.tag"].concat(*tags.values())
        tagged = self.env["account.account"]
        for company in self.filtered(lambda company: company.chart_template == "id"):
            accounts = self.env["account.account"].with_company(company)
            for account in accounts.search([("company_ids", "in", company.ids)]):
                found = [
                    name
                    for prefix, name in INDONESIAN_TAGS.items()
                    if account.code.startswith(prefix)
                ]
                if found and not account.tag_ids & ours:
                    account.tag_ids += tags[found[0]]
                    tagged += account
        return tagged
