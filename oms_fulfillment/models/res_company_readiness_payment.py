from odoo import models

from .oms_readiness import Check
from .res_company_readiness import names

# Apps that match payments with bank statements.
RECONCILING = ("account_accountant", "account_reconcile_oca")


class ResCompany(models.Model):
    """Where payments at the bank are booked."""

    _inherit = "res.company"

    def _oms_check_payments(self):
        open_journals = self._oms_open_journals()
        return Check(
            "payments",
            "sales",
            self.env._("Payments reach the bank"),
            self.env._(
                "Without an account of its own a payment waits as outstanding until a bank "
                "statement is matched with it. Nothing here does that, so the bank would never "
                "show it."
            ),
            self.env._(
                "%(journals)s without an account for payments", journals=names(open_journals)
            )
            if open_journals
            else self.env._("Every bank and cash journal has its accounts"),
            "advice" if open_journals else "ok",
            self.env._("Books payments of these journals on their own account at once."),
            open_journals[:1],
        )

    def _oms_open_journals(self):
        """Bank and cash journals whose payments have no account, where nothing matches them.

        Journals of money that others hold for us have accounts of their own, see the channels.
        """
        journals = self.env["account.journal"]
        modules = self.env["ir.module.module"]
        if any(modules._get(name).state == "installed" for name in RECONCILING):
            return journals
        company = [("company_id", "=", self.id)]
        channels = self.env["oms.channel"].search(company)
        held = channels.clearing_journal_id | channels.cod_journal_id
        found = journals.search([*company, ("type", "in", ("bank", "cash"))]) - held
        return found.filtered(
            lambda journal: journal.default_account_id and self._oms_open_lines(journal)
        )

    def _oms_open_lines(self, journal):
        lines = journal.inbound_payment_method_line_ids | journal.outbound_payment_method_line_ids
        return lines.filtered(lambda line: not line.payment_account_id)

    def _oms_fix_payments(self):
        for journal in self._oms_open_journals():
            self._oms_open_lines(journal).payment_account_id = journal.default_account_id
