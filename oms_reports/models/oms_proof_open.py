from odoo import api, fields, models

from .oms_statement_ageing import AGEINGS


class OmsProof(models.AbstractModel):
    """Open items are the balance of their accounts; taxes are the movement of theirs."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_ageings", "_check_vat"]

    def _check_ageings(self):
        """Receivables, payables, COD and marketplace balances as of today, per company."""
        return [
            violation
            for company in self.env.companies
            for report in AGEINGS
            for violation in self._report_violations(company, "get_ageing", report)
        ]

    def _check_vat(self):
        """The VAT of the fiscal year is the movement of the tax accounts, per company."""
        return [
            violation
            for company in self.env.companies
            for violation in self._report_violations(company, "get_vat")
        ]

    def _report_violations(self, company, method, *report):
        # sudo: the proof reads what its caller may not; it tells differences only.
        statements = self.env["oms.statement"].sudo().with_company(company)
        today = company._oms_local_date(fields.Datetime.now())
        if method == "get_ageing":
            result = statements.get_ageing(*report, fields.Date.to_string(today))
        else:
            result = statements.get_vat(**company.compute_fiscalyear_dates(today))
        return [
            self._violation(
                check["code"],
                company,
                check["expected"][0],
                check["actual"][0],
                self.env._(
                    "%(company)s, %(report)s: %(check)s fails by %(difference)s.",
                    company=company.name,
                    report=result["title"],
                    check=check["name"],
                    difference=company.currency_id.format(check["difference"][0]),
                ),
            )
            for check in result["checks"]
            if check["difference"][0]
        ]
