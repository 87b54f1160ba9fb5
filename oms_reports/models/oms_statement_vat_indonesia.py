from datetime import date

from odoo import api, models
from odoo.fields import Domain

# PMK 131/2024: from this day 12 % of 11/12 of the price are taxed, which is 11 % of the price.
OTHER_BASE_SINCE = date(2025, 1, 1)
OTHER_BASE_SHARE = 11 / 12
FULL_RATE = 12.0
PRICE_RATE = 11.0


class OmsStatement(models.AbstractModel):
    """What the Indonesian return (SPT Masa PPN) asks for beside base and tax: sales with and
    without an e-Faktur, and the other-value base (DPP nilai lain)."""

    _inherit = "oms.statement"

    @api.model
    def _vat_country_lines(self, period, taxes, totals):
        lines = super()._vat_country_lines(period, taxes, totals)
        if self.env.company.account_fiscal_country_id.code != "ID":
            return lines
        registered = [
            self._vat_sum("registered", column, period, taxes)
            for column in ("output_base", "output_tax")
        ]
        retail = [total - amount for total, amount in zip(totals[:2], registered, strict=True)]
        return [
            *lines,
            self._vat_sales_line(
                "registered",
                self.env._("of it to buyers with a tax number (e-Faktur)"),
                registered,
            ),
            self._vat_sales_line("retail", self.env._("of it to all others (digunggung)"), retail),
            *self._vat_other_base_lines(period, taxes),
        ]

    def _vat_other_base_lines(self, period, taxes):
        """The other-value base of sales at 11 % of the price, and what rounding invoice by invoice
        makes of 12 % of it."""
        period = period._replace(since=max(period.since, OTHER_BASE_SINCE))
        taxes = taxes.filtered(lambda tax: tax.amount == PRICE_RATE)
        if period.since >= period.until or not taxes:
            return []
        base, tax = (
            self._vat_sum("total", column, period, taxes)
            for column in ("output_base", "output_tax")
        )
        other = base * OTHER_BASE_SHARE
        due = other * FULL_RATE / 100
        return [
            self._vat_sales_line(
                "other_base",
                self.env._("DPP nilai lain: 11/12 of the base at 11 %, and 12 % of it"),
                [other, due],
                computed=True,
            ),
            self._vat_sales_line(
                "rounding",
                self.env._("Rounding: output tax at 11 % less these 12 %"),
                [None, tax - due],
                computed=True,
            ),
        ]

    def _vat_sales_line(self, code, name, amounts, computed=False):
        """A line with amounts of sales only; ``computed``: no journal items add up to them."""
        known = [amount if amount is None else self._rounded([amount])[0] for amount in amounts]
        line = self._vat_line(code, name, [*known, None, None, None], level=2)
        return line | {"computed": computed}

    def _vat_sum(self, code, column, period, taxes):
        """Credit less debit of the items behind an amount of sales."""
        domain = self._vat_items_domain(code, column, None, period, taxes)
        [(balance,)] = self.env["account.move.line"]._read_group(domain, [], ["balance:sum"])
        return -(balance or 0.0)

    def _vat_items_domain(self, code, column, tax_id, period, taxes):
        if code not in ("registered", "retail"):
            return super()._vat_items_domain(code, column, tax_id, period, taxes)
        registered = Domain("partner_id.commercial_partner_id.vat", "not in", [False, "", "/"])
        domain = super()._vat_items_domain("total", column, tax_id, period, taxes)
        return domain & (registered if code == "registered" else ~registered)
