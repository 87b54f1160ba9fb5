from odoo import api, models


class OmsProof(models.AbstractModel):
    """What the ledger has as inventory is what goods are worth, but for causes that have a row."""

    _inherit = "oms.proof"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), "_check_stock_ledger"]

    def _check_stock_ledger(self):
        """Inventory in the ledger = values of all stock moves + the causes that were found."""
        differences = self.env["oms.stock.difference"]
        moved, booked = differences._moved_values(), differences._ledger_values()
        causes = differences._cause_amounts()
        violations = []
        for company in self.env.companies:
            currency = company.currency_id
            expected = moved.get(company.id, 0.0) + sum(causes.get(company, {}).values())
            actual = booked.get(company, 0.0)
            if currency.compare_amounts(expected, actual):
                message = self.env._(
                    "%(company)s: the ledger has %(actual)s of inventory, stock moves and known "
                    "differences make %(expected)s.",
                    company=company.name,
                    actual=currency.format(actual),
                    expected=currency.format(expected),
                )
                violations.append(
                    self._violation("stock_ledger", company, expected, actual, message)
                )
        return violations
