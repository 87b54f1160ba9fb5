from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain


class Rows(NamedTuple):
    """The records behind one side of a check: the sum of their measure (or minus it), or their
    number."""

    domain: Domain | list
    model: str
    measure: str = ""
    context: dict | None = None


class Check(NamedTuple):
    """Two sides that must be equal; what is no sum of records has inputs instead of rows.

    :ivar expected_rows: of what the ledger or the documents say
    :ivar actual_rows: of what the report says
    :ivar inputs: ``{side: {name: input}}`` where a side is computed from several sums
    :ivar how: how the actual side is computed from its inputs, if it is not their sum
    :ivar zero: why nothing is expected, where that is so: what is there, is wrong
    """

    name: str
    expected: float
    actual: float
    expected_rows: Rows | None = None
    actual_rows: Rows | None = None
    unit: str = "money"
    inputs: dict = {}
    how: str = ""
    zero: str = ""


class OmsAnalysis(models.AbstractModel):
    """What must be equal, and whether it is: expected, actual, difference, and the rows of both.

    The nightly proof (``oms.proof``) looks at the same and keeps what it found.
    """

    _inherit = "oms.analysis"

    @api.model
    def _reports(self):
        return {**super()._reports(), "integrity": "_report_integrity"}

    @api.model
    def _finance_reports(self):
        return (*super()._finance_reports(), "integrity")

    @api.model
    def _integrity_checks(self):
        """Return ``[(code, method)]``; a method returns ``[Check]``."""
        return [
            ("I0", "_integrity_balanced"),
            ("I1", "_integrity_pnl"),
            ("I2-I3, I8", "_integrity_statements"),
            ("I4", "_integrity_income"),
            ("I4b", "_integrity_one_order"),
            ("I5", "_integrity_costs"),
            ("I6", "_integrity_open_items"),
            ("I7", "_integrity_stock"),
            ("I9", "_integrity_trial"),
            ("I10", "_integrity_figures"),
            ("I10", "_integrity_drill_down"),
            ("I11", "_integrity_settlements"),
            ("I12", "_integrity_orders"),
        ]

    def _report_integrity(self, scope):
        rows = []
        for code, method in self._integrity_checks():
            rows += [self._integrity_row(code, check) for check in getattr(self, method)()]
        failed = sum(row["alert"] for row in rows)
        return {
            "columns": [
                self._column("expected", self.env._("Expected"), "money"),
                self._column("actual", self.env._("Actual"), "money"),
                self._column(
                    "difference",
                    self.env._("Difference"),
                    "money",
                    self.env._("Actual − expected"),
                    inputs=("expected", "actual"),
                ),
            ],
            "rows": rows,
            "failed": failed,
            "notes": [
                self.env._("%(failed)s of %(all)s checks fail.", failed=failed, all=len(rows))
                if failed
                else self.env._("All %(all)s checks hold.", all=len(rows))
            ],
        }

    def _integrity_row(self, code, check):
        money = check.unit == "money"
        round_ = self.env.company.currency_id.round if money else float
        difference = round_((check.actual or 0.0) - (check.expected or 0.0))
        # Adding up in another order leaves a rest that is no difference.
        alert = abs(difference) > 1e-6
        sides = {side: self._integrity_cell(check, side, round_) for side in ("expected", "actual")}
        names = {"expected": self.env._("Expected"), "actual": self.env._("Actual")}
        inputs = {name: part for side in check.inputs.values() for name, part in side.items()}
        inputs |= {side: {**cell, "name": names[side]} for side, cell in sides.items()}
        return {
            **self._row(
                f"{code} {check.name}",
                [*sides.values(), self._cell(difference, unit=check.unit, alert=alert)],
                strong=alert,
                inputs=inputs,
            ),
            "key": code,
            "alert": alert,
        }

    def _integrity_cell(self, check, side, round_):
        cell = self._cell(round_(getattr(check, side) or 0.0), unit=check.unit)
        rows = getattr(check, f"{side}_rows")
        if side == "expected" and check.zero:
            return cell | {"how": check.zero, "inputs": ["actual"]}
        if rows:
            behind = self._behind(rows.domain, rows.model, rows.context)
            if behind and check.zero:
                behind["nothing"] = check.zero
            return cell | behind | {"measure": rows.measure} if behind else cell
        if side in check.inputs:
            how = check.how or self.env._("Sum of these amounts")
            return cell | {"how": how, "inputs": list(check.inputs[side])}
        return cell

    def _integrity_input(self, name, amount, rows):
        """One of several sums that make a side."""
        behind = self._behind(rows.domain, rows.model, rows.context)
        return {"name": name, "unit": "money", "value": amount, "measure": rows.measure, **behind}

    def _ids_rows(self, model, ids):
        return Rows(Domain("id", "in", sorted(ids)), model)

    def _posted(self, accounts, since=None, until=None):
        """The domain of posted items of accounts, from a day up to another, both included."""
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("parent_state", "=", "posted") & Domain("account_id", "in", accounts.ids)
        domain &= Domain("date", ">=", since) if since else Domain.TRUE
        return domain & (Domain("date", "<=", until) if until else Domain.TRUE)
