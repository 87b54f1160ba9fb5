from odoo import fields, models
from odoo.tools import SQL

from ..exceptions import OmsRefusal
from .oms_readiness import Check


class ResCompany(models.Model):
    """Where store credit is owed to customers, and what each of them has left."""

    _inherit = "res.company"

    oms_store_credit_account_id = fields.Many2one(
        "account.account",
        string="Store Credit Account",
        check_company=True,
        domain="[('account_type', '=', 'liability_current'), ('reconcile', '=', True)]",
        help="What is owed to customers as store credit, until they buy for it.",
    )

    def write(self, vals):
        if "oms_store_credit_account_id" in vals:
            self._oms_check_store_credit_moves(vals["oms_store_credit_account_id"])
        return super().write(vals)

    def _oms_check_store_credit_moves(self, account_id):
        """Refuse another account while customers have credit on the present one.

        :raise OmsRefusal: ``credit_open``
        """
        for company in self.filtered("oms_store_credit_account_id"):
            account = company.oms_store_credit_account_id
            if account.id != account_id and any(company._oms_store_credit().values()):
                raise OmsRefusal(
                    "credit_open",
                    self.env._(
                        "Customers of %(company)s have store credit on %(account)s.",
                        company=company.name,
                        account=account.display_name,
                    ),
                    field="oms_store_credit_account_id",
                    next_step=self.env._("Keep the account until the credit is used."),
                )

    def _oms_need_store_credit_account(self):
        """Return the account that store credit is owed on.

        :raise OmsRefusal: ``missing_account``
        """
        self.ensure_one()
        # sudo: who gives store credit need not read the company's settings.
        account = self.sudo().oms_store_credit_account_id
        if not account:
            raise OmsRefusal(
                "missing_account",
                self.env._("%(company)s has no account for store credit.", company=self.name),
                field="oms_store_credit_account_id",
                next_step=self.env._(
                    "Press Fix at Account of store credit under OMS > Configuration > Readiness."
                ),
            )
        return account

    def _oms_store_credit(self, partners=None):
        """Read from the ledger what customers have left, in one query.

        :param partners: only these customers
        :return: ``{(commercial partner id, company id, currency id): amount}``
        """
        # sudo: what a customer has left is known to who sells to them.
        companies = self.sudo().filtered("oms_store_credit_account_id")
        if not companies:
            return {}
        self.env["account.move.line"].flush_model()
        customers = partners and partners.commercial_partner_id.ids
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.commercial_partner_id, item.company_id, item.currency_id,
                       -SUM(item.amount_currency)
                  FROM account_move_line item
                  JOIN res_company company ON company.id = item.company_id
                                AND company.oms_store_credit_account_id = item.account_id
                  JOIN res_partner partner ON partner.id = item.partner_id
                 WHERE company.id = ANY(%s) AND item.parent_state = 'posted' %s
              GROUP BY 1, 2, 3
                HAVING SUM(item.amount_currency) <> 0
                """,
                companies.ids,
                SQL("AND partner.commercial_partner_id = ANY(%s)", customers)
                if customers
                else SQL(),
            )
        )
        return {tuple(key): float(amount) for *key, amount in rows}

    # READINESS

    def _oms_checks(self):
        checks = super()._oms_checks()
        return [*checks, self._oms_check_store_credit()] if len(checks) > 1 else checks

    def _oms_check_store_credit(self):
        account = self.oms_store_credit_account_id
        return Check(
            "store_credit",
            "sales",
            self.env._("Account of store credit"),
            self.env._(
                "A customer who takes store credit instead of money is owed it until they buy for "
                "it. Without this account returns can only be paid back."
            ),
            account.display_name or self.env._("None"),
            "ok" if account else "advice",
            self.env._("Takes or makes a liability account that can be reconciled."),
            account or self,
        )

    def _oms_fix_store_credit(self):
        account = self._oms_account("store_credit", self.env._("Store Credit of Customers"))
        account.reconcile = True
        self.oms_store_credit_account_id = account


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    oms_store_credit_account_id = fields.Many2one(
        related="company_id.oms_store_credit_account_id", readonly=False
    )
